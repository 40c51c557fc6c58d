// Judges what a session brought. One transaction, the caller's.

import { civilDayOf, type DayBlock, dayEnd, dayStart, slotsInDay } from '@contor/intervals'
import {
  clockTolerance,
  dayTypeOf,
  duplicate,
  type Finding,
  type MidnightIndexes,
  remember,
  spike,
  wholeDayWh,
} from '@contor/vee'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { type IncomingDay, loadDays, type StoredDay, storeDays } from '../readings/index.ts'
import { closingRules, judgeDay } from './dayRules.ts'
import { openExceptions, resolveExceptions } from './exceptions.ts'
import { loadHistory, saveHistory } from './history.ts'
import type { RuleSet } from './ruleBook.ts'

export type AcceptContext = {
  readonly meteringPointId: string
  readonly meterId: string
  /** putere avizată, W */
  readonly approvedPowerW: number
  readonly producer?: boolean
  readonly rules: RuleSet
}

/** Stores interval days, spikes marked and second values told. @returns the days as they stand, for the gap ledger */
export async function acceptDays(
  trx: Trx,
  context: AcceptContext,
  days: readonly IncomingDay[],
): Promise<StoredDay[]> {
  const findings: Finding[] = []
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
  const stored = await loadDays(trx, context.meteringPointId, closed[0], closed[closed.length - 1])
  const byDay = new Map(stored.map((s) => [s.day, s.block]))
  const midnights = await loadMidnights(trx, context, closed)
  const before = await loadHistory(trx, context.meteringPointId)
  let history = before
  const findings: Finding[] = []
  for (const day of closed) {
    const slots = slotsInDay(day)
    const from = Math.min(slots, Math.max(0, Math.ceil((expectedFrom - dayStart(day)) / 900_000)))
    const block: DayBlock = byDay.get(day) ?? { day, minutes: 15, channels: [] }
    const start = midnights.get(dayStart(day))
    const end = midnights.get(dayEnd(day))
    const dayType = dayTypeOf(day)
    const facts = {
      block,
      expected: { from, to: slots },
      approvedPowerW: context.approvedPowerW,
      producer: context.producer ?? false,
      dayType,
      history,
      ...(start && end ? { midnights: { start, end } } : {}),
    }
    findings.push(...judgeDay(facts, context.rules))
    const total = wholeDayWh(block)
    if (total !== undefined) history = remember(history, day, dayType, total)
  }
  if (history !== before) await saveHistory(trx, context.meteringPointId, history)
  await openExceptions(trx, context, findings, context.rules)
  await resolveExceptions(trx, context.meteringPointId, closingRules, closed, findings)
  return findings
}

async function loadMidnights(
  trx: Trx,
  context: AcceptContext,
  days: readonly string[],
): Promise<Map<number, Map<string, number>>> {
  const first = new Date(dayStart(days[0])).toISOString()
  const last = new Date(dayEnd(days[days.length - 1])).toISOString()
  const { rows } = await sql<{ at: Date; obis: string; value_wh: string }>`
    select at, obis, value_wh from contor.index_reading
     where metering_point_id = ${context.meteringPointId} and meter_id = ${context.meterId} and kind = 'daily'
       and at between ${first} and ${last}`.execute(trx)
  return midnightsOf(rows)
}

/** Rows of daily indexes by their midnight, epoch ms, and OBIS code. */
export function midnightsOf(
  rows: readonly { readonly at: Date; readonly obis: string; readonly value_wh: string }[],
): Map<number, Map<string, number> & MidnightIndexes> {
  const midnights = new Map<number, Map<string, number>>()
  for (const row of rows) {
    const at = row.at.getTime()
    if (!midnights.has(at)) midnights.set(at, new Map())
    midnights.get(at)?.set(row.obis, Number(row.value_wh))
  }
  return midnights
}
