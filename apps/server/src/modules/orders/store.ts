// Orders as rows: loaded with their point, changed by events only.

import { civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { ContorError, type Trx } from '../../platform/index.ts'
import { protectionsOn, type Verifier } from '../commands/index.ts'
import type { LegalRule } from '../legal/index.ts'
import type { Facts } from './facts.ts'
import { figuresOn, loadLaw } from './figures.ts'
import { type Category, type Cause, categoriesOf, type GatePoint, type Verdict } from './gate/gate.ts'
import { after, isEnd, type OrderEventName, type OrderState, type OrderType } from './machine.ts'
import type { Resealed } from './seal.ts'

export interface OrderRef {
  readonly meteringPointId: string
  readonly id: string
}

export interface Order extends OrderRef {
  readonly number: string
  readonly type: OrderType
  readonly cause: string
  readonly requester: string
  readonly requesterReference: string
  readonly requestedBy: string
  readonly supplier: string | null
  readonly batchId: string | null
  readonly reason: string | null
  readonly facts: Facts
  readonly state: OrderState
  readonly route: 'remote' | 'field' | null
  readonly verdict: Verdict | Record<string, never>
  readonly runsAt: Date | null
  readonly dueBy: Date | null
  readonly justifyBy: string | null
  readonly costBearer: 'operator' | 'user'
  readonly commandId: string | null
  readonly approvedBy: string | null
  readonly follows: string | null
  readonly createdAt: Date
  readonly nextAt: Date | null
  readonly endedAt: Date | null
  readonly seal: Buffer | null
  readonly urgent: boolean
  /** When the letter of justification left. */
  readonly justifiedAt: Date | null
}

export const orderColumns = sql`
  o.metering_point_id as "meteringPointId", o.id, o.number, o.type, o.cause, o.requester, o.requester_reference as "requesterReference",
  o.requested_by as "requestedBy", o.supplier, o.batch_id as "batchId", o.reason, o.facts, o.state, o.route, o.verdict,
  o.runs_at as "runsAt", o.due_by as "dueBy", o.justify_by as "justifyBy", o.cost_bearer as "costBearer",
  o.command_id as "commandId", o.approved_by as "approvedBy", o.follows, o.created_at as "createdAt", o.next_at as "nextAt", o.ended_at as "endedAt", o.seal, o.urgent, o.justified_at as "justifiedAt"`

/** Locks an order for a change. */
export async function lockOrder(trx: Trx, ref: OrderRef): Promise<Order | undefined> {
  const { rows } = await sql<Order>`
    select ${orderColumns} from contor.work_order o
     where o.metering_point_id = ${ref.meteringPointId} and o.id = ${ref.id} for update`.execute(trx)
  return rows[0]
}

/** Finds an order that the transaction's actor may see. */
export async function findOrder(trx: Trx, id: string): Promise<Order | undefined> {
  const { rows } =
    await sql<Order>`select ${orderColumns} from contor.work_order o where o.id = ${id}`.execute(trx)
  return rows[0]
}

export interface Point extends GatePoint {
  readonly id: string
  readonly pod: string
  readonly name: string
  readonly address: string
  readonly supplier: string | null
  readonly customer: string | null
  readonly stationId: string
  readonly feeder: string | null
  readonly readingMode: 'smart' | 'amr' | 'manual'
  /** The meter that a command would go to; null where none is integrated. */
  readonly meterId: string | null
  readonly relayOutput: boolean | null
  readonly relayControl: number | null
  readonly limiterThresholdW: number | null
}

/**
 * A point as orders see it, by id or POD. Integrated: a commissioned meter with a relay that is read from afar.
 * @param day protections of this civil day
 */
export async function findPoint(
  trx: Trx,
  verifier: Verifier,
  idOrPod: string,
  day: string,
): Promise<Point | undefined> {
  const byId = /^[1-9]\d{0,18}$/.test(idOrPod)
  const { rows } = await sql<
    Omit<Point, 'integrated' | 'protections'> & { state: string | null; kept: boolean }
  >`
    select p.id, p.pod, p.name, p.address, p.kind, p.approved_power_w as "approvedPowerW", p.supplier, p.customer,
           p.station_id as "stationId", p.feeder, p.reading_mode as "readingMode",
           m.id as "meterId", m.state, m.relay_output as "relayOutput", m.relay_control as "relayControl", m.limiter_threshold_w as "limiterThresholdW",
           exists (select from contor.point_protection t where t.metering_point_id = p.id) as kept
      from contor.metering_point p
      left join lateral (select * from contor.meter m where m.metering_point_id = p.id and m.state <> 'retired' and m.removed_at is null
                          order by m.id desc limit 1) m on true
     where ${byId ? sql`p.id = ${idOrPod}` : sql`p.pod = ${idOrPod}`}`.execute(trx)
  const row = rows[0]
  if (!row) return undefined
  const { state, kept, ...point } = row
  // Few points ever were: the others are not asked a second time.
  const protections = kept
    ? await protectionsOn(trx, verifier, day, sql`p.metering_point_id = ${row.id}`)
    : undefined
  return {
    ...point,
    protections: protections?.get(row.id) ?? [],
    integrated: point.readingMode !== 'manual' && state === 'commissioned' && point.relayOutput !== null,
  }
}

/**
 * The cause that held on a day for a point of this kind.
 * @param law the rows of law, where the caller has them
 * @throws ContorError 'invalid-request'
 */
export async function findCause(
  trx: Trx,
  code: string,
  type: OrderType,
  point: Pick<GatePoint, 'kind' | 'approvedPowerW'>,
  day: string,
  law?: readonly LegalRule[],
): Promise<Cause> {
  const categories = categoriesOf(point, figuresOn(law ?? (await loadLaw(trx)), day).smallUpToW)
  const { rows } = await sql<Cause>`
    select distinct on (code, category) ${causeColumns} from contor.order_cause
     where code = ${code} and valid_from <= ${day}::date and category = any(${[...categories]}::text[])
     order by code, category, valid_from desc`.execute(trx)
  const rank = (category: Category) => categories.indexOf(category)
  const cause = [...rows].sort((a, b) => rank(a.category) - rank(b.category))[0]
  if (cause?.types.includes(type)) return cause
  const known = await sql<{ code: string }>`
    select distinct code from contor.order_cause where ${type} = any(types) and category = any(${[...categories]}::text[]) order by 1`.execute(
    trx,
  )
  throw new ContorError(
    'invalid-request',
    cause ? `Cause ${code} is none of ${type}` : `No cause ${code} for a consumer of this kind on ${day}`,
    {
      field: 'cause',
      value: code,
      remedy: `Causes of ${type} here: ${known.rows.map((row) => row.code).join(', ') || 'none'}.`,
    },
  )
}

/** The cause of an order, as it held when it was asked for. */
export const causeOf = (
  trx: Trx,
  order: Order,
  point: Pick<GatePoint, 'kind' | 'approvedPowerW'>,
  law?: readonly LegalRule[],
): Promise<Cause> =>
  findCause(trx, order.cause, order.type, point, civilDayOf(order.createdAt.getTime()), law)

export const causeColumns = sql`
  code, category, types, notice_days as "noticeDays", notice_unit as "noticeUnit", debt_days as "debtDays", cures,
  working_days_only as "workingDaysOnly", user_pays as "userPays", justify_days as "justifyDays", resupply_days as "resupplyDays",
  resupply_unit as "resupplyUnit", title_ro as "titleRo", title_en as "titleEn", source`

/** What an event changes besides the state. */
export interface OrderChange {
  /** Facts and agreement change under a new seal only. */
  readonly sealed?: Resealed
  readonly route?: 'remote' | 'field'
  readonly verdict?: Verdict
  readonly runsAt?: Date | null
  readonly dueBy?: Date
  readonly justifyBy?: string
  readonly costBearer?: 'operator' | 'user'
  readonly commandId?: string | null
  readonly nextAt?: Date | null
  readonly justifiedAt?: Date
}

export interface EventInput {
  readonly actor: string
  readonly at: number
  readonly evidence?: object
}

/**
 * One step of an order: the event on record and what it changes, in the caller's transaction, with the order locked.
 * @throws ContorError 'conflict' when the event may not happen in the order's state
 */
export async function applyEvent(
  trx: Trx,
  order: Order,
  event: OrderEventName,
  input: EventInput,
  change: OrderChange = {},
): Promise<Order> {
  const next = after(order.state, event)
  if (!next)
    throw new ContorError(
      'conflict',
      `Order ${order.number} is ${order.state}: ${event} is not possible there`,
      {
        field: 'state',
        value: order.state,
        remedy: 'Read the order again: it has moved on.',
      },
    )
  await writeEvent(trx, order, event, order.state, next, input)
  return writeOrder(
    trx,
    { ...order, state: next, endedAt: isEnd(next) ? new Date(input.at) : null },
    {
      ...change,
      ...(isEnd(next) ? { nextAt: null } : {}),
    },
  )
}

/** A line in the order's record that changes facts and not the state. */
export async function noteEvent(
  trx: Trx,
  order: Order,
  event: string,
  input: EventInput,
  change: OrderChange = {},
): Promise<Order> {
  await writeEvent(trx, order, event, order.state, order.state, input)
  return writeOrder(trx, order, change)
}

export async function writeEvent(
  trx: Trx,
  ref: OrderRef,
  event: string,
  from: OrderState | null,
  to: OrderState,
  { actor, at, evidence = {} }: EventInput,
): Promise<void> {
  await sql`
    insert into contor.order_event (metering_point_id, order_id, seq, at, event, from_state, to_state, actor, evidence)
    select ${ref.meteringPointId}::bigint, ${ref.id}::uuid, coalesce(max(seq), 0) + 1, ${new Date(at)}::timestamptz, ${event}, ${from}, ${to}, ${actor}, ${JSON.stringify(evidence)}::jsonb
      from contor.order_event where metering_point_id = ${ref.meteringPointId} and order_id = ${ref.id}`.execute(
    trx,
  )
}

async function writeOrder(trx: Trx, order: Order, { sealed, ...change }: OrderChange): Promise<Order> {
  const changed = { ...order, ...change, ...sealed }
  await sql`
    update contor.work_order set state = ${changed.state}, facts = ${JSON.stringify(changed.facts)}::jsonb, route = ${changed.route},
           verdict = ${JSON.stringify(changed.verdict)}::jsonb, runs_at = ${changed.runsAt}, due_by = ${changed.dueBy}, justify_by = ${changed.justifyBy}::date,
           cost_bearer = ${changed.costBearer}, command_id = ${changed.commandId}, approved_by = ${changed.approvedBy}, seal = ${changed.seal},
           next_at = ${changed.nextAt}, ended_at = ${changed.endedAt}, justified_at = ${changed.justifiedAt}
     where metering_point_id = ${order.meteringPointId} and id = ${order.id}`.execute(trx)
  return changed
}

/** Puts off the next look, and nothing else. */
export async function lookAgain(trx: Trx, ref: OrderRef, at: number | null): Promise<void> {
  await sql`update contor.work_order set next_at = ${at === null ? null : new Date(at)}
             where metering_point_id = ${ref.meteringPointId} and id = ${ref.id}`.execute(trx)
}

/** Whether the order was ever sent or ended: its record is only added to, so this cannot be taken back. */
export async function hasLeft(trx: Trx, ref: OrderRef): Promise<boolean> {
  const { rows } = await sql`
    select 1 from contor.order_event where metering_point_id = ${ref.meteringPointId} and order_id = ${ref.id}
       and to_state not in ('waiting', 'approval', 'ready') limit 1`.execute(trx)
  return rows.length > 0
}
