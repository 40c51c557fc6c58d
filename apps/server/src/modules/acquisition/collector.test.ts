import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isPresent, seriesOf, slotStart } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, createKeyRing, createLog, type Db } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { importNetwork } from '../network/index.ts'
import { loadDays } from '../readings/index.ts'
import { startCollector } from './collector.ts'
import { startTestMeter, type TestMeter, type TestMeterOptions } from './testing/meter.ts'

const kek = randomBytes(32)
const keys = createKeyRing(kek)
const quarterMs = 900_000
const now = Date.now()
const heldFrom = Math.floor(now / quarterMs) * quarterMs - 46 * 96 * quarterMs
const energy = (seed: number) => (end: number) => ((end / quarterMs) * (7 + seed)) % 400
const key = (fill: number) => new Uint8Array(16).fill(fill)
const title = (i: number) => Uint8Array.of(0x43, 0x54, 0x52, 0, 0, 0, 0, i)

let database: TestDatabase
const meters: TestMeter[] = []

function options(i: number, over: Partial<TestMeterOptions> = {}): TestMeterOptions {
  return {
    serial: `S${i}`,
    systemTitle: title(i),
    encryptionKey: key(i),
    authenticationKey: key(i + 100),
    heldFrom,
    energy: energy(i),
    seenCounter: 1_000 * i,
    ...over,
  }
}

async function install(db: Db, list: readonly { i: number; port: number }[]): Promise<Map<number, string>> {
  await asSystem(db, (trx) =>
    importNetwork(trx, keys, {
      station: { code: 'PT1', name: 'PT 1', zone: 'Z', ratedKva: 250 },
      lines: [{ code: 'L1', kind: 'plc', maxSessions: 4 }],
      points: list.map(({ i, port }) => ({
        pod: `RO${i}`,
        name: `Point ${i}`,
        address: 'Street',
        kind: 'household' as const,
        prosumer: false,
        phases: 1 as const,
        approvedPowerW: 8_000,
        readingMode: 'smart' as const,
        meter: {
          serial: `S${i}`,
          systemTitle: title(i),
          manufacturer: 'CTR',
          model: 'T1',
          line: 'L1',
          host: '127.0.0.1',
          port,
          keys: { encryption: key(i), authentication: key(i + 100) },
        },
      })),
    }),
  )
  const { rows } = await asSystem(db, (trx) =>
    sql<{ id: string; serial: string }>`select metering_point_id as id, serial from contor.meter`.execute(
      trx,
    ),
  )
  return new Map(rows.map((row) => [Number(row.serial.slice(1)), row.id]))
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (await condition()) return
    await sleep(100)
  }
  assert.fail(`never came: ${what}`)
}

const one = async <T>(query: ReturnType<typeof sql<T>>): Promise<T> =>
  (await asSystem(database.db, (trx) => query.execute(trx))).rows[0]

/** Every slot that the meter holds is stored once with its value, and the ledger explains the others. */
async function assertWhole(pointId: string, meter: TestMeterOptions): Promise<void> {
  const span = await one(
    sql<{
      from_at: Date
      through_at: Date
    }>`select from_at, through_at from contor.ledger where metering_point_id = ${pointId}`,
  )
  const days = await asSystem(database.db, (trx) => loadDays(trx, pointId, '2000-01-01', '2099-01-01'))
  let present = 0
  for (const { day, block, sources } of days) {
    const series = seriesOf(block, 'A+')
    assert.ok(series)
    for (let slot = 0; slot < series.values.length; slot++) {
      if (!isPresent(series.quality[slot])) continue
      present++
      assert.equal(series.values[slot], meter.energy(slotStart(day, slot) + quarterMs))
      assert.ok(sources[slot])
    }
  }
  const gaps = await one(
    sql<{
      n: number
    }>`select coalesce(sum(count), 0)::int as n from contor.gap where metering_point_id = ${pointId} and state <> 'recovered'`,
  )
  assert.equal(present + gaps.n, (span.through_at.getTime() - span.from_at.getTime()) / quarterMs)
  const orphans = await one(sql<{ n: number }>`
    select count(*)::int as n from contor.index_reading i where not exists (select 1 from contor.exchange e where e.id = i.exchange_id)`)
  assert.equal(orphans.n, 0)
}

const rising = (list: readonly number[]) => list.every((value, i) => i === 0 || value > list[i - 1])

before(async () => {
  database = await createTestDatabase()
})
after(async () => {
  await Promise.all(meters.map((meter) => meter.close()))
  await database.drop()
})

