import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays, civilDayOf, dayStart, emptySeries, quality, sum } from '@contor/intervals'
import { sql } from 'kysely'
import { createHttp } from '../../../platform/http/server.ts'
import { type Actor, asSystem, createKeyRing, createLog } from '../../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../../platform/testing/database.ts'
import { createTestNetwork, type TestNetwork } from '../../acquisition/testing/network.ts'
import { finalise } from '../billed.ts'
import type { IncomingDay } from '../profile.ts'
import { loadDays, replaceDay, storeDays } from '../store.ts'
import { judgeServerClock } from './clock.ts'
import { monthsBefore, runRetention } from './expire.ts'
import { loadMonths } from './months.ts'
import { registerRetentionRoutes } from './routes.ts'

let database: TestDatabase
let network: TestNetwork
const newest = civilDayOf(Date.now())
const now = dayStart(newest) + 12 * 3_600_000

function whole(day: string, wh: number): IncomingDay {
  const series = [emptySeries('A+', day), emptySeries('A-', day)]
  for (const [i, one] of series.entries()) {
    one.values.fill(wh + i)
    one.quality.fill(quality.measured)
  }
  return {
    day,
    block: { day, minutes: 15, channels: series },
    sources: new Array(series[0].values.length).fill(undefined),
  }
}

const old = [-26, -27, -30].map((months) => monthsBefore(newest, -months))
const limit = monthsBefore(newest, 24)

before(async () => {
  database = await createTestDatabase()
  network = await createTestNetwork(database.db, 3)
  for (const { id } of network.points)
    await asSystem(database.db, (trx) =>
      storeDays(
        trx,
        id,
        [...old, addDays(old[0], 1), addDays(limit, -1), limit, newest].map((day, i) => whole(day, i + 1)),
        now,
      ),
    )
})
after(() => database.drop())

const daysOf = (id: string) =>
  asSystem(database.db, (trx) => loadDays(trx, id, '2000-01-01', '2099-12-31')).then((days) => days)
const query = <T>(text: string) =>
  asSystem(database.db, (trx) => sql<T>`${sql.raw(text)}`.execute(trx)).then(({ rows }) => rows)
/** Energy of a point by channel: what stands in days and what was left behind as totals. */
async function energyOf(id: string): Promise<Record<string, number>> {
  const all: Record<string, number> = {}
  for (const { block } of await daysOf(id))
    for (const series of block.channels) all[series.channel] = (all[series.channel] ?? 0) + sum(series)
  const totals = await query<{ channel: string; sum: string }>(
    `select channel, sum from contor.month_total where metering_point_id = ${id}`,
  )
  for (const total of totals) all[total.channel] = (all[total.channel] ?? 0) + Number(total.sum)
  return all
}

test('a month before is a civil day, also at the ends of months', () => {
  assert.equal(monthsBefore('2026-11-23', 24), '2024-11-23')
  assert.equal(monthsBefore('2024-02-29', 12), '2023-02-28')
  assert.equal(monthsBefore('2026-03-31', 1), '2026-02-28')
  assert.equal(monthsBefore('2026-01-15', 1), '2025-12-15')
})

test('a clock that jumped deletes nothing and says why', async () => {
  const before = await query<{ n: string }>('select count(*) as n from contor.day_block')
  for (const jump of [400, 9, -9]) {
    const runs = await runRetention(database.db, now + jump * 86_400_000)
    for (const run of runs) {
      assert.equal(run.deleted, 0)
      assert.match(run.refused ?? '', /more than 7 days apart/)
    }
  }
  assert.deepEqual(await query('select count(*) as n from contor.day_block'), before)
  const noted = await query<{ refused: string }>('select refused from contor.retention_run')
  assert.equal(noted.length, 6)
  assert.ok(noted.every((run) => run.refused))
})

test('one meter with a clock of the future does not move the fleet', async () => {
  const id = network.points[0].id
  const future = addDays(newest, 30)
  // Eleven points more, so that one is less than a tenth of them.
  const before = await asSystem(database.db, (trx) => judgeServerClock(trx, now))
  assert.deepEqual(before, { believed: true, newest })
  const { points } = { points: Array.from({ length: 11 }, (_, i) => String(900_000 + i)) }
  await asSystem(database.db, async (trx) => {
    for (const point of points)
      await sql`insert into contor.day_block (metering_point_id, day, version, slots, present, import_wh, export_wh, payload, sources)
                values (${point}::bigint, ${newest}, 1, 96, 96, 0, 0, ''::bytea, ''::bytea)`.execute(trx)
    await sql`insert into contor.day_block (metering_point_id, day, version, slots, present, import_wh, export_wh, payload, sources)
              values (${id}, ${future}, 1, 96, 96, 0, 0, ''::bytea, ''::bytea)`.execute(trx)
    const judged = await judgeServerClock(trx, now)
    assert.deepEqual(judged, { believed: true, newest })
    const jumped = await judgeServerClock(trx, dayStart(future))
    assert.equal(jumped.believed, false)
    await sql`select 1`.execute(trx)
    throw new Rollback()
  }).catch((error) => {
    if (!(error instanceof Rollback)) throw error
  })
})
class Rollback extends Error {}

test('the database itself takes nothing younger, whoever asks', async () => {
  const id = network.points[0].id
  const ask = (day: string, months: number) =>
    query<{ n: number }>(
      `select contor.expire_days(array[${id}]::bigint[], array['${day}']::date[], ${months}) as n`,
    )
  assert.deepEqual(await ask(limit, 24), [{ n: 0 }])
  assert.deepEqual(await ask(newest, 24), [{ n: 0 }])
  await assert.rejects(ask(newest, 1), /24 months at least/)
  await assert.rejects(query('delete from contor.day_block'), /permission denied/)
})

