import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ChannelSeries, DayBlock } from './block.ts'
import { type CivilDay, daysBetween, slotsInDay } from './calendar.ts'
import { IntervalError } from './errors.ts'
import { flag, flagsOf } from './quality.ts'
import {
  countQuality,
  differencesFromIndexes,
  missingRanges,
  type Resolution,
  resample,
  sum,
} from './series.ts'

const code = (wanted: string) => (error: unknown) => error instanceof IntervalError && error.code === wanted

function dayOf(
  day: CivilDay,
  value: (slot: number) => number,
  byte: (slot: number) => number = () => 1,
): DayBlock {
  const slots = slotsInDay(day)
  const quality = Uint8Array.from({ length: slots }, (_, i) => byte(i))
  const values = Int32Array.from({ length: slots }, (_, i) => ((quality[i] & 7) === 0 ? 0 : value(i)))
  return { day, minutes: 15, channels: [{ channel: 'A+', values, quality }] }
}

const series = (values: number[], quality: number[]): ChannelSeries => ({
  channel: 'A+',
  values: Int32Array.from(values),
  quality: Uint8Array.from(quality),
})

test('sums, states and missing runs of a range', () => {
  const s = series([5, 0, 0, 7, 2 ** 31 - 1, 2 ** 31 - 1, 0], [1, 0, 0, 0x0a, 3, 1, 0])
  assert.equal(sum(s), 12 + 2 * (2 ** 31 - 1))
  assert.equal(sum(s, 1, 4), 7)
  assert.equal(sum(s, 3, 3), 0)
  assert.deepEqual(countQuality(s), { measured: 2, estimated: 1, edited: 1, missing: 3 })
  assert.deepEqual(missingRanges(s), [
    { fromSlot: 1, count: 2 },
    { fromSlot: 6, count: 1 },
  ])
  assert.throws(() => sum(s, 0, 8), code('invalid-slot'))
  assert.throws(() => sum(s, -1, 2), code('invalid-slot'))
})

test('differences of indexes give back the intervals, over a roll-over too', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 100 }),
      fc.integer({ min: 0, max: 999_999_999 }),
      (intervals, start) => {
        const capacity = 1_000_000_000
        const indexes = [start]
        for (const step of intervals) indexes.push((indexes[indexes.length - 1] + step) % capacity)
        const found = differencesFromIndexes(indexes, { capacity })
        assert.deepEqual([...found.values], intervals)
        assert.ok(found.quality.every((byte) => byte === 1))
        assert.deepEqual(found.reversals, [])
        assert.equal(found.rollOvers.length, start + intervals.reduce((a, b) => a + b, 0) >= capacity ? 1 : 0)
      },
    ),
  )
})

test('energy over unread indexes is kept, to the last watt-hour', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5000), fc.boolean()), { minLength: 2, maxLength: 100 }), (steps) => {
      let at = 1000
      const indexes: (number | null)[] = [at]
      for (const [step, read] of steps) {
        at += step
        indexes.push(read ? at : null)
      }
      indexes.push(at)
      const { values, gaps, quality } = differencesFromIndexes(indexes)
      const known = values.reduce((a, b) => a + b, 0) + gaps.reduce((a, gap) => a + gap.total, 0)
      assert.equal(known, at - 1000)
      const covered = quality.filter((byte) => byte === 1).length + gaps.reduce((a, gap) => a + gap.count, 0)
      assert.equal(covered, values.length)
    }),
  )
})

test('an index that goes back is no energy', () => {
  const found = differencesFromIndexes([500, 510, 20, 25], { capacity: 1_000_000 })
  assert.deepEqual([...found.values], [10, 0, 5])
  assert.deepEqual([...found.quality], [1, 0, 1])
  assert.deepEqual(found.reversals, [1])
  assert.deepEqual(found.rollOvers, [])
  const rolled = differencesFromIndexes([999_990, 5], { capacity: 1_000_000 })
  assert.deepEqual([...rolled.values], [15])
  assert.deepEqual(rolled.rollOvers, [0])
  assert.deepEqual(differencesFromIndexes([999_990, 5]).reversals, [0])
  assert.deepEqual(differencesFromIndexes([]).values.length, 0)
})

