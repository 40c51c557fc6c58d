// Days and the months that they stand in.

import { addDays, type CivilDay } from '@contor/intervals'

/** The first day of the month. */
export const firstOfMonth = (day: CivilDay): CivilDay => `${day.slice(0, 7)}-01`

/** The last day of the month. */
export const lastOfMonth = (day: CivilDay): CivilDay =>
  addDays(firstOfMonth(addDays(firstOfMonth(day), 31)), -1)
/** The bit of a day in a set of days of its month: bit 0 is the first. */
export const bitOfDay = (day: CivilDay): number => 1 << (Number(day.slice(8)) - 1)
