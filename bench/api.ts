// Reads of the HTTP interface over real TCP, with 2,000 meters and 45 days of them in the database.
import { encodeDayBlock, seriesOf, slotsInDay, sum } from '@contor/intervals'
import {
  asSystem,
  countDays,
  createApp,
  createLog,
  createPool,
  createRoleToken,
  createTestDatabase,
  type Db,
  generateSigner,
  packSources,
  publishSnapshot,
  summarise,
  systemActor,
  type TestDatabase,
} from '@contor/server'
import { lastMidnight, makeBlock, pastDays } from './days.ts'
import { quantile, round } from './measure.ts'
import { benchKeys, fillNetwork } from './network.ts'
import type { Bench, Figure } from './types.ts'

const meters = 2_000
const dayCount = 45
const requests = 300
const warmUp = 20
/** Curves that the fleet's days are drawn from. */
const kinds = 200

/** A block for every point and day, the ledger that expects them, and fresh statistics. */
async function fillDays(owner: Db, points: readonly string[]): Promise<void> {
  for (const [d, day] of pastDays(dayCount).entries()) {
    const rows = Array.from({ length: kinds }, (_, kind) => {
      const block = makeBlock(day, d * 7 + kind)
      const imported = seriesOf(block, 'A+')
      return { payload: Buffer.from(encodeDayBlock(block)), importWh: imported ? sum(imported) : 0 }
    })
    const slots = slotsInDay(day)
    const sources = packSources([{ fromSlot: 0, count: slots, exchangeId: 1, row: 0 }])
    await owner.pool.query(
      `insert into contor.day_block (metering_point_id, day, version, slots, present, import_wh, export_wh, payload, sources)
       select p.id, $2::date, 1, $3, $3, k.wh, 0, k.payload, $4
         from unnest($1::bigint[]) with ordinality as p(id, n)
         join unnest($5::int[], $6::bytea[]) with ordinality as k(wh, payload, n) on k.n = 1 + p.n % ${kinds}`,
      [points, day, slots, Buffer.from(sources), rows.map((r) => r.importWh), rows.map((r) => r.payload)],
    )
  }
  const from = new Date(lastMidnight() - dayCount * 86_400_000).toISOString()
  await owner.pool.query(
    'insert into contor.ledger (metering_point_id, from_at, through_at) select unnest($1::bigint[]), $2, $3',
    [points, from, new Date(lastMidnight()).toISOString()],
  )
  await owner.pool.query('analyze')
}

async function publish(db: Db): Promise<number> {
  const start = performance.now()
  const { counted, summary } = await asSystem(db, async (trx) => {
    const counted = await countDays(trx, Date.now())
    const rates = { framesPerSecond: 0, intervalsPerSecond: 0 }
    return { counted, summary: await summarise(trx, Date.now(), rates, counted) }
  })
  await publishSnapshot(db, summary, counted.days)
  return performance.now() - start
}

async function timeRequests(base: string, token: string, paths: (i: number) => string): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < warmUp + requests; i++) {
    const start = performance.now()
    const answer = await fetch(base + paths(i), { headers: { authorization: `Bearer ${token}` } })
    const body = await answer.text()
    if (answer.status !== 200) throw new Error(`${paths(i)} answers ${answer.status}: ${body.slice(0, 200)}`)
    if (i >= warmUp) times.push(performance.now() - start)
  }
  return times
}

async function measure(database: TestDatabase, owner: Db): Promise<Figure[]> {
  const { db } = database
  const points = await fillNetwork(db, meters)
  await fillDays(owner, points)
  const snapshotMs = await publish(db)
  const { token } = await asSystem(db, (trx) =>
    createRoleToken(trx, systemActor, { role: 'operator', label: 'bench' }),
  )
  const authDb = createPool({
    connectionString: database.ownerUrl,
    parameters: { ...database.parameters, 'contor.scope': 'all' },
  })
  const app = await createApp({
    signer: generateSigner(),
    services: { db, keys: benchKeys, log: createLog('bench'), demo: false },
    authDb,
    dataDir: '/nonexistent',
    secret: 'a secret of a benchmark, long enough to sign cookies',
    baseUrl: 'http://127.0.0.1',
    console: false,
  })
  try {
    const base = await app.listen({ host: '127.0.0.1', port: 0 })
    const days = pastDays(dayCount)
    const range = `from=${days[0]}&to=${days[days.length - 1]}`
    const ways: [string, (i: number) => string][] = [
      ['collection summary', () => '/api/collection/summary'],
      ['metering points, 100 of 2,000', () => '/api/metering-points?limit=100'],
      ['metering points, search', (i) => `/api/metering-points?limit=100&query=${i % 90}`],
      [
        'intervals of 45 days',
        (i) => `/api/metering-points/${points[(i * 37) % points.length]}/intervals?channel=A%2B&${range}`,
      ],
      [
        'intervals of 45 days as columns',
        (i) =>
          `/api/metering-points/${points[(i * 41) % points.length]}/intervals?channel=A%2B&${range}&format=columns`,
      ],
    ]
    const figures: Figure[] = []
    for (const [name, path] of ways) {
      const times = await timeRequests(base, token, path)
      const note = `p95 of ${requests} requests one after another; median ${round(quantile(times, 0.5), 1)}, p99 ${round(quantile(times, 0.99), 1)} ms`
      figures.push({ name, value: round(quantile(times, 0.95), 1), unit: 'ms', note })
    }
    const note = 'once, cold: counts of 90,000 day blocks; the collector does it, readers take the row'
    figures.push({ name: 'collection snapshot', value: round(snapshotMs, 1), unit: 'ms', note })
    return figures
  } finally {
    await app.close()
    await authDb.close()
  }
}

const reads: Bench = {
  name: 'api reads',
  async run() {
    process.env['CONTOR_LOG'] ??= 'silent'
    const database = await createTestDatabase()
    const owner = createPool({ connectionString: database.ownerUrl, max: 2 })
    try {
      return await measure(database, owner)
    } finally {
      await owner.close()
      await database.drop()
    }
  },
}

export const apiBenches: readonly Bench[] = [reads]
