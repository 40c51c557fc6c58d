import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Draft, operationOf, pasted, typedOf } from './operation.ts'

const draft: Draft = { kind: 'fill', amount: '', shape: 'current', day: '', values: [] }

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

test('values one by one: all of them or no operation', () => {
  const set: Draft = { ...draft, kind: 'set' }
  assert.deepEqual(operationOf({ ...set, values: ['0,125', '0', '1.0004'] }), {
    kind: 'set',
    values: [125, 0, 1_000],
  })
  for (const values of [[], ['1', ''], ['1', '-2']]) assert.equal(operationOf({ ...set, values }), undefined)
})

test('what a field shows is read back as the same value', () => {
  for (const wh of [0, 1, 125, 7_125, 1_234_567])
    for (const comma of [true, false])
      assert.deepEqual(operationOf({ ...draft, kind: 'set', values: [typedOf(wh, comma)] }), {
        kind: 'set',
        values: [wh],
      })
  assert.equal(typedOf(null, true), '')
  assert.equal(typedOf(1_500, true), '1,5')
})

test('a column and a row of a sheet are pasted alike', () => {
  assert.deepEqual(pasted('0,1\r\n0,2\n\n0,3\n'), ['0,1', '0,2', '0,3'])
  assert.deepEqual(pasted('0.1\t0.2; 0.3'), ['0.1', '0.2', '0.3'])
})
