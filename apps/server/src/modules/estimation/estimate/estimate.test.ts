import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays, dayStart, daysBetween, quality, sum } from '@contor/intervals'
import { tariffsOfDay } from '@contor/vee'
import { sql } from 'kysely'
import { asSystem, createPool } from '../../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../../platform/testing/database.ts'
import { createTestNetwork, type TestNetwork } from '../../acquisition/testing/network.ts'
import { compact, loadDays, loadDaysAsOf } from '../../readings/index.ts'
import { estimateNamed, printOutcome } from '../cli.ts'
import { dayOf, incomingOf, putRegisters, store, testPeriods } from '../testing/curve.ts'
import { estimatePoint } from './estimate.ts'
import { estimateForBilling, runEstimation } from './job.ts'

let database: TestDatabase
let network: TestNetwork

before(async () => {
  database = await createTestDatabase()
  network = await createTestNetwork(database.db, 7)
})
after(() => database.drop())

const calendar = { name: 't', version: 1, source: 't', periods: testPeriods }
const tariffOf = (day: string, slot: number) => tariffsOfDay(calendar, day)[slot]
const curve = (seed: number) => (slot: number) => ((slot * 7 + seed * 13) % 29) + (slot > 68 ? 20 : 3)
const first = '2026-11-09'
const days = daysBetween(first, '2026-11-15')
const truth = days.map((day, i) => dayOf(day, curve(i)))

async function stored(id: string, from: string, to = from) {
  return (await asSystem(database.db, (trx) => loadDays(trx, id, from, to))).map((each) => each.block)
}

/** Sums per tariff of the stored days. */
async function tariffSums(id: string, from: string, to: string): Promise<number[]> {
  const sums = [0, 0, 0, 0, 0]
  for (const block of await stored(id, from, to))
    for (const [slot, value] of block.channels[0].values.entries()) sums[tariffOf(block.day, slot)] += value
  return sums
}
const truthSums = (list: readonly ReturnType<typeof dayOf>[]) => {
  const sums = [0, 0, 0, 0, 0]
  for (const block of list)
    for (const [slot, value] of block.channels[0].values.entries()) sums[tariffOf(block.day, slot)] += value
  return sums
}

async function lose(id: string, day: string, fromSlot: number, count: number): Promise<void> {
  await asSystem(database.db, (trx) =>
    sql`insert into contor.gap (metering_point_id, day, from_slot, count, cause, owner, deadline, state)
        values (${id}, ${day}, ${fromSlot}, ${count}, 'not-in-meter', 'estimation', now(), 'lost')`.execute(
      trx,
    ),
  )
}

test('the round fills lost gaps so that every tariff register is met, and the ledger says how', async () => {
  const point = network.points[1]
  await asSystem(database.db, (trx) => putRegisters(trx, point, truth, tariffOf))
  const missing = (slot: number) => slot >= 20 && slot < 60
  await store(
    database.db,
    point.id,
    truth.map((block) => incomingOf(block, block.day === days[3] ? (slot) => !missing(slot) : () => true)),
  )
  await lose(point.id, days[3], 20, 40)
  const round = await runEstimation(database.db)
  assert.deepEqual([round.points, round.slots, round.open], [1, 40, 0])
  assert.deepEqual(await tariffSums(point.id, days[0], days[6]), truthSums(truth))
  const [block] = await stored(point.id, days[3])
  assert.ok(block.channels[0].quality.subarray(20, 60).every((byte) => byte === quality.estimated))
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{
      state: string
      cause: string
      estimate: { methods: string[]; confidence: number; version: number }
    }>`
      select state, cause, estimate from contor.gap where metering_point_id = ${point.id}`.execute(trx),
  )
  assert.deepEqual(rows, [
    {
      state: 'estimated',
      cause: 'not-in-meter',
      estimate: { methods: ['history'], confidence: 0.9, version: 2 },
    },
  ])
  const log = await asSystem(database.db, (trx) =>
    sql<{ kind: string; rule: string; actor: string; runs: { registers: { tariff: number }[] }[] }>`
      select kind, rule, actor, details->'runs' as runs from contor.day_block_version where metering_point_id = ${point.id}`.execute(
      trx,
    ),
  )
  assert.deepEqual(
    [log.rows[0].kind, log.rows[0].rule, log.rows[0].actor],
    ['estimate', 'estimate', 'system:estimation'],
  )
  assert.deepEqual(
    log.rows[0].runs[0].registers.map((r) => r.tariff),
    [1, 2, 3, 4],
  )
  assert.equal((await runEstimation(database.db)).slots, 0)
})

