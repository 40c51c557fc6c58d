import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays, civilDayOf, dayStart, emptySeries, quality, sum } from '@contor/intervals'
import { sql } from 'kysely'
import { type Actor, asSystem, withActor } from '../../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../../platform/testing/database.ts'
import { createTestNetwork, type TestNetwork } from '../../acquisition/testing/network.ts'
import { finalise } from '../billed.ts'
import type { IncomingDay } from '../profile.ts'
import { monthsBefore } from '../retention/expire.ts'
import { loadDays, replaceDay, storeDays } from '../store.ts'
import { erasePerson } from './erase.ts'

let database: TestDatabase
let network: TestNetwork
const newest = civilDayOf(Date.now())
const now = dayStart(newest) + 12 * 3_600_000
const admin: Actor = { subject: 'user:1', role: 'admin', scope: 'all', name: 'A', locale: 'ro' }
const person: Actor = { subject: 'customer:17', role: 'customer', scope: 'granted', name: 'C', locale: 'ro' }
const old = monthsBefore(newest, 30)
const middle = monthsBefore(newest, 12)
const days = [old, addDays(old, 1), middle, newest]

function whole(day: string, wh: number): IncomingDay {
  const series = emptySeries('A+', day)
  series.values.fill(wh)
  series.quality.fill(quality.measured)
  return {
    day,
    block: { day, minutes: 15, channels: [series] },
    sources: new Array(series.values.length).fill(undefined),
  }
}
const query = <T>(text: string) =>
  asSystem(database.db, (trx) => sql<T>`${sql.raw(text)}`.execute(trx)).then(({ rows }) => rows)

before(async () => {
  database = await createTestDatabase()
  network = await createTestNetwork(database.db, 3)
  const [, own, other] = network.points.map((point) => point.id)
  for (const id of [own, other])
    await asSystem(database.db, (trx) =>
      storeDays(
        trx,
        id,
        days.map((day, i) => whole(day, i + 1)),
        now,
      ),
    )
  await query(
    `update contor.metering_point set customer = '17', name = 'Ana Pop', supplier = 'EVA' where id = ${own} returning 1`,
  )
  await query(
    `update contor.metering_point set customer = '18', name = 'Ion Radu', supplier = 'EVA' where id = ${other} returning 1`,
  )
  await query(
    `insert into contor.access_grant (subject, metering_point_id) values ('customer:17', ${own}), ('token:9', ${own}), ('customer:18', ${other}) returning 1`,
  )
  await query(
    `insert into contor.api_token (hash, subject, role, label, created_by) values ('\\x01', 'customer:17', 'customer', 'my app', 'customer:17'),
     ('\\x02', 'token:9', 'third-party', 'given away', 'customer:17') returning 1`,
  )
  await query(`insert into contor.station_day (station_id, day, supplied_wh, returned_wh, consumed_wh, produced_wh, points_expected, points_present, complete)
               select id, '${old}', 500, 0, 400, 0, 2, 2, true from contor.station returning 1`)
})
after(() => database.drop())

const erase = (contractEnded: string, customer = '17') =>
  erasePerson(database.db, admin, { customer, contractEnded, reason: 'letter 12' }, now)
/** Energy of the supplier: days that stand and totals that name nobody. */
async function energy(): Promise<number> {
  let all = 0
  for (const { id } of network.points)
    for (const { block } of await asSystem(database.db, (trx) => loadDays(trx, id, '2000-01-01', newest)))
      for (const series of block.channels) all += sum(series)
  const [{ n }] = await query<{ n: string }>('select coalesce(sum(sum), 0) as n from contor.month_total')
  return all + Number(n)
}

test('whoever has a running contract, or a bill to be corrected, is not erased yet, with every reason', async () => {
  const own = network.points[1].id
  await assert.rejects(erase(newest), { code: 'conflict', message: /its contract runs until/ })
  await asSystem(database.db, (trx) =>
    finalise(trx, own, { from: middle, to: middle, billRef: 'F7', actor: 'x' }, now),
  )
  const why = { rule: 'r', ruleVersion: 1, actor: 'a', reason: 'late', kind: 'late' as const }
  const changed = whole(middle, 40)
  await asSystem(database.db, (trx) => replaceDay(trx, own, changed.block, changed.sources, why, now))
  await assert.rejects(erase(addDays(newest, -1)), { code: 'conflict', message: /bill F7 has a difference/ })
  await query(`update contor.rebill_difference set settled_by = 'F8' returning 1`)
  await assert.rejects(erase(addDays(newest, -1), '99'), { code: 'not-found' })
  assert.equal((await query(`select 1 from contor.metering_point where customer = '17'`)).length, 1)
})

test('the link goes, readings beyond the law go, sums stay, and what the law keeps is said', async () => {
  const [, own, other] = network.points.map((point) => point.id)
  const before = await energy()
  const station = await query('select * from contor.station_day')
  const ended = monthsBefore(newest, 3)
  const erased = await erase(ended)
  assert.deepEqual(
    { ...erased, kept: erased.kept.map(({ what, until }) => ({ what, until })) },
    {
      points: 1,
      grants: 2,
      tokens: 2,
      users: 0,
      days: 2,
      kept: [
        { what: 'detailed readings', until: monthsBefore(ended, -24) },
        { what: 'bills and their readings', until: monthsBefore(ended, -36) },
      ],
    },
  )
  assert.ok(erased.kept.every(({ source }) => /ANRE order 90\/2015/.test(source)))
  assert.equal(await energy(), before)
  assert.deepEqual(await query('select * from contor.station_day'), station)
  assert.equal((await query('select 1 from contor.station_day_stale')).length > 0, true)

  const point = await query<{ name: string; pod: string; customer: string | null }>(
    `select name, pod, customer from contor.metering_point where id = ${own}`,
  )
  assert.deepEqual([point[0].name, point[0].customer], [point[0].pod, null])
  const seen = await withActor(database.db, person, (trx) => loadDays(trx, own, '2000-01-01', newest))
  assert.deepEqual(seen, [])
  const kept = await asSystem(database.db, (trx) => loadDays(trx, own, '2000-01-01', newest))
  assert.deepEqual(
    kept.map(({ day }) => day),
    [middle, newest],
  )
  // The neighbour is whom he was.
  const neighbour = await asSystem(database.db, (trx) => loadDays(trx, other, '2000-01-01', newest))
  assert.equal(neighbour.length, 4)
  assert.equal((await query(`select 1 from contor.access_grant where subject = 'customer:18'`)).length, 1)
  const audit = await query<{ actor: string; details: object }>(
    `select actor, details from contor.audit where action = 'person.erase'`,
  )
  assert.equal(audit.length, 1)
  assert.equal(audit[0].actor, 'user:1')
  assert.ok(!/17|Ana/.test(JSON.stringify({ ...audit[0].details, kept: [] })))
  for (const text of ['Ana Pop', 'customer:17'])
    for (const table of ['metering_point', 'access_grant', 'api_token'])
      assert.equal(
        (await query(`select 1 from contor.${table} t where t::text like '%${text}%'`)).length,
        0,
        table,
      )
})
