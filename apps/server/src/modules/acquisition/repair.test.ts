// A meter is read over TCP; then octets of its stored day are altered in the database, and the frames, or the seal
// alone, bring the day back as it was.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { addDays, civilDayOf, daysBetween, seriesOf } from '@contor/intervals'
import { sql } from 'kysely'
import { createHttp } from '../../platform/http/server.ts'
import {
  type Actor,
  type App,
  asSystem,
  createKeyRing,
  createLog,
  type KeyRing,
} from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import {
  checkPoint,
  checkSeals,
  compact,
  finalise,
  holdDays,
  loadDays,
  loadDaysAsOf,
  registerReadingsRoutes,
  replaceDay,
} from '../readings/index.ts'
import { startCollector } from './collector.ts'
import { createFrameSource } from './frameSource.ts'
import { loadMeterModels } from './models.ts'
import { repairFaults } from './repairJob.ts'
import { laySingleMeter } from './testing/single.ts'

const encryptionKey = new Uint8Array(16).fill(0xe1)
const authenticationKey = new Uint8Array(16).fill(0xa2)
const operator: Actor = { subject: 'user:1', role: 'operator', scope: 'all', name: 'Op', locale: 'ro' }

let database: TestDatabase
let keys: KeyRing
let point: string
let app: App
const today = civilDayOf(Date.now())
const day = addDays(today, -3)

before(async () => {
  database = await createTestDatabase()
  keys = createKeyRing(randomBytes(32))
  const log = createLog('test', '/dev/null')
  const laid = await laySingleMeter(database.db, keys, { encryptionKey, authenticationKey })
  point = laid.meteringPointId
  const collector = await startCollector({ db: database.db, keys, log })
  try {
    for (let tries = 0; (await presentOf(addDays(today, -1))) < 96; tries++) {
      assert.ok(tries < 300, 'the meter was not read')
      await sleep(100)
    }
  } finally {
    await collector.stop()
    await laid.meter.close()
  }
  app = await createHttp(log)
  app.decorateRequest('actor', null as never)
  app.addHook('onRequest', async (request) => {
    request.actor = operator
  })
  registerReadingsRoutes(app, { db: database.db, keys, log, demo: false })
})
after(async () => {
  await app.close()
  await database.drop()
})

async function presentOf(name: string): Promise<number> {
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{
      present: number
    }>`select present from contor.day_block where metering_point_id = ${point} and day = ${name}`.execute(
      trx,
    ),
  )
  return rows[0]?.present ?? 0
}

type Stored = { payload: Buffer; sources: Buffer; growth: Buffer; checksum: number; version: number }
async function rowOf(name: string): Promise<Stored> {
  const { rows } = await asSystem(database.db, (trx) =>
    sql<Stored>`select payload, sources, growth, checksum, version from contor.day_block
                 where metering_point_id = ${point} and day = ${name}`.execute(trx),
  )
  return rows[0]
}

async function alter(
  name: string,
  column: 'payload' | 'sources' | 'growth',
  change: (bytes: Buffer) => Buffer,
) {
  const bytes = change(Buffer.from((await rowOf(name))[column]))
  await asSystem(database.db, (trx) =>
    sql`update contor.day_block set ${sql.ref(column)} = ${bytes}
         where metering_point_id = ${point} and day = ${name}`.execute(trx),
  )
}
const flip = (at: number, bit: number) => (bytes: Buffer) => {
  bytes[at % bytes.length] ^= 1 << bit
  return bytes
}
const load = (name: string) => asSystem(database.db, (trx) => loadDays(trx, point, name, name))
const check = () => asSystem(database.db, (trx) => checkPoint(trx, point))
const source = async () => createFrameSource(keys, await loadMeterModels())
const repair = async (from = source()) => repairFaults(database.db, await from, 'user:1')
const same = (a: Stored, b: Stored) =>
  (['payload', 'sources', 'growth'] as const).every((column) => a[column].equals(b[column]))
const count = async (table: 'block_fault' | 'validation_exception', where: string) => {
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{ n: string }>`select count(*) as n from contor.${sql.ref(table)} where ${sql.raw(where)}`.execute(
      trx,
    ),
  )
  return Number(rows[0].n)
}

