// Day blocks into PostgreSQL by the readings store, against a plain table with a row for each reading.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CivilDay, slotStart } from '@contor/intervals'
import {
  asSystem,
  createPool,
  createTestDatabase,
  type Db,
  storeDays,
  type TestDatabase,
} from '@contor/server'
import { makeBlock, makeDay, pastDays } from './days.ts'
import { median, round } from './measure.ts'
import { fillNetwork } from './network.ts'
import type { Bench, Figure } from './types.ts'

const perRound = 12
const rounds = 3
const dayCount = 45
const writers = 4

/** Runs the jobs on `writers` connections; seconds. */
async function timed<T>(jobs: readonly T[], run: (job: T) => Promise<unknown>): Promise<number> {
  const queue = [...jobs]
  const start = performance.now()
  await Promise.all(
    Array.from({ length: writers }, async () => {
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) await run(job)
    }),
  )
  return (performance.now() - start) / 1000
}

type Row = { at: string; channel: string; value: number; quality: number }

function rowsOf(day: CivilDay, index: number): Row[] {
  return makeBlock(day, index).channels.flatMap(({ channel, values, quality }) =>
    Array.from(values, (value, slot) => ({
      at: new Date(slotStart(day, slot)).toISOString(),
      channel,
      value,
      quality: quality[slot],
    })),
  )
}

const plainTable = `
  create table reading (metering_point_id bigint not null, channel text not null, at timestamptz not null,
    value integer not null, quality smallint not null, exchange_id bigint not null,
    primary key (metering_point_id, channel, at))`

/** Parameters of the INSERT that writes one day as rows. */
function insertParameters(point: string, day: CivilDay, index: number): unknown[] {
  const rows = rowsOf(day, index)
  return [
    point,
    1_000_000 + index,
    rows.map((r) => r.channel),
    rows.map((r) => r.at),
    rows.map((r) => r.value),
    rows.map((r) => r.quality),
  ]
}

const insertDay = `
  insert into reading select $1, channel, at, value, quality, $2
    from unnest($3::text[], $4::timestamptz[], $5::int[], $6::smallint[]) as t(channel, at, value, quality)
  on conflict do nothing`

/** Writes the days of a point as a file that COPY reads. @returns its path */
async function copyFile(folder: string, point: string, days: readonly CivilDay[]): Promise<string> {
  const file = join(folder, `${point}.tsv`)
  const lines = days.flatMap((day, index) =>
    rowsOf(day, index).map(
      (r) => `${point}\t${r.channel}\t${r.at}\t${r.value}\t${r.quality}\t${1_000_000 + index}\n`,
    ),
  )
  await writeFile(file, lines.join(''), { mode: 0o644 })
  return file
}

async function sizeOf(db: Db, table: string): Promise<number> {
  const { rows } = await db.pool.query(`select pg_total_relation_size($1::regclass) as size`, [table])
  return Number(rows[0].size)
}

type Setup = { database: TestDatabase; owner: Db; points: readonly string[]; folder: string }

async function measure({ database, owner, points, folder }: Setup): Promise<Figure[]> {
  const days = pastDays(dayCount)
  const readings = makeBlock(days[days.length - 1], 0).channels.length * 96
  const seconds = {
    single: [] as number[],
    whole: [] as number[],
    insert: [] as number[],
    copy: [] as number[],
  }
  const jobsOf = (chosen: readonly string[]) =>
    chosen.flatMap((point, p) => days.map((day, d) => ({ point, day, index: p * dayCount + d })))
  for (let r = 0; r < rounds; r++) {
    const part = (from: number) => points.slice(from + r * perRound, from + (r + 1) * perRound)
    const half = rounds * perRound
    // Made before the clock starts, for both: what the driver hands over is in memory by then.
    const single = jobsOf(part(0)).map(({ point, day, index }) => ({
      point,
      incoming: [makeDay(day, index)],
    }))
    const whole = part(half).map((point, p) => ({
      point,
      incoming: days.map((day, d) => makeDay(day, p * dayCount + d)),
    }))
    const store = (job: (typeof single)[number]) =>
      asSystem(database.db, (trx) => storeDays(trx, job.point, job.incoming))
    seconds.single.push(await timed(single, store))
    seconds.whole.push(await timed(whole, store))
    const rows = jobsOf(part(0)).map(({ point, day, index }) => insertParameters(point, day, index))
    seconds.insert.push(await timed(rows, (parameters) => owner.pool.query(insertDay, parameters)))
    const files = await Promise.all(part(half).map((point) => copyFile(folder, point, days)))
    seconds.copy.push(await timed(files, (file) => owner.pool.query(`copy reading from '${file}'`)))
  }
  const blocks = perRound * dayCount
  const figure = (name: string, ours: number[], theirs: number[], way: string): Figure => ({
    name,
    value: Math.round(blocks / median(ours)),
    unit: 'blocks/s',
    baseline: Math.round(blocks / median(theirs)),
    ratio: round(median(theirs) / median(ours), 2),
    note: `block = day of 4 channels × 96 = ${readings} readings; merge, row security and sources included; ${writers} connections, fsync off; baseline: ${way}`,
  })
  return [
    figure('one day a transaction', seconds.single, seconds.insert, 'INSERT of 384 rows from arrays'),
    figure(
      `${dayCount} days a transaction`,
      seconds.whole,
      seconds.copy,
      `COPY of ${dayCount} × 384 rows from files made before`,
    ),
    ...(await sizes(owner, 2 * rounds * blocks * readings)),
  ]
}

async function sizes(owner: Db, readings: number): Promise<Figure[]> {
  const written = (await sizeOf(owner, 'contor.day_block')) / readings
  const plainWritten = (await sizeOf(owner, 'reading')) / readings
  await owner.pool.query('vacuum full contor.day_block')
  await owner.pool.query('vacuum full reading')
  const packed = (await sizeOf(owner, 'contor.day_block')) / readings
  const plainPacked = (await sizeOf(owner, 'reading')) / readings
  const figure = (name: string, value: number, baseline: number, note: string): Figure => ({
    name,
    value: round(value),
    unit: 'B/reading',
    baseline: round(baseline),
    ratio: round(baseline / value, 1),
    note,
  })
  return [
    figure(
      'on disk with indexes and sources, as written',
      written,
      plainWritten,
      `${readings} readings, of which half are the zeros of A− and R−; pg_total_relation_size; baseline: row per reading with primary key`,
    ),
    figure(
      'on disk with indexes and sources, compacted',
      packed,
      plainPacked,
      'the same after VACUUM FULL of both',
    ),
  ]
}

const blocks: Bench = {
  name: 'store blocks',
  async run() {
    const database = await createTestDatabase()
    const owner = createPool({ connectionString: database.ownerUrl, max: writers })
    const folder = await mkdtemp(join(tmpdir(), 'contor-bench-'))
    try {
      await chmod(folder, 0o755)
      const points = await fillNetwork(database.db, 2 * rounds * perRound)
      await owner.pool.query(plainTable)
      return await measure({ database, owner, points, folder })
    } finally {
      await owner.close()
      await database.drop()
      await rm(folder, { recursive: true, force: true })
    }
  },
}

export const storeBenches: readonly Bench[] = [blocks]