test('late values replace estimates, the rest is spread again, and the gap is recovered when all have come', async () => {
  const point = network.points[1]
  const late = (from: number, to: number) =>
    store(database.db, point.id, [incomingOf(truth[3], (slot) => slot >= from && slot < to, 9)])
  await late(20, 31)
  const round = await runEstimation(database.db)
  assert.equal(round.respread, 1)
  assert.deepEqual(await tariffSums(point.id, days[0], days[6]), truthSums(truth))
  const [block] = await stored(point.id, days[3])
  assert.deepEqual(
    [...block.channels[0].values.subarray(20, 31)],
    [...truth[3].channels[0].values.subarray(20, 31)],
  )
  assert.equal((await runEstimation(database.db)).respread, 0)
  await late(31, 60)
  await runEstimation(database.db)
  const [whole] = await stored(point.id, days[3])
  assert.deepEqual([...whole.channels[0].values], [...truth[3].channels[0].values])
})

test('before it was estimated nothing was known: the past stays as it was', async () => {
  const point = network.points[2]
  await store(database.db, point.id, [incomingOf(truth[0], (slot) => slot < 90)])
  const before = Date.now()
  await new Promise((resolve) => setTimeout(resolve, 5))
  await asSystem(database.db, (trx) => putRegisters(trx, point, truth.slice(0, 1), tariffOf))
  await estimateForBilling(database.db, point.id, days[0], days[0])
  const [then] = await asSystem(database.db, (trx) => loadDaysAsOf(trx, point.id, days[0], days[0], before))
  assert.equal(then.block.channels[0].quality[95], 0)
  const [block] = await stored(point.id, days[0])
  assert.equal(sum(block.channels[0]), sum(truth[0].channels[0]))
})

test('a dry run tells the values and writes nothing; days of which nothing is stored are laid', async () => {
  const point = network.points[3]
  await asSystem(database.db, (trx) => putRegisters(trx, point, truth.slice(0, 2), tariffOf))
  const request = { meteringPointId: point.id, from: days[0], to: days[1], actor: 'a', reason: 'r' }
  const dry = await asSystem(database.db, (trx) => estimatePoint(trx, { ...request, dryRun: true }))
  assert.equal(
    dry.estimated.reduce((all, line) => all + line.energyWh, 0),
    sum(truth[0].channels[0]) + sum(truth[1].channels[0]),
  )
  assert.deepEqual([dry.days, await stored(point.id, days[0], days[1])], [[], []])
  const named = await asSystem(database.db, (trx) => estimateNamed(trx, 'RO000003', days[0], days[1], true))
  assert.deepEqual(named, dry)
  assert.match(printOutcome(named), /register 3: \d+ Wh = 0 measured \+ \d+ estimated/)
  assert.match(printOutcome(named), /Nothing written, order of ways 1\./)
  const done = await asSystem(database.db, (trx) => estimatePoint(trx, request))
  assert.deepEqual(done.estimated, dry.estimated)
  assert.deepEqual(done.days, [days[0], days[1]])
  assert.deepEqual(await tariffSums(point.id, days[0], days[1]), truthSums(truth.slice(0, 2)))
})

test('without registers and past, peers of the station cannot give a level: the gap stays open with its reasons', async () => {
  const point = network.points[4]
  const outcome = await estimateForBilling(database.db, point.id, days[5], days[5])
  assert.equal(outcome.estimated.length, 0)
  assert.deepEqual(
    outcome.open[0].declined.map((each) => each.method),
    ['linear', 'history', 'peers', 'station', 'profile', 'flat'],
  )
})

test('a power cut that the meter logged is zero', async () => {
  const point = network.points[5]
  const dark = addDays(first, 1)
  await store(
    database.db,
    point.id,
    truth
      .slice(0, 3)
      .map((block) => incomingOf(block, (slot) => block.day !== dark || slot < 40 || slot >= 48)),
  )
  await asSystem(database.db, (trx) =>
    sql`insert into contor.meter_event (metering_point_id, meter_id, log, at, code, exchange_id)
        values (${point.id}, ${point.meterId}, 'standard', ${`${dark}T07:59:00Z`}, 1, 5), (${point.id}, ${point.meterId}, 'standard', ${`${dark}T10:00:30Z`}, 2, 6)`.execute(
      trx,
    ),
  )
  const outcome = await estimateForBilling(database.db, point.id, dark, dark)
  assert.deepEqual(
    outcome.estimated.map((line) => [
      line.method,
      line.fromSlot,
      line.count,
      line.energyWh,
      line.facts['outage'],
    ]),
    [['outage', 40, 8, 0, '5.0 6.0']],
  )
})

test('an interruption whose beginning and end were confirmed is zero, by its number; one that was only announced is not', async () => {
  const point = network.points[5]
  const dark = addDays(first, 3)
  await store(database.db, point.id, [
    incomingOf(truth[3], (slot) => slot < 40 || slot >= 48),
    incomingOf(truth[4], (slot) => slot < 40 || slot >= 48),
  ])
  const span = (day: string) => [40, 48].map((slot) => new Date(dayStart(day) + slot * 900_000))
  const [from, to] = span(dark)
  await asSystem(database.db, (trx) =>
    sql`insert into contor.interruption_point (metering_point_id, interruption_id, number, off_from, off_to)
        values (${point.id}, gen_random_uuid(), 'INT-1', ${from}, ${to}), (${point.id}, gen_random_uuid(), 'INT-2', null, null)`.execute(
      trx,
    ),
  )
  const outcome = await estimateForBilling(database.db, point.id, dark, addDays(dark, 1))
  const byOutage = outcome.estimated.filter(({ method }) => method === 'outage')
  assert.deepEqual(
    byOutage.map((line) => [line.day, line.fromSlot, line.count, line.energyWh, line.facts['outage']]),
    [[dark, 40, 8, 0, 'INT-1']],
  )
})

