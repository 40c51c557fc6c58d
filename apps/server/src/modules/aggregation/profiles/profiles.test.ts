import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addDays, type CivilDay, dayStart } from '@contor/intervals'
import fc from 'fast-check'
import { residualOf, typicalOf } from './compute.ts'
import {
  allocate,
  columnOf,
  expand,
  hoursOf,
  typicalColumns,
  type Weights,
  weightsFromCsv,
  weightsToCsv,
} from './weights.ts'

const typical = (weight: (column: string, hour: number) => number): Weights => ({
  form: 'typical',
  columns: Object.fromEntries(
    typicalColumns.map((name) => [name, Array.from({ length: 24 }, (_, hour) => weight(name, hour))]),
  ),
})

test('energy is spread to the Wh, each hour within one Wh of its share', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e12 }),
      fc.array(fc.integer({ min: 0, max: 1e12 }), { minLength: 1, maxLength: 60 }),
      (energy, weights) => {
        const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n)
        if (total === 0n && energy > 0) return assert.throws(() => allocate(energy, weights), /no energy/)
        const parts = allocate(energy, weights)
        assert.equal(
          parts.reduce((sum, part) => sum + part, 0),
          energy,
        )
        for (const [i, part] of parts.entries()) {
          const floor = total === 0n ? 0n : (BigInt(energy) * BigInt(weights[i])) / total
          assert.ok(BigInt(part) === floor || BigInt(part) === floor + 1n)
        }
      },
    ),
  )
})

test('hours follow the wall clock through both changes', () => {
  const wall = (day: CivilDay) => hoursOf(day, day).map((hour) => hour.wall)
  assert.deepEqual(wall('2026-03-29').slice(0, 5), [0, 1, 2, 4, 5])
  assert.deepEqual(wall('2026-10-25').slice(0, 6), [0, 1, 2, 3, 3, 4])
  assert.equal(wall('2026-10-25').length, 25)
  assert.equal(wall('2026-03-29').length, 23)
})

test('a typical profile gives each hour the weight of its month, kind of day and wall hour', () => {
  const weights = typical(
    (name, hour) => Number(name.split('-')[0]) * 1_000 + (name.endsWith('sunday') ? 100 : 0) + hour,
  )
  // 1 December is a legal holiday: as a Sunday; 2026-12-02 is a Wednesday.
  const curve = expand(weights, '2026-12-01', '2026-12-02')
  assert.deepEqual(curve.weights.slice(22, 26), [12_122, 12_123, 12_000, 12_001])
  assert.equal(curve.starts[0], dayStart('2026-12-01'))
})

test('what is downloaded comes back the same, and every fault names its line', () => {
  const dated: Weights = {
    form: 'dated',
    start: new Date(dayStart('2026-10-25')).toISOString(),
    hours: Array.from({ length: 25 }, (_, i) => i * 7),
  }
  for (const weights of [typical((name, hour) => name.length * 100 + hour), dated])
    assert.deepEqual(weightsFromCsv(weightsToCsv(weights)), weights)
  const csv = weightsToCsv(typical(() => 5))
  for (const [changed, message] of [
    [csv.replace('1,working,0,5', '13,working,0,5'), /Line 2 .*month/],
    [csv.replace('1,working,1,5', '1,working,24,5'), /Line 3 .*hour/],
    [csv.replace('1,working,1,5', '1,working,0,5'), /Line 3 .*twice/],
    [csv.replace('1,working,1,5', '1,working,1,-5'), /Line 3 .*whole number/],
    [csv.replace('1,working,1,5\r\n', ''), /hour 1 of 1-working is missing/],
    [weightsToCsv(dated).replace('T03:00', 'T03:30'), /Line 8 .*follow each other/],
    ['start,weight\r\n2026-10-25T05:00:00.000Z,5', /begins and ends at midnight/],
    ['a,b', /Line 1/],
  ] as const)
    assert.throws(() => weightsFromCsv(changed), { field: 'csv', message })
})

test('any text is weights or an error that names a line', () => {
  const line = fc.oneof(fc.string(), fc.stringMatching(/^\d{0,2},(working|saturday)?,\d{0,2},\d{0,4}$/))
  fc.assert(
    fc.property(
      fc.constantFrom('month,day,hour,weight', 'start,weight', ''),
      fc.array(line),
      (head, lines) => {
        try {
          weightsFromCsv([head, ...lines].join('\n'))
        } catch (error) {
          assert.match((error as Error).message, /^Line \d+ cannot be read/)
        }
      },
    ),
  )
})

test('a class’s profile is the mean of its points, whatever is missing; months without data borrow', () => {
  const [from, to] = ['2026-06-01', '2026-06-30']
  const hours = hoursOf(from, to)
  let points = 0
  const present = hours.map(() => 4 * (1 + (points++ % 3)))
  // Every point takes 100 Wh in an hour, 50 more at seven in the evening of working days.
  const each = hours.map(({ day, wall }) => (wall === 19 && columnOf(day) === '6-working' ? 150 : 100))
  const sums = each.map((wh, i) => (wh * present[i]) / 4)
  const { weights, basis } = typicalOf(
    { sums: Float64Array.from(sums), present: Float64Array.from(present) },
    from,
    to,
  )
  assert.equal(weights.form, 'typical')
  if (weights.form !== 'typical') return
  assert.equal(weights.columns['6-working'][19], 150_000)
  assert.equal(weights.columns['6-sunday'][19], 100_000)
  assert.deepEqual(weights.columns['1-working'], weights.columns['6-working'])
  assert.equal(basis.borrowed?.['1-working'], '6-working')
  assert.equal(basis.borrowed?.['6-working'], undefined)
  assert.equal(Object.keys(basis.borrowed ?? {}).length, 33)
  assert.throws(
    () => typicalOf({ sums: new Float64Array(24), present: new Float64Array(24) }, from, from),
    /No kind of day/,
  )
})

test('a residual is what came in less losses less what was measured; holes take the mean of their hour', () => {
  const [from, to] = ['2026-11-02', '2026-11-04']
  const count = 72
  const curve = (wh: number, hole?: number) => ({
    sums: new Float64Array(count).fill(wh),
    expected: new Float64Array(count).fill(4),
    present: Float64Array.from({ length: count }, (_, i) => (i === hole ? 3 : 4)),
  })
  const taken = curve(600)
  // In one hour more was measured than came in.
  taken.sums[5] = 5_000
  const { weights, counts } = residualOf(
    [
      { curve: curve(1_000, 30), sign: 1, needed: true },
      { curve: taken, sign: -1, needed: true },
      { curve: { ...curve(40), present: new Float64Array(count) }, sign: 1, needed: false },
    ],
    from,
    to,
    10,
  )
  assert.equal(weights.form, 'dated')
  if (weights.form !== 'dated') return
  // 1,040 − 104 − 600
  assert.deepEqual([weights.hours[4], weights.hours[5], weights.hours[30]], [336, 0, 336])
  assert.deepEqual(counts, { filledHours: 1, clippedHours: 1 })
  assert.throws(() => expand(weights, addDays(from, -1), to), {
    field: 'from',
    message: /2026-11-02 to 2026-11-04/,
  })
})
