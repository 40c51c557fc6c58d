// How long before a planned interruption everybody has to know.

import { addDays, type CivilDay, civilDayOf } from '@contor/intervals'
import { dayKindOf } from '@contor/vee'

/**
 * The first civil day on which an interruption announced at `now` may begin: `days` whole working days lie between
 * (neither the day of the announcement nor that of the interruption counts).
 */
export function firstDayAfterNotice(now: number, days: number): CivilDay {
  let day = addDays(civilDayOf(now), 1)
  for (let left = days; left > 0; day = addDays(day, 1)) if (dayKindOf(day) === 'working') left--
  return day
}
