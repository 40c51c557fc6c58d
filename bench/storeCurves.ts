// Batches of realistic days: measured curves of households (conformance/intervals) with noise of their own for
// each point and day; one point in thirty has a roof that exports; one day in a hundred has a hole or a spike.
import { dayNumber, hoursOfDayNumber } from '@contor/intervals'
import type { ReadingBatch } from '@contor/server'
import { readDays } from './intervals.ts'

/** A month whose days all have 96 quarter-hours, and that has ended. */
export const monthStart = dayNumber('2026-09-01')
export const monthDays = 30
export const channelCount = 4
export const perDay = channelCount * 96

const curves = readDays().flatMap((set) => set.days)

export type Range = {
  /** Id of the first metering point, and how many. */
  readonly from: number
  readonly count: number
  /** Days since 1970-01-01. */
  readonly firstDay?: number
  readonly days?: number
}

let state = 1
/** Integers 0…`below` − 1 (xorshift32, started by each row's point and day). */
function draw(below: number): number {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 8) % below
}

/** Whole days of A+, A−, R+, R−; the same arguments give the same values. */
export function makeBatch(id: string, range: Range): ReadingBatch {
  const { from, count, firstDay = monthStart, days = monthDays } = range
  let perPoint = 0
  for (let d = 0; d < days; d++) perPoint += channelCount * 4 * hoursOfDayNumber(firstDay + d)
  const rows = count * days
  const batch: ReadingBatch = {
    id,
    mask: 0b1100_0011,
    points: new Float64Array(rows),
    days: new Int32Array(rows),
    starts: new Int32Array(rows),
    values: new Int32Array(count * perPoint),
    quality: new Uint8Array(count * perPoint).fill(1),
    approvedPowerW: new Int32Array(rows).fill(15_000),
  }
  let start = 0
  for (let row = 0; row < rows; row++) {
    const point = from + Math.floor(row / days)
    const day = firstDay + (row % days)
    batch.points[row] = point
    batch.days[row] = day
    batch.starts[row] = start
    const slots = 4 * hoursOfDayNumber(day)
    state = (Math.imul(point, 0x9e3779b1) ^ Math.imul(day, 0x85ebca6b)) | 1
    fillDay(batch.values, start, slots, curves[(point * 7 + day * 3) % curves.length], point % 30 === 0)
    if (row % 200 === 17) batch.values[start + 40] = 50_000
    if (row % 200 === 117) {
      batch.values.fill(0, start + 20, start + 24)
      batch.quality.fill(0, start + 20, start + 24)
    }
    start += channelCount * slots
  }
  return batch
}

/** One day: A+, A−, R+, R− from `start`, `slots` each. */
function fillDay(values: Int32Array, start: number, slots: number, curve: Int32Array, roof: boolean): void {
  const peak = roof ? 250 + draw(1_000) : 0
  for (let slot = 0; slot < slots; slot++) {
    const base = curve[slot % curve.length]
    const load = base + ((base * (draw(17) - 8)) >> 6) + (base > 0 ? draw(3) : 0)
    let wh = load
    if (roof && slot > 26 && slot < 70) {
      // A half sine over the day, with clouds.
      const sun = (peak * Math.sin(((slot - 26) * Math.PI) / 44) * (5 + draw(6))) / 10
      wh = load - Math.round(sun)
    }
    const at = start + slot
    if (wh >= 0) values[at] = wh
    else values[at + slots] = -wh
    values[at + 2 * slots] = Math.floor(load / (3 + draw(3)))
    if (wh < 0) values[at + 3 * slots] = draw(30)
  }
}
