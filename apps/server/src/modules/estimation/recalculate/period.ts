// The period of a recalculation: from the known start of the fault, else from the first month after the last
// metrological check, and never further back than the law allows.

import { addDays } from '@contor/intervals'
import { ContorError } from '../../../platform/index.ts'
import { type RecalculationRule, ruleOn } from './law.ts'

export type PeriodInput = {
  /** Civil day on which the fault was found. */
  readonly foundOn: string
  /** Last civil day of faulty metering: the day before the meter was exchanged or put right. */
  readonly lastDay: string
  /** When it is known since when the meter was wrong. */
  readonly knownStart?: string | undefined
  readonly lastCheck?: string | undefined
}

export type RecalculationPeriod = {
  readonly from: string
  readonly to: string
  readonly startBy: 'known-start' | 'month-after-last-check' | 'limit'
  /** The first day that the limit allows. */
  readonly earliest: string
  readonly rule: RecalculationRule
}

/** @throws ContorError 'invalid-request' without any start, or when nothing is left of the period */
export function periodOf({ foundOn, lastDay, knownStart, lastCheck }: PeriodInput): RecalculationPeriod {
  const rule = ruleOn(foundOn)
  const earliest = monthsBefore(foundOn, rule.mostMonths)
  if (knownStart === undefined && lastCheck === undefined)
    throw refuse('lastCheck', null, 'Give the start of the fault, or the day of the last metrological check.')
  const begun = knownStart ?? monthAfter(lastCheck ?? '')
  const limited = begun < earliest && (knownStart === undefined || rule.limitsKnownStart)
  const from = limited ? earliest : begun
  if (from > lastDay)
    throw refuse('lastDay', lastDay, `The period would begin on ${from}, after its last day.`)
  const startBy = limited ? 'limit' : knownStart === undefined ? 'month-after-last-check' : 'known-start'
  return { from, to: lastDay, startBy, earliest, rule }
}

const refuse = (field: string, value: unknown, remedy: string) =>
  new ContorError('invalid-request', 'There is no period to recalculate', { field, value, remedy })

/** The first day of the month that follows. */
function monthAfter(day: string): string {
  const [year, month] = day.split('-').map(Number)
  return month === 12 ? `${year + 1}-01-01` : `${year}-${String(month + 1).padStart(2, '0')}-01`
}

/** The same date so many months earlier; the last of a shorter month. */
function monthsBefore(day: string, months: number): string {
  const [year, month, date] = day.split('-').map(Number)
  const count = year * 12 + month - 1 - months
  const first = `${Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, '0')}-01`
  const last = addDays(monthAfter(first), -1)
  const same = `${first.slice(0, 8)}${String(date).padStart(2, '0')}`
  return same <= last ? same : last
}
