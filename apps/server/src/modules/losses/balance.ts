// Energy balance of a transformer station: what its balance meter saw go in and out against what the points
// behind it took and gave.

import { type DayBlock, isPresent, seriesOf, slotsInDay, sum } from '@contor/intervals'

/** A point behind the station on one day; without a block when nothing is stored. */
export type PointDay = {
  readonly meteringPointId: string
  readonly balance: boolean
  readonly block?: DayBlock
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
export function dayBalance(day: string, points: readonly PointDay[]): Balance {
  const sums: Sums = { suppliedWh: 0, returnedWh: 0, consumedWh: 0, producedWh: 0 }
  const slots = slotsInDay(day)
  let expected = 0
  let present = 0
  let balanceWhole = false
  for (const point of points) {
    const imported = point.block && seriesOf(point.block, 'A+')
    const exported = point.block && seriesOf(point.block, 'A-')
    const whole =
      imported !== undefined && imported.values.length === slots && imported.quality.every(isPresent)
    const inWh = imported ? sum(imported) : 0
    const outWh = exported ? sum(exported) : 0
    if (point.balance) {
      sums.suppliedWh += inWh
      sums.returnedWh += outWh
      balanceWhole ||= whole
    } else {
      expected++
      if (whole) present++
      sums.consumedWh += inWh
      sums.producedWh += outWh
    }
  }
  return balanceOf(sums, expected, present, balanceWhole && present === expected)
}

/** The balance of each quarter-hour of a day. */
export function slotBalances(day: string, points: readonly PointDay[]): Balance[] {
  const slots = slotsInDay(day)
  const supplied = new Float64Array(slots)
  const returned = new Float64Array(slots)
  const consumed = new Float64Array(slots)
  const produced = new Float64Array(slots)
  const present = new Int32Array(slots)
  const balancePresent = new Uint8Array(slots)
  let expected = 0
  for (const { balance, block } of points) {
    if (!balance) expected++
    const imported = block && seriesOf(block, 'A+')
    const exported = block && seriesOf(block, 'A-')
    add(balance ? supplied : consumed, imported?.values)
    add(balance ? returned : produced, exported?.values)
    if (!imported) continue
    for (let slot = 0; slot < slots; slot++) {
      if (!isPresent(imported.quality[slot])) continue
      if (balance) balancePresent[slot] = 1
      else present[slot]++
    }
  }
  return Array.from({ length: slots }, (_, slot) =>
    balanceOf(
      {
        suppliedWh: supplied[slot],
        returnedWh: returned[slot],
        consumedWh: consumed[slot],
        producedWh: produced[slot],
      },
      expected,
      present[slot],
      balancePresent[slot] === 1 && present[slot] === expected,
    ),
  )
}

function add(into: Float64Array, values: Int32Array | undefined): void {
  if (!values) return
  for (let slot = 0; slot < values.length && slot < into.length; slot++) into[slot] += values[slot]
}
