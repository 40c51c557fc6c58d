// Processes that die by SIGKILL in the middle of a write: what is found afterwards is the state before it, and the
// same work done again gives what it gives without a crash.
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { addDays, civilDayOf, dayStart } from '@contor/intervals'
import { sql } from 'kysely'
import pg from 'pg'
import { asSystem } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { createTestNetwork, type TestNetwork } from '../acquisition/testing/network.ts'
import { checkPoint } from './repair/index.ts'
import { monthsBefore } from './retention/expire.ts'
import { loadDays, storeDays } from './store.ts'
import { measured, type Work, works } from './testing/crash.ts'

let database: TestDatabase
let network: TestNetwork
let owner: pg.Client
const newest = civilDayOf(Date.now())
const now = dayStart(newest) + 12 * 3_600_000

before(async () => {
  database = await createTestDatabase()
  network = await createTestNetwork(database.db, 3)
  owner = new pg.Client({ connectionString: database.ownerUrl })
  await owner.connect()
})
after(async () => {
  await owner.end()
  await database.drop()
})

const query = <T>(text: string) =>
  asSystem(database.db, (trx) => sql<T>`${sql.raw(text)}`.execute(trx)).then(({ rows }) => rows)

/** Everything that the store keeps, instants of the database's own clock left out. */
async function state(): Promise<unknown> {
  const tables = {
    day_block: 'metering_point_id, day',
    month_block: 'metering_point_id, month',
    day_block_version: 'metering_point_id, day, version',
    month_total: 'metering_point_id, month, channel',
    rebill_difference: 'metering_point_id, id',
  }
  const all: Record<string, unknown> = {}
  for (const [table, key] of Object.entries(tables))
    all[table] = await query(`select * from contor.${table} order by ${key}`)
  all['faults'] = await query(
    'select metering_point_id, day, fault, repaired_from from contor.block_fault order by 1, 2, repaired_at nulls last',
  )
  return all
}

/** Starts the work in a child, waits until it stands before `table`, which is locked, and kills it there. */
async function killedAt(table: string, work: Work, point: string, day: string): Promise<void> {
  await owner.query('begin')
  await owner.query(`lock table contor.${table} in share row exclusive mode`)
  const child = fork(
    new URL('./testing/crash.ts', import.meta.url),
    [database.ownerUrl, work, point, day, String(now)],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  )
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once('exit', (_code, signal) => resolve(signal)),
  )
  try {
    for (let tries = 0; ; tries++) {
      const { rows } = await owner.query(
        `select pid from pg_locks where not granted and relation = 'contor.${table}'::regclass`,
      )
      if (rows.length > 0) break
      assert.ok(tries < 1_500, `the child never came to ${table}`)
      await sleep(20)
    }
    child.kill('SIGKILL')
    assert.equal(await ended, 'SIGKILL')
  } finally {
    child.kill('SIGKILL')
    await owner.query('rollback')
  }
  // The backend of the dead child learns of it when its wait is over.
  for (let tries = 0; tries < 500; tries++) {
    const { rows } = await owner.query(
      `select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
         and state in ('active', 'idle in transaction', 'idle in transaction (aborted)') and backend_type = 'client backend'`,
    )
    if (rows.length === 0) return
    await sleep(20)
  }
  assert.fail('the backend of the killed process still works')
}

test('killed in mid-merge: nothing of the half is there, and the same frames again make the same block', async () => {
  const [, crashed, sound] = network.points.map((point) => point.id)
  const day = addDays(newest, -3)
  for (const id of [crashed, sound])
    await asSystem(database.db, (trx) => storeDays(trx, id, [measured(day, 60, 100, 1)], now - 1_000))
  const before = await state()
  await killedAt('station_day_stale', 'merge', crashed, day)
  assert.deepEqual(await state(), before)
  for (const id of [crashed, sound]) await works.merge(database.db, id, day, now)
  const rows = await query<Record<string, unknown>>(
    `select day, version, present, import_wh, payload, sources, growth, checksum, known_from, changed_at
       from contor.day_block where metering_point_id in (${crashed}, ${sound}) and day = '${day}' order by metering_point_id`,
  )
  assert.deepEqual(rows[0], rows[1])
  assert.equal(rows[0]['present'], 96)
})

test('killed in mid-repair: the fault stands, and the repair done again lays the day as it was', async () => {
  const id = network.points[1].id
  const day = addDays(newest, -3)
  const [sound] = await asSystem(database.db, (trx) => loadDays(trx, id, day, day))
  await query(`update contor.day_block set payload = set_byte(payload, 30, get_byte(payload, 30) # 8)
                where metering_point_id = ${id} and day = '${day}' returning 1`)
  assert.equal(await asSystem(database.db, (trx) => checkPoint(trx, id)), 1)
  const before = await state()
  await killedAt('day_block_version', 'repair', id, day)
  assert.deepEqual(await state(), before)
  const outcome = await works.repair(database.db, id, day, now)
  assert.equal(outcome.kind, 'repaired')
  const [repaired] = await asSystem(database.db, (trx) => loadDays(trx, id, day, day))
  assert.deepEqual([repaired.block, repaired.sources], [sound.block, sound.sources])
  assert.deepEqual(await works.repair(database.db, id, day, now), { kind: 'sound' })
})

