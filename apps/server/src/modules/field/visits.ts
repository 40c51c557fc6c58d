// Visits as crews and operators read them: what is needed at the point, and nothing of the debt.

import { sql } from 'kysely'
import type { Actor, Trx } from '../../platform/index.ts'

export interface Visit {
  readonly meteringPointId: string
  readonly id: string
  /** `exchange`: the meter gives way to another, and no order asks for it. */
  readonly task: 'order' | 'exchange'
  readonly orderId: string | null
  readonly seq: number
  readonly crew: string | null
  readonly visitOn: string
  readonly why: string
  readonly state: 'open' | 'done' | 'postponed' | 'impossible' | 'withdrawn' | 'conflict'
  readonly endedAt: Date | null
  /** Of the order, or of the exchange that was planned. */
  readonly orderNumber: string
  readonly orderType: string | null
  readonly dueBy: Date | null
  readonly causeRo: string
  readonly causeEn: string
  readonly causeSource: string
  readonly pod: string
  readonly pointName: string
  readonly address: string
  readonly approvedPowerW: number
  readonly phases: number
  readonly station: string
  readonly stationName: string
  readonly latitude: number | null
  readonly longitude: number | null
  readonly feeder: string | null
  readonly serial: string | null
  readonly model: string | null
  readonly recordNumber: string | null
}

/** A visit that an order asked for. */
export type OrderVisit = Visit & { readonly orderId: string; readonly orderType: string }
export const isOfOrder = (visit: Visit): visit is OrderVisit => visit.task === 'order'

/** Of which crews the actor sees visits: its own, or every one with the eyes of an operator. */
const own = (actor: Actor) =>
  actor.role === 'crew'
    ? sql`v.crew in (select m.crew from contor.field_crew_member m where m.subject = ${actor.subject} and (m.valid_to is null or m.valid_to > now()))`
    : sql`${actor.scope === 'all'}`

/** The operator replaces meters at their terms, worn or broken ones, and for an integration. */
const exchangeSource = 'ANRE 90/2015 an. 2, 6.6, 6.14'

const selectVisits = sql`
  select v.metering_point_id as "meteringPointId", v.id, v.task, v.order_id as "orderId", v.seq, v.crew, v.visit_on::text as "visitOn", v.why, v.state,
         v.ended_at as "endedAt", coalesce(o.number, v.number) as "orderNumber", o.type as "orderType", o.due_by as "dueBy",
         coalesce(c.title_ro, o.cause, v.reason) as "causeRo", coalesce(c.title_en, o.cause, v.reason) as "causeEn",
         coalesce(c.source, case v.task when 'exchange' then ${exchangeSource} else '' end) as "causeSource",
         p.pod, p.name as "pointName", p.address, p.approved_power_w as "approvedPowerW", p.phases, s.code as station, s.name as "stationName",
         s.latitude, s.longitude, p.feeder, m.serial, m.model, r.number as "recordNumber"
    from contor.field_visit v
    left join contor.work_order o on o.metering_point_id = v.metering_point_id and o.id = v.order_id
    join contor.metering_point p on p.id = v.metering_point_id
    join contor.station s on s.id = p.station_id
    left join lateral (select title_ro, title_en, source from contor.order_cause c where c.code = o.cause and c.valid_from <= o.created_at
                        order by valid_from desc limit 1) c on true
    left join lateral (select serial, model from contor.meter m where m.metering_point_id = p.id and m.state <> 'retired' and m.removed_at is null
                        order by m.id desc limit 1) m on true
    left join contor.field_record r on r.metering_point_id = v.metering_point_id and r.visit_id = v.id`

/**
 * The route of a crew: open visits and those that ended in the last days, by day, station, feeder and address.
 * Row-level security hides the points that are not granted; the crew's own visits are asked for here.
 */
export async function listVisits(
  trx: Trx,
  actor: Actor,
  { task, limit = 500 }: { readonly task?: Visit['task']; readonly limit?: number } = {},
): Promise<Visit[]> {
  const { rows } = await sql<Visit>`
    ${selectVisits} where ${own(actor)} and (v.state = 'open' or v.ended_at > now() - interval '2 days')
       and (${task ?? null}::text is null or v.task = ${task ?? null})
     order by v.state <> 'open', v.visit_on, s.code, p.feeder nulls last, p.address, "orderNumber" limit ${limit}`.execute(
    trx,
  )
  return rows
}

/** A visit that the actor may see. */
export async function findVisit(trx: Trx, actor: Actor, id: string): Promise<Visit | undefined> {
  const { rows } = await sql<Visit>`${selectVisits} where v.id = ${id} and ${own(actor)}`.execute(trx)
  return rows[0]
}

export interface StoredRecord {
  readonly id: string
  readonly number: string
  readonly content: string
  readonly sha256: Buffer
  readonly recordedBy: string
  readonly receivedAt: Date
  readonly effect: 'received' | 'executed' | 'postponed' | 'failed' | 'conflict' | 'none'
  readonly answer: Record<string, unknown>
  readonly reconnect: 'none' | 'due' | 'made'
}

export async function findRecord(
  trx: Trx,
  visit: Pick<Visit, 'meteringPointId' | 'id'>,
): Promise<StoredRecord | undefined> {
  const { rows } = await sql<StoredRecord>`
    select id, number, content, sha256, recorded_by as "recordedBy", received_at as "receivedAt", effect, answer, reconnect
      from contor.field_record where metering_point_id = ${visit.meteringPointId} and visit_id = ${visit.id}`.execute(
    trx,
  )
  return rows[0]
}