test('one altered bit of the values, of the sources or anywhere in a day: named when it is read, then repaired from the frames', async () => {
  const before = await rowOf(day)
  const known = await load(day)
  for (const [i, column] of (['payload', 'payload', 'payload', 'sources', 'sources'] as const).entries()) {
    await alter(day, column, flip(7 * i + 3, i))
    await assert.rejects(load(day), (error: Error & { day?: string; meteringPointId?: string }) => {
      assert.deepEqual([error.day, error.meteringPointId], [day, point])
      return /its checksum does not hold/.test(error.message)
    })
    const url = `/metering-points/${point}/intervals?from=${day}&to=${day}`
    assert.equal((await app.inject({ url })).statusCode, 500)
    assert.equal((await app.inject({ url })).statusCode, 500)
    assert.equal(await count('block_fault', 'repaired_at is null'), 1)
    assert.equal(await count('validation_exception', `rule = 'stored-day-altered' and status = 'open'`), 1)

    const [{ outcome }] = await repair()
    assert.deepEqual(outcome, { kind: 'repaired', from: 'frames', version: before.version + i + 1 })
    assert.ok(same(before, await rowOf(day)), column)
    assert.equal((await app.inject({ url })).statusCode, 200)
    assert.equal(await count('block_fault', 'repaired_at is null'), 0)
    assert.equal(
      await count('validation_exception', `rule = 'stored-day-altered' and status <> 'resolved'`),
      0,
    )
  }
  const [repaired] = await load(day)
  assert.deepEqual(repaired.block, known[0].block)
  assert.deepEqual(repaired.sources, known[0].sources)
  assert.equal(await count('block_fault', `repaired_from = 'frames'`), 5)
})

test('values and sources that are wholly lost come back from the frames, and only where the seal agrees', async () => {
  const name = addDays(day, -5)
  const before = await rowOf(name)
  await alter(name, 'payload', (bytes) => randomBytes(bytes.length))
  await alter(name, 'sources', () => Buffer.alloc(0))
  assert.equal(await check(), 1)
  const none = await repair(Promise.resolve(async () => []))
  assert.deepEqual(none[0].outcome, { kind: 'unrepaired', frames: 0 })
  assert.equal(await count('block_fault', 'repaired_at is null'), 1)
  // The row names no exchange any more: the days around it do.
  assert.deepEqual((await repair())[0].outcome, {
    kind: 'repaired',
    from: 'frames',
    version: before.version + 1,
  })
  assert.ok(same(before, await rowOf(name)))
})

test('without frames one octet is found by the seal alone; estimates and bills stay what they were', async () => {
  const name = addDays(day, -8)
  const [stored] = await load(name)
  const block = structuredClone(stored.block)
  const series = seriesOf(block, 'A+')
  assert.ok(series)
  series.values[10] = 77
  series.quality[10] = 2
  const why = { rule: 'test', ruleVersion: 1, actor: 'user:1', reason: 'an estimate' }
  await asSystem(database.db, (trx) => replaceDay(trx, point, block, stored.sources, why))
  await asSystem(database.db, (trx) =>
    finalise(trx, point, { from: name, to: name, billRef: 'F1', actor: 'user:1' }),
  )
  const billedAt = Date.now() + 5
  await sleep(10)
  const before = await rowOf(name)
  for (const [from, using] of [
    ['seal', Promise.resolve(async () => [])],
    ['frames', source()],
  ] as const) {
    await alter(name, 'payload', flip(31, 6))
    assert.equal(await check(), 1)
    const [{ outcome }] = await repair(using as ReturnType<typeof source>)
    assert.equal(outcome.kind === 'repaired' && outcome.from, from)
    assert.ok(same(before, await rowOf(name)))
  }
  const [known] = await asSystem(database.db, (trx) => loadDaysAsOf(trx, point, name, name, billedAt))
  assert.deepEqual(known.block, block)
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{ kind: string; actor: string }>`select kind, actor from contor.day_block_version
      where metering_point_id = ${point} and day = ${name} order by version`.execute(trx),
  )
  assert.deepEqual(
    rows.map((row) => row.kind),
    ['estimate', 'repair', 'repair'],
  )
  const differences = await asSystem(database.db, (trx) =>
    sql`select 1 from contor.rebill_difference where metering_point_id = ${point}`.execute(trx),
  )
  assert.equal(differences.rows.length, 0)
})

test('two altered octets without frames are not guessed', async () => {
  const name = addDays(day, -9)
  const before = await rowOf(name)
  await alter(name, 'payload', (bytes) => flip(12, 1)(flip(25, 4)(bytes)))
  assert.equal(await check(), 1)
  const damaged = await rowOf(name)
  assert.deepEqual((await repair(Promise.resolve(async () => [])))[0].outcome, {
    kind: 'unrepaired',
    frames: 0,
  })
  assert.ok(same(damaged, await rowOf(name)))
  await repair()
  assert.ok(same(before, await rowOf(name)))
})

