// The whole chain of a bulk load, durable (fsync on), how it is read, and the same batches in other stores.
// `npm run bench -- --only 'store load' [--points N]`; peers that are not installed are named and left out.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { round } from './measure.ts'
import {
  blockBytes,
  type Chain,
  loadMonth,
  loadYears,
  perBatch,
  ruleSet,
  settle,
  startChain,
  timeMonthSum,
  timeYears,
  yearsValues,
} from './storeChain.ts'
import { monthDays, perDay } from './storeCurves.ts'
import { type Comparison, compare, comparisonPoints } from './storePeers.ts'
import type { Bench, Figure } from './types.ts'

const option = process.argv.indexOf('--points')
const most = option > 0 ? Number(process.argv[option + 1]) : 4_000
const sizes = [...new Set([most / 100, most / 10, most].map((size) => Math.max(perBatch, Math.round(size))))]
const comparedPoints = Math.min(most, 2_000)
const yearsPoints = 240

async function run(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'contor-load-'))
  await chmod(folder, 0o755)
  const total = sizes.reduce((all, size) => all + size, perBatch * 5)
  const chain = await startChain(folder, total + yearsPoints + comparisonPoints(comparedPoints))
  try {
    const figures = await measureChain(chain)
    return [...figures, ...(await measurePeers(chain, folder))]
  } finally {
    await chain.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureChain(chain: Chain): Promise<Figure[]> {
  await loadMonth(chain, perBatch * 5) // warms the threads up
  const before = await blockBytes(chain)
  const lines: { size: number; rate: number; rssMb: number; first: number }[] = []
  for (const size of sizes) lines.push({ size, ...(await loadMonth(chain, size)) })
  const readings = sizes.reduce((all, size) => all + size, 0) * monthDays * perDay
  const bytes = ((await blockBytes(chain)) - before) / readings
  const last = lines[lines.length - 1]
  const yearsFirst = await loadYears(chain, yearsPoints)
  await settle(chain)
  const monthSum = await timeMonthSum(chain, last.first, last.size)
  const { json, chart } = await timeYears(chain, yearsFirst, yearsPoints)
  const ms = (name: string, times: typeof json, what: string): Figure => ({
    name,
    value: round(times.p95, 1),
    unit: 'ms',
    note: `p95 of ${yearsPoints} requests of other points over HTTP, one after the other; median ${round(times.p50, 1)} ms; ${yearsValues} quarter-hours of 4 channels as ${what}, ${Math.round(times.bytes / 1000)} kB`,
  })
  return [
    {
      name: 'store.load_validate.readings_per_s',
      value: Math.round(last.rate),
      unit: 'readings/s',
      note: `${last.size} points × ${monthDays} days × 4 channels × 96, batches made on the way; ${ruleSet}; fsync on; 2 threads`,
    },
    {
      name: 'store.bytes_per_reading',
      value: round(bytes),
      unit: 'B/reading',
      note: 'table, indexes, trace sources and seals, as written; one point in thirty exports',
    },
    {
      name: 'store.supplier_month_s',
      value: round(monthSum.seconds, 2),
      unit: 's',
      note: `A+ of ${last.size} points by quarter-hour, median of 3, after VACUUM ANALYZE; each day's seal checked; 2 threads, ${round(monthSum.cpuSeconds, 1)} s of their CPU`,
    },
    ms('store.point_24mo_p95_ms', json, 'JSON'),
    ms('store.point_24mo_chart_p95_ms', chart, 'a chart of 1,200 columns'),
    {
      name: 'store.scaling',
      value: round(last.rate / lines[0].rate, 2),
      unit: 'ratio',
      note: lines
        .map(({ size, rate, rssMb }) => `${size} points: ${Math.round(rate)} readings/s, RSS ${rssMb} MB`)
        .join('; '),
    },
  ]
}

async function measurePeers(chain: Chain, folder: string): Promise<Figure[]> {
  const { ours, peers, absent, rounds, points }: Comparison = await compare(chain, folder, comparedPoints)
  for (const { name, absent: remedy } of absent)
    process.stderr.write(`peer absent: ${name}; to measure it too: ${remedy}\n`)
  const each = [ours, ...peers].flatMap((one): Figure[] => [
    { name: `store.load of ${one.name}`, value: Math.round(one.rate), unit: 'readings/s', note: one.how },
    { name: `store.bytes of ${one.name}`, value: round(one.bytesPerReading), unit: 'B/reading' },
  ])
  const fastest = peers.reduce((best, one) => (one.rate > best.rate ? one : best))
  const smallest = peers.reduce((best, one) => (one.bytesPerReading < best.bytesPerReading ? one : best))
  const way = `${rounds} rounds of ${points} points in turns, medians; batches and the peers' own formats made before the clock`
  return [
    ...each,
    {
      name: 'store.load.vs_fastest_peer',
      value: round(ours.rate / fastest.rate, 2),
      unit: 'ratio',
      baseline: Math.round(fastest.rate),
      note: `${fastest.name}; no peer validates; ${way}`,
    },
    {
      name: 'store.bytes.vs_smallest_peer',
      value: round(ours.bytesPerReading / smallest.bytesPerReading, 2),
      unit: 'ratio',
      baseline: round(smallest.bytesPerReading),
      note: `${smallest.name}; peers after their merges, ours as written`,
    },
  ]
}

export const storeLoadBenches: readonly Bench[] = [{ name: 'store load', run }]
