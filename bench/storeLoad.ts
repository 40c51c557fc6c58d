// The whole chain of a bulk load, durable (fsync on), how it is read, and the same batches in other stores.
// `npm run bench -- --only 'store load' [--points N]`; peers that are not installed are named and left out.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { round } from './measure.ts'
import {
  type Chain,
  foldMonths,
  loadMonth,
  loadYears,
  perBatch,
  ruleSet,
  settle,
  startChain,
  storedBytes,
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
    const { figures, folded } = await measureChain(chain)
    return [...figures, ...(await measurePeers(chain, folder, folded))]
  } finally {
    await chain.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureChain(chain: Chain): Promise<{ figures: Figure[]; folded: number }> {
  const empty = await storedBytes(chain)
  await loadMonth(chain, perBatch * 5) // warms the threads up
  const before = await storedBytes(chain)
  const lines: { size: number; rate: number; rssMb: number; first: number }[] = []
  for (const size of sizes) lines.push({ size, ...(await loadMonth(chain, size)) })
  const readings = sizes.reduce((all, size) => all + size, 0) * monthDays * perDay
  const bytes = ((await storedBytes(chain)) - before) / readings
  const last = lines[lines.length - 1]
  const yearsFirst = await loadYears(chain, yearsPoints)
  await settle(chain)
  const monthSum = await timeMonthSum(chain, last.first, last.size)
  const inDays = { sum: monthSum, ...(await timeYears(chain, yearsFirst, yearsPoints)) }
  const fold = await foldMonths(chain)
  const all = readings + perBatch * 5 * monthDays * perDay + yearsPoints * yearsValues
  const folded = ((await storedBytes(chain)) - empty) / all
  const inMonths = {
    sum: await timeMonthSum(chain, last.first, last.size),
    ...(await timeYears(chain, yearsFirst, yearsPoints)),
  }
  const ms = (name: string, times: typeof inDays.json, what: string): Figure => ({
    name,
    value: round(times.p95, 1),
    unit: 'ms',
    note: `p95 of ${yearsPoints} requests of other points over HTTP, one after the other; median ${round(times.p50, 1)} ms; ${yearsValues} quarter-hours of 4 channels as ${what}, ${Math.round(times.bytes / 1000)} kB`,
  })
  const figures: Figure[] = [
    {
      name: 'store.load_validate.readings_per_s',
      value: Math.round(last.rate),
      unit: 'readings/s',
      note: `${last.size} points × ${monthDays} days × 4 channels × 96, batches made on the way; ${ruleSet}; fsync on; 2 threads`,
    },
    {
      name: 'store.bytes_per_reading',
      value: round(folded),
      unit: 'B/reading',
      note: 'months folded: both tables with indexes, trace sources and seals; one point in thirty exports',
    },
    {
      name: 'store.bytes_per_reading_days',
      value: round(bytes),
      unit: 'B/reading',
      note: 'days as they are written, before their months are folded',
    },
    {
      name: 'store.fold.readings_per_s',
      value: Math.round((fold.days * perDay) / fold.seconds),
      unit: 'readings/s',
      note: `${fold.days} days in ${round(fold.seconds, 1)} s, one connection, each month read back before its days go`,
    },
    sumFigure('store.supplier_month_s', inMonths.sum, last.size, 'folded'),
    sumFigure('store.supplier_month_days_s', inDays.sum, last.size, 'not folded'),
    ms('store.point_24mo_p95_ms', inMonths.json, 'JSON, folded'),
    ms('store.point_24mo_chart_p95_ms', inMonths.chart, 'a chart of 1,200 columns, folded'),
    ms('store.point_24mo_days_p95_ms', inDays.json, 'JSON, not folded'),
    {
      name: 'store.scaling',
      value: round(last.rate / lines[0].rate, 2),
      unit: 'ratio',
      note: lines
        .map(({ size, rate, rssMb }) => `${size} points: ${Math.round(rate)} readings/s, RSS ${rssMb} MB`)
        .join('; '),
    },
  ]
  return { figures, folded }
}

const sumFigure = (
  name: string,
  sum: { readonly seconds: number; readonly cpuSeconds: number },
  points: number,
  how: string,
): Figure => ({
  name,
  value: round(sum.seconds, 2),
  unit: 's',
  note: `A+ of ${points} points by quarter-hour, ${how}, median of 3, after VACUUM ANALYZE; each seal checked; 2 threads, ${round(sum.cpuSeconds, 1)} s of their CPU`,
})

async function measurePeers(chain: Chain, folder: string, folded: number): Promise<Figure[]> {
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
      value: round(folded / smallest.bytesPerReading, 2),
      unit: 'ratio',
      baseline: round(smallest.bytesPerReading),
      note: `${smallest.name}; peers after their merges, ours with months folded; as written ${round(ours.bytesPerReading / smallest.bytesPerReading, 2)}`,
    },
  ]
}

export const storeLoadBenches: readonly Bench[] = [{ name: 'store load', run }]
