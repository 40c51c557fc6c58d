// The relay of a meter with a house behind it, on a clock that the test moves.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ActiveAssociation, type Data, data, type Obis } from '@contor/dlms'
import { civilDayOf, dayStart, locate } from '@contor/intervals'
import fc from 'fast-check'
import { userSource } from '../energy.ts'
import { createMeter, freshState, type Meter, type MeterState } from '../meter.ts'
import { buildNeighbourhood } from '../neighbourhood.ts'

const { points } = buildNeighbourhood({ meters: 60, seed: 7 })
const noon = dayStart('2026-03-10') + 10 * 3_600_000 + 123_000
const installedOn = '2026-02-01'

function house(line: 'PLC' | 'GSM', kept?: MeterState) {
  const point = points.find(
    (one) =>
      one.meter?.line.startsWith(line) && !one.meter.fault && one.kind === 'household' && !one.prosumer,
  )
  assert.ok(point?.meter && point.user)
  const spec = { ...point.meter, clockDriftPpm: 0, clockOffsetS: 0 }
  const state = kept ?? freshState(spec, noon)
  const truth = userSource(point.user, undefined, installedOn)
  const meter = createMeter({
    spec,
    source: truth,
    installedOn,
    faultFrom: installedOn,
    state,
    dirty: () => {},
  })
  return { meter, truth, resident: meter.household.resident }
}

const association: ActiveAssociation = {
  clientAddress: 1,
  mechanism: 'gmac',
  policy: 'authenticated-encrypted',
  conformance: [],
  clientMaxPduSize: 1_024,
}
const read = (meter: Meter, classId: number, obis: Obis, attribute: number, now: number) => {
  const result = meter.model.get({ classId, obis, attribute }, association, now)
  assert.ok(result.ok)
  return result.data.value
}
const order = (meter: Meter, method: 1 | 2, now: number) =>
  meter.model.invoke({ classId: 70, obis: '0.0.96.3.10.255', method }, data.i8(0), association, now).result
const write = (meter: Meter, classId: number, obis: Obis, attribute: number, value: Data, now: number) =>
  meter.model.set({ classId, obis, attribute }, value, association, now)
const codes = (meter: Meter) => meter.logs.control.map((event) => event.code)

test('remote reconnection makes ready; only ten seconds of the button bring the light back', () => {
  const { meter, resident } = house('PLC')
  assert.equal(order(meter, 1, noon), 'success')
  assert.equal(order(meter, 1, noon + 1_000), 'success')
  assert.equal(resident.pressButton(10, noon + 2_000).relay, 'open')
  assert.equal(order(meter, 2, noon + 3_000), 'success')
  assert.deepEqual(
    [resident.show(noon + 3_000).control, resident.show(noon + 3_000).display],
    ['ready', 'Putere depășită'],
  )
  assert.equal(resident.pressButton(9, noon + 4_000).relay, 'open')
  const lit = resident.pressButton(10, noon + 5_000)
  assert.deepEqual([lit.relay, lit.opened, lit.closed], ['closed', 1, 1])
  assert.deepEqual(codes(meter), [62, 59, 61])
})

test('the main breaker: the meter senses it and closes, and nothing flows until it is on again', () => {
  const { meter, resident } = house('PLC')
  resident.load(1_000, noon)
  assert.equal(resident.openBreaker(noon).powerW, 0)
  resident.closeBreaker(noon)
  order(meter, 1, noon)
  order(meter, 2, noon)
  const opened = resident.openBreaker(noon + 1_000)
  assert.deepEqual([opened.relay, opened.powerW], ['closed', 0])
  assert.equal(resident.closeBreaker(noon + 2_000).powerW, 1_000)
})

test('a meter on GSM closes by its menu, not by the button or the breaker', () => {
  const { meter, resident } = house('GSM')
  order(meter, 1, noon)
  assert.equal(resident.menu('connect', noon).relay, 'open')
  order(meter, 2, noon)
  assert.equal(resident.pressButton(10, noon).relay, 'open')
  assert.equal(resident.openBreaker(noon).relay, 'open')
  resident.closeBreaker(noon)
  assert.equal(resident.menu('connect', noon).relay, 'closed')
  assert.equal(house('PLC').resident.menu('connect', noon).closed, 0)
})

