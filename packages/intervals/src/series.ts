import { type Channel, type ChannelSeries, type DayBlock, seriesOf } from './block.ts'
import {
  addDays,
  type CivilDay,
  dayEnd,
  dayNumber,
  dayOfNumber,
  dayStart,
  type IntervalMinutes,
  monthOf,
  slotsInDay,
} from './calendar.ts'
import { IntervalError } from './errors.ts'
import { isPresent, type QualityCounts, type QualityState, quality, stateOf, summarise } from './quality.ts'

export type Resolution = '15m' | '1h' | '1d' | '1mo'

/** One bucket of a resampled series; `start` and `end` are instants in epoch ms. */
export interface ResampledPoint {
  readonly start: number
  readonly end: number
  /** Sum of the present slots, Wh or varh; null when every slot is missing. */
  readonly value: number | null
  readonly quality: QualityState | 'mixed'
  readonly counts: QualityCounts
  /** All marks (bits 3…7) of the bucket's slots, see quality.ts. */
  readonly flags: number
}

/** Consecutive missing slots of a day. */
export interface SlotRange {
  readonly fromSlot: number
  readonly count: number
}

function checkRange(series: ChannelSeries, fromSlot: number, toSlot: number): void {
  if (
    !(Number.isInteger(fromSlot) && Number.isInteger(toSlot)) ||
    fromSlot < 0 ||
    toSlot > series.values.length
  )
    throw new IntervalError('invalid-slot', `slots ${fromSlot}…${toSlot} of ${series.values.length}`)
}

/**
 * Energy in the slots from `fromSlot` up to but not including `toSlot`, Wh or varh; a missing slot adds 0.
 * @throws IntervalError 'invalid-slot'
 */
export function sum(series: ChannelSeries, fromSlot = 0, toSlot = series.values.length): number {
  checkRange(series, fromSlot, toSlot)
  let total = 0
  for (let i = fromSlot; i < toSlot; i++) total += series.values[i]
  return total
}

/** How many slots of [fromSlot, toSlot) are in each state. @throws IntervalError 'invalid-slot' */
export function countQuality(
  series: ChannelSeries,
  fromSlot = 0,
  toSlot = series.values.length,
): QualityCounts {
  checkRange(series, fromSlot, toSlot)
  const counts: QualityCounts = { measured: 0, estimated: 0, edited: 0, missing: 0 }
  for (let i = fromSlot; i < toSlot; i++) counts[stateOf(series.quality[i])]++
  return counts
}

/** The maximal runs of missing slots, in order. */
export function missingRanges(series: ChannelSeries): SlotRange[] {
  const ranges: SlotRange[] = []
  const slots = series.quality.length
  for (let i = 0; i < slots; i++) {
    if (isPresent(series.quality[i])) continue
    const fromSlot = i
    while (i + 1 < slots && !isPresent(series.quality[i + 1])) i++
    ranges.push({ fromSlot, count: i - fromSlot + 1 })
  }
  return ranges
}

export interface IndexDifferences {
  /** Energy between index i and index i+1; 0 where it is not known. */
  readonly values: Int32Array
  /** `measured` where both indexes are known, otherwise missing. */
  readonly quality: Uint8Array
  /** Energy known over a run of slots although not slot by slot, because indexes inside it are missing. */
  readonly gaps: readonly (SlotRange & { readonly total: number })[]
  /** Slots in which the register passed its capacity and began again at 0. */
  readonly rollOvers: readonly number[]
  /** Slots in which the index went back and no roll-over explains it; they are missing. */
  readonly reversals: readonly number[]
}

/**
 * Interval energies from the index of a register at every interval boundary.
 * @param indexes n+1 indexes for n slots, Wh or varh, integers ≥ 0; null where not read
 * @param options `capacity`: the value at which the register begins again at 0 (10⁹ for nine digits);
 *   without it a falling index is always a reversal. `maxStep`: the most energy one slot can hold
 *   (default capacity / 10); a larger step over the roll-over is a reversal (an exchanged or reset meter).
 */
