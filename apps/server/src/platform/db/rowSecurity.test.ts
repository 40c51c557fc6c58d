import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { importNetwork } from '../../modules/network/index.ts'
import { type Actor, systemActor } from '../actor.ts'
import { createKeyRing } from '../secrets.ts'
import { createTestDatabase, type TestDatabase } from '../testing/database.ts'
import { testInstallation } from '../testing/installation.ts'
import { asSystem, withActor } from './pool.ts'

let database: TestDatabase
const tablesOfPoints: string[] = []

const actor = (subject: string, scope: Actor['scope'] = 'granted'): Actor => ({
  subject,
  role: 'supplier',
  scope,
  name: subject,
  locale: 'ro',
})

before(async () => {
  database = await createTestDatabase()
  const { db } = database
  await asSystem(db, (trx) => importNetwork(trx, createKeyRing(Buffer.alloc(32, 1)), testInstallation))
  await asSystem(db, async (trx) => {
    const points = await trx.selectFrom('metering_point').select('id').execute()
    for (const { id } of points)
      await trx
        .insertInto('day_block')
        .values({
          metering_point_id: id,
          day: '2026-01-01',
          slots: 96,
          present: 96,
          import_wh: 1,
          export_wh: 0,
          payload: Buffer.alloc(1),
          sources: Buffer.alloc(1),
        })
        .execute()
    const tables = await sql<{ name: string }>`
      select c.relname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
       where a.attname = 'metering_point_id' and c.relnamespace = 'contor'::regnamespace
         and c.relkind in ('r', 'p') and not c.relispartition order by 1`.execute(trx)
    tablesOfPoints.push(...tables.rows.map((row) => row.name))
  })
})
after(() => database.drop())

async function count(who: Actor, table: string): Promise<number> {
  return withActor(database.db, who, async (trx) => {
    const { rows } = await sql<{
      n: string
    }>`select count(*) as n from ${sql.table(`contor.${table}`)}`.execute(trx)
    return Number(rows[0]!.n)
  })
}

test('every table of the schema is under row-level security, save two that tell of nobody', async () => {
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{ name: string }>`
      select relname as name from pg_class
       where relnamespace = 'contor'::regnamespace and relkind in ('r', 'p') and not relispartition
         and (not relrowsecurity or not exists (select 1 from pg_policy where polrelid = pg_class.oid))
       order by 1`.execute(trx),
  )
  assert.deepEqual(
    rows.map((row) => row.name),
    ['contor_migration', 'validation_rule'],
  )
})

test('partitions, which policies of their parent do not cover, are closed to the application', async () => {
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{ name: string }>`
      select relname as name from pg_class
       where relnamespace = 'contor'::regnamespace and relispartition
         and has_table_privilege('contor_app', oid, 'select, insert, update, delete')`.execute(trx),
  )
  assert.deepEqual(rows, [])
})

test('without an actor, and with a subject that holds no grant, every table of points is empty', async () => {
  assert.ok(tablesOfPoints.length >= 14)
  for (const table of [...tablesOfPoints, 'metering_point', 'station', 'line', 'api_token', 'auth_user']) {
    const { rows } = await database.db.pool.query(`select count(*)::int as n from contor."${table}"`)
    assert.equal(rows[0].n, 0, `${table} shows rows without an actor`)
    assert.equal(await count(actor('supplier:NONE'), table), 0, `${table} shows rows without a grant`)
  }
})

test('a supplier and a customer see their points and nothing else, by whatever query', async () => {
  assert.equal(await count(systemActor, 'metering_point'), 3)
  assert.equal(await count(actor('supplier:EVA'), 'metering_point'), 2)
  assert.equal(await count(actor('customer:1'), 'metering_point'), 1)
  assert.equal(await count(actor('supplier:LUMEN'), 'day_block'), 1)
  assert.equal(await count(actor('supplier:LUMEN'), 'meter'), 0)
  const leaked = await withActor(database.db, actor('customer:1'), (trx) =>
    sql<{ pods: string[] }>`
      select array_agg(distinct pod) as pods from contor.metering_point
       where true or id in (select metering_point_id from contor.day_block)`.execute(trx),
  )
  assert.deepEqual(leaked.rows[0]?.pods, ['RO001E000000001'])
})

test('keys, counters, tasks, tokens, audit and foreign grants are for scope all only', async () => {
  for (const table of ['meter_key', 'invocation_counter', 'meter_task', 'line', 'audit', 'auth_account'])
    assert.equal(await count(actor('supplier:EVA'), table), 0, table)
  assert.equal(await count(actor('supplier:EVA'), 'access_grant'), 2)
})

test('a grant counts only between its two instants', async () => {
  const set = (from: string, to: string | null) =>
    asSystem(database.db, (trx) =>
      trx
        .updateTable('access_grant')
        .set({ valid_from: new Date(from), valid_to: to === null ? null : new Date(to) })
        .where('subject', '=', 'customer:2')
        .execute(),
    )
  await set('2020-01-01', '2020-02-01')
  assert.equal(await count(actor('customer:2'), 'metering_point'), 0)
  await set('2999-01-01', null)
  assert.equal(await count(actor('customer:2'), 'metering_point'), 0)
  await set('2020-01-01', null)
  assert.equal(await count(actor('customer:2'), 'metering_point'), 1)
})

test('nobody without scope all writes: not a point, not a grant for oneself, not a block', async () => {
  const statements = [
    "update contor.metering_point set name = 'x' returning 1",
    "insert into contor.access_grant (subject, metering_point_id) select 'supplier:EVA', 3 returning 1",
    "insert into contor.api_token (hash, subject, role, label, created_by) values ('x', 'x', 'admin', 'x', 'x') returning 1",
    "insert into contor.meter_event (metering_point_id, meter_id, log, at, code, exchange_id) values (1, 1, 'fraud', now(), 1, 1) returning 1",
  ]
  for (const statement of statements) {
    const rows = await withActor(database.db, actor('supplier:EVA'), (trx) =>
      sql.raw(statement).execute(trx),
    ).then(
      (result) => result.rows.length,
      (error: { code?: string }) => {
        assert.equal(error.code, '42501', statement)
        return 0
      },
    )
    assert.equal(rows, 0, statement)
  }
  assert.equal(await count(actor('supplier:EVA'), 'metering_point'), 2)
})

test('the record is append only, and nobody signs as another', async () => {
  const append = (subject: string) =>
    withActor(database.db, actor('customer:1'), (trx) =>
      trx
        .insertInto('audit')
        .values({
          actor: subject,
          role: 'customer',
          action: 'personal-data.read',
          object: 'metering-point:1',
        })
        .execute(),
    )
  await append('customer:1')
  await assert.rejects(append('operator'), { code: '42501' })
  for (const statement of [
    "update contor.audit set actor = 'x'",
    'delete from contor.audit',
    'delete from contor.day_block',
    'delete from contor.day_block_version',
    "update contor.day_block_version set reason = 'x'",
  ])
    await assert.rejects(
      asSystem(database.db, (trx) => sql.raw(statement).execute(trx)),
      { code: '42501' },
      statement,
    )
})

test('the application cannot leave its role, and the actor ends with the transaction', async () => {
  await withActor(database.db, systemActor, async () => {})
  const { rows } = await database.db.pool.query(
    "select current_user as who, nullif(current_setting('contor.scope', true), '') as scope",
  )
  assert.deepEqual(rows[0], { who: 'contor_app', scope: null })
  await assert.rejects(
    asSystem(database.db, (trx) => sql`alter table contor.meter disable row level security`.execute(trx)),
    { code: '42501' },
  )
})
