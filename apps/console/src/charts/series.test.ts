import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IntervalColumns, Quality } from '../api/types.ts'
import { dayStart, quarter, slotsInDay, wallMinutes } from '../format/zone.ts'
import { cellKey, heatGrid, scaleColour } from './heatGrid.ts'
import { civilTicks, indexAt, lowerBound, qualityRuns, toSeries } from './series.ts'

function day(name: string, quality: (slot: number) => Quality = () => 'measured'): IntervalColumns {
  const slots = Array.from({ length: slotsInDay(name) }, (_, slot) => slot)
  return {
    channel: 'A+',
    unit: 'Wh',
    resolution: '15m',
    start: slots.map((slot) => new Date(dayStart(name) + slot * quarter).toISOString()),
    value: slots.map((slot) => (quality(slot) === 'missing' ? null : slot)),
    quality: slots.map(quality),
    flags: slots.map(() => null),
    trace: slots.map(() => null),
  }
}
const later = Date.UTC(2030, 0, 1)

test('intervals that have not begun are not part of the series', () => {
  const series = toSeries(day('2026-05-04'), dayStart('2026-05-04') + 10 * quarter)
  assert.equal(series.start.length, 10)
  assert.equal(series.value.length, 10)
})

test('neighbours of one quality are one run', () => {
  const series = toSeries(
    day('2026-05-04', (slot) => (slot < 40 ? 'measured' : slot < 44 ? 'missing' : 'estimated')),
    later,
  )
  const runs = qualityRuns(series)
  assert.deepEqual(
    runs.map((run) => [run.quality, (run.to - run.from) / quarter]),
    [
      ['measured', 40],
      ['missing', 4],
      ['estimated', 52],
    ],
  )
})

test('an instant finds its interval and nothing outside', () => {
  const series = toSeries(day('2026-05-04'), later)
  const start = dayStart('2026-05-04')
  assert.equal(indexAt(series, start + 5 * quarter + 1), 5)
  assert.equal(indexAt(series, start - 1), -1)
  assert.equal(indexAt(series, start + 96 * quarter), -1)
  assert.equal(lowerBound(series, start + 5 * quarter + 1), 6)
})

test('ticks stand on civil midnights across the October change', () => {
  const { at, daily } = civilTicks(dayStart('2026-10-20'), dayStart('2026-10-31'), 20)
  assert.equal(daily, true)
  assert.ok(at.length >= 10)
  for (const ms of at) assert.equal(wallMinutes(ms), 0)
})

test('the repeated hour shares its cells, the skipped hour has none', () => {
  const autumn = heatGrid(toSeries(day('2026-10-25'), later))
  assert.deepEqual(autumn.cells.get(cellKey('2026-10-25', 12)), [12, 16])
  assert.deepEqual(autumn.cells.get(cellKey('2026-10-25', 11)), [11])
  const spring = heatGrid(toSeries(day('2026-03-29'), later))
  assert.equal(spring.cells.get(cellKey('2026-03-29', 12)), undefined)
  assert.deepEqual(spring.cells.get(cellKey('2026-03-29', 16)), [12])
})

test('the scale runs from its first colour to its last and stays inside', () => {
  const steps = ['#000000', '#808080', '#ffffff']
  assert.equal(scaleColour(-1, steps), 'rgb(0,0,0)')
  assert.equal(scaleColour(2, steps), 'rgb(255,255,255)')
  assert.equal(scaleColour(0.25, steps), 'rgb(64,64,64)')
})
