// Takes what a session read beside the intervals: indexes and events. One transaction, the caller's.

import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'

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
  /** Power and threshold of the moment, W, where the log tells them. */
  readonly loadW?: number
  readonly thresholdW?: number
}

/** @returns how many were not known before */
export async function acceptEvents(
  trx: Trx,
  context: { meteringPointId: string; meterId: string },
  events: readonly MeterEvent[],
): Promise<number> {
  if (events.length === 0) return 0
  const { numAffectedRows } = await sql`
    insert into contor.meter_event (metering_point_id, meter_id, log, at, code, exchange_id, exchange_row, load_w, threshold_w)
    select ${context.meteringPointId}::bigint, ${context.meterId}::bigint, t.*
      from unnest(${events.map((e) => e.log)}::text[], ${events.map((e) => new Date(e.at).toISOString())}::timestamptz[],
                  ${events.map((e) => e.code)}::int[], ${events.map((e) => e.exchangeId)}::bigint[],
                  ${events.map((e) => e.row)}::int[], ${events.map((e) => e.loadW ?? null)}::int[],
                  ${events.map((e) => e.thresholdW ?? null)}::int[]) as t
    on conflict do nothing`.execute(trx)
  return Number(numAffectedRows ?? 0n)
}

/** Currents of the phases, OBIS 31.7.0, 51.7.0 and 71.7.0. */
const phaseCurrents = ['1.0.31.7.0.255', '1.0.51.7.0.255', '1.0.71.7.0.255']

/** Stores the currents of the three phases of a moment; nothing when the meter lacks one of them. */
export async function acceptCurrents(
  trx: Trx,
  context: { meteringPointId: string; meterId: string },
  at: number,
  exchangeId: number,
  values: readonly { readonly obis: string; readonly value: number }[],
): Promise<void> {
  const [l1, l2, l3] = phaseCurrents.map((obis) => values.find((value) => value.obis === obis)?.value)
  if (l1 === undefined || l2 === undefined || l3 === undefined) return
  const milli = (current: number) => Math.round(current * 1_000)
  await sql`
    insert into contor.phase_current (metering_point_id, meter_id, at, l1_ma, l2_ma, l3_ma, exchange_id)
    values (${context.meteringPointId}, ${context.meterId}, ${new Date(at)}, ${milli(l1)}, ${milli(l2)}, ${milli(l3)}, ${exchangeId})
    on conflict do nothing`.execute(trx)
}
