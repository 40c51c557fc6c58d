// By when a civil day's quarter-hours must be there. Dated rules with their source: the law's figure is a row,
// a change of the law is another row, and a day is judged by the rule of its own time.
import { addDays, type CivilDay, dayEnd } from '@contor/intervals'

export interface DeadlineRule {
  /** First civil day that the rule judges. */
  readonly validFrom: CivilDay
  /** Civil days after the day itself. */
  readonly daysAfter: number
  /** Local hour of that day, 4…24 (the clock changes before 4). */
  readonly hour: number
  readonly source: string
}

/** Oldest first. */
export const intervalDeadlines: readonly DeadlineRule[] = [
  {
    // Order 177 of 10 October 2018, Official Gazette 866 of 12 October 2018; older days are judged by it too.
    validFrom: '2018-10-12',
    daysAfter: 1,
    hour: 13,
    source: 'ANRE order 177/2018, art. 18 (3): the day before is brought up to date between 01:00 and 13:00',
  },
]

const hourMs = 3_600_000

/** Instant by which the quarter-hours of `day` are due, by the rule in force on that day. */
export function deadlineOf(day: CivilDay, rules: readonly DeadlineRule[] = intervalDeadlines): Date {
  const rule = rules.findLast((each) => each.validFrom <= day) ?? rules[0]
  // Counted back from midnight: the clock never changes in the afternoon, so the hour is the one on the wall.
  return new Date(dayEnd(addDays(day, rule.daysAfter)) - (24 - rule.hour) * hourMs)
}