test('hours, days and months of a clock change are civil', () => {
  const days = [dayOf('2026-03-29', () => 1), dayOf('2026-10-25', () => 1)]
  const hours = resample([days[0]], '1h', 'A+')
  assert.equal(hours.length, 23)
  assert.ok(hours.every((point) => point.value === 4 && point.end - point.start === 3_600_000))
  assert.equal(resample([days[1]], '1h', 'A+').length, 25)
  const [spring] = resample([days[0]], '1d', 'A+')
  assert.deepEqual(spring, {
    start: Date.parse('2026-03-28T22:00:00Z'),
    end: Date.parse('2026-03-29T21:00:00Z'),
    value: 92,
    quality: 'measured',
    counts: { measured: 92, estimated: 0, edited: 0, missing: 0 },
    flags: 0,
  })
  assert.equal(resample([days[1]], '1d', 'A+')[0].value, 100)
  const march = daysBetween('2026-03-01', '2026-03-31').map((day) => dayOf(day, () => 1))
  const [month, ...rest] = resample(march, '1mo', 'A+')
  assert.equal(rest.length, 0)
  assert.equal(month.value, 31 * 96 - 4)
  assert.equal(month.start, Date.parse('2026-03-01T00:00:00+02:00'))
  assert.equal(month.end, Date.parse('2026-04-01T00:00:00+03:00'))
})

test('every resolution keeps the sum, the states and an unbroken time line', () => {
  const days = daysBetween('2026-10-20', '2026-11-03')
  const byte = fc.constantFrom(0, 1, 1, 2, 3, 1 | flag.suspect)
  const cell = fc.tuple(fc.integer({ min: 0, max: 9999 }), byte)
  fc.assert(
    fc.property(
      fc.array(cell, { minLength: 100, maxLength: 100 }),
      fc.subarray(days, { minLength: 1 }),
      (cells, held) => {
        const blocks = held.map((day) =>
          dayOf(
            day,
            (i) => cells[i][0],
            (i) => cells[i][1],
          ),
        )
        const total = blocks.reduce((a, b) => a + sum(b.channels[0]), 0)
        const slots = days.reduce((a, day) => a + slotsInDay(day), 0)
        for (const resolution of ['15m', '1h', '1d', '1mo'] satisfies Resolution[]) {
          const points = resample(blocks.toReversed(), resolution, 'A+', { from: days[0], to: days[14] })
          assert.equal(
            points.reduce((a, point) => a + (point.value ?? 0), 0),
            total,
          )
          let counted = 0
          for (const [i, { counts, value, start }] of points.entries()) {
            const present = counts.measured + counts.estimated + counts.edited
            counted += present + counts.missing
            assert.equal(value === null, present === 0)
            if (i > 0) assert.equal(start, points[i - 1].end)
          }
          assert.equal(counted, slots)
        }
        assert.equal(resample(blocks, '1mo', 'A+', { from: days[0], to: days[14] }).length, 2)
      },
    ),
    { numRuns: 30 },
  )
})

test('a bucket tells what it is made of', () => {
  const block = dayOf(
    '2026-11-09',
    () => 10,
    (i) => (i < 4 ? 0 : i < 8 ? 2 : i === 8 ? 0 : i === 9 ? 1 | flag.suspect : 1),
  )
  const hours = resample([block], '1h', 'A+')
  assert.deepEqual([hours[0].value, hours[0].quality], [null, 'missing'])
  assert.deepEqual([hours[1].value, hours[1].quality], [40, 'estimated'])
  assert.deepEqual([hours[2].value, hours[2].quality], [30, 'mixed'])
  assert.deepEqual(flagsOf(hours[2].flags), ['suspect'])
  assert.deepEqual([hours[3].value, hours[3].quality], [40, 'measured'])
  assert.deepEqual(resample([block], '1d', 'A-')[0].value, null)
})

test('a day without a block is missing, not left out', () => {
  const blocks = [dayOf('2026-11-09', () => 1), dayOf('2026-11-11', () => 1)]
  const points = resample(blocks, '1d', 'A+')
  assert.deepEqual(
    points.map((p) => p.value),
    [96, null, 96],
  )
  assert.equal(points[1].counts.missing, 96)
  assert.deepEqual(resample([], '1d', 'A+'), [])
  assert.equal(resample([], '1h', 'A+', { from: '2026-11-09', to: '2026-11-09' }).length, 24)
})

test('what does not fit together is refused', () => {
  const block = dayOf('2026-11-09', () => 1)
  const hourly: DayBlock = { day: '2026-11-10', minutes: 60, channels: [] }
  assert.throws(() => resample([block, block], '1d', 'A+'), code('mismatch'))
  assert.throws(() => resample([block, hourly], '1d', 'A+'), code('mismatch'))
  assert.throws(() => resample([hourly], '15m', 'A+'), code('mismatch'))
})