test('over-power: the relay trips after its duration, and again when the load stays on', () => {
  const { meter, resident } = house('PLC')
  write(meter, 71, '0.0.17.0.0.255', 6, data.u32(20), noon)
  const over = meter.spec.approvedPowerW + 1
  resident.load(over - 1, noon - 3_600_000)
  meter.household.tick(noon)
  assert.equal(resident.show(noon).relay, 'closed')
  resident.load(over, noon)
  meter.household.tick(noon + 19_999)
  assert.equal(resident.show(noon + 19_999).relay, 'closed')
  meter.household.tick(noon + 20_000)
  const tripped = resident.show(noon + 20_000)
  assert.deepEqual([tripped.relay, tripped.control, tripped.display], ['open', 'ready', 'Putere depășită'])
  assert.equal(resident.pressButton(10, noon + 30_000).relay, 'closed')
  meter.household.tick(noon + 50_000)
  assert.equal(resident.show(noon + 50_000).relay, 'open')
  resident.load(500, noon + 60_000)
  assert.equal(resident.pressButton(10, noon + 61_000).powerW, 500)
  meter.household.tick(noon + 900_000)
  assert.equal(resident.show(noon + 900_000).relay, 'closed')
  assert.deepEqual(codes(meter), [65, 64, 61, 65, 64, 61])
})

test('mode 6 closes again by itself after a trip, never after a remote disconnection', () => {
  const { meter, resident } = house('PLC')
  assert.equal(write(meter, 70, '0.0.96.3.10.255', 4, data.enum(6), noon), 'success')
  resident.load(meter.spec.approvedPowerW + 500, noon)
  meter.household.tick(noon + 60_000)
  assert.equal(resident.load(100, noon + 61_000).relay, 'open')
  meter.household.tick(noon + 91_000)
  assert.equal(resident.show(noon + 91_000).relay, 'closed')
  order(meter, 1, noon + 100_000)
  order(meter, 2, noon + 101_000)
  meter.household.tick(noon + 102_000)
  meter.household.tick(noon + 900_000)
  assert.equal(resident.show(noon + 900_000).relay, 'open')
})

test('an order that the mode lacks is refused; mode 0 does not begin on an open relay', () => {
  const { meter, resident } = house('PLC')
  write(meter, 70, '0.0.96.3.10.255', 4, data.enum(0), noon)
  assert.equal(order(meter, 1, noon), 'read-write-denied')
  write(meter, 70, '0.0.96.3.10.255', 4, data.enum(4), noon)
  order(meter, 1, noon)
  assert.equal(write(meter, 70, '0.0.96.3.10.255', 4, data.enum(0), noon), 'temporary-failure')
  assert.equal(order(meter, 2, noon), 'success')
  assert.equal(resident.show(noon).relay, 'closed')
})

test('the script table gives the same orders', () => {
  const { meter, resident } = house('PLC')
  const script = (id: number) =>
    meter.model.invoke({ classId: 9, obis: '0.0.10.0.106.255', method: 1 }, data.u16(id), association, noon)
  assert.equal(script(1).result, 'success')
  assert.equal(resident.show(noon).control, 'disconnected')
  script(2)
  assert.equal(resident.show(noon).control, 'ready')
  assert.equal(script(3).result, 'object-undefined')
})

test('while the relay is open nothing flows: current, power, profile and registers, to the moment', () => {
  const { meter, truth } = house('PLC')
  const before = meter.registers(noon)
  order(meter, 1, noon)
  const end = noon + 3 * 3_600_000
  assert.deepEqual(meter.registers(noon), before)
  assert.deepEqual(meter.registers(end), before)
  assert.equal(read(meter, 3, '1.0.31.7.0.255', 2, end), 0)
  assert.equal(read(meter, 3, '1.0.1.7.0.255', 2, end), 0)
  assert.ok((read(meter, 3, '1.0.32.7.0.255', 2, end) as number) > 2_000)
  const { day, slot } = locate(noon)
  const cut = Math.floor(noon / 900_000) * 900_000 + 900_000
  const rows = meter.intervals(cut - 900_000, end, end)
  assert.ok(rows.length > 10)
  const share = Math.floor((truth(day).imported[slot] * 4 * (noon - cut + 900_000)) / 3_600_000)
  assert.deepEqual(rows[0], { end: cut, imported: share, exported: 0 })
  assert.ok(rows.slice(1).every((row) => row.imported === 0))
})

