import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DayBlock, emptySeries, flag, quality } from '@contor/intervals'
import { clockTolerance } from './clockTolerance.ts'
import { duplicate } from './duplicate.ts'
import { intervalSum } from './intervalSum.ts'
import { missingInterval } from './missingInterval.ts'
import { spike } from './spike.ts'

const day = '2026-11-20'

function fullDay(value = 100): DayBlock {
  const series = emptySeries('A+', day)
  series.values.fill(value)
  series.quality.fill(quality.measured)
  return { day, minutes: 15, channels: [series] }
}

test('each run of missing slots is told once, inside what is expected only', () => {
  const block = fullDay()
  const { values, quality: bytes } = block.channels[0]
  for (const slot of [0, 1, 40, 41, 42, 95]) {
    values[slot] = 0
    bytes[slot] = quality.missing
  }
  const runs = missingInterval({ block, expected: { from: 1, to: 95 } }).map((f) => [f.fromSlot, f.count])
  assert.deepEqual(runs, [
    [1, 1],
    [40, 3],
  ])
})

test('a difference beyond the register resolution is told with its size', () => {
  const start = new Map([['1.0.1.8.0.255', 5_000]])
  const block = fullDay()
  assert.deepEqual(intervalSum(block, start, new Map([['1.0.1.8.0.255', 14_600]]), { toleranceWh: 2 }), [])
  assert.deepEqual(intervalSum(block, start, new Map([['1.0.1.8.0.255', 14_602]]), { toleranceWh: 2 }), [])
  const [found] = intervalSum(block, start, new Map([['1.0.1.8.0.255', 14_603]]), { toleranceWh: 2 })
  assert.equal(found.details['differenceWh'], -3)
})

test('a day with a missing slot is not judged by its sum', () => {
  const block = fullDay()
  block.channels[0].values[3] = 0
  block.channels[0].quality[3] = quality.missing
  const ends = [new Map([['1.0.1.8.0.255', 0]]), new Map([['1.0.1.8.0.255', 99_999]])] as const
  assert.deepEqual(intervalSum(block, ends[0], ends[1], { toleranceWh: 2 }), [])
})

test('tariff registers that do not add up to the total are told', () => {
  const start = new Map([
    ['1.0.1.8.0.255', 0],
    ['1.0.1.8.1.255', 0],
    ['1.0.1.8.2.255', 0],
  ])
  const good = new Map([
    ['1.0.1.8.0.255', 9_600],
    ['1.0.1.8.1.255', 9_000],
    ['1.0.1.8.2.255', 600],
  ])
  const bad = new Map([...good, ['1.0.1.8.2.255', 700]] as const)
  assert.equal(intervalSum(fullDay(), start, good, { toleranceWh: 2 }).length, 0)
  assert.equal(intervalSum(fullDay(), start, bad, { toleranceWh: 2 })[0].details['differenceWh'], 100)
})

test('a spike is marked suspect and told as one run; the limit itself is no spike', () => {
  const block = fullDay()
  block.channels[0].values.set([4_000, 4_001, 4_500, 100], 10)
  const found = spike(block, 8_000, { factor: 2 })
  assert.deepEqual(
    found.map((f) => [f.fromSlot, f.count, f.details['highestWh']]),
    [[11, 2, 4_500]],
  )
  assert.equal(block.channels[0].quality[10], quality.measured)
  assert.equal(block.channels[0].quality[11], quality.measured | flag.suspect)
})

test('conflicts are grouped by channel and neighbourhood', () => {
  const at = (slot: number) => ({
    channel: 'A+' as const,
    slot,
    old: slot,
    new: slot + 1,
    oldQuality: 1,
    newQuality: 1,
  })
  const runs = duplicate(day, [at(7), at(5), at(6), at(20)]).map((f) => [f.fromSlot, f.count, f.details])
  assert.deepEqual(runs, [
    [5, 3, { kept: [5, 6, 7], refused: [6, 7, 8] }],
    [20, 1, { kept: [20], refused: [21] }],
  ])
})

test('a clock at its tolerance passes, beyond it does not, early or late', () => {
  assert.equal(clockTolerance(day, 96, 60, { toleranceS: 60 }).length, 0)
  assert.equal(clockTolerance(day, 96, -60.1, { toleranceS: 60 }).length, 1)
})
