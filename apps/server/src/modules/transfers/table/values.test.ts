import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readInstant } from './values.ts'

const two = (n: number) => `${n}`.padStart(2, '0')
const instant = fc.integer({ min: 946_684_800, max: 4_102_444_799 })

/** An instant as a clock with that offset (minutes) shows it. */
function stamp(seconds: number, offset: number, separator: string): string {
  const local = new Date((seconds + offset * 60) * 1_000).toISOString().slice(0, 19).replace('T', separator)
  const away = Math.abs(offset)
  const zone = offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${two(Math.floor(away / 60))}:${two(away % 60)}`
  return local + zone
}

test('an instant is read whatever offset it is written with', () => {
  const offset = fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 })
  fc.assert(
    fc.property(instant, offset, fc.constantFrom('T', ' '), (seconds, minutes, separator) => {
      const text = stamp(seconds, minutes, separator)
      assert.equal(readInstant(text), seconds * 1_000)
      assert.equal(
        readInstant(text.replace(/:\d\d(?=Z|[+-])/, ':00')),
        seconds * 1_000 - (seconds % 60) * 1_000,
      )
    }),
  )
})

test('one wrong character never gives another instant than the calendar says', () => {
  const other = fc.constantFrom(...'0123456789:-+TZ ./x')
  fc.assert(
    fc.property(
      instant,
      fc.constantFrom(0, 120, 180, -90),
      fc.nat(24),
      other,
      (seconds, offset, at, letter) => {
        const right = stamp(seconds, offset, 'T')
        const text = right.slice(0, at) + letter + right.slice(at + 1)
        const read = readInstant(text)
        if (typeof read === 'string') return
        // What is read is a real date in the form of the standard; the platform's own reader agrees.
        const plain = text.trim().replace(' ', 'T')
        if (/(Z|[+-]\d\d:\d\d)$/.test(plain) && plain.length >= 20)
          assert.equal(read, Date.parse(plain), text)
      },
    ),
    { numRuns: 2_000 },
  )
})

test('days and times that do not exist are refused with the reason', () => {
  for (const text of [
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00+02:00',
    '2026-06-31T10:00:00+03:00',
    '2026-06-01T24:00:00Z',
    '2026-06-01T10:60:00Z',
    '2026-06-0xT10:00:00Z',
  ])
    assert.equal(typeof readInstant(text), 'string', text)
})
