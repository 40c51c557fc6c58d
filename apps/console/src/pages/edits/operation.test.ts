import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Draft, operationOf } from './operation.ts'

const draft: Draft = { kind: 'fill', amount: '', shape: 'current', day: '' }

test('an energy typed with a comma or a point becomes whole Wh', () => {
  assert.deepEqual(operationOf({ ...draft, amount: '0,125' }), { kind: 'fill', value: 125 })
  assert.deepEqual(operationOf({ ...draft, amount: ' 1.1 ' }), { kind: 'fill', value: 1_100 })
})

test('what is no number, or negative, is no operation yet', () => {
  for (const amount of ['', 'x', '-1', '1,2,3', '1e9'])
    assert.equal(operationOf({ ...draft, amount }), undefined, amount)
})

test('a total asks for the day only when its shape is a day; a factor is not an energy', () => {
  const total: Draft = { ...draft, kind: 'total', amount: '12' }
  assert.deepEqual(operationOf(total), { kind: 'total', total: 12_000, shape: 'current' })
  assert.equal(operationOf({ ...total, shape: 'day' }), undefined)
  assert.deepEqual(operationOf({ ...total, shape: 'day', day: '2026-01-05' }), {
    kind: 'total',
    total: 12_000,
    shape: 'day',
    day: '2026-01-05',
  })
  assert.deepEqual(operationOf({ ...draft, kind: 'factor', amount: '1,5' }), { kind: 'factor', factor: 1.5 })
})
