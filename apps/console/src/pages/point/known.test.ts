import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Series } from '../../charts/series.ts'
import { dayStart } from '../../format/zone.ts'
import { differences, endOfDay } from './known.ts'

const first = dayStart('2026-03-28')
const series = (value: (number | null)[], quality: Series['quality']): Series => ({
  start: Float64Array.from(value, (_, i) => first + i * 86_400_000 - (i > 1 ? 3_600_000 : 0)),
  ...{ value, quality, flags: [], trace: [], stepMs: 86_400_000, unit: 'Wh' },
})

test('days are told whose value or quality was known otherwise', () => {
  const was = series([5, null, 7, 9], ['measured', 'missing', 'measured', 'measured'])
  const is = series([5, 4, 7, 8], ['measured', 'estimated', 'edited', 'edited'])
  assert.deepEqual(differences(was, is), [
    { day: '2026-03-29', was: 0, is: 4, changed: 1 },
    { day: '2026-03-30', was: 7, is: 7, changed: 1 },
    { day: '2026-03-31', was: 9, is: 8, changed: 1 },
  ])
  assert.deepEqual(differences(is, is), [])
})

test('a day of which nothing was known is a difference; a day ends with its civil day', () => {
  const is = series([5, 6], ['measured', 'measured'])
  const was = series([5], ['measured'])
  assert.deepEqual(differences(was, is), [{ day: '2026-03-29', was: 0, is: 6, changed: 1 }])
  // The 29th of March has 23 hours.
  assert.equal(endOfDay('2026-03-29') - endOfDay('2026-03-28'), 23 * 3_600_000)
})
