// Judges what a session brought. One transaction, the caller's.

import { civilDayOf, type DayBlock, dayEnd, dayStart, locate, slotsInDay } from '@contor/intervals'
import {
  clockTolerance,
  dayTypeOf,
  duplicate,
  type ExpectedSlots,
  type Finding,
  overlap,
  remember,
  spike,
  wholeDayWh,
} from '@contor/vee'
import type { Trx } from '../../platform/index.ts'
import { loadFittings } from '../network/index.ts'
import { type IncomingDay, loadDays, type StoredDay, storeDays } from '../readings/index.ts'
import { closingRules, judgeDay } from './dayRules.ts'
import { openExceptions, resolveExceptions } from './exceptions.ts'
import { createFacts } from './facts.ts'
import { loadHistory, saveHistory } from './history.ts'
import { ownIntervals } from './meters.ts'
import type { RuleSet } from './ruleBook.ts'

export type AcceptContext = {
  readonly meteringPointId: string
  readonly meterId: string
  /** putere avizată, W */
  readonly approvedPowerW: number
  readonly producer?: boolean
  readonly rules: RuleSet
}

/**
 * Stores interval days, spikes marked and second values told. Of a meter that was put on or taken off, what it
 * captured while it stood here, times its constant.
 * @param ends ends of the captured periods in the order of the answer, epoch ms
 * @returns the days as they stand, for the gap ledger
 */
export async function acceptDays(
  trx: Trx,
  context: AcceptContext,
  incoming: readonly IncomingDay[],
  ends?: Float64Array,
): Promise<StoredDay[]> {
  const fittings = await loadFittings(trx, context.meteringPointId)
  const days = ownIntervals(fittings, context.meterId, incoming)
  const findings: Finding[] = ends ? overlaps(ends, context.rules) : []
  for (const day of days)
    findings.push(...spike(day.block, context.approvedPowerW, context.rules.spike.parameters))
  const stored = await storeDays(trx, context.meteringPointId, days)
  for (const day of stored) findings.push(...duplicate(day.day, day.conflicts))
  await openExceptions(trx, context, findings, context.rules)
  return stored
}

/** Judges the clock: opens the exception of the day on which it was read. */
export async function judgeClock(
  trx: Trx,
  context: AcceptContext,
  at: number,
  deviationS: number,
): Promise<void> {
  const day = civilDayOf(at)
  const { parameters } = context.rules['clock-tolerance']
  const found = clockTolerance(day, slotsInDay(day), deviationS, parameters)
  await openExceptions(trx, context, found, context.rules)
}

/**
 * Judges whole days that have ended and that were asked for to their end, by every closing rule of the point, and
 * adds them to what is remembered of it.
 * @param expectedFrom instant from which quarter-hours are expected of this point, epoch ms
 * @param settledTo instant up to which nothing is left to ask, epoch ms
 */
export async function judgeDays(
  trx: Trx,
  context: AcceptContext,
  days: readonly string[],
  expectedFrom: number,
  settledTo: number,
): Promise<Finding[]> {
  const closed = [...new Set(days)].filter((day) => dayEnd(day) <= settledTo).sort()
  if (closed.length === 0) return []
  const facts = await createFacts(trx, context, closed)
  const stored = await loadDays(trx, context.meteringPointId, closed[0], closed[closed.length - 1])
  const byDay = new Map(stored.map((s) => [s.day, s.block]))
  const before = await loadHistory(trx, context.meteringPointId)
  let history = before
  const findings: Finding[] = []
  for (const day of closed) {
    const slots = slotsInDay(day)
    const from = Math.min(slots, Math.max(0, Math.ceil((expectedFrom - dayStart(day)) / 900_000)))
    const block: DayBlock = byDay.get(day) ?? { day, minutes: 15, channels: [] }
    const expected: ExpectedSlots = { from, to: slots }
    const dayType = dayTypeOf(day)
    const known = { block, expected, dayType, history, producer: context.producer ?? false }
    findings.push(...judgeDay({ ...(await facts.of(day)), ...known }, context.rules))
    const total = wholeDayWh(block)
    if (total !== undefined) history = remember(history, day, dayType, total)
  }
  if (history !== before) await saveHistory(trx, context.meteringPointId, history)
  await openExceptions(trx, context, findings, context.rules)
  await resolveExceptions(trx, context.meteringPointId, closingRules, closed, findings)
  return findings
}

function overlaps(ends: Float64Array, rules: RuleSet): Finding[] {
  const rule = rules.overlap
  if (!rule) return []
  // Each finding belongs to the day of its entry.
  const days = Map.groupBy(
    [...ends.keys()].filter((i) => !Number.isNaN(ends[i])),
    (i) => civilDayOf(ends[i] - 1),
  )
  return [...days].flatMap(([day, rows]) => {
    const first = rows[0]
    const own = ends.subarray(first > 0 ? first - 1 : 0, rows[rows.length - 1] + 1)
    return overlap(day, own, 900_000, (end) => locate(end - 1).slot, rule.parameters)
  })
}
