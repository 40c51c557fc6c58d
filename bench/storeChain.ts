// The store as it runs: PostgreSQL with fsync, a network, loaders on two threads, and how it is read.
import { request } from 'node:http'
import { dayNumber, dayOfNumber } from '@contor/intervals'
import {
  asSystem,
  columnJudgeModule,
  compact,
  createApp,
  createLog,
  createPool,
  createRoleToken,
  type Db,
  generateSigner,
  migrate,
  type ReadingBatch,
  startEmbedded,
  startLoaders,
  sumCurves,
  systemActor,
} from '@contor/server'
import { median, quantile } from './measure.ts'
import { benchKeys } from './network.ts'
import { makeBatch, monthDays, monthStart, perDay } from './storeCurves.ts'

export const perBatch = 200
export const ruleSet = 'rules missing-interval, negative, spike'
const rules = {
  'missing-interval': { version: 1, severity: 'warning', parameters: {} },
  negative: { version: 1, severity: 'error', parameters: {} },
  spike: { version: 1, severity: 'warning', parameters: { factor: 3 } },
} as const

export type Chain = {
  readonly owner: Db
  /** As the application sees it. */
  readonly db: Db
  readonly ownerUrl: string
  /** Ids of points that have no reading yet. */
  take(count: number): number
  readonly slots: number
  load(batch: ReadingBatch): Promise<unknown>
  stop(): Promise<void>
}

/** @param points how many metering points the network gets */
export async function startChain(folder: string, points: number): Promise<Chain> {
  const postgres = await startEmbedded({ dataDir: folder })
  await migrate({ ownerUrl: postgres.ownerUrl, appPassword: postgres.appPassword })
  const owner = createPool({ connectionString: postgres.ownerUrl, max: 2 })
  await owner.pool.query(
    "insert into contor.station (code, name, zone, rated_kva) select 'S' || g, 'S', 'Z', 100 from generate_series(1, $1::int) g",
    [Math.ceil(points / 100)],
  )
  await owner.pool.query(
    `insert into contor.metering_point (id, pod, name, address, kind, phases, approved_power_w, station_id, reading_mode)
     overriding system value
     select g, 'P' || g, 'n', 'a', 'household', 1, 15000, (g - 1) / 100 + 1, 'smart' from generate_series(1, $1::int) g`,
    [points],
  )
  const database = { connectionString: postgres.ownerUrl, parameters: { role: 'contor_app' } }
  const db = createPool({ ...database, max: 4 })
  const loaders = startLoaders({ database, threads: 2, judge: columnJudgeModule(rules) })
  let next = 1
  return {
    owner,
    db,
    ownerUrl: postgres.ownerUrl,
    slots: loaders.slots,
    take(count) {
      next += count
      return next - count
    },
    load: (batch) => loaders.load(batch, { name: 'bench' }),
    async stop() {
      await loaders.stop()
      await db.close()
      await owner.close()
      await postgres.stop()
    },
  }
}

/** Runs the jobs, `atOnce` at a time. @returns seconds */
export async function timed<T>(
  jobs: Iterable<T>,
  atOnce: number,
  run: (job: T) => Promise<unknown>,
): Promise<number> {
  const queue = jobs[Symbol.iterator]()
  const start = performance.now()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let job = queue.next(); !job.done; job = queue.next()) await run(job.value)
    }),
  )
  return (performance.now() - start) / 1000
}

/** A month of `points` new points, batches made on the way. */
export async function loadMonth(
  chain: Chain,
  points: number,
): Promise<{ first: number; rate: number; rssMb: number }> {
  const first = chain.take(points)
  let rss = 0
  const watch = setInterval(() => {
    rss = Math.max(rss, process.memoryUsage.rss())
  }, 50)
  function* batches() {
    for (let at = 0; at < points; at += perBatch)
      yield makeBatch(`month-${first + at}`, { from: first + at, count: Math.min(perBatch, points - at) })
  }
  const seconds = await timed(batches(), chain.slots, chain.load)
  clearInterval(watch)
  return { first, rate: (points * monthDays * perDay) / seconds, rssMb: Math.round(rss / 1e6) }
}

/** Seconds of a month's curve over `count` points from `first`, and of this process's CPU: medians of three. */
export async function timeMonthSum(
  { db }: Chain,
  first: number,
  count: number,
): Promise<{ seconds: number; cpuSeconds: number }> {
  const ids = Array.from({ length: count }, (_, i) => `${first + i}`)
  const seconds: number[] = []
  const cpu: number[] = []
  for (let i = 0; i < 3; i++) {
    const before = process.cpuUsage()
    const start = performance.now()
    await sumCurves(
      db,
      systemActor,
      ids,
      dayOfNumber(monthStart),
      dayOfNumber(monthStart + monthDays - 1),
      'A+',
    )
    seconds.push((performance.now() - start) / 1000)
    const { user, system } = process.cpuUsage(before)
    cpu.push((user + system) / 1e6)
  }
  return { seconds: median(seconds), cpuSeconds: median(cpu) }
}

