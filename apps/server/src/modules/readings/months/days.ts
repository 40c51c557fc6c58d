// Days and the months that they stand in.

import type { CivilDay } from '@contor/intervals'

/** The first day of the month. */
export const firstOfMonth = (day: CivilDay): CivilDay => `${day.slice(0, 7)}-01`
/** The bit of a day in a set of days of its month: bit 0 is the first. */
export const bitOfDay = (day: CivilDay): number => 1 << (Number(day.slice(8)) - 1)