test('an estimate for a bill leaves an open gap owed; when the meter has lost it, the estimate closes it', async () => {
  const point = network.points[6]
  await asSystem(database.db, (trx) => putRegisters(trx, point, truth.slice(0, 1), tariffOf))
  await store(database.db, point.id, [incomingOf(truth[0], (slot) => slot >= 8)])
  await lose(point.id, days[0], 0, 8)
  const set = (state: string) =>
    asSystem(database.db, (trx) =>
      sql`update contor.gap set state = ${state} where metering_point_id = ${point.id}`.execute(trx),
    )
  const gap = async () => {
    const { rows } = await asSystem(database.db, (trx) =>
      sql<{ state: string; estimate: { methods: string[] } | null }>`
        select state, estimate from contor.gap where metering_point_id = ${point.id}`.execute(trx),
    )
    return [rows[0].state, rows[0].estimate?.methods]
  }
  await set('open')
  assert.equal((await runEstimation(database.db)).slots, 0)
  await estimateForBilling(database.db, point.id, days[0], days[0])
  assert.deepEqual(await gap(), ['open', ['peers']])
  await set('lost')
  await runEstimation(database.db)
  assert.deepEqual(await gap(), ['estimated', ['peers']])
  await store(database.db, point.id, [incomingOf(truth[0], (slot) => slot < 8, 3)])
  await estimateForBilling(database.db, point.id, days[0], days[0])
  assert.deepEqual(await tariffSums(point.id, days[0], days[0]), truthSums(truth.slice(0, 1)))
})

test('without tariff registers the total is spread again when late values come', async () => {
  const point = network.points[4]
  const own = [dayOf(days[0], (slot) => (slot < 30 ? (slot % 5) * 9 : 3))]
  await asSystem(database.db, (trx) => putRegisters(trx, point, own, tariffOf))
  await asSystem(database.db, (trx) =>
    sql`insert into contor.tariff_calendar (name, version, applies_to, periods, valid_from, source)
        values ('none', 1, '{"modelId": "contor-neighbourhood", "segment": "household"}', '[]', '2000-01-01', 'a meter whose calendar nobody knows')`.execute(
      trx,
    ),
  )
  await store(database.db, point.id, [incomingOf(own[0], (slot) => slot >= 30)])
  await estimateForBilling(database.db, point.id, days[0], days[0])
  await store(database.db, point.id, [incomingOf(own[0], (slot) => slot < 9, 3)])
  const total = async () => sum((await stored(point.id, days[0]))[0].channels[0])
  assert.notEqual(await total(), sum(own[0].channels[0]))
  const request = { meteringPointId: point.id, from: days[0], to: days[0], actor: 'a', reason: 'r' }
  const outcome = await asSystem(database.db, (trx) => estimatePoint(trx, { ...request, mode: 'respread' }))
  assert.deepEqual(
    outcome.estimated[0].registers.map((each) => each.tariff),
    [0],
  )
  assert.equal(await total(), sum(own[0].channels[0]))
})

test('late values of one month move what was estimated in the month before it, also when that is folded', async () => {
  const point = network.points[7]
  const own = daysBetween('2026-09-29', '2026-10-02').map((day, i) => dayOf(day, curve(i)))
  const total = async () =>
    (await stored(point.id, own[0].day, own[3].day)).reduce((all, block) => all + sum(block.channels[0]), 0)
  const truth = own.reduce((all, block) => all + sum(block.channels[0]), 0)
  await asSystem(database.db, (trx) => putRegisters(trx, point, own, tariffOf))
  // Nobody read the registers at the midnight between the months.
  const owner = createPool({ connectionString: database.ownerUrl })
  await owner.pool.query('delete from contor.index_reading where metering_point_id = $1 and at = $2', [
    point.id,
    new Date(dayStart('2026-10-01')),
  ])
  await owner.close()
  await store(database.db, point.id, [
    incomingOf(own[0], () => true),
    incomingOf(own[1], (slot) => slot < 80),
    incomingOf(own[2], (slot) => slot >= 20),
    incomingOf(own[3], () => true),
  ])
  await lose(point.id, '2026-09-30', 80, 16)
  await lose(point.id, '2026-10-01', 0, 20)
  await runEstimation(database.db)
  assert.equal(await total(), truth)
  const options = { settledDays: 0, before: '2026-10-01', now: Date.now() + 60_000 }
  assert.ok((await compact(database.db, options)).months >= 1)
  await store(database.db, point.id, [incomingOf(own[2], (slot) => slot < 20, 9)])
  assert.notEqual(await total(), truth)
  assert.ok((await runEstimation(database.db)).respread >= 1)
  assert.equal(await total(), truth)
})