test('killed in mid-retention: no energy is lost or counted twice, and the next run ends it', async () => {
  const old = monthsBefore(newest, 27)
  for (const { id } of network.points)
    await asSystem(database.db, (trx) =>
      storeDays(
        trx,
        id,
        [measured(old, 0, 10, 3), measured(addDays(old, 1), 0, 20, 3), measured(newest, 0, 5, 3)],
        now,
      ),
    )
  const energy = async () => {
    const [row] = await query<{ n: string }>(
      `select (select sum(import_wh) from contor.day_block)
            + (select coalesce(sum(sum), 0) from contor.month_total where channel = 'A+') as n`,
    )
    return row.n
  }
  const whole = await energy()
  const before = await state()
  await killedAt('day_block_version', 'retention', '0', newest)
  assert.deepEqual(await state(), before)
  const [run] = await works.retention(database.db, '0', newest, now)
  assert.deepEqual([run.deleted, await energy()], [2 * network.points.length, whole])
  const [again] = await works.retention(database.db, '0', newest, now)
  assert.deepEqual([again.deleted, await energy()], [0, whole])
})

test('a clock that goes back leaves the instants of a day in order, and every state can be told', async () => {
  const id = network.points[2].id
  const day = addDays(newest, -6)
  const jumps = [now, now - 5 * 86_400_000, now + 1_000, now - 86_400_000]
  const instants: number[] = []
  for (const [i, at] of jumps.entries()) {
    await asSystem(database.db, (trx) => storeDays(trx, id, [measured(day, 90 - i * 10, 7, 10 + i)], at))
    const [{ at: changed }] = await query<{ at: Date }>(
      `select changed_at as at from contor.day_block where metering_point_id = ${id} and day = '${day}'`,
    )
    instants.push(changed.getTime())
  }
  assert.deepEqual(
    instants,
    [...new Set(instants)].sort((a, b) => a - b),
  )
})

test('killed in mid-folding, before and after the month stands in one row: each day is there once', async () => {
  const first = `${monthsBefore(newest, 3).slice(0, 7)}-01`
  const days = Array.from({ length: 28 }, (_, i) => addDays(first, i))
  for (const { id } of network.points)
    await asSystem(database.db, (trx) =>
      storeDays(
        trx,
        id,
        days.map((day, i) => measured(day, i, 40 + i, 20)),
        now - 10_000,
      ),
    )
  const content = () =>
    Promise.all(
      network.points.map(({ id }) => asSystem(database.db, (trx) => loadDays(trx, id, days[0], newest))),
    )
  const [before, sound] = [await state(), await content()]
  // The month is about to be written; then the days are about to go.
  for (const table of ['month_block', 'day_block']) {
    await killedAt(table, 'fold', '0', newest)
    assert.deepEqual(await state(), before, table)
  }
  const folded = await works.fold(database.db, '0', newest, now)
  assert.ok(folded.months >= network.points.length)
  assert.deepEqual(await content(), sound)
  const twice = await query(
    `select 1 from contor.day_block b join contor.month_block m using (metering_point_id)
      where b.version > 0 and date_trunc('month', b.day) = m.month and (m.held >> (b.day - m.month)) & 1 = 1`,
  )
  assert.deepEqual(twice, [])
})

test('killed in mid-repair of a month: its damage stands, and the repair done again lays it as it was', async () => {
  const id = network.points[1].id
  const first = `${monthsBefore(newest, 3).slice(0, 7)}-01`
  const content = () => asSystem(database.db, (trx) => loadDays(trx, id, first, addDays(first, 27)))
  const sound = await content()
  assert.equal(sound.length, 28)
  await query(`update contor.month_block set active = overlay(active placing '\\x00112233445566'::bytea from 40)
                where metering_point_id = ${id} and month = '${first}' returning 1`)
  assert.equal(await asSystem(database.db, (trx) => checkPoint(trx, id)), 1)
  const before = await state()
  // The octets are laid; the fault is about to end.
  await killedAt('validation_exception', 'repairMonth', id, first)
  assert.deepEqual(await state(), before)
  const outcome = await works.repairMonth(database.db, id, first, now)
  assert.deepEqual(outcome, { kind: 'repaired', from: 'frames', unproven: [], version: 0 })
  assert.deepEqual(await content(), sound)
  assert.deepEqual(await works.repairMonth(database.db, id, first, now), { kind: 'sound' })
})
