import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addDays, civilDayOf, dayStart } from '@contor/intervals'
import { type DayUnit, dayAfterPeriod, isWorkingDay, lastDayOfPeriod, nextServedInstant } from './calendar.ts'

const served = { from: 8, to: 16 }
const cases: readonly (readonly [from: string, count: number, unit: DayUnit, after: string, why: string])[] =
  [
    ['2026-11-23', 5, 'working', '2026-12-03', 'Monday; St. Andrew and the National Day do not count'],
    ['2026-11-02', 5, 'working', '2026-11-10', 'a week without holidays: Tuesday to Monday, then Tuesday'],
    ['2026-11-06', 3, 'working', '2026-11-12', 'Friday: Monday to Wednesday, then Thursday'],
    ['2026-04-09', 1, 'working', '2026-04-15', 'Good Friday, Easter and Easter Monday stand between'],
    ['2026-11-23', 5, 'calendar', '2026-11-29', 'calendar days as they come'],
    ['2026-12-31', 50, 'calendar', '2027-02-20', 'over the year'],
    ['2026-11-23', 0, 'working', '2026-11-24', 'no period: the day after'],
  ]

test('a period counts neither its first day nor the day of the act', () => {
  for (const [from, count, unit, after, why] of cases)
    assert.equal(dayAfterPeriod(from, count, unit), after, why)
})

test('a period agrees with counting day by day', () => {
  for (let i = 0; i < 400; i += 7) {
    const from = addDays('2026-01-01', i)
    for (const count of [1, 2, 5, 15]) {
      const after = dayAfterPeriod(from, count, 'working')
      let working = 0
      for (let day = addDays(from, 1); day < after; day = addDays(day, 1)) if (isWorkingDay(day)) working++
      assert.equal(working, count, `${from} ${count}`)
    }
  }
})

test('the last day of a re-supply moves on from a day off', () => {
  assert.equal(lastDayOfPeriod('2026-11-26', 2, 'working'), '2026-12-02')
  assert.equal(lastDayOfPeriod('2026-11-25', 3, 'calendar'), '2026-12-02')
  assert.equal(lastDayOfPeriod('2026-11-02', 2, 'working'), '2026-11-04')
})

test('nobody is disconnected at night, at a weekend, or on the day before one', () => {
  const hour = 3_600_000
  // Thursday 12 November at 20:00: Friday is before a weekend, Monday 08:00 it is.
  assert.equal(
    new Date(nextServedInstant(dayStart('2026-11-12') + 20 * hour, served)).toISOString(),
    '2026-11-16T06:00:00.000Z',
  )
  const noon = dayStart('2026-11-17') + 12 * hour
  assert.equal(nextServedInstant(noon, served), noon)
  for (let i = 0; i < 24 * 370; i += 5) {
    const at = nextServedInstant(dayStart('2026-01-01') + i * hour, served)
    const day = civilDayOf(at)
    assert.ok(isWorkingDay(day) && isWorkingDay(addDays(day, 1)), new Date(at).toISOString())
    const local = Number(
      new Intl.DateTimeFormat('en', {
        timeZone: 'Europe/Bucharest',
        hour: 'numeric',
        hourCycle: 'h23',
      }).format(at),
    )
    assert.ok(local >= 8 && local < 16, `${day} ${local} h`)
  }
})
