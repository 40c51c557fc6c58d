import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deadlineOf } from './deadlines.ts'

test('a day is due at 13:00 local time of the next one, in winter and in summer', () => {
  assert.equal(deadlineOf('2026-11-22').toISOString(), '2026-11-23T11:00:00.000Z')
  assert.equal(deadlineOf('2026-07-01').toISOString(), '2026-07-02T10:00:00.000Z')
})

test('the hour on the wall holds on the days when the clock changes', () => {
  assert.equal(deadlineOf('2026-03-28').toISOString(), '2026-03-29T10:00:00.000Z')
  assert.equal(deadlineOf('2026-10-24').toISOString(), '2026-10-25T11:00:00.000Z')
})

test('a day is judged by the rule of its own time', () => {
  const rules = [
    { validFrom: '2020-01-01', daysAfter: 1, hour: 13, source: 'first' },
    { validFrom: '2026-07-01', daysAfter: 2, hour: 24, source: 'second' },
  ]
  assert.equal(deadlineOf('2026-06-30', rules).toISOString(), '2026-07-01T10:00:00.000Z')
  assert.equal(deadlineOf('2026-07-01', rules).toISOString(), '2026-07-03T21:00:00.000Z')
})
