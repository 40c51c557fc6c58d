import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { kindOf, readNumber, readParameter, showParameter, unitOf } from './parameters.ts'

test('numbers as Romanians and as the English write them', () => {
  const romanian = (text: string) => readNumber(text, true)
  const english = (text: string) => readNumber(text, false)
  assert.deepEqual(
    ['2,5', '2.5', '1.000', '12.345,6', '-2', ' 300 '].map(romanian),
    [2.5, 2.5, 1000, 12345.6, -2, 300],
  )
  assert.deepEqual(['2.5', '1,000', '12,345.6', '0.3'].map(english), [2.5, 1000, 12345.6, 0.3])
  for (const wrong of ['', 'a', '1,2,3', '1.2.3', '--1', '1e3', '5 kWh'])
    assert.equal(romanian(wrong), undefined, wrong)
})

test('what is shown is read back the same', () => {
  const values: unknown[] = [
    3,
    0.3,
    -2,
    [5, 10, 2.5],
    ['powerDown', 'meterError'],
    [
      ['A', 2],
      ['0.5S', 0.5],
    ],
  ]
  for (const comma of [true, false])
    for (const value of values)
      assert.deepEqual(readParameter(kindOf(value), showParameter(value, comma), comma), value)
  fc.assert(
    fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.boolean(), (thousandths, comma) => {
      const value = thousandths / 1_000
      const shown = showParameter(value, comma)
      // Three decimals after one to three digits look like thousands only with the other language's sign.
      assert.equal(readNumber(shown, comma), value)
    }),
  )
})

test('an incomplete text is no value', () => {
  assert.equal(readParameter('numbers', '5; x', true), undefined)
  assert.equal(readParameter('numbers', ' ; ', true), undefined)
  assert.equal(readParameter('pairs', 'A = 2; B', true), undefined)
  assert.equal(readParameter('pairs', '= 2', true), undefined)
})

test('units are in the names', () => {
  assert.deepEqual(
    ['toleranceWh', 'toleranceS', 'floorA', 'percent', 'lowestPercent', 'factor', 'days'].map(unitOf),
    ['Wh', 's', 'A', '%', '%', '', 'd'],
  )
})
