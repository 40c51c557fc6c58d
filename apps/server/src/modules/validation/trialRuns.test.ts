import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays, emptySeries, quality } from '@contor/intervals'
import { sql } from 'kysely'
import { type Actor, asSystem, withActor } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { createTestNetwork, type TestNetwork } from '../acquisition/testing/network.ts'
import { storeDays } from '../readings/index.ts'
import { type Trial, tryRule } from './trial.ts'
import { findTrial, listTrialPoints, recordTrial, runTrial, trialKinds, trialRunLimits } from './trialRuns.ts'

let database: TestDatabase
let network: TestNetwork
const ana: Actor = { subject: 'user:ana', role: 'operator', scope: 'all', name: 'Ana', locale: 'ro' }
const first = '2026-09-01'
const many = trialRunLimits.batch + 30

/** One day of a point at a constant power. */
async function fill(id: string, wh: number): Promise<void> {
  const day = addDays(first, 1)
  const series = emptySeries('A+', day)
  series.values.fill(wh)
  series.quality.fill(quality.measured)
  const block = { day, minutes: 15 as const, channels: [series] }
  await asSystem(database.db, (trx) =>
    storeDays(trx, id, [{ day, block, sources: new Array(96).fill(undefined) }]),
  )
}

before(async () => {
  database = await createTestDatabase()
  network = await createTestNetwork(database.db, 3)
  // A second batch of points without a meter, of which the last one is high.
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{ id: string }>`
      insert into contor.metering_point (pod, name, address, kind, phases, approved_power_w, station_id, reading_mode)
      select 'ROX' || lpad(i::text, 6, '0'), 'x', 'x', p.kind, 1, 6000, p.station_id, p.reading_mode
        from generate_series(1, ${many}::int) i, (select * from contor.metering_point where id = ${network.points[1].id}) p
      returning id`.execute(trx),
  )
  await fill(network.points[1].id, 100)
  await fill(network.points[2].id, 900)
  await fill(rows[rows.length - 1].id, 100_000)
})
after(() => database.drop())

const run = (id: string, signal = new AbortController().signal, progress = (_done: number) => {}) =>
  runTrial(database.db, id, { signal, progress })
const record = (trial: Trial) => withActor(database.db, ana, (trx) => recordTrial(trx, ana, trial))
const find = (id: string) => withActor(database.db, ana, (trx) => findTrial(trx, id))
const lists = async (id: string) =>
  Object.fromEntries(
    await Promise.all(
      trialKinds.map(async (kind) => [
        kind,
        (await withActor(database.db, ana, (trx) => listTrialPoints(trx, id, kind, 100))).map(
          (row) => row.pod,
        ),
      ]),
    ),
  )
const spike = (factor: number): Trial => ({
  rule: 'spike',
  parameters: { factor },
  appliesTo: {},
  from: first,
  to: addDays(first, 5),
})

test('every point of a group is judged, batch by batch, and compared with the rule that is live', async () => {
  const trial = spike(0.1)
  const id = await record(trial)
  const told: number[] = []
  await run(id, undefined, (done) => told.push(done))
  const found = await find(id)
  const direct = await withActor(database.db, ana, (trx) => tryRule(trx, trial))
  assert.equal(found.points, direct.points)
  assert.deepEqual(told, [0, trialRunLimits.batch, direct.points])
  assert.deepEqual(
    [found.result.points, found.result.days, found.result.trialFindings, found.result.liveFindings],
    [direct.points, direct.days, direct.trial.findings, direct.live.findings],
  )
  assert.ok(found.endedAt)
  assert.deepEqual(await lists(id), {
    new: ['RO000002'],
    gone: [],
    both: [`ROX${String(many).padStart(6, '0')}`],
  })
  // So high that what fails the rule of today no longer does.
  const high = await record(spike(1_000_000))
  await run(high)
  const after = await find(high)
  assert.deepEqual([after.result.new, after.result.gone, after.result.both], [0, 1, 0])
  assert.equal((await lists(high))['gone']?.length, 1)
})

test('a trial that was stopped keeps what it found and goes on where it stood', async () => {
  const id = await record(spike(0.1))
  const stop = new AbortController()
  await assert.rejects(
    run(id, stop.signal, (done) => {
      if (done > 0) stop.abort(new Error('cancelled'))
    }),
    /cancelled/,
  )
  const half = await find(id)
  assert.deepEqual([half.result.points, half.endedAt], [trialRunLimits.batch, null])
  await run(id)
  const whole = await find(id)
  assert.deepEqual([whole.result.points, whole.result.new, whole.result.both], [whole.points, 1, 1])
  assert.ok(whole.endedAt)
})

test('a group narrows a trial; what cannot be tried is refused before anything is queued', async () => {
  const id = await record({ ...spike(0.1), appliesTo: { modelId: 'nobody-has-it' } })
  await run(id)
  assert.deepEqual([(await find(id)).points, (await find(id)).result.points], [0, 0])
  await assert.rejects(record({ ...spike(0.1), parameters: { factor: 'x' } }), /factor/)
  await assert.rejects(record({ ...spike(0.1), to: addDays(first, 400) }), /days/)
  await assert.rejects(find('99999999'), /99999999/)
})

test('a large group answers from a sample before the whole is judged', async () => {
  await asSystem(database.db, (trx) =>
    sql`insert into contor.metering_point (pod, name, address, kind, phases, approved_power_w, station_id, reading_mode)
        select 'ROY' || lpad(i::text, 6, '0'), 'y', 'y', p.kind, 1, 6000, p.station_id, p.reading_mode
          from generate_series(1, ${trialRunLimits.sample * 2}::int) i,
               (select * from contor.metering_point where id = ${network.points[1].id}) p`.execute(trx),
  )
  const id = await record(spike(0.1))
  const stop = new AbortController()
  await assert.rejects(
    run(id, stop.signal, (done) => {
      if (done > 0) stop.abort(new Error('cancelled'))
    }),
  )
  const sampled = (await find(id)).sample?.points
  assert.ok(sampled !== undefined && sampled > 100 && sampled <= trialRunLimits.sample, `${sampled} sampled`)
})
