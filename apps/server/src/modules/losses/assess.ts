// The balance of one day with what it is worth: pure, of readings and of what is known of meters and network.

import { isPresent, quality, seriesOf, slotsInDay } from '@contor/intervals'
import { type Balance, dayBalance, type PointDay, sidesOf, sumsOf } from './balance.ts'
import type { Expected } from './expected.ts'
import type { FitSums } from './fit.ts'
import { type LineLoss, lineLoss, type StationMetering, throughOf, transformerLoss } from './technical.ts'
import { type MeterFacts, type Practice, pointUncertainty } from './uncertainty.ts'
import { each, type Uncertainties } from './verdict.ts'

/** A point with its readings and what is known of its meter. */
export type KnownPoint = PointDay & {
  readonly facts: MeterFacts
  /** For its missing quarter-hours; absent when nothing is missing, null when nothing can be expected. */
  readonly expected?: Expected | null
}

export type Network = {
  readonly metering: StationMetering | undefined
  readonly line: LineLoss | undefined
}

export type Assessment = {
  readonly balance: Balance
  readonly metered: boolean
  /** What the missing quarter-hours likely add to the loss, Wh. */
  readonly missingWh: number
  /** With missing quarter-hours and nothing to expect them from. */
  readonly unknownPoints: number
  /** What the network takes, Wh; parts that nobody has described are undefined. */
  readonly transformerWh: number | undefined
  readonly lineWh: number | undefined
  readonly ownUseWh: number | undefined
  /** Standard uncertainties, Wh. */
  readonly uncertainties: Uncertainties
  readonly fit: FitSums
}

/** Assesses a station ('') or one of its feeders. A feeder's own balance meter stands behind the transformer. */
export function assessDay(
  day: string,
  points: readonly KnownPoint[],
  network: Network,
  practice: Practice,
  feeder = '',
): Assessment {
  const slots = slotsInDay(day)
  const sides = sidesOf(points, feeder)
  const through = throughOf(sides.heads, sides.behind, slots)
  const metering = network.metering && feeder !== '' ? behindTransformer(network.metering) : network.metering
  const transformer = metering && transformerLoss(through, metering)
  const linesWh = through.activeWh.map((wh, slot) => wh - (transformer?.slotsWh[slot] ?? 0))
  const lines =
    network.line &&
    lineLoss(
      linesWh.reduce((all, wh) => all + wh * wh, 0),
      network.line,
    )
  const head = shareOf(sides.heads, practice)
  const behind = shareOf(sides.behind, practice)
  return {
    balance: dayBalance(day, points, feeder),
    metered: sides.metered,
    missingWh: Math.round(head.missingWh - behind.missingWh),
    unknownPoints: head.unknown + behind.unknown,
    transformerWh: transformer && Math.round(transformer.totalWh),
    lineWh: lines && Math.round(lines.totalWh),
    ownUseWh: metering && Math.round((metering.ownUseW * slots) / 4),
    uncertainties: each((source) => {
      switch (source) {
        case 'balance-meter':
          return head.meter
        case 'points':
          return behind.meter
        case 'transformer':
          return transformer?.uncertaintyWh ?? 0
        case 'lines':
          return lines?.uncertaintyWh ?? 0
        default:
          return Math.hypot(head[source], behind[source])
      }
    }),
    fit: fitSums(sides.heads, sides.behind, linesWh, transformer?.slotsWh, slots),
  }
}

const behindTransformer = (metering: StationMetering): StationMetering => ({
  ...metering,
  side: 'lv',
  ownUseW: 0,
})

/** What the points of one side bring in: root of the sum of squares of each cause. */
function shareOf(points: readonly KnownPoint[], practice: Practice) {
  const squares = { meter: 0, estimated: 0, clock: 0, missing: 0 }
  let missingWh = 0
  let unknown = 0
  for (const { block, facts, expected } of points) {
    const own = pointUncertainty(block, facts, practice)
    const missing = expected?.spreadWh ?? 0
    squares.meter += own.meter ** 2
    squares.estimated += own.estimated ** 2
    squares.clock += own.clock ** 2
    squares.missing += missing ** 2
    if (expected) missingWh += expected.importWh - expected.exportWh
    if (expected === null) unknown++
  }
  return {
    meter: Math.sqrt(squares.meter),
    estimated: Math.sqrt(squares.estimated),
    clock: Math.sqrt(squares.clock),
    missing: Math.sqrt(squares.missing),
    missingWh,
    unknown,
  }
}

const wattHoursPerKwh = 1_000

/** Sums for the fit of k, over quarter-hours that every meter measured. */
function fitSums(
  heads: readonly PointDay[],
  behind: readonly PointDay[],
  linesWh: Float64Array,
  transformerWh: Float64Array | undefined,
  slots: number,
): FitSums {
  const above = sumsOf(heads, slots)
  const below = sumsOf(behind, slots)
  const all = [...heads, ...behind].map(({ block }) => block && seriesOf(block, 'A+')?.quality)
  const sums = { n: 0, x: 0, y: 0, xx: 0, xy: 0 }
  if (heads.length === 0) return sums
  for (let slot = 0; slot < slots; slot++) {
    if (!all.every((marks) => isMeasured(marks?.[slot] ?? 0))) continue
    const x = (linesWh[slot] / wattHoursPerKwh) ** 2
    const y =
      above.imported[slot] -
      above.exported[slot] -
      below.imported[slot] +
      below.exported[slot] -
      (transformerWh?.[slot] ?? 0)
    sums.n++
    sums.x += x
    sums.y += y
    sums.xx += x * x
    sums.xy += x * y
  }
  return sums
}

const isMeasured = (mark: number) => isPresent(mark) && (mark & 7) === quality.measured