const yearsFrom = dayNumber('2024-09-01')
const yearsTo = dayNumber('2026-08-31')
/** Quarter-hours of 24 months on four channels. */
export const yearsValues = (yearsTo - yearsFrom + 1) * perDay

/** Twenty-four months of `points` new points. @returns the first id */
export async function loadYears(chain: Chain, points: number): Promise<number> {
  const first = chain.take(points)
  const days = yearsTo - yearsFrom + 1
  function* batches() {
    for (let at = 0; at < points; at += 8)
      yield makeBatch(`years-${first + at}`, {
        from: first + at,
        count: Math.min(8, points - at),
        firstDay: yearsFrom,
        days,
      })
  }
  await timed(batches(), chain.slots, chain.load)
  return first
}

export type Times = { readonly p50: number; readonly p95: number; readonly bytes: number }

/** What a server has done a while after a load: dead rows swept, statistics taken, pages written back. */
export async function settle({ owner }: Chain): Promise<void> {
  await owner.pool.query('vacuum analyze contor.day_block')
  await owner.pool.query('checkpoint')
}

/** Requests of 24 months over real HTTP, one after the other, each of another point. */
export async function timeYears(
  chain: Chain,
  first: number,
  points: number,
): Promise<{ json: Times; chart: Times }> {
  const { token } = await asSystem(chain.db, (trx) =>
    createRoleToken(trx, systemActor, { role: 'operator', label: 'bench' }),
  )
  const authDb = createPool({
    connectionString: chain.ownerUrl,
    parameters: { role: 'contor_app', 'contor.scope': 'all' },
  })
  const app = await createApp({
    signer: generateSigner(),
    services: { db: chain.db, keys: benchKeys, log: createLog('bench'), demo: false },
    authDb,
    dataDir: '/nonexistent',
    secret: 'a secret of a benchmark, long enough to sign cookies',
    baseUrl: 'http://127.0.0.1',
    console: false,
  })
  try {
    const base = await app.listen({ host: '127.0.0.1', port: 0 })
    const range = `from=${dayOfNumber(yearsFrom)}&to=${dayOfNumber(yearsTo)}`
    const ask = async (more: string): Promise<Times> => {
      const times: number[] = []
      let bytes = 0
      // The first ones warm the code up; they are of the same points as the last ones.
      for (let i = -20; i < points; i++) {
        const id = first + (((i + points) * 7919) % points)
        const start = performance.now()
        const size = await fetchBytes(`${base}/api/metering-points/${id}/curve?${range}${more}`, token)
        if (i < 0) continue
        times.push(performance.now() - start)
        bytes += size / points
      }
      return { p50: median(times), p95: quantile(times, 0.95), bytes }
    }
    return { json: await ask(''), chart: await ask('&width=1200') }
  } finally {
    await app.close()
    await authDb.close()
  }
}

function fetchBytes(url: string, token: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers: { authorization: `Bearer ${token}` } }, (answer) => {
      let bytes = 0
      answer.on('data', (part: Buffer) => {
        bytes += part.length
      })
      answer.on('end', () =>
        answer.statusCode === 200 ? resolve(bytes) : reject(new Error(`${url}: ${answer.statusCode}`)),
      )
    })
    sent.on('error', reject).end()
  })
}

/** Bytes of the stored days with indexes, trace sources and seals: those in rows of their own and those in month blocks. */
export async function storedBytes({ owner }: Chain): Promise<number> {
  const { rows } = await owner.pool.query(
    "select pg_total_relation_size('contor.day_block') + pg_total_relation_size('contor.month_block') as size",
  )
  return Number(rows[0].size)
}

/** Folds every month that was loaded, as the nightly job does once they have settled. @returns seconds, and days folded */
export async function foldMonths(chain: Chain): Promise<{ seconds: number; days: number }> {
  const start = performance.now()
  const { days } = await compact(chain.db, {
    settledDays: 0,
    before: dayOfNumber(monthStart + monthDays),
    // A fold takes what was changed before it: the load has just ended.
    now: Date.now() + 60_000,
  })
  const seconds = (performance.now() - start) / 1000
  await chain.owner.pool.query('vacuum full contor.day_block')
  await chain.owner.pool.query('vacuum analyze contor.month_block')
  await chain.owner.pool.query('checkpoint')
  return { seconds, days }
}
