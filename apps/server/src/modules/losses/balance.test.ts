import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DayBlock, emptySeries, quality } from '@contor/intervals'
import { dayBalance, type PointDay, slotBalances } from './balance.ts'

const day = '2026-11-20'

function block(importWh: number, exportWh = 0): DayBlock {
  const imported = emptySeries('A+', day)
  const exported = emptySeries('A-', day)
  imported.values.fill(importWh)
  exported.values.fill(exportWh)
  imported.quality.fill(quality.measured)
  exported.quality.fill(quality.measured)
  return { day, minutes: 15, channels: [imported, exported] }
}

const points = (): PointDay[] => [
  { meteringPointId: '1', balance: true, block: block(1_000, 50) },
  { meteringPointId: '2', balance: false, block: block(600) },
  { meteringPointId: '3', balance: false, block: block(500, 250) },
]

test('loss is what entered less what left, and its share of what entered', () => {
  const found = dayBalance(day, points())
  assert.equal(found.lossWh, 96 * (1_000 - 50 + 250 - 1_100))
  assert.equal(found.lossPercent, 8)
  assert.equal(found.complete, true)
  assert.deepEqual([found.pointsExpected, found.pointsPresent], [2, 2])
})

test('one missing quarter-hour makes the day incomplete and only its own quarter-hour', () => {
  const all = points()
  const series = all[1].block?.channels[0]
  assert.ok(series)
  series.values[7] = 0
  series.quality[7] = quality.missing
  assert.equal(dayBalance(day, all).complete, false)
  assert.equal(dayBalance(day, all).pointsPresent, 1)
  assert.deepEqual(
    slotBalances(day, all).flatMap((b, slot) => (b.complete ? [] : [slot])),
    [7],
  )
})

test('a day is the sum of its quarter-hours', () => {
  const slots = slotBalances(day, points())
  assert.equal(slots.length, 96)
  assert.equal(
    slots.reduce((all, b) => all + b.lossWh, 0),
    dayBalance(day, points()).lossWh,
  )
})

test('a station without any reading has no percentage and is not complete', () => {
  const found = dayBalance(day, [
    { meteringPointId: '1', balance: true },
    { meteringPointId: '2', balance: false },
  ])
  assert.equal(found.lossPercent, null)
  assert.equal(found.complete, false)
})

test('a feeder has its own balance; its meter does not count a second time beside the station’s', () => {
  const all: PointDay[] = [
    { meteringPointId: '1', balance: true, block: block(1_000) },
    { meteringPointId: '2', balance: true, feeder: 'F1', block: block(420) },
    { meteringPointId: '3', balance: false, feeder: 'F1', block: block(400) },
    { meteringPointId: '4', balance: false, feeder: 'F2', block: block(500) },
  ]
  assert.equal(dayBalance(day, all).lossWh, 96 * 100)
  assert.equal(dayBalance(day, all, 'F1').lossWh, 96 * 20)
  assert.deepEqual(
    slotBalances(day, all, 'F1').map(({ lossWh }) => lossWh),
    new Array(96).fill(20),
  )
  // Nobody measures what goes into F2: a difference there says nothing.
  assert.equal(dayBalance(day, all, 'F2').complete, false)
})

test('without a meter of the station those of all feeders are its head, and only when none lacks one', () => {
  const feeders: PointDay[] = [
    { meteringPointId: '2', balance: true, feeder: 'F1', block: block(420) },
    { meteringPointId: '5', balance: true, feeder: 'F2', block: block(530) },
    { meteringPointId: '3', balance: false, feeder: 'F1', block: block(400) },
    { meteringPointId: '4', balance: false, feeder: 'F2', block: block(500) },
  ]
  const whole = dayBalance(day, feeders)
  assert.deepEqual([whole.lossWh, whole.complete], [96 * 50, true])
  const lacking = dayBalance(day, [
    ...feeders,
    { meteringPointId: '6', balance: false, feeder: 'F3', block: block(1) },
  ])
  assert.equal(lacking.complete, false)
})