test('a load that was set is counted exactly, and a restart forgets nothing', () => {
  const { meter, resident } = house('PLC')
  const start = Math.ceil(noon / 900_000) * 900_000
  resident.load(1_200, start)
  const before = meter.registers(start).imported
  assert.equal(meter.registers(start + 1_800_000).imported - before, 600)
  order(meter, 1, start + 1_800_000)
  const again = house('PLC', JSON.parse(JSON.stringify(meter.state)))
  assert.deepEqual(again.meter.registers(start + 7_200_000), meter.registers(start + 7_200_000))
  assert.deepEqual(again.resident.show(start), resident.show(start))
})

test('faults of orders: refused, stuck, restarted in the middle, answer lost after the act', () => {
  const { meter, resident } = house('PLC')
  resident.fault('refuses', undefined, noon)
  assert.equal(order(meter, 1, noon), 'object-unavailable')
  resident.fault('stuck', undefined, noon)
  assert.equal(order(meter, 1, noon), 'success')
  assert.deepEqual([resident.show(noon).relay, resident.show(noon).control], ['closed', 'disconnected'])
  Object.assign(meter.state.relay, { control: 1 })
  resident.fault('restart', undefined, noon)
  order(meter, 1, noon)
  assert.deepEqual([meter.household.takeDrop(), meter.household.takeDrop()], [true, false])
  assert.deepEqual([meter.household.reachable(noon), meter.household.reachable(noon + 3_000)], [false, true])
  assert.equal(resident.show(noon).opened, 0)
  resident.fault('lost-answer', undefined, noon)
  order(meter, 1, noon)
  assert.equal(meter.household.takeDrop(), true)
  order(meter, 1, noon)
  assert.equal(meter.household.takeDrop(), false)
  assert.equal(resident.show(noon).opened, 1)
  resident.fault('unreachable', 2, noon)
  assert.deepEqual(
    [meter.household.reachable(noon + 119_999), meter.household.reachable(noon + 120_000)],
    [false, true],
  )
})

test('whatever hands, limiter and orders do: registers only grow and end as the sum of the profile', () => {
  const step = fc.record({
    what: fc.constantFrom('off', 'on', 'press', 'open', 'close', 'load', 'habits', 'wait'),
    watt: fc.integer({ min: 0, max: 12_000 }),
    ms: fc.integer({ min: 0, max: 1_500_000 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const { meter, resident } = house('PLC')
      const first = Math.floor(noon / 900_000) * 900_000
      const begin = meter.registers(first).imported
      let now = noon
      let last = meter.registers(now).imported
      for (const { what, watt, ms } of steps) {
        if (what === 'off') order(meter, 1, now)
        if (what === 'on') order(meter, 2, now)
        if (what === 'press') resident.pressButton(10, now)
        if (what === 'open') resident.openBreaker(now)
        if (what === 'close') resident.closeBreaker(now)
        if (what === 'load') resident.load(watt, now)
        if (what === 'habits') resident.load(undefined, now)
        for (const at of [now, now + ms]) {
          meter.household.tick(at)
          const { imported } = meter.registers(at)
          assert.ok(imported >= last, `${what}: ${imported} after ${last}`)
          last = imported
        }
        now += ms
        const { relay } = meter.state
        assert.equal(relay.output, relay.control === 1)
      }
      const end = Math.ceil(now / 900_000) * 900_000
      const rows = meter.intervals(first, end, end)
      const sum = rows.filter((row) => row.end > first).reduce((total, row) => total + row.imported, 0)
      assert.equal(meter.registers(end).imported - begin, sum)
    }),
    { numRuns: 60 },
  )
  assert.equal(civilDayOf(noon), '2026-03-10')
})
