// By when a civil day's quarter-hours must be there.

import { addDays, type CivilDay, dayEnd } from '@contor/intervals'
import type { Trx } from '../../platform/index.ts'
import { type LegalRule, listLegalRules, ruleOf } from './rules.ts'

const hourMs = 3_600_000

/** Instant by which the quarter-hours of a day are due. */
export type Deadlines = (day: CivilDay) => Date

/** The deadlines as the rules stand in this transaction. */
export async function loadDeadlines(trx: Trx): Promise<Deadlines> {
  const rules = await listLegalRules(trx)
  return (day) => deadlineOf(day, rules)
}

/** Instant by which the quarter-hours of `day` are due, by the rules in force on that day. */
export function deadlineOf(day: CivilDay, rules: readonly LegalRule[]): Date {
  const days = ruleOf(rules, 'intervals.due.days', day).value
  const hour = ruleOf(rules, 'intervals.due.hour', day).value
  // Counted back from midnight: the clock never changes in the afternoon, so the hour is the one on the wall.
  return new Date(dayEnd(addDays(day, days)) - (24 - hour) * hourMs)
}
