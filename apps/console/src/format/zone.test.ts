import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addDays, civilDay, dayStart, slotsInDay, wallMinutes } from './zone.ts'

const intl = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Bucharest',
  dateStyle: 'short',
  timeStyle: 'short',
})

test('civil time agrees with Intl at any minute since 1997', () => {
  const minutes = fc.integer({ min: Date.UTC(1997, 0, 1) / 60_000, max: Date.UTC(2037, 11, 31) / 60_000 })
  fc.assert(
    fc.property(minutes, (minute) => {
      const ms = minute * 60_000
      const [day, time] = intl.format(ms).split(' ')
      const [hours, rest] = time.split(':').map(Number)
      assert.equal(civilDay(ms), day)
      assert.equal(wallMinutes(ms), hours * 60 + rest)
    }),
  )
})

test('days that change the clock have 92 and 100 quarter-hours', () => {
  assert.equal(slotsInDay('2026-03-29'), 92)
  assert.equal(slotsInDay('2026-10-25'), 100)
  assert.equal(slotsInDay('2026-10-26'), 96)
})

test('a civil day begins at its own midnight', () => {
  for (let day = '2026-01-01'; day < '2027-01-01'; day = addDays(day, 1)) {
    assert.equal(civilDay(dayStart(day)), day)
    assert.equal(wallMinutes(dayStart(day)), 0)
  }
})
