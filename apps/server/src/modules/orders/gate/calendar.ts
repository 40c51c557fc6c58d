// Periods of law in civil days of the installation.

import { addDays, type CivilDay, civilDayOf, dayStart } from '@contor/intervals'
import { dayKindOf } from '@contor/vee'

/** Calendar days count as they come, working days without Saturdays, Sundays and legal holidays. */
export type DayUnit = 'working' | 'calendar'

export const isWorkingDay = (day: CivilDay): boolean => dayKindOf(day) === 'working'

/** The first day after `count` whole days that follow `day` (Cod procedură civilă art. 181: neither first nor last counts). */
export function dayAfterPeriod(day: CivilDay, count: number, unit: DayUnit): CivilDay {
  let left = count
  let current = addDays(day, 1)
  while (left > 0) {
    if (unit === 'calendar' || isWorkingDay(current)) left--
    current = addDays(current, 1)
  }
  return current
}

/** The last day of a period of `count` days that begins on the day after `day`; a last day off moves on. */
export function lastDayOfPeriod(day: CivilDay, count: number, unit: DayUnit): CivilDay {
  let left = count
  let current = day
  while (left > 0) {
    current = addDays(current, 1)
    if (unit === 'calendar' || isWorkingDay(current)) left--
  }
  while (!isWorkingDay(current)) current = addDays(current, 1)
  return current
}

/** Offices are open and crews on duty, local hours. */
export interface ServedHours {
  readonly from: number
  readonly to: number
}
const hourMs = 3_600_000

/**
 * The first instant from `at` on that lies in served hours of a working day which a working day follows: whoever is
 * disconnected can pay and be connected again the next day.
 */
export function nextServedInstant(at: number, served: ServedHours): number {
  for (let day = civilDayOf(at), tries = 0; tries < 40; day = addDays(day, 1), tries++) {
    if (!isWorkingDay(day) || !isWorkingDay(addDays(day, 1))) continue
    // Hours are counted from noon: the days on which clocks change have no 23rd or a 25th hour before it.
    const noon = noonOf(day)
    const opens = noon - (12 - served.from) * hourMs
    const closes = noon + (served.to - 12) * hourMs
    if (at < closes) return Math.max(at, opens)
  }
  throw new RangeError('no working day within 40 days')
}

function noonOf(day: CivilDay): number {
  return dayStart(addDays(day, 1)) - 12 * hourMs
}
