import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  chainIndexes,
  energyBetween,
  type Fitting,
  type Ratio,
  type ShownIndex,
  scaleEnergy,
  scaleSlots,
} from './registers.ts'

const hour = 3_600_000
const one: Ratio = { numerator: 1, denominator: 1 }
const map = (value?: number) => new Map(value === undefined ? [] : [['1.8.0', value]])
const fitting = (meter: string, from: number, to: number, more: Partial<Fitting> = {}): Fitting => ({
  meter,
  from,
  to,
  ratio: one,
  start: map(),
  end: map(),
  ...more,
})
const shown = (meter: string, at: number, value: number): ShownIndex => ({
  meter,
  register: '1.8.0',
  at,
  value,
})
const moved = (fittings: Fitting[], readings: ShownIndex[], from: number, to: number) =>
  energyBetween(chainIndexes(fittings, readings).get('1.8.0') ?? [], from, to)

describe('the chain of registers', () => {
  test('a meter exchanged at noon: what the old one counted and what the new one counted since', () => {
    const fittings = [
      fitting('old', -Infinity, 12 * hour, { end: map(5_400) }),
      fitting('new', 12 * hour, Infinity, { start: map(70) }),
    ]
    const readings = [shown('old', 0, 5_000), shown('new', 24 * hour, 320)]
    assert.equal(moved(fittings, readings, 0, 24 * hour), 400 + 250)
  })

  test('without the indexes of the record nothing is known across the exchange', () => {
    const fittings = [
      fitting('old', -Infinity, 12 * hour),
      fitting('new', 12 * hour, Infinity, { start: map(70) }),
    ]
    const readings = [shown('old', 0, 5_000), shown('new', 24 * hour, 320)]
    assert.equal(moved(fittings, readings, 0, 24 * hour), undefined)
    assert.equal(moved(fittings, readings, 12 * hour, 24 * hour), 250)
  })

  test('a roll-over counts when the point can have used it, otherwise the chain breaks', () => {
    const readings = [shown('m', 0, 999_900), shown('m', hour, 200)]
    const meter = fitting('m', -Infinity, Infinity, { capacity: 1_000_000 })
    assert.equal(moved([meter], readings, 0, hour), 300)
    assert.equal(moved([{ ...meter, mostPerHour: 299 }], readings, 0, hour), undefined)
    assert.equal(moved([{ ...meter, mostPerHour: 300 }], readings, 0, hour), 300)
    assert.equal(moved([fitting('m', -Infinity, Infinity)], readings, 0, hour), undefined)
  })

  test('a new current transformer multiplies only what is counted behind it', () => {
    const fittings = [
      fitting('m', -Infinity, 10 * hour, { ratio: { numerator: 20, denominator: 1 }, end: map(110) }),
      fitting('m', 10 * hour, Infinity, { ratio: { numerator: 40, denominator: 1 }, start: map(110) }),
    ]
    assert.equal(moved(fittings, [shown('m', 0, 100), shown('m', 20 * hour, 115)], 0, 20 * hour), 200 + 200)
  })

  test('an index read of a meter before it stood here says nothing', () => {
    const fittings = [fitting('new', 12 * hour, Infinity, { start: map(70) })]
    assert.equal(
      moved(fittings, [shown('new', 0, 10), shown('new', 24 * hour, 100)], 0, 24 * hour),
      undefined,
    )
  })

  test('agrees with whole numbers of any size, over any meters, roll-overs and constants', () => {
    const meter = fc.record({
      digits: fc.integer({ min: 3, max: 7 }),
      begin: fc.integer({ min: 0, max: 9_999_999 }),
      numerator: fc.integer({ min: 1, max: 12_000 }),
      denominator: fc.constantFrom(1, 1, 2, 3, 5),
      steps: fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 12 }),
    })
    fc.assert(
      fc.property(fc.array(meter, { minLength: 1, maxLength: 4 }), (meters) => {
        const fittings: Fitting[] = []
        const readings: ShownIndex[] = []
        const truth: { at: number; twiceDenominators: [bigint, bigint][] }[] = []
        let at = 0
        const done: [bigint, bigint][] = []
        for (const [i, { digits, begin, numerator, denominator, steps }] of meters.entries()) {
          const capacity = 10 ** digits
          const from = at
          const start = begin % capacity
          let raw = 0n
          for (const step of steps) {
            at += hour
            raw += BigInt(step)
            const value = Number((BigInt(start) + raw) % BigInt(capacity))
            readings.push(shown(`m${i}`, at, value))
            truth.push({ at, twiceDenominators: [...done, [raw * BigInt(numerator), BigInt(denominator)]] })
          }
          done.push([raw * BigInt(numerator), BigInt(denominator)])
          const end = Number((BigInt(start) + raw) % BigInt(capacity))
          const ratio = { numerator, denominator }
          fittings.push(fitting(`m${i}`, from, at, { capacity, ratio, start: map(start), end: map(end) }))
        }
        // Each meter's share in whole units, half up, as a person would write it.
        const naive = (parts: [bigint, bigint][]) =>
          parts.reduce((all, [n, d]) => all + (2n * n + d) / (2n * d), 0n)
        for (const { at: end, twiceDenominators } of truth)
          assert.equal(moved(fittings, readings, 0, end), Number(naive(twiceDenominators)))
      }),
      { numRuns: 300 },
    )
  })
})

describe('constants', () => {
  test('running totals lose nothing: the parts are the whole', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 100 }),
        fc.integer({ min: 1, max: 9_999 }),
        fc.integer({ min: 1, max: 9 }),
        (values, numerator, denominator) => {
          const scaled = scaleSlots(Int32Array.from(values), () => true, { numerator, denominator })
          const exact = values.reduce((all, value) => all + value, 0) * numerator
          const given = scaled.reduce((all, value) => all + value, 0)
          assert.ok(
            Math.abs(given * denominator - exact) * 2 <= denominator,
            `${given} of ${exact}/${denominator}`,
          )
          assert.ok(scaled.every((value) => value >= 0))
        },
      ),
    )
  })

  test('slots without a value stay empty and pass the remainder on', () => {
    const scaled = scaleSlots(Int32Array.of(1, 0, 1, 1), (slot) => slot !== 1, {
      numerator: 1,
      denominator: 2,
    })
    assert.deepEqual([...scaled], [1, 0, 0, 1])
  })

  test('beyond what a float holds', () => {
    assert.equal(scaleEnergy(999_999_999_999, { numerator: 20_001, denominator: 2 }), 10_000_499_999_990_000)
  })
})
