// Quarter-hours of a range of days, counted from its first: they follow each other without a gap through every
// change of the clock.

import { type CivilDay, dayEnd, dayNumber, dayOfNumber, dayStart } from '@contor/intervals'

const quarterHour = 900_000

export type SlotAxis = {
  /** Epoch ms. */
  readonly start: number
  readonly slots: number
  /** Index of the first quarter-hour of a day, given as days since 1970-01-01. */
  firstOf(number: number): number
}

/** @param to included @throws IntervalError 'invalid-day' */
export function slotAxis(from: CivilDay, to: CivilDay): SlotAxis {
  const start = dayStart(from)
  const origin = dayNumber(from)
  const firsts = Int32Array.from(
    { length: Math.max(0, dayNumber(to) - origin + 1) },
    (_, i) => (dayStart(dayOfNumber(origin + i)) - start) / quarterHour,
  )
  return { start, slots: (dayEnd(to) - start) / quarterHour, firstOf: (number) => firsts[number - origin] }
}
