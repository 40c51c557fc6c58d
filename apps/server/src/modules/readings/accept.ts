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
