// Energy balance of a transformer station: what its balance meter saw go in and out against what the points
// behind it took and gave.

import { type DayBlock, isPresent, seriesOf, slotsInDay, sum } from '@contor/intervals'

/** A point behind the station on one day; without a block when nothing is stored. */
export type PointDay = {
  readonly meteringPointId: string
  readonly balance: boolean
  /** The low-voltage line that it hangs on, where the register knows it. */
  readonly feeder?: string | null
  readonly block?: DayBlock
}

/** Who stands at the head of a balance and who behind it. */
type Sides<Point> = {
  readonly heads: readonly Point[]
  readonly behind: readonly Point[]
  /** Everything behind passes a head: without this a difference says nothing. */
  readonly metered: boolean
}

/**
 * The sides of a station, or of one feeder. A station's heads are its balance meters on no feeder; where there is
 * none, those of all feeders together.
 */
export function sidesOf<Point extends PointDay>(points: readonly Point[], feeder = ''): Sides<Point> {
  const behind = points.filter((p) => !p.balance && (feeder === '' || p.feeder === feeder))
  const meters = points.filter((p) => p.balance)
  if (feeder !== '') {
    const heads = meters.filter((p) => p.feeder === feeder)
    return { heads, behind, metered: heads.length > 0 }
  }
  const mains = meters.filter((p) => !p.feeder)
  if (mains.length > 0) return { heads: mains, behind, metered: true }
  const covered = new Set(meters.map((p) => p.feeder))
  return { heads: meters, behind, metered: meters.length > 0 && behind.every((p) => covered.has(p.feeder)) }
}

/** Energies in Wh. `lossWh` = supplied − returned + produced − consumed. */
export type Balance = {
  readonly suppliedWh: number
  readonly returnedWh: number
  readonly consumedWh: number
  readonly producedWh: number
  readonly lossWh: number
  /** Of what entered: supplied + produced. Null when nothing did. */
  readonly lossPercent: number | null
  readonly pointsExpected: number
  readonly pointsPresent: number
  /** Every point behind the station and its balance meter are whole. */
  readonly complete: boolean
}

type Sums = { suppliedWh: number; returnedWh: number; consumedWh: number; producedWh: number }

export function balanceOf(
  sums: Sums,
  pointsExpected: number,
  pointsPresent: number,
  complete: boolean,
): Balance {
  const lossWh = sums.suppliedWh - sums.returnedWh + sums.producedWh - sums.consumedWh
  const entered = sums.suppliedWh + sums.producedWh
  const lossPercent = entered > 0 ? Math.round((lossWh / entered) * 10_000) / 100 : null
  return { ...sums, lossWh, lossPercent, pointsExpected, pointsPresent, complete }
}

/** The balance of a day. A point counts as present when all quarter-hours of its day are. */
export function dayBalance(day: string, points: readonly PointDay[], feeder = ''): Balance {
  const sides = sidesOf(points, feeder)
  const slots = slotsInDay(day)
  const total = (side: readonly PointDay[], channel: 'A+' | 'A-') =>
    side.reduce((all, { block }) => {
      const series = block && seriesOf(block, channel)
      return all + (series ? sum(series) : 0)
    }, 0)
  const whole = ({ block }: PointDay) => {
    const series = block && seriesOf(block, 'A+')
    return series !== undefined && series.values.length === slots && series.quality.every(isPresent)
  }
  const present = sides.behind.filter(whole).length
  return balanceOf(
    {
      suppliedWh: total(sides.heads, 'A+'),
      returnedWh: total(sides.heads, 'A-'),
      consumedWh: total(sides.behind, 'A+'),
      producedWh: total(sides.behind, 'A-'),
    },
    sides.behind.length,
    present,
    sides.metered && sides.heads.every(whole) && present === sides.behind.length,
  )
}

/** The balance of each quarter-hour of a day. */
export function slotBalances(day: string, points: readonly PointDay[], feeder = ''): Balance[] {
  const sides = sidesOf(points, feeder)
  const slots = slotsInDay(day)
  const head = sumsOf(sides.heads, slots)
  const behind = sumsOf(sides.behind, slots)
  return Array.from({ length: slots }, (_, slot) =>
    balanceOf(
      {
        suppliedWh: head.imported[slot],
        returnedWh: head.exported[slot],
        consumedWh: behind.imported[slot],
        producedWh: behind.exported[slot],
      },
      sides.behind.length,
      behind.present[slot],
      sides.metered &&
        head.present[slot] === sides.heads.length &&
        behind.present[slot] === sides.behind.length,
    ),
  )
}

/** Sums of one side per quarter-hour, Wh, and how many of its points have a value there. */
export function sumsOf(side: readonly PointDay[], slots: number) {
  const imported = new Float64Array(slots)
  const exported = new Float64Array(slots)
  const present = new Int32Array(slots)
  for (const { block } of side) {
    const series = block && seriesOf(block, 'A+')
    add(imported, series?.values)
    add(exported, block && seriesOf(block, 'A-')?.values)
    if (series) for (let slot = 0; slot < slots; slot++) if (isPresent(series.quality[slot])) present[slot]++
  }
  return { imported, exported, present }
}

function add(into: Float64Array, values: Int32Array | undefined): void {
  if (!values) return
  for (let slot = 0; slot < values.length && slot < into.length; slot++) into[slot] += values[slot]
}