export function differencesFromIndexes(
  indexes: readonly (number | null)[],
  options: { readonly capacity?: number; readonly maxStep?: number } = {},
): IndexDifferences {
  const slots = Math.max(0, indexes.length - 1)
  const { capacity } = options
  const maxStep = options.maxStep ?? (capacity ?? 0) / 10
  const values = new Int32Array(slots)
  const states = new Uint8Array(slots)
  const gaps: (SlotRange & { total: number })[] = []
  const rollOvers: number[] = []
  const reversals: number[] = []
  let known = -1
  for (let i = 0; i <= slots; i++) {
    const index = indexes[i]
    if (index === null || index === undefined) continue
    const last = known
    known = i
    if (last < 0) continue
    const fromSlot = last
    const count = i - last
    let step = index - (indexes[last] as number)
    if (step < 0 && capacity !== undefined && step + capacity <= maxStep * count) {
      step += capacity
      rollOvers.push(i - 1)
    }
    if (step < 0 || step > 0x7fffffff) reversals.push(i - 1)
    else if (count > 1) gaps.push({ fromSlot, count, total: step })
    else {
      values[fromSlot] = step
      states[fromSlot] = quality.measured
    }
  }
  return { values, quality: states, gaps, rollOvers, reversals }
}

export interface ResampleOptions {
  /** First and last day wanted, both included; days without a block count as missing. */
  readonly from?: CivilDay
  readonly to?: CivilDay
}

class Bucket {
  readonly start: number
  readonly counts: QualityCounts = { measured: 0, estimated: 0, edited: 0, missing: 0 }
  total = 0
  flags = 0

  constructor(start: number) {
    this.start = start
  }

  add(value: number, byte: number): void {
    this.counts[stateOf(byte)]++
    this.flags |= byte & 0xf8
    this.total += value
  }

  close(end: number): ResampledPoint {
    const { measured, estimated, edited } = this.counts
    const value = measured + estimated + edited === 0 ? null : this.total
    const { start, counts, flags } = this
    return { start, end, value, quality: summarise(counts), counts, flags }
  }
}

/**
 * One channel of several days at a coarser resolution. Hours, days and months are civil: the day of a
 * clock change has 23 or 25 hours. Every day from the first to the last block (or `from` to `to`) is
 * covered, so a day without a block shows as missing slots; a month bucket spans the covered days of
 * that month. '15m' keeps the slots of quarter-hour blocks.
 * @param blocks in any order, at most one per day, all of one interval length
 * @returns buckets in time order; empty without blocks and without a range
 * @throws IntervalError 'mismatch' for two blocks of one day, mixed interval lengths, or intervals longer
 *   than the resolution; 'invalid-day'
 */
export function resample(
  blocks: readonly DayBlock[],
  resolution: Resolution,
  channel: Channel,
  options: ResampleOptions = {},
): ResampledPoint[] {
  const byDay = new Map<CivilDay, DayBlock>()
  let minutes: IntervalMinutes | undefined
  for (const block of blocks) {
    if (byDay.has(block.day)) throw new IntervalError('mismatch', `two blocks of ${block.day}`)
    if (minutes !== undefined && block.minutes !== minutes)
      throw new IntervalError('mismatch', `intervals of ${minutes} and ${block.minutes} minutes`)
    minutes = block.minutes
    byDay.set(block.day, block)
  }
  const slotMinutes = minutes ?? 15
  if (resolution === '15m' && slotMinutes !== 15)
    throw new IntervalError('mismatch', `intervals of ${slotMinutes} minutes have no quarter-hours`)
  const sorted = [...byDay.keys()].sort()
  const from = options.from ?? sorted[0]
  const to = options.to ?? sorted.at(-1)
  if (from === undefined || to === undefined) return []
  const points: ResampledPoint[] = []
  let bucket: Bucket | undefined
  const last = dayNumber(to)
  for (let n = dayNumber(from); n <= last; n++) {
    const day = dayOfNumber(n)
    const block = byDay.get(day)
    const series = block && seriesOf(block, channel)
    const slots = slotsInDay(day, slotMinutes)
    const start = dayStart(day)
    if (resolution === '1d' || resolution === '1mo') {
      bucket ??= new Bucket(start)
      for (let i = 0; i < slots; i++) bucket.add(series?.values[i] ?? 0, series?.quality[i] ?? 0)
      if (resolution === '1d' || n === last || monthOf(day) !== monthOf(addDays(day, 1))) {
        points.push(bucket.close(dayEnd(day)))
        bucket = undefined
      }
      continue
    }
    const per = resolution === '1h' ? 60 / slotMinutes : 1
    for (let i = 0; i < slots; i += per) {
      const part = new Bucket(start + i * slotMinutes * 60_000)
      for (let j = i; j < i + per; j++) part.add(series?.values[j] ?? 0, series?.quality[j] ?? 0)
      points.push(part.close(start + (i + per) * slotMinutes * 60_000))
    }
  }
  return points
}