test('a collector reads good meters whole, refuses a wrong one and tells why the others are missing', async () => {
  const lacking = new Set([Math.floor(now / quarterMs) * quarterMs - 100 * quarterMs])
  const good = options(1)
  const holed = options(2, { energy: (end) => (lacking.has(end) ? undefined : energy(2)(end)) })
  const wrong = options(3, { serial: 'X3' })
  for (const meter of [good, holed, wrong]) meters.push(await startTestMeter(meter))
  const dead = await startTestMeter(options(4))
  await dead.close()
  const points = await install(database.db, [
    { i: 1, port: meters[0].port },
    { i: 2, port: meters[1].port },
    { i: 3, port: meters[2].port },
    { i: 4, port: dead.port },
  ])
  const point = (i: number) => points.get(i) as string
  const collector = await startCollector({ db: database.db, keys, log: createLog('test') })
  try {
    await until(
      'two meters read',
      async () =>
        (
          await one(sql<{
            n: number
          }>`select count(*)::int as n from contor.meter m join contor.meter_task t on t.meter_id = m.id
      where m.read_through is not null and t.leased_by is null`)
        ).n === 2,
    )
    await until(
      'a cause for the dead meter',
      async () =>
        (await one(sql<{ n: number }>`select count(*)::int as n from contor.gap where cause = 'unreachable'`))
          .n > 0,
    )
    await until(
      'a refusal',
      async () =>
        (await one(sql<{ n: number }>`select count(*)::int as n from contor.gap where cause = 'refused'`)).n >
        0,
    )
    // What one answer lacks is asked for once more before it is lost.
    await asSystem(database.db, (trx) =>
      sql`update contor.meter_task set next_at = now() where meter_id = (select id from contor.meter where serial = 'S2')`.execute(
        trx,
      ),
    )
    await until(
      'a lost slot',
      async () =>
        (
          await one(
            sql<{
              n: number
            }>`select count(*)::int as n from contor.gap where state = 'lost' and count = 1 and metering_point_id = ${point(2)}`,
          )
        ).n === 1,
    )
  } finally {
    await collector.stop()
  }
  await assertWhole(point(1), good)
  await assertWhole(point(2), holed)
  const states = await asSystem(database.db, (trx) =>
    sql<{ serial: string; state: string }>`select serial, state from contor.meter order by serial`.execute(
      trx,
    ),
  )
  assert.deepEqual(
    states.rows.map((r) => r.state),
    ['commissioned', 'commissioned', 'refused', 'installed'],
  )
  const causes = await asSystem(database.db, (trx) =>
    sql<{
      point: string
      cause: string
    }>`select distinct metering_point_id as point, cause from contor.gap where state = 'open' and metering_point_id = any(${[point(3), point(4)]}::bigint[])`.execute(
      trx,
    ),
  )
  assert.deepEqual(
    new Map(causes.rows.map((r) => [r.point, r.cause])),
    new Map([
      [point(3), 'refused'],
      [point(4), 'unreachable'],
    ]),
  )
  const check = await one(
    sql<{
      found: string
    }>`select c->>'found' as found from contor.meter, jsonb_array_elements(commissioning) c where serial = 'S3' and c->>'check' = 'serial'`,
  )
  assert.equal(check.found, 'X3')
  for (const meter of meters) assert.ok(rising(meter.counters))
  assert.ok(meters[0].counters[0] > 1_000)
  const open = await one(
    sql<{ n: number }>`select count(*)::int as n from contor.session where ended_at is null`,
  )
  assert.equal(open.n, 0)
  const exceptions = await asSystem(database.db, (trx) =>
    sql<{
      rule: string
      point: string
    }>`select distinct rule, metering_point_id as point from contor.validation_exception where status = 'open'`.execute(
      trx,
    ),
  )
  assert.deepEqual(exceptions.rows, [{ rule: 'missing-interval', point: point(2) }])
})

test('a collector killed in mid-collection loses nothing, doubles nothing and reuses no counter', async () => {
  const slow = [11, 12].map((i) => options(i, { delayMs: 200 }))
  const running: TestMeter[] = []
  for (const meter of slow) running.push(await startTestMeter(meter))
  meters.push(...running)
  const points = await install(
    database.db,
    slow.map((_, n) => ({ i: 11 + n, port: running[n].port })),
  )
  const child = () =>
    fork(new URL('./testing/collect.ts', import.meta.url), [database.ownerUrl, kek.toString('hex')], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
  const ids = [11, 12].map((i) => points.get(i) as string)
  const present = async () =>
    (
      await one(
        sql<{
          n: number
        }>`select coalesce(sum(present), 0)::int as n from contor.day_block where metering_point_id = any(${ids}::bigint[])`,
      )
    ).n
  for (const enough of [1, 2500]) {
    const first = child()
    const gone = new Promise((resolve) => first.once('exit', resolve))
    await until('some readings', async () => (await present()) >= enough)
    first.kill('SIGKILL')
    await gone
  }
  const before = running.map((meter) => meter.counters.length)
  const last = child()
  const gone = new Promise((resolve) => last.once('exit', resolve))
  await until(
    'both read',
    async () =>
      (
        await one(
          sql<{
            n: number
          }>`select (select count(*) from contor.gap where metering_point_id = any(${ids}::bigint[]) and state = 'open')::int
            + (select count(*) from contor.meter_task t join contor.meter m on m.id = t.meter_id
                where m.metering_point_id = any(${ids}::bigint[]) and t.leased_by is not null)::int as n`,
        )
      ).n === 0,
  )
  last.kill('SIGTERM')
  await gone
  for (const [n, id] of ids.entries()) await assertWhole(id, slow[n])
  for (const [n, meter] of running.entries()) {
    assert.ok(meter.counters.length > before[n])
    assert.ok(rising(meter.counters))
  }
  const abandoned = await one(
    sql<{ n: number }>`select count(*)::int as n from contor.session where outcome = 'abandoned'`,
  )
  assert.ok(abandoned.n >= 1)
})