test('old days go and leave the energy of their months; what something open refers to stays', async () => {
  const [free, disputed, billed] = network.points.map((point) => point.id)
  await query(
    `insert into contor.validation_exception (metering_point_id, day, channel, rule, rule_version, severity, from_slot, count, details)
     values (${disputed}, '${old[1]}', 'A+', 'negative', 1, 'error', 0, 1, '{}') returning 1`,
  )
  await asSystem(database.db, (trx) =>
    finalise(trx, billed, { from: old[0], to: old[0], billRef: 'F1', actor: 'x' }, now),
  )
  const why = { rule: 'r', ruleVersion: 1, actor: 'a', reason: 'late', kind: 'late' as const }
  await asSystem(database.db, (trx) =>
    replaceDay(
      trx,
      billed,
      whole(old[0], 50).block,
      new Array(whole(old[0], 1).sources.length).fill(undefined),
      why,
      now,
    ),
  )
  const energy = new Map<string, Record<string, number>>()
  for (const { id } of network.points) energy.set(id, await energyOf(id))
  const months = (id: string) =>
    asSystem(database.db, (trx) => loadMonths(trx, id, 'A-', old[2], newest)).then((all) =>
      all.map(({ detailedDays: _, ...one }) => one),
    )
  const monthsBeforeRun = await months(disputed)
  assert.ok(monthsBeforeRun.length >= 4)
  const [detail, cumulative] = await runRetention(database.db, now)
  assert.deepEqual(await months(disputed), monthsBeforeRun)
  assert.deepEqual([detail.beforeDay, detail.refused, cumulative.refused], [limit, null, null])
  assert.deepEqual([detail.deleted, detail.held], [5 * network.points.length - 2, 2])
  for (const { id } of network.points) assert.deepEqual(await energyOf(id), energy.get(id), id)
  assert.deepEqual(
    (await daysOf(free)).map((one) => one.day),
    [limit, newest],
  )
  assert.deepEqual(
    (await daysOf(disputed)).map((one) => one.day),
    [old[1], limit, newest],
  )
  assert.deepEqual(
    (await daysOf(billed)).map((one) => one.day),
    [old[0], limit, newest],
  )
  assert.equal((await query('select 1 from contor.billed_period')).length, 1)
  const audit = await query<{ object: string }>(
    `select object from contor.audit where action = 'retention.run'`,
  )
  assert.deepEqual(audit, [{ object: 'detail' }])

  await query(
    `update contor.validation_exception set status = 'resolved' where metering_point_id = ${disputed} returning 1`,
  )
  await query(`update contor.rebill_difference set settled_by = 'F2' returning 1`)
  const [again] = await runRetention(database.db, now)
  assert.deepEqual([again.deleted, again.held], [2, 0])
  for (const { id } of network.points) assert.deepEqual(await energyOf(id), energy.get(id), id)
  assert.equal((await runRetention(database.db, now))[0].deleted, 0)
})

test('a day that is brought once more after it went is not counted twice', async () => {
  const { id } = network.points[0]
  const months = () => asSystem(database.db, (trx) => loadMonths(trx, id, 'A+', old[2], newest))
  const told = await months()
  const energy = await energyOf(id)
  await asSystem(database.db, (trx) => storeDays(trx, id, [whole(old[0], 999)], now))
  assert.deepEqual(await months(), told)
  assert.equal((await runRetention(database.db, now))[0].deleted, 1)
  assert.deepEqual([await months(), await energyOf(id)], [told, energy])
})

test('totals and bills stay three years', async () => {
  const id = network.points[0].id
  const month = (months: number) => `${monthsBefore(newest, months).slice(0, 7)}-01`
  await query(
    `insert into contor.month_total (metering_point_id, month, channel, sum, days, taken)
     values (${id}, '${month(38)}', 'A+', 1, 1, 1), (${id}, '${month(35)}', 'A+', 1, 1, 1) returning 1`,
  )
  await runRetention(database.db, now)
  const months = await query<{ month: string }>(
    `select month::text as month from contor.month_total where metering_point_id = ${id} and channel = 'A+' and sum = 1`,
  )
  assert.deepEqual(months, [{ month: month(35) }])
})

test('months and runs are told over HTTP, to those who may see the point', async () => {
  const log = createLog('test', '/dev/null')
  const app = await createHttp(log)
  let actor: Actor = { subject: 'user:1', role: 'operator', scope: 'all', name: 'O', locale: 'ro' }
  app.decorateRequest('actor', null as never)
  app.addHook('onRequest', async (request) => {
    request.actor = actor
  })
  registerRetentionRoutes(app, {
    db: database.db,
    keys: createKeyRing(Buffer.alloc(32)),
    log,
    demo: false,
  })
  const id = network.points[0].id
  const url = `/metering-points/${id}/months?from=${old[0]}&to=${newest}`
  const { items } = (await app.inject({ url })).json()
  assert.equal(items[0].month, `${old[0].slice(0, 7)}-01`)
  assert.equal(items[0].detailedDays, 0)
  assert.equal(items.at(-1).detailedDays, 1)
  const runs = (await app.inject({ url: '/retention-runs' })).json().items
  assert.ok(runs.some((run: { deleted: number }) => run.deleted > 0))
  assert.ok(runs.some((run: { refused: string | null }) => run.refused !== null))
  assert.equal(
    (await app.inject({ url: `/metering-points/${id}/months?from=${newest}&to=${old[0]}` })).statusCode,
    400,
  )
  actor = { subject: 'customer:99', role: 'customer', scope: 'granted', name: 'C', locale: 'ro' }
  assert.equal((await app.inject({ url })).statusCode, 404)
  await app.close()
})
