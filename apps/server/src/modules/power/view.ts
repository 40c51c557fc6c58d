// Cases and limiters as people look at them.

import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { type CaseKind, type CaseState, caseColumns, type PowerCase } from './store.ts'

export interface CaseRow extends PowerCase {
  readonly pod: string
  readonly name: string
  readonly address: string
  readonly serial: string
  readonly readingMode: string
  readonly relayOutput: boolean | null
}

export interface CaseFilter {
  readonly kind?: CaseKind | undefined
  readonly state?: CaseState | undefined
  readonly open?: boolean | undefined
  readonly meteringPointId?: string | undefined
  readonly search?: string | undefined
}

const rowColumns = sql`${caseColumns}, p.pod, p.name, p.address, p.reading_mode as "readingMode", m.serial,
  m.relay_output as "relayOutput"`
const from = sql`contor.power_case c
  join contor.metering_point p on p.id = c.metering_point_id
  join contor.meter m on m.metering_point_id = c.metering_point_id and m.id = c.meter_id`

/** Newest first. @param after opening (ISO, with microseconds) and id of the last row of the page before */
export async function listCases(
  trx: Trx,
  filter: CaseFilter,
  limit: number,
  after?: readonly [string, string],
): Promise<(CaseRow & { readonly cursorAt: string })[]> {
  const like = filter.search ? `%${filter.search.replace(/[\\%_]/g, '\\$&')}%` : null
  const { rows } = await sql<CaseRow & { cursorAt: string }>`
    select ${rowColumns}, to_char(c.opened_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "cursorAt" from ${from}
     where (${filter.kind ?? null}::text is null or c.kind = ${filter.kind ?? null})
       and (${filter.state ?? null}::text is null or c.state = ${filter.state ?? null})
       and (${filter.open ?? null}::boolean is null or (c.state <> 'closed') = ${filter.open ?? null})
       and (${filter.meteringPointId ?? null}::bigint is null or c.metering_point_id = ${filter.meteringPointId ?? null})
       and (${like}::text is null or p.pod ilike ${like} or p.name ilike ${like} or m.serial ilike ${like})
       and (${after?.[0] ?? null}::timestamptz is null or (c.opened_at, c.id) < (${after?.[0] ?? null}::timestamptz, ${after?.[1] ?? null}::uuid))
     order by c.opened_at desc, c.id desc limit ${limit}`.execute(trx)
  return rows
}

export interface CaseDetail {
  readonly row: CaseRow
  readonly timeline: readonly {
    readonly at: Date
    readonly event: string
    readonly actor: string
    readonly evidence: Record<string, unknown>
    /** `{exchange}.0` of the trace that proves it. */
    readonly trace: string | null
  }[]
}

export async function loadCase(trx: Trx, id: string): Promise<CaseDetail | undefined> {
  const { rows } = await sql<CaseRow>`select ${rowColumns} from ${from} where c.id = ${id}`.execute(trx)
  const row = rows[0]
  if (!row) return undefined
  const events = await sql<CaseDetail['timeline'][number]>`
    select at, event, actor, evidence, exchange_id::text || '.0' as trace from contor.power_case_event
     where metering_point_id = ${row.meteringPointId} and case_id = ${row.id} order by seq`.execute(trx)
  return { row, timeline: events.rows }
}

export interface LimiterView {
  readonly meterId: string
  readonly serial: string
  readonly checkedAt: Date
  readonly thresholdW: number
  readonly overS: number | null
  readonly underS: number | null
  readonly watches: string | null
  readonly trace: string | null
  readonly relayOutput: boolean | null
  readonly relayControl: number | null
}

/** The limiter of the meter that is installed at a point, and its power. */
export async function loadPower(
  trx: Trx,
  pod: string,
): Promise<
  | {
      readonly id: string
      readonly pod: string
      readonly approvedW: number
      readonly readingMode: string
      readonly limiter?: LimiterView
    }
  | undefined
> {
  const { rows } = await sql<{ id: string; pod: string; approvedW: number; readingMode: string }>`
    select id, pod, approved_power_w as "approvedW", reading_mode as "readingMode" from contor.metering_point
     where ${/^[1-9]\d{0,18}$/.test(pod) ? sql`id = ${pod}` : sql`pod = ${pod}`}`.execute(trx)
  const point = rows[0]
  if (!point) return undefined
  const limiters = await sql<LimiterView>`
    select w.meter_id as "meterId", m.serial, w.checked_at as "checkedAt", w.threshold_w as "thresholdW", w.over_s as "overS",
           w.under_s as "underS", w.watches, w.exchange_id::text || '.0' as trace, m.relay_output as "relayOutput",
           m.relay_control as "relayControl"
      from contor.limiter_watch w join contor.meter m on m.metering_point_id = w.metering_point_id and m.id = w.meter_id
     where w.metering_point_id = ${point.id} and m.state <> 'retired' and m.removed_at is null
     order by w.meter_id desc limit 1`.execute(trx)
  return { ...point, ...(limiters.rows[0] && { limiter: limiters.rows[0] }) }
}

export interface MessageCount {
  readonly hour: Date
  readonly outcome: string
  readonly remote: string
  /** As claimed, hex; '' where it is authentic or none was told. */
  readonly systemTitle: string
  readonly count: number
  readonly lastAt: Date
}

/** Messages of meters by hour, newest first. */
export async function listMessageCounts(trx: Trx, limit: number): Promise<MessageCount[]> {
  const { rows } = await sql<MessageCount>`
    select hour, outcome, remote, system_title as "systemTitle", count, last_at as "lastAt"
      from contor.push_count order by hour desc, last_at desc limit ${limit}`.execute(trx)
  return rows
}