test('a day of which the seal itself is lost is laid from frames that fit its sums, on a word only', async () => {
  const name = addDays(day, -11)
  const [sound] = await load(name)
  const before = await rowOf(name)
  await alter(name, 'payload', (bytes) => randomBytes(bytes.length))
  await asSystem(database.db, (trx) =>
    sql`update contor.day_block set checksum = checksum # 255 where metering_point_id = ${point} and day = ${name}`.execute(
      trx,
    ),
  )
  assert.equal(await check(), 1)
  assert.equal((await repair())[0].outcome.kind, 'unrepaired')
  const byFigures = async () =>
    repairFaults(database.db, await source(), 'user:1', {
      meteringPointId: point,
      day: name,
      byFigures: true,
    })
  await asSystem(database.db, (trx) =>
    sql`update contor.day_block set import_wh = import_wh + 1 where metering_point_id = ${point} and day = ${name}`.execute(
      trx,
    ),
  )
  assert.equal((await byFigures())[0].outcome.kind, 'unrepaired')
  await asSystem(database.db, (trx) =>
    sql`update contor.day_block set import_wh = import_wh - 1 where metering_point_id = ${point} and day = ${name}`.execute(
      trx,
    ),
  )
  const [{ outcome }] = await byFigures()
  assert.equal(outcome.kind === 'repaired' && outcome.from, 'figures')
  const [laid] = await load(name)
  assert.deepEqual([laid.block, laid.sources], [sound.block, sound.sources])
  assert.equal((await rowOf(name)).checksum, before.checksum)
})

test('a folded month comes back from the journal, proved by its seals; without the frames its days are named', async () => {
  const before = `${today.slice(0, 7)}-01`
  const { months } = await compact(database.db, { settledDays: 0, before, now: Date.now() + 60_000 })
  assert.ok(months > 0)
  const monthOf = async () => {
    const { rows } = await asSystem(database.db, (trx) =>
      sql<{ month: string; heads: Buffer; active: Buffer; others: Buffer }>`
        select month, heads, active, others from contor.month_block order by month desc limit 1`.execute(trx),
    )
    return rows[0]
  }
  const sound = await monthOf()
  const first = sound.month
  const last = addDays(before, -1)
  const known = await asSystem(database.db, (trx) => loadDays(trx, point, first, last))
  assert.ok(known.length > 10)
  await asSystem(database.db, (trx) =>
    sql`update contor.month_block set active = substr(active, 1, 90), others = overlay(others placing ${randomBytes(40)} from 20)
         where month = ${first}`.execute(trx),
  )
  assert.equal(await check(), 1)
  const [{ outcome: named }] = await repair(Promise.resolve(async () => []))
  assert.deepEqual(
    named.kind === 'unrepaired' && named.lost?.map(({ day, reason }) => [day, reason]),
    known.map((one) => [one.day, 'no-frames']),
  )
  const [done] = await repair()
  assert.deepEqual(done, {
    meteringPointId: point,
    day: first,
    outcome: { kind: 'repaired', from: 'frames', unproven: [], version: 0 },
  })
  assert.deepEqual(await monthOf(), sound)
  assert.deepEqual(await asSystem(database.db, (trx) => loadDays(trx, point, first, last)), known)
  await asSystem(database.db, (trx) => holdDays(trx, point, daysBetween(addDays(before, -50), last)))
})

test('the whole fleet is looked at slice by slice; a stopped check goes on where it was', async () => {
  await alter(addDays(day, -20), 'growth', (bytes) => (bytes.length > 0 ? flip(0, 0)(bytes) : Buffer.of(1)))
  await alter(addDays(day, -1), 'payload', flip(40, 2))
  let checked = 0
  let faults = 0
  let calls = 0
  for (let ended = false; !ended; calls++) {
    const slice = await checkSeals(database.db, 10)
    checked += slice.checked
    faults += slice.faults
    ended = slice.roundEnded
  }
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{ n: string }>`select count(*) as n from contor.day_block where version > 0`.execute(trx),
  )
  assert.deepEqual([checked, faults], [Number(rows[0].n), 2])
  assert.ok(calls >= Math.floor(checked / 10), `${calls} calls`)
  const again = await checkSeals(database.db, 1_000)
  assert.deepEqual([again.checked, again.faults], [checked, 0])
  const stopped = AbortSignal.abort()
  assert.equal((await checkSeals(database.db, 1_000, stopped)).checked, 0)
})
