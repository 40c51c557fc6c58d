// Quarter-hours of a range of days put together to hours, days and months of the civil calendar.

import { addDays, type CivilDay, dayEnd, dayNumber, dayStart, slotStart, slotsInDay } from '@contor/intervals'

export const resolutions = ['15m', '1h', '1d', '1mo'] as const
export type BucketSize = (typeof resolutions)[number]

/** `starts[i]` epoch ms; bucket i holds the quarter-hours `first[i]` up to but not including `first[i + 1]`. */
export type Buckets = {
  readonly starts: Float64Array
  readonly first: Int32Array
  /** Epoch ms, where the last bucket ends. */
  readonly end: number
}

/** Buckets of the days from … to, both included; a day of a change of the clock has 23 or 25 hours. */
export function bucketsOf(from: CivilDay, to: CivilDay, size: BucketSize): Buckets {
  const starts: number[] = []
  const first: number[] = []
  let slot = 0
  let month = ''
  const last = dayNumber(to)
  for (let day = from; dayNumber(day) <= last; day = addDays(day, 1)) {
    const slots = slotsInDay(day)
    const each = size === '15m' ? 1 : size === '1h' ? 4 : slots
    if (size === '1mo') {
      if (day.slice(0, 7) !== month) {
        month = day.slice(0, 7)
        starts.push(dayStart(day))
        first.push(slot)
      }
    } else
      for (let at = 0; at < slots; at += each) {
        starts.push(slotStart(day, at))
        first.push(slot + at)
      }
    slot += slots
  }
  first.push(slot)
  return { starts: Float64Array.from(starts), first: Int32Array.from(first), end: dayEnd(to) }
}

/** The sum of `values` in each bucket. */
export function fill(buckets: Buckets, values: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(buckets.starts.length)
  for (let i = 0; i < sums.length; i++) {
    let total = 0
    for (let slot = buckets.first[i]; slot < buckets.first[i + 1]; slot++) total += values[slot]
    sums[i] = total
  }
  return sums
}
