// Orders come in: validated with reasons, once for each reference of the requester.

import { createHash, randomUUID } from 'node:crypto'
import { civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import {
  type Actor,
  asSystem,
  ContorError,
  type Db,
  systemActor,
  type Trx,
  withActor,
} from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import type { Signer } from '../commands/index.ts'
import type { Facts } from './facts.ts'
import { type Figures, figuresOn, loadLaw } from './figures.ts'
import { actionOf, isUrgent, type OrderType, orderTypes } from './machine.ts'
import { sealOrder } from './seal.ts'
import { findCause, findOrder, findPoint, type Order, type Point, writeEvent } from './store.ts'

export interface OrderRequest {
  readonly type: OrderType
  /** Id or POD. */
  readonly meteringPoint: string
  /** Default: the usual one of the type, where there is one. */
  readonly cause?: string | undefined
  /** The requester's own name for it: the same reference is the same order. */
  readonly requesterReference: string
  readonly reason?: string | undefined
  /** Since when the debt runs, civil day. */
  readonly debtSince?: string | undefined
  readonly debtBani?: number | undefined
  readonly protectionReason?: string | undefined
  readonly notBefore?: string | undefined
  /** Of a temporary suspension: the civil day on which supply comes back. */
  readonly until?: string | undefined
}

/** Types that a requester may ask for. */
const typesOf: Readonly<Partial<Record<Actor['role'], readonly OrderType[]>>> = {
  supplier: orderTypes,
  customer: ['DECO_C', 'RECO_C'],
  operator: orderTypes,
  admin: orderTypes,
  system: orderTypes,
}

const usualCause: Readonly<Partial<Record<OrderType, string>>> = {
  RECO_R: 'RESUPPLY',
  RECO_C: 'RESUPPLY',
  ACTIV_FURNIZARE: 'RESUPPLY',
  DECO_C: 'CLIENT',
  REZ_CONTR: 'CLIENT',
  REZ_FURNIZOR: 'CG-7.1-a',
}

/** What verbs that write orders need: the seal is made where the signing key is. */
export interface OrderDesk {
  readonly db: Db
  readonly signer: Signer
}

export interface CreateOptions {
  readonly now: number
  readonly batchId?: string
  /** The order whose effect this one undoes. */
  readonly follows?: string
}

/** The request as it would be stored, with its point; everything wrong with it is thrown. @throws ContorError */
export async function validateRequest(
  { db, signer }: OrderDesk,
  actor: Actor,
  request: OrderRequest,
  now: number,
): Promise<{ readonly point: Point; readonly cause: string; readonly facts: Facts }> {
  const allowed = typesOf[actor.role] ?? []
  if (!allowed.includes(request.type))
    throw new ContorError('not-allowed', `A ${actor.role} does not ask for ${request.type}`, {
      field: 'type',
      value: request.type,
      remedy: allowed.length > 0 ? `Possible: ${allowed.join(', ')}.` : 'Ask the operator.',
    })
  const day = civilDayOf(now)
  // Under the actor's own eyes: a point that one may not see is not found.
  return withActor(db, actor, async (trx) => {
    const point = await findPoint(trx, signer.verifier, request.meteringPoint, day)
    if (!point)
      throw new ContorError('not-found', `No metering point ${request.meteringPoint}`, {
        field: 'meteringPoint',
        value: request.meteringPoint,
        remedy: 'Give its id or its POD; a point that you may not see is not found either.',
      })
    if (point.kind === 'balance')
      throw new ContorError('invalid-request', 'A balance meter feeds no customer: it has no orders', {
        field: 'meteringPoint',
        value: request.meteringPoint,
        remedy: 'Choose a consumer.',
      })
    const code = request.cause ?? usualCause[request.type]
    if (code === undefined)
      throw new ContorError('invalid-request', `${request.type} needs a cause`, {
        field: 'cause',
        remedy: 'GET /api/orders/causes lists them with their sources.',
      })
    const law = await loadLaw(trx)
    const cause = await findCause(trx, code, request.type, point, day, law)
    if (cause.debtDays > 0 && request.debtSince === undefined)
      throw new ContorError('invalid-request', `Cause ${code} needs the day since which the debt runs`, {
        field: 'debtSince',
        remedy:
          'Give the due date of the distribution bill or the registration of the energy bill, as 2026-05-31.',
      })
    if (request.debtSince !== undefined && request.debtSince > day)
      throw new ContorError('invalid-request', 'A debt does not begin in the future', {
        field: 'debtSince',
        value: request.debtSince,
        remedy: 'Give the day since which it runs.',
      })
    if (
      actionOf(request.type) === 'disconnect' &&
      point.protections.length > 0 &&
      (request.protectionReason ?? '').trim().length < 10
    )
      throw new ContorError(
        'invalid-request',
        `The customer is protected (${point.protections.join(', ')})`,
        {
          field: 'protectionReason',
          value: request.protectionReason,
          remedy: 'Name the reason in at least 10 characters; a second person has to agree as well.',
        },
      )
    checkStart(request, now)
    checkSuspension(request, code, day, figuresOn(law, day).suspensionMonths)
    const { debtSince, debtBani, protectionReason, notBefore, until } = request
    return {
      point,
      cause: code,
      facts: compact({ debtSince, debtBani, protectionReason, notBefore, until, notices: [], cures: [] }),
    }
  })
}

// A point has one order under way at a time: one that is far away would keep every other from it.
const longestLeadDays = 366

function checkStart({ notBefore }: OrderRequest, now: number): void {
  const latest = now + longestLeadDays * 86_400_000
  if (notBefore === undefined || Date.parse(notBefore) <= latest) return
  throw new ContorError('invalid-request', `An order begins within ${longestLeadDays} days`, {
    field: 'notBefore',
    value: notBefore,
    remedy: `Give an instant before ${new Date(latest).toISOString()}, or ask for it nearer to its day.`,
  })
}

// A temporary suspension has a least and a longest time (Gazette 129/1999, small art. 40, large art. 45 (3)).
function checkSuspension(
  request: OrderRequest,
  cause: string,
  day: string,
  { least, most }: Figures['suspensionMonths'],
): void {
  if (cause !== 'SUSPEND') return
  const begins = request.notBefore?.slice(0, 10) ?? day
  const months = request.until ? monthsBetween(begins, request.until) : Number.NaN
  if (months >= least && months <= most) return
  throw new ContorError('invalid-request', `A suspension lasts ${least} to ${most} months`, {
    field: 'until',
    value: request.until,
    remedy: `Give the day on which supply comes back, ${least} to ${most} months after ${begins}.`,
  })
}

function monthsBetween(from: string, to: string): number {
  const [fy, fm, fd] = from.split('-').map(Number) as [number, number, number]
  const [ty, tm, td] = to.split('-').map(Number) as [number, number, number]
  return (ty - fy) * 12 + (tm - fm) + (td - fd) / 31
}

/**
 * Takes an order in. The same reference with the same content gives the same order again.
 * @throws ContorError 'conflict' when the reference names an order of other content, or one like it is under way
 */
export async function createOrder(
  { db, signer }: OrderDesk,
  actor: Actor,
  request: OrderRequest,
  options: CreateOptions,
): Promise<{ readonly order: Order; readonly created: boolean }> {
  const digest = createHash('sha256')
    .update(JSON.stringify(contentOf(request)))
    .digest('hex')
  const known = await asSystem(db, (trx) =>
    knownOrder(trx, actor.subject, request.requesterReference, digest),
  )
  if (known) return { order: known, created: false }
  const { point, cause, facts } = await validateRequest({ db, signer }, actor, request, options.now)
  return asSystem(db, async (trx) => {
    const id = randomUUID()
    const taken = await sql`
      insert into contor.order_reference (requester, reference, order_id, point_id, digest)
      values (${actor.subject}, ${request.requesterReference}, ${id}, ${point.id}, ${digest}) on conflict do nothing`.execute(
      trx,
    )
    if (taken.numAffectedRows !== 1n) {
      // Somebody else came first with the same reference.
      const other = await knownOrder(trx, actor.subject, request.requesterReference, digest)
      if (!other) throw new Error(`reference ${request.requesterReference} is taken, and by no order`)
      return { order: other, created: false }
    }
    await refuseSecond(trx, point)
    const { rows } = await sql<{
      number: string
    }>`select nextval('contor.order_number')::text as number`.execute(trx)
    const number = `OL-${civilDayOf(options.now).slice(0, 4)}-${(rows[0]?.number ?? '').padStart(6, '0')}`
    const createdAt = new Date(options.now)
    const { seal } = sealOrder(signer, {
      meteringPointId: point.id,
      id,
      type: request.type,
      cause,
      requester: actor.subject,
      requestedBy: actor.subject,
      supplier: point.supplier,
      batchId: options.batchId ?? null,
      facts,
      approvedBy: null,
      createdAt,
    })
    await sql`
      insert into contor.work_order (metering_point_id, id, number, type, cause, requester, requester_reference, requested_by, supplier,
             batch_id, reason, facts, state, follows, created_at, next_at, seal, urgent)
      values (${point.id}, ${id}, ${number}, ${request.type}, ${cause}, ${actor.subject}, ${request.requesterReference}, ${actor.subject},
              ${point.supplier}, ${options.batchId ?? null}, ${request.reason ?? null}, ${JSON.stringify(facts)}::jsonb, 'waiting',
              ${options.follows ?? null}, ${createdAt}, ${createdAt}, ${seal}, ${isUrgent({ type: request.type, cause })})`.execute(
      trx,
    )
    const ref = { meteringPointId: point.id, id }
    await writeEvent(trx, ref, 'create', null, 'waiting', {
      actor: actor.subject,
      at: options.now,
      evidence: {
        type: request.type,
        cause,
        reference: request.requesterReference,
        ...(request.reason ? { reason: request.reason } : {}),
        ...facts,
      },
    })
    await writeAudit(trx, actor, 'order.create', `order:${number}`, {
      id,
      type: request.type,
      cause,
      meteringPointId: point.id,
    })
    const order = await findOrder(trx, id)
    if (!order) throw new Error('the order that was written is not there')
    return { order, created: true }
  })
}

/**
 * The order that gives supply back when the time of a suspension is over: once, however often it is asked for.
 * @throws ContorError 'conflict' while another order is under way at the point
 */
export async function reconnectSuspended(desk: OrderDesk, order: Order, now: number): Promise<Order> {
  const made = await createOrder(
    desk,
    systemActor,
    {
      type: 'RECO_C',
      meteringPoint: order.meteringPointId,
      requesterReference: `suspension:${order.id}`,
    },
    { now, follows: order.id },
  )
  return made.order
}

/**
 * The order that gives supply back after its cause was cured: once, however often it is asked for.
 * Needs the disconnection executed.
 */
export async function reconnectCured(desk: OrderDesk, order: Order, now: number): Promise<Order> {
  const made = await createOrder(
    desk,
    systemActor,
    {
      type: order.type === 'DECO_C' ? 'RECO_C' : 'RECO_R',
      meteringPoint: order.meteringPointId,
      requesterReference: `cure:${order.id}`,
    },
    { now, follows: order.id },
  )
  return made.order
}

async function knownOrder(
  trx: Trx,
  requester: string,
  reference: string,
  digest: string,
): Promise<Order | undefined> {
  const { rows } = await sql<{ order_id: string; digest: string }>`
    select order_id, digest from contor.order_reference where requester = ${requester} and reference = ${reference}`.execute(
    trx,
  )
  const known = rows[0]
  if (!known) return undefined
  if (known.digest !== digest)
    throw new ContorError('conflict', `Reference ${reference} names an order of other content`, {
      field: 'requesterReference',
      value: reference,
      remedy: 'Give another order another reference; to change one, cancel it first.',
    })
  return findOrder(trx, known.order_id)
}

/** Two orders under way on a point would race, whichever way each of them goes. */
async function refuseSecond(trx: Trx, point: Point): Promise<void> {
  // The point's row is the lock: two requests at the same time see each other.
  await sql`select 1 from contor.metering_point where id = ${point.id} for update`.execute(trx)
  const { rows } = await sql<{ number: string; type: OrderType }>`
    select number, type from contor.work_order
     where metering_point_id = ${point.id} and ended_at is null and state <> 'executed' limit 1`.execute(trx)
  const other = rows[0]
  if (!other) return
  throw new ContorError('conflict', `Order ${other.number} (${other.type}) is under way at this point`, {
    field: 'meteringPoint',
    value: point.pod,
    remedy:
      actionOf(other.type) === 'disconnect'
        ? 'Record what cured its cause (a payment), cancel it, or wait for its end.'
        : 'Wait for its end, or cancel it.',
  })
}

const contentOf = (request: OrderRequest) => [
  request.type,
  request.meteringPoint,
  request.cause ?? null,
  request.debtSince ?? null,
  request.debtBani ?? null,
  request.notBefore ?? null,
  request.until ?? null,
  request.protectionReason ?? null,
  request.reason ?? null,
]

function compact<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T
}
