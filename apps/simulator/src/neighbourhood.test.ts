import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultTable } from './faults.ts'
import { buildNeighbourhood, type NeighbourhoodOptions } from './neighbourhood.ts'

const valeaMare = buildNeighbourhood({ meters: 200, seed: 1 })
const behind = valeaMare.points.filter((point) => point.kind !== 'balance')
const meters = valeaMare.points.flatMap((point) => (point.meter ? [point.meter] : []))

test('the same seed gives the same neighbourhood, keys included; another seed gives others', () => {
  assert.deepEqual(buildNeighbourhood({ meters: 200, seed: 1 }), valeaMare)
  const other = buildNeighbourhood({ meters: 200, seed: 2 })
  for (const [n, point] of other.points.entries()) {
    assert.notEqual(point.pod, valeaMare.points[n].pod)
    if (point.meter && valeaMare.points[n].meter)
      assert.notDeepEqual(point.meter.keys, valeaMare.points[n].meter?.keys)
  }
})

test('200 points: 20 prosumers, 6 by GSM, 3 without a smart meter, four feeders and one balance point', () => {
  assert.equal(behind.length, 200)
  assert.equal(behind.filter((point) => point.prosumer).length, 20)
  assert.equal(behind.filter((point) => point.readingMode === 'amr').length, 6)
  assert.equal(behind.filter((point) => point.readingMode === 'manual' && !point.meter).length, 3)
  assert.equal(valeaMare.points.length - behind.length, 1)
  assert.equal(new Set(behind.map((point) => point.feeder)).size, 4)
  assert.deepEqual([...new Set(behind.map((point) => point.phases))].sort(), [1, 3])
  const habits = new Set(behind.map((point) => point.user?.habit))
  for (const habit of ['household', 'bakery', 'school', 'shop', 'town-hall'] as const)
    assert.ok(habits.has(habit), habit)
})

test('names, PODs, ports, titles and keys belong to one meter each', () => {
  const distinct = (values: string[]) => assert.equal(new Set(values).size, values.length)
  distinct(valeaMare.points.map((point) => point.pod))
  distinct(meters.map((meter) => meter.serial))
  distinct(meters.map((meter) => String(meter.port)))
  distinct(meters.map((meter) => meter.systemTitle.join()))
  distinct(meters.flatMap((meter) => [meter.keys.encryption.join(), meter.keys.authentication.join()]))
  for (const point of valeaMare.points) assert.match(point.pod, /^RO005E5\d{9}$/)
  for (const meter of meters) {
    assert.equal(meter.systemTitle.length, 8)
    assert.equal(String.fromCharCode(...meter.systemTitle.subarray(0, 3)), meter.manufacturer)
    const length = meter.suite === 2 ? 32 : 16
    assert.deepEqual(
      [meter.keys.encryption, meter.keys.authentication, meter.keys.master].map((key) => key.length),
      [length, length, length],
    )
    assert.ok(valeaMare.lines.some((line) => line.code === meter.line))
  }
})

test('every fault of the table is somewhere, once', () => {
  const found = meters.flatMap((meter) => (meter.fault ? [meter.fault.story] : []))
  assert.deepEqual(found.sort(), faultTable.map((fault) => fault.story).sort())
})

test('every third meter on a power line speaks HDLC, a few have the later suites, one has short names', () => {
  const overHdlc = meters.filter((meter) => meter.transport === 'hdlc')
  assert.ok(overHdlc.length > 50 && overHdlc.length < 70, String(overHdlc.length))
  assert.equal(new Set(overHdlc.map((meter) => JSON.stringify(meter.hdlc))).size, 3)
  for (const meter of overHdlc) {
    assert.ok(meter.line.startsWith('PLC') && meter.physicalAddress! >= 16 && meter.physicalAddress! <= 125)
    assert.ok(!['garbage', 'repeats-blocks'].includes(meter.fault?.kind ?? ''))
  }
  for (const suite of [1, 2] as const) assert.ok(meters.filter((meter) => meter.suite === suite).length >= 4)
  assert.equal(meters.filter((meter) => meter.referencing === 'short-name').length, 1)
  const [balance] = meters
  assert.deepEqual([balance.transport, balance.suite, balance.referencing], ['wrapper', 0, 'logical-name'])
})

test('any size that is offered can be built, and sizes that are not are refused', () => {
  for (const size of [1, 2, 5, 10, 59, 60, 201, 2_000, 5_000]) {
    const { points } = buildNeighbourhood({ meters: size, seed: 5 })
    assert.equal(points.length, size + 1)
  }
  const wrong: NeighbourhoodOptions[] = [
    { meters: 0 },
    { meters: 1.5 },
    { meters: 5_001 },
    { basePort: 80 },
    { meters: 200, basePort: 65_400 },
  ]
  for (const options of wrong) assert.throws(() => buildNeighbourhood(options), RangeError)
})
