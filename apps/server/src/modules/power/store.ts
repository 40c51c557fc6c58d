// Cases of power as rows: opened, noted, closed. What happened is added and never changed.

import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'

export const caseKinds = ['over-power', 'threshold', 'repeated', 'register'] as const
export const caseStates = ['open', 'operator', 'closed'] as const
export type CaseKind = (typeof caseKinds)[number]
export type CaseState = (typeof caseStates)[number]

export interface CaseRef {
  readonly meteringPointId: string
  readonly id: string
}

export interface PowerCase extends CaseRef {
  readonly meterId: string
  readonly kind: CaseKind
  /** `operator`: a person has to look. */
  readonly state: CaseState
  readonly openedAt: Date
  readonly trippedAt: Date | null
  readonly loadW: number | null
  readonly loadSource: 'meter' | 'profile' | null
  readonly thresholdW: number | null
  readonly approvedW: number
  readonly told: readonly string[]
  readonly commandId: string | null
  readonly nextAt: Date | null
  readonly closedAt: Date | null
  readonly closedBy: string | null
}

export const caseColumns = sql`
  c.metering_point_id as "meteringPointId", c.id, c.meter_id as "meterId", c.kind, c.state, c.opened_at as "openedAt",
  c.tripped_at as "trippedAt", c.load_w as "loadW", c.load_source as "loadSource", c.threshold_w as "thresholdW",
  c.approved_w as "approvedW", c.told, c.command_id as "commandId", c.next_at as "nextAt", c.closed_at as "closedAt",
  c.closed_by as "closedBy"`

export interface CaseEvent {
  readonly event: string
  readonly actor: string
  readonly evidence?: object
  readonly exchangeId?: string | number | null | undefined
}

export type NewCase = Pick<PowerCase, 'meteringPointId' | 'meterId' | 'kind' | 'approvedW'> &
  Partial<Pick<PowerCase, 'state' | 'trippedAt' | 'loadW' | 'loadSource' | 'thresholdW' | 'nextAt'>>

/** @returns undefined when such a case is open, or was opened for the same trip */
export async function openCase(trx: Trx, input: NewCase, event: CaseEvent): Promise<PowerCase | undefined> {
  const { rows } = await sql<PowerCase>`
    insert into contor.power_case as c (metering_point_id, id, meter_id, kind, state, opened_at, tripped_at, load_w, load_source,
           threshold_w, approved_w, next_at)
    values (${input.meteringPointId}, ${randomUUID()}, ${input.meterId}, ${input.kind}, ${input.state ?? 'open'}, clock_timestamp(),
            ${input.trippedAt ?? null}, ${input.loadW ?? null}, ${input.loadSource ?? null}, ${input.thresholdW ?? null},
            ${input.approvedW}, ${input.nextAt ?? null})
    on conflict do nothing returning ${caseColumns}`.execute(trx)
  const opened = rows[0]
  if (opened) await noteCase(trx, opened, event)
  return opened
}

export async function noteCase(trx: Trx, ref: CaseRef, event: CaseEvent): Promise<void> {
  // The case's row is locked by whoever notes something.
  await sql`
    insert into contor.power_case_event (metering_point_id, case_id, seq, at, event, actor, evidence, exchange_id)
    select ${ref.meteringPointId}::bigint, ${ref.id}::uuid, coalesce(max(seq), 0) + 1, clock_timestamp(), ${event.event}, ${event.actor},
           ${JSON.stringify(event.evidence ?? {})}::jsonb, ${event.exchangeId ?? null}::bigint
      from contor.power_case_event where metering_point_id = ${ref.meteringPointId} and case_id = ${ref.id}`.execute(
    trx,
  )
}

type Change = Partial<
  Pick<PowerCase, 'state' | 'commandId' | 'nextAt' | 'loadW' | 'loadSource' | 'thresholdW'>
>

export async function changeCase(trx: Trx, found: PowerCase, change: Change): Promise<PowerCase> {
  const next = { ...found, ...change }
  await sql`
    update contor.power_case set state = ${next.state}, command_id = ${next.commandId}, next_at = ${next.nextAt}, load_w = ${next.loadW},
           load_source = ${next.loadSource}, threshold_w = ${next.thresholdW}
     where metering_point_id = ${found.meteringPointId} and id = ${found.id}`.execute(trx)
  return next
}

/** @param at epoch ms of what ended it */
export async function closeCase(
  trx: Trx,
  found: PowerCase,
  by: string,
  at: number,
  event: Omit<CaseEvent, 'event'>,
): Promise<void> {
  await sql`
    update contor.power_case set state = 'closed', closed_at = ${new Date(at)}, closed_by = ${by}, next_at = null, command_id = null
     where metering_point_id = ${found.meteringPointId} and id = ${found.id}`.execute(trx)
  await noteCase(trx, found, { ...event, event: 'closed', evidence: { by, ...event.evidence } })
}

export async function addTold(trx: Trx, found: PowerCase, kind: string): Promise<void> {
  await sql`update contor.power_case set told = told || ${[kind]}::text[]
             where metering_point_id = ${found.meteringPointId} and id = ${found.id}`.execute(trx)
  await noteCase(trx, found, { event: 'told', actor: 'power', evidence: { kind } })
}

export async function lockCase(trx: Trx, ref: CaseRef): Promise<PowerCase | undefined> {
  const { rows } = await sql<PowerCase>`
    select ${caseColumns} from contor.power_case c
     where c.metering_point_id = ${ref.meteringPointId} and c.id = ${ref.id} for update`.execute(trx)
  return rows[0]
}

/** Cases of a meter that have not ended, locked. */
export async function openCasesOf(trx: Trx, meteringPointId: string, meterId: string): Promise<PowerCase[]> {
  const { rows } = await sql<PowerCase>`
    select ${caseColumns} from contor.power_case c
     where c.metering_point_id = ${meteringPointId} and c.meter_id = ${meterId} and c.state <> 'closed' for update`.execute(
    trx,
  )
  return rows
}
