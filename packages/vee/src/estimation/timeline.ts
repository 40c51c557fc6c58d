// Days in a row as one stretch of slots: gaps and registers do not care for midnight.

import {
  type Channel,
  type ChannelSeries,
  type CivilDay,
  type DayBlock,
  dayEnd,
  dayStart,
  daysBetween,
  emptySeries,
  isPresent,
  quality,
  seriesOf,
  slotsInDay,
} from '@contor/intervals'

/** Quarter-hours from `start` on; both arrays have one element per slot. */
export type Timeline = {
  readonly channel: Channel
  /** Whole civil days, both included. */
  readonly from: CivilDay
  readonly to: CivilDay
  /** Epoch ms. */
  readonly start: number
  /** Wh or varh; 0 where missing. */
  readonly values: Int32Array
  /** Quality bytes of `@contor/intervals`. */
  readonly quality: Uint8Array
}

export const slotMs = 900_000

/**
 * One channel of whole days as a stretch of quarter-hours; days without a block are missing slots.
 * @throws IntervalError 'invalid-day' | 'invalid-block'
 */
export function timelineOf(
  blocks: readonly DayBlock[],
  channel: Channel,
  from: CivilDay,
  to: CivilDay,
): Timeline {
  const start = dayStart(from)
  const slots = (dayEnd(to) - start) / slotMs
  const values = new Int32Array(slots)
  const states = new Uint8Array(slots)
  for (const block of blocks) {
    if (block.day < from || block.day > to) continue
    const series = seriesOf(block, channel)
    if (!series) continue
    const at = (dayStart(block.day) - start) / slotMs
    values.set(series.values, at)
    states.set(series.quality, at)
  }
  return { channel, from, to, start, values, quality: states }
}

/** The slots of one day of a timeline, as a series of their own. */
export function seriesOfDay(timeline: Timeline, day: CivilDay): ChannelSeries {
  const series = emptySeries(timeline.channel, day)
  const at = (dayStart(day) - timeline.start) / slotMs
  series.values.set(timeline.values.subarray(at, at + series.values.length))
  series.quality.set(timeline.quality.subarray(at, at + series.values.length))
  return series
}

/** Where the days of a timeline begin: day, first slot, count. */
export function daysOf(timeline: Timeline): { day: CivilDay; first: number; count: number }[] {
  let first = 0
  return daysBetween(timeline.from, timeline.to).map((day) => {
    const count = slotsInDay(day)
    const found = { day, first, count }
    first += count
    return found
  })
}

/**
 * The quarter-hour on the wall, 0…95, of a slot: on the day of the change to summer time 03:00–04:00 is left out,
 * on the other it comes twice.
 */
export function wallQuarter(slot: number, slotsOfDay: number): number {
  if (slotsOfDay === 92) return slot < 12 ? slot : slot + 4
  if (slotsOfDay === 100) return slot < 16 ? slot : slot - 4
  return slot
}

/** 1 where a value may be made: missing slots, and estimated ones when they are to be spread again. */
export function freeSlots(timeline: Timeline, again: boolean): Uint8Array {
  return timeline.quality.map((byte) =>
    !isPresent(byte) || (again && (byte & 7) === quality.estimated) ? 1 : 0,
  )
}

/** Runs of slots for which `mask` is not 0, inside [from, to). */
export function runsOfMask(mask: Uint8Array, from = 0, to = mask.length): { from: number; count: number }[] {
  const runs: { from: number; count: number }[] = []
  for (let i = from; i < to; i++) {
    if (mask[i] === 0) continue
    const first = i
    while (i + 1 < to && mask[i + 1] !== 0) i++
    runs.push({ from: first, count: i - first + 1 })
  }
  return runs
}
