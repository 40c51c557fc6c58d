import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  addDays,
  dayEnd,
  dayStart,
  daysBetween,
  isCivilDay,
  locate,
  monthOf,
  offsetMinutes,
  slotStart,
  slotsInDay,
} from './calendar.ts'
import { IntervalError } from './errors.ts'

const QUARTER = 900_000
const format = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Bucharest',
  dateStyle: 'short',
  timeStyle: 'medium',
})
const civil = (epochMs: number) => format.format(epochMs)

/** Civil time by this package, in the shape Intl prints. */
const ours = (epochMs: number) =>
  new Date(epochMs + offsetMinutes(epochMs) * 60_000).toISOString().slice(0, 19).replace('T', ' ')

test('29 March 2026 has 92 quarter-hours and jumps from 03:00 to 04:00', () => {
  const day = '2026-03-29'
  assert.equal(slotsInDay(day), 92)
  assert.equal(slotsInDay(day, 30), 46)
  assert.equal(slotsInDay(day, 60), 23)
  assert.equal(dayStart(day), Date.parse('2026-03-28T22:00:00Z'))
  assert.equal(dayEnd(day), Date.parse('2026-03-29T21:00:00Z'))
  assert.equal(slotStart(day, 11), Date.parse('2026-03-29T02:45:00+02:00'))
  assert.equal(slotStart(day, 12), Date.parse('2026-03-29T04:00:00+03:00'))
  assert.equal(ours(slotStart(day, 11)), '2026-03-29 02:45:00')
  assert.equal(ours(slotStart(day, 12)), '2026-03-29 04:00:00')
  assert.equal(slotStart(day, 92), dayStart('2026-03-30'))
})

test('25 October 2026 has 100 quarter-hours and lives the hour from 03:00 to 04:00 twice', () => {
  const day = '2026-10-25'
  assert.equal(slotsInDay(day), 100)
  assert.equal(slotsInDay(day, 30), 50)
  assert.equal(slotsInDay(day, 60), 25)
  assert.equal(slotStart(day, 12), Date.parse('2026-10-25T03:00:00+03:00'))
  assert.equal(slotStart(day, 16), Date.parse('2026-10-25T03:00:00+02:00'))
  assert.equal(ours(slotStart(day, 15)), '2026-10-25 03:45:00')
  assert.equal(ours(slotStart(day, 16)), '2026-10-25 03:00:00')
  assert.equal(ours(slotStart(day, 20)), '2026-10-25 04:00:00')
  assert.deepEqual(locate(Date.parse('2026-10-25T03:30:00+03:00')), { day, slot: 14 })
  assert.deepEqual(locate(Date.parse('2026-10-25T03:30:00+02:00')), { day, slot: 18 })
})

test('every quarter-hour around every change from 2000 to 2050 agrees with the time zone database', () => {
  let changes = 0
  for (let year = 2000; year <= 2050; year++) {
    for (const month of ['03', '10']) {
      for (let date = 25; date <= 31; date++) {
        const day = `${year}-${month}-${date}`
        const slots = slotsInDay(day)
        if (new Date(`${day}T12:00:00Z`).getUTCDay() !== 0) {
          assert.equal(slots, 96, day)
          continue
        }
        changes++
        assert.equal(slots, month === '03' ? 92 : 100, day)
        for (let s = -8; s <= slots + 8; s++) {
          const at = dayStart(day) + s * QUARTER
          const expected = civil(at)
          assert.equal(ours(at), expected)
          const found = locate(at)
          assert.equal(found.day, expected.slice(0, 10))
          assert.equal(slotStart(found.day, found.slot), at)
        }
      }
    }
  }
  assert.equal(changes, 102)
})

const instants = fc.integer({ min: Date.UTC(2000, 0, 2), max: Date.UTC(2050, 11, 31) })

test('random instants agree with the time zone database and lie in their slot', () => {
  fc.assert(
    fc.property(instants, fc.constantFrom(15 as const, 30 as const, 60 as const), (at, minutes) => {
      const { day, slot } = locate(at, minutes)
      assert.equal(ours(at).slice(0, 19), civil(at))
      assert.equal(day, civil(at).slice(0, 10))
      assert.ok(slot >= 0 && slot < slotsInDay(day, minutes))
      const start = slotStart(day, slot, minutes)
      assert.ok(start <= at && at < start + minutes * 60_000)
    }),
  )
})

test('every day of a century begins where the day before ends', () => {
  const days = daysBetween('2000-01-01', '2099-12-31')
  assert.equal(days.length, 36_525)
  for (let i = 1; i < days.length; i++) {
    assert.equal(dayStart(days[i]), dayEnd(days[i - 1]))
    assert.equal((dayEnd(days[i]) - dayStart(days[i])) / QUARTER, slotsInDay(days[i]))
  }
})

test('days are counted both ends included, months and leap days are civil', () => {
  assert.deepEqual(daysBetween('2028-02-28', '2028-03-01'), ['2028-02-28', '2028-02-29', '2028-03-01'])
  assert.deepEqual(daysBetween('2026-01-02', '2026-01-01'), [])
  assert.equal(addDays('2026-12-31', 1), '2027-01-01')
  assert.equal(addDays('2026-03-01', -1), '2026-02-28')
  assert.equal(monthOf('2026-03-29'), '2026-03')
})

test('what is no day, slot or instant is refused', () => {
  for (const text of [
    '',
    '2026-2-01',
    '2026-02-29',
    '2026-13-01',
    '1999-12-31',
    '2100-01-01',
    '2026-01-32',
    '２026-01-01',
  ])
    assert.ok(!isCivilDay(text), text)
  const code = (wanted: string) => (error: unknown) => error instanceof IntervalError && error.code === wanted
  assert.throws(() => dayStart('2026-02-29'), code('invalid-day'))
  assert.throws(() => addDays('2099-12-31', 1), code('invalid-day'))
  assert.throws(() => locate(Number.NaN), code('invalid-day'))
  assert.throws(() => locate(Date.UTC(2100, 0, 2)), code('invalid-day'))
  assert.throws(() => slotStart('2026-03-29', 93), code('invalid-slot'))
  assert.throws(() => slotStart('2026-03-29', 0.5), code('invalid-slot'))
})
