// Orders as people and programs read them.

import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { namesOf } from '../access/index.ts'
import { type CommandView, commandsOf } from '../commands/index.ts'
import type { OrderState, OrderType } from './machine.ts'
import { type Order, orderColumns } from './store.ts'

export interface OrderListRow extends Order {
  readonly pod: string
  readonly pointName: string
  readonly address: string
  readonly stationId: string
  readonly station: string
}

export interface OrderFilter {
  readonly state?: OrderState | undefined
  readonly open?: boolean | undefined
  /** A letter of justification is due and has not left. */
  readonly toJustify?: boolean | undefined
  readonly type?: OrderType | undefined
  readonly meteringPointId?: string | undefined
  readonly stationId?: string | undefined
  readonly route?: 'remote' | 'field' | undefined
  readonly search?: string | undefined
}

/** Newest first; keyset by creation and id. */
export async function listOrders(
  trx: Trx,
  filter: OrderFilter,
  limit: number,
  after?: readonly [createdAt: string, id: string],
): Promise<OrderListRow[]> {
  const { rows } = await sql<OrderListRow>`
    select ${orderColumns}, p.pod, p.name as "pointName", p.address, p.station_id as "stationId", s.code as station
      from contor.work_order o
      join contor.metering_point p on p.id = o.metering_point_id
      join contor.station s on s.id = p.station_id
     where ${matches(filter)}
       and (${after?.[0] ?? null}::timestamptz is null or (o.created_at, o.id) < (${after?.[0] ?? null}::timestamptz, ${after?.[1] ?? null}::uuid))
     order by o.created_at desc, o.id desc limit ${limit}`.execute(trx)
  return rows
}

const matches = (filter: OrderFilter) => sql`
      (${filter.state ?? null}::text is null or o.state = ${filter.state ?? null})
  and (${filter.open ?? null}::boolean is null or (o.ended_at is null) = ${filter.open ?? null}::boolean)
  and (${filter.toJustify ?? null}::boolean is null or (o.justify_by is not null and o.justified_at is null) = ${filter.toJustify ?? null}::boolean)
  and (${filter.type ?? null}::text is null or o.type = ${filter.type ?? null})
  and (${filter.route ?? null}::text is null or o.route = ${filter.route ?? null})
  and (${filter.meteringPointId ?? null}::bigint is null or o.metering_point_id = ${filter.meteringPointId ?? null})
  and (${filter.stationId ?? null}::bigint is null or p.station_id = ${filter.stationId ?? null})
  and (${filter.search ?? null}::text is null or o.number ilike ${`%${filter.search ?? ''}%`} or o.requester_reference ilike ${`%${filter.search ?? ''}%`}
       or p.search like '%' || contor.fold(${filter.search ?? ''}) || '%')`

export interface OrderEvent {
  readonly at: Date
  readonly event: string
  readonly from: OrderState | null
  readonly to: OrderState
  readonly actor: string
  readonly evidence: Record<string, unknown>
}
export interface OrderMessage {
  readonly id: string
  readonly recipient: string
  readonly kind: string
  readonly body: Record<string, unknown>
  readonly createdAt: Date
  readonly state: string
  readonly deliveredAt: Date | null
}
export interface OrderLink {
  readonly id: string
  readonly number: string
}
export interface OrderDetail {
  readonly order: OrderListRow
  readonly timeline: readonly OrderEvent[]
  readonly commands: readonly CommandView[]
  readonly messages: readonly OrderMessage[]
  /** Of the persons of the timeline, as far as the asker may know them. */
  readonly names: Readonly<Record<string, string>>
  readonly before: OrderLink | null
  /** The order that undoes this one. */
  readonly after: OrderLink | null
  readonly causeTitle: { readonly ro: string; readonly en: string; readonly source: string }
}

/** An order with everything that proves what it says. */
export async function loadOrder(trx: Trx, id: string): Promise<OrderDetail | undefined> {
  const { rows } = await sql<
    OrderListRow &
      Pick<OrderDetail, 'before' | 'after'> & {
        titleRo: string | null
        titleEn: string | null
        source: string | null
      }
  >`
    select ${orderColumns}, p.pod, p.name as "pointName", p.address, p.station_id as "stationId", coalesce(s.code, '') as station,
           c.title_ro as "titleRo", c.title_en as "titleEn", c.source,
           (select jsonb_build_object('id', b.id, 'number', b.number) from contor.work_order b
             where b.metering_point_id = o.metering_point_id and b.id = o.follows) as before,
           (select jsonb_build_object('id', a.id, 'number', a.number) from contor.work_order a
             where a.metering_point_id = o.metering_point_id and a.follows = o.id order by a.created_at desc limit 1) as after
      from contor.work_order o
      join contor.metering_point p on p.id = o.metering_point_id
      left join contor.station s on s.id = p.station_id
      left join lateral (select title_ro, title_en, source from contor.order_cause c where c.code = o.cause and c.valid_from <= o.created_at
                          order by valid_from desc limit 1) c on true
     where o.id = ${id}`.execute(trx)
  if (!rows[0]) return undefined
  const { titleRo, titleEn, source, before, after, ...order } = rows[0]
  const timeline = await sql<OrderEvent>`
    select at, event, from_state as "from", to_state as "to", actor, evidence from contor.order_event
     where metering_point_id = ${order.meteringPointId} and order_id = ${id} order by seq`.execute(trx)
  const messages = await sql<OrderMessage>`
    select id, recipient, kind, body, created_at as "createdAt", state, delivered_at as "deliveredAt" from contor.message
     where metering_point_id = ${order.meteringPointId} and order_id = ${id} order by created_at, id`.execute(
    trx,
  )
  return {
    order,
    timeline: timeline.rows,
    commands: await commandsOf(trx, order.meteringPointId, id),
    messages: messages.rows,
    names: await namesOf(trx, [
      order.requestedBy,
      order.approvedBy,
      ...timeline.rows.map(({ actor }) => actor),
    ]),
    before,
    after,
    causeTitle: { ro: titleRo ?? order.cause, en: titleEn ?? order.cause, source: source ?? '' },
  }
}
