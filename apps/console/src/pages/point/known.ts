import type { Series } from '../../charts/series.ts'
import { addDays, civilDay, dayStart } from '../../format/zone.ts'

/** The last millisecond of a civil day: what was known at its end. */
export const endOfDay = (day: string): number => dayStart(addDays(day, 1)) - 1

export type DayDifference = { day: string; was: number; is: number; changed: number }

/**
 * Civil days whose values were known otherwise than they are known today, oldest first; sums in the unit of the
 * series, missing values count as nothing in a sum and as a change where only one side has them.
 */
export function differences(was: Series, is: Series): DayDifference[] {
  const known = new Map(Array.from(was.start, (start, i) => [start, i]))
  const days = new Map<string, DayDifference>()
  is.start.forEach((start, i) => {
    const at = known.get(start)
    const before = at === undefined ? null : was.value[at]
    const after = is.value[i]
    const same = before === after && (at === undefined || was.quality[at] === is.quality[i])
    const day = civilDay(start)
    const sums = days.get(day) ?? { day, was: 0, is: 0, changed: 0 }
    sums.was += before ?? 0
    sums.is += after ?? 0
    if (!same) sums.changed++
    days.set(day, sums)
  })
  return [...days.values()].filter((each) => each.changed > 0)
}
