// The whole chain of a bulk load, durable (fsync on), against ClickHouse with the same batches.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dayNumber, dayOfNumber } from '@contor/intervals'
import {
  columnJudgeModule,
  createPool,
  migrate,
  type ReadingBatch,
  startEmbedded,
  startLoaders,
  sumCurves,
  systemActor,
} from '@contor/server'
import { readDays } from './intervals.ts'
import { round } from './measure.ts'
import { type Peer, startClickHouse } from './peers/clickhouse.ts'
import type { Bench, Figure } from './types.ts'

const option = process.argv.indexOf('--points')
const most = option > 0 ? Number(process.argv[option + 1]) : 4_000
const days = 30
const perBatch = 200
const first = dayNumber('2026-11-01')
const perPoint = days * 4 * 96
const curves = readDays().flatMap((set) => set.days)

const rules = {
  'missing-interval': { version: 1, severity: 'warning', parameters: {} },
  negative: { version: 1, severity: 'error', parameters: {} },
  spike: { version: 1, severity: 'warning', parameters: { factor: 3 } },
} as const

/** Measured curves with noise; R+ a third of A+, A− and R− zero; one day in a hundred has a hole or a spike. */
function makeBatch(id: string, from: number, count: number): ReadingBatch {
  const rows = count * days
  const batch: ReadingBatch = {
    id,
    mask: 0b1100_0011,
    points: new Float64Array(rows),
    days: new Int32Array(rows),
    starts: new Int32Array(rows),
    values: new Int32Array(rows * 384),
    quality: new Uint8Array(rows * 384).fill(1),
    approvedPowerW: new Int32Array(rows).fill(15_000),
  }
  for (let row = 0; row < rows; row++) {
    const point = from + Math.floor(row / days)
    const curve = curves[(point * 7 + row) % curves.length]
    const start = row * 384
    batch.points[row] = point
    batch.days[row] = first + (row % days)
    batch.starts[row] = start
    for (let slot = 0; slot < 96; slot++) {
      const wh = curve[slot] + ((point * (slot + 3) + row) % 3)
      batch.values[start + slot] = wh
      batch.values[start + 192 + slot] = Math.floor(wh / (3 + ((slot + point) % 3)))
    }
    if (row % 200 === 17) batch.values[start + 40] = 50_000
    if (row % 200 === 117) {
      batch.values.fill(0, start + 20, start + 24)
      batch.quality.fill(0, start + 20, start + 24)
    }
  }
  return batch
}

/** Hands batches out, `atOnce` at a time. @returns readings a second, the making of the batches included */
async function timed(
  points: number,
  tag: string,
  atOnce: number,
  load: (batch: ReadingBatch) => Promise<unknown>,
  base = 1,
): Promise<number> {
  let next = 0
  const start = performance.now()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let at = next; at < points; at = next) {
        next += perBatch
        await load(makeBatch(`${tag}-${at}`, base + at, Math.min(perBatch, points - at)))
      }
    }),
  )
  return (points * perPoint * 1000) / (performance.now() - start)
}

async function run(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'contor-load-'))
  await chmod(folder, 0o755)
  const postgres = await startEmbedded({ dataDir: folder })
  let peer: Peer | undefined
  try {
    await migrate({ ownerUrl: postgres.ownerUrl, appPassword: postgres.appPassword })
    const owner = createPool({ connectionString: postgres.ownerUrl, max: 2 })
    const sizes = [...new Set([Math.max(perBatch, most / 10), most])]
    const total = sizes.reduce((all, size) => all + size, 0)
    await owner.pool.query(
      "insert into contor.station (code, name, zone, rated_kva) select 'S' || g, 'S', 'Z', 100 from generate_series(1, $1::int) g",
      [Math.ceil(total / 100)],
    )
    await owner.pool.query(
      `insert into contor.metering_point (id, pod, name, address, kind, phases, approved_power_w, station_id, reading_mode)
       overriding system value
       select g, 'P' || g, 'n', 'a', 'household', 1, 15000, (g - 1) / 100 + 1, 'smart' from generate_series(1, $1::int) g`,
      [total],
    )
    const database = { connectionString: postgres.ownerUrl, parameters: { role: 'contor_app' } }
    const loaders = startLoaders({ database, threads: 2, judge: columnJudgeModule(rules) })
    const rates: number[] = []
    let base = 1
    for (const size of sizes) {
      rates.push(
        await timed(size, `n${size}`, loaders.slots, (b) => loaders.load(b, { name: 'bench' }), base),
      )
      base += size
    }
    await loaders.stop()
    const { rows } = await owner.pool.query("select pg_total_relation_size('contor.day_block') as size")
    const bytes = Number(rows[0].size) / (total * perPoint)
    const ids = Array.from({ length: most }, (_, i) => `${base - most + i}`)
    const started = performance.now()
    await sumCurves(owner, systemActor, ids, dayOfNumber(first), dayOfNumber(first + days - 1), 'A+')
    const seconds = (performance.now() - started) / 1000
    await owner.close()
    const ours = rates[rates.length - 1]
    const note = `${most} points × ${days} days × 4 channels × 96; rules missing-interval, negative, spike; 1 % of the days with a fault; fsync on; 2 threads`
    const figures: Figure[] = [
      { name: 'store.load_validate.readings_per_s', value: Math.round(ours), unit: 'readings/s', note },
      {
        name: 'store.bytes_per_reading',
        value: round(bytes),
        unit: 'B/reading',
        note: 'table, indexes and trace sources, as written',
      },
      {
        name: 'store.supplier_month_s',
        value: round(seconds),
        unit: 's',
        note: `A+ of ${most} points, one thread`,
      },
      {
        name: 'store.scaling',
        value: round(ours / rates[0], 2),
        unit: 'ratio',
        note:
          sizes.map((size, i) => `${size} points: ${Math.round(rates[i])} readings/s`).join('; ') +
          '; the first one warms the threads up',
      },
    ]
    peer = await startClickHouse(folder)
    if (!peer) return figures
    const { load } = peer
    const theirs = await timed(most, 'peer', 2, load)
    const theirBytes = (await peer.bytes()) / (most * perPoint)
    const how = `${peer.name}; a row per reading, no validation, no fsync`
    figures.push(
      {
        name: 'store.load.vs_fastest_peer',
        value: round(ours / theirs, 2),
        unit: 'ratio',
        baseline: Math.round(theirs),
        note: how,
      },
      {
        name: 'store.bytes.vs_smallest_peer',
        value: round(bytes / theirBytes, 2),
        unit: 'ratio',
        baseline: round(theirBytes),
        note: how,
      },
    )
    return figures
  } finally {
    await peer?.stop()
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

export const storeLoadBenches: readonly Bench[] = [{ name: 'store load', run }]
