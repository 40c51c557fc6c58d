// Registers are the sums of the quarter-hours, to the Wh; the station sees everybody, thieves included.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addDays, type CivilDay, dayEnd, dayStart, locate } from '@contor/intervals'
import fc from 'fast-check'
import { consume, type User } from './curves.ts'
import { EnergyCounter, hourOfSlot, meteredDay, stationSource, tariffOf, userSource } from './energy.ts'
import { type FaultKind, faultTable } from './faults.ts'
import { buildNeighbourhood } from './neighbourhood.ts'

const quarter = 900_000
const user: User = { seed: 3, index: 7, habit: 'household', dailyWh: 6_000, panelsW: 5_000 }
const installed = '2026-10-01'
const source = userSource(user, undefined, installed)
const faultOf = (kind: FaultKind) => faultTable.find((fault) => fault.kind === kind)!
const total = (values: Int32Array) => values.reduce((sum, value) => sum + value, 0)

test('between any two instants the registers rise by exactly the quarter-hours between them', () => {
  const counter = new EnergyCounter(source, installed, 1)
  const first = dayStart(installed) / quarter
  // Across the end of summer time on 25 October, asked forwards and backwards.
  const slots = fc.integer({ min: 0, max: 50 * 96 })
  fc.assert(
    fc.property(slots, slots, (a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)].map((n) => (first + n) * quarter)
      const later = counter.registersAt(to)
      const earlier = counter.registersAt(from)
      const sums = { imported: 0, exported: 0, reactiveImported: 0, reactiveExported: 0 }
      for (let at = from; at < to; at += quarter) {
        const { day, slot } = locate(at)
        const energy = counter.day(day)
        for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += energy[key][slot]
      }
      for (const key of Object.keys(sums) as (keyof typeof sums)[])
        assert.equal(later[key] - earlier[key], sums[key], key)
    }),
    { numRuns: 40 },
  )
})

test('the four tariff registers add up to the total at every instant', () => {
  const counter = new EnergyCounter(source, installed, 1)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 50 * 96 }), (n) => {
      const at = counter.registersAt(dayStart(installed) + n * quarter)
      assert.equal(
        at.tariffs.reduce((sum, wh) => sum + wh, 0),
        at.imported,
      )
    }),
  )
})

test('what the registers say does not depend on how many days are held', () => {
  const few = new EnergyCounter(source, installed, 1, 2)
  const many = new EnergyCounter(source, installed, 1, 60)
  for (const n of [40, 3, 39, 0, 17]) {
    const at = dayStart(addDays(installed, n)) + 47 * quarter
    assert.deepEqual(few.registersAt(at), many.registersAt(at))
  }
})

test('each quarter-hour of the long and the short day has the hour that the clock on the wall shows', () => {
  const days: [CivilDay, number, number][] = [
    ['2026-03-29', 92, 180],
    ['2026-10-25', 100, 120],
  ]
  for (const [day, slots, deviation] of days) {
    assert.equal((dayEnd(day) - dayStart(day)) / quarter, slots)
    assert.equal(hourOfSlot(slots - 1, slots), 23)
    assert.deepEqual([hourOfSlot(0, slots), hourOfSlot(11, slots)], [0, 2])
    // After the jump: wall hour by the new deviation from UTC.
    for (const slot of [20, 50, 80]) {
      const wall = new Date(dayStart(day) + slot * quarter + deviation * 60_000).getUTCHours()
      assert.equal(hourOfSlot(slot, slots), wall)
    }
  }
  assert.equal(tariffOf(3, 8), 0)
  assert.equal(tariffOf(3, 12), 1)
  assert.equal(tariffOf(0, 3), 2)
  assert.equal(tariffOf(6, 12), 3)
})

test('the station supplies what all users truly take less what they give, and a loss of a few per cent', () => {
  const { points, station } = buildNeighbourhood({ meters: 200, seed: 1 })
  const users = points.flatMap((point) => (point.user ? [point.user] : []))
  for (const day of ['2026-06-21', '2026-10-25', '2026-12-22']) {
    const supplied = stationSource(users, station.ratedKva)(day)
    const each = users.map((one) => consume(one, day))
    let net = 0
    let loss = 0
    let turnover = 0
    for (let slot = 0; slot < supplied.slots; slot++) {
      const through = each.reduce((sum, one) => sum + one.imported[slot] - one.exported[slot], 0)
      const lost = supplied.imported[slot] - supplied.exported[slot] - through
      assert.ok(lost > 0, `${day} ${slot}: a network does not make energy`)
      assert.ok(supplied.imported[slot] === 0 || supplied.exported[slot] === 0)
      net += through
      loss += lost
      turnover += Math.abs(through)
    }
    assert.equal(total(supplied.imported) - total(supplied.exported), net + loss)
    assert.ok(loss / turnover < 0.08, `${day}: ${loss / turnover}`)
  }
})

test('a thief’s meter counts a share, a tampered one loses its evenings, both only from their day on', () => {
  const truth = consume({ ...user, panelsW: 0 }, '2026-11-04')
  const thief = meteredDay(truth, faultOf('thief'), '2026-11-01')
  assert.ok(Math.abs(total(thief.imported) / total(truth.imported) - (1 - faultOf('thief').amount)) < 0.01)
  const tampered = meteredDay(truth, faultOf('tampered'), '2026-11-01')
  assert.deepEqual(tampered.imported.subarray(0, 68), truth.imported.subarray(0, 68))
  assert.ok(total(tampered.imported.subarray(68, 92)) < 0.4 * total(truth.imported.subarray(68, 92)))
  assert.deepEqual(meteredDay(truth, faultOf('thief'), '2026-11-05'), truth)
})
