// Takes what a session read: marks it, stores it, judges it. One transaction, the caller's.

import { civilDayOf, dayEnd, dayStart, slotsInDay } from '@contor/intervals'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { openExceptions, resolveExceptions } from './exceptions.ts'
import type { IncomingDay } from './profile.ts'
import type { RuleSet } from './ruleSet.ts'
import { clockTolerance } from './rules/clockTolerance.ts'
import { duplicate } from './rules/duplicate.ts'
import { intervalSum } from './rules/intervalSum.ts'
import { missingInterval } from './rules/missingInterval.ts'
import type { Finding } from './rules/rule.ts'
import { spike } from './rules/spike.ts'
import { loadDays, type StoredDay, storeDays } from './store.ts'

export type AcceptContext = {
  readonly meteringPointId: string
  readonly meterId: string
  /** putere avizată, W */
  readonly approvedPowerW: number
  readonly rules: RuleSet
}

/** Stores interval days. @returns the days as they stand, for the gap ledger */
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

/** A register value; `at` in epoch ms, value in Wh or varh. */
export type IndexValue = {
  readonly obis: string
  readonly at: number
  readonly valueWh: number
  readonly exchangeId: number
  readonly row: number
}

/** Stores indexes; one already stored for its instant stays as it is. */
export async function acceptIndexes(
  trx: Trx,
  context: { meteringPointId: string; meterId: string },
  kind: 'daily' | 'instant',
  values: readonly IndexValue[],
): Promise<void> {
  if (values.length === 0) return
  await sql`
    insert into contor.index_reading (metering_point_id, meter_id, obis, at, kind, value_wh, exchange_id, exchange_row)
    select ${context.meteringPointId}::bigint, ${context.meterId}::bigint, t.obis, t.at, ${kind}, t.value, t.exchange, t.row
      from unnest(${values.map((v) => v.obis)}::text[], ${values.map((v) => new Date(v.at).toISOString())}::timestamptz[],
                  ${values.map((v) => v.valueWh)}::bigint[], ${values.map((v) => v.exchangeId)}::bigint[],
                  ${values.map((v) => v.row)}::int[]) as t(obis, at, value, exchange, row)
    on conflict do nothing`.execute(trx)
}

/** An entry of an event log; `at` in epoch ms. */
export type MeterEvent = {
  readonly log: 'standard' | 'fraud' | 'relay'
  readonly at: number
  readonly code: number
  readonly exchangeId: number
  readonly row: number
}

export async function acceptEvents(
  trx: Trx,
  context: { meteringPointId: string; meterId: string },
  events: readonly MeterEvent[],
): Promise<void> {
  if (events.length === 0) return
  await sql`
    insert into contor.meter_event (metering_point_id, meter_id, log, at, code, exchange_id, exchange_row)
    select ${context.meteringPointId}::bigint, ${context.meterId}::bigint, t.*
      from unnest(${events.map((e) => e.log)}::text[], ${events.map((e) => new Date(e.at).toISOString())}::timestamptz[],
                  ${events.map((e) => e.code)}::int[], ${events.map((e) => e.exchangeId)}::bigint[],
                  ${events.map((e) => e.row)}::int[]) as t
    on conflict do nothing`.execute(trx)
}

/** Judges the clock: opens or resolves the exception of the day on which it was read. */
export async function judgeClock(
  trx: Trx,
  context: AcceptContext,
  at: number,
  deviationS: number,
): Promise<void> {
  const day = civilDayOf(at)
  const parameters = context.rules['clock-tolerance'].parameters
  const found = clockTolerance(day, slotsInDay(day), deviationS, parameters)
  await openExceptions(trx, context, found, context.rules)
}

/**
 * Judges whole days that have ended and that were asked for to their end: missing slots, and the sum of the
 * intervals against the indexes of the two midnights.
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
  const findings: Finding[] = []
  for (const day of closed) {
    const slots = slotsInDay(day)
    const from = Math.min(slots, Math.max(0, Math.ceil((expectedFrom - dayStart(day)) / 900_000)))
    const block = byDay.get(day) ?? { day, minutes: 15 as const, channels: [] }
    findings.push(...missingInterval({ block, expected: { from, to: slots } }))
    const start = midnights.get(dayStart(day))
    const end = midnights.get(dayEnd(day))
    if (start && end)
      findings.push(...intervalSum(block, start, end, context.rules['interval-sum'].parameters))
  }
  await openExceptions(trx, context, findings, context.rules)
  await resolveExceptions(trx, context.meteringPointId, 'missing-interval', closed, findings)
  await resolveExceptions(trx, context.meteringPointId, 'interval-sum', closed, findings)
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
  const midnights = new Map<number, Map<string, number>>()
  for (const row of rows) {
    const at = row.at.getTime()
    if (!midnights.has(at)) midnights.set(at, new Map())
    midnights.get(at)?.set(row.obis, Number(row.value_wh))
  }
  return midnights
}
