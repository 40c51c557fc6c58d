// What persons and other systems do to an order that is there.

import { civilDayOf } from '@contor/intervals'
import { type Actor, asSystem, ContorError, type Db, notFound, type Trx } from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import { cancelCommand } from '../commands/index.ts'
import { type OrderDesk, reconnectCured } from './create.ts'
import type { Cure, CureKind, Notice } from './facts.ts'
import { actionOf, isEnd, type OrderEventName } from './machine.ts'
import { sealOrder } from './seal.ts'
import {
  applyEvent,
  causeOf,
  findPoint,
  lockOrder,
  noteEvent,
  type Order,
  type OrderChange,
  type OrderRef,
} from './store.ts'

/** Runs a change with the order locked. The caller has made sure that the actor may see it. */
async function withOrder<T>(db: Db, ref: OrderRef, fn: (trx: Trx, order: Order) => Promise<T>): Promise<T> {
  return asSystem(db, async (trx) => {
    const order = await lockOrder(trx, ref)
    if (!order) throw notFound('order', ref.id)
    return fn(trx, order)
  })
}

/** Only who asked, or the operator, takes an order back. */
function mayCancel(actor: Actor, order: Order): boolean {
  return actor.scope === 'all' || actor.subject === order.requester
}

/**
 * Takes an order back. When its command has left already, the order ends as what is read back says: cancelled when the
 * relay did not move, executed when it did.
 * @returns the order: `cancelled`, or still `remote` with the cancellation on record
 * @throws ContorError 'conflict' when it is too late for it
 */
export async function cancelOrder(
  db: Db,
  actor: Actor,
  ref: OrderRef,
  reason: string,
  now: number,
): Promise<Order> {
  return withOrder(db, ref, async (trx, order) => {
    if (!mayCancel(actor, order))
      throw new ContorError('not-allowed', 'This order was asked for by somebody else', {
        field: 'id',
        value: ref.id,
        remedy: 'Whoever asked for it, or the operator, takes it back.',
      })
    await writeAudit(trx, actor, 'order.cancel', `order:${order.number}`, { id: order.id, reason })
    return takeBack(trx, order, 'cancel', { actor: actor.subject, at: now, evidence: { reason } })
  })
}

/** Cancels or cures, with the command that may be under way. */
async function takeBack(
  trx: Trx,
  order: Order,
  event: 'cancel' | 'cure',
  input: { readonly actor: string; readonly at: number; readonly evidence: object },
  change: OrderChange = {},
): Promise<Order> {
  if (order.state === 'remote' && order.commandId) {
    const what = await cancelCommand(
      trx,
      { meteringPointId: order.meteringPointId, id: order.commandId },
      input.actor,
    )
    if (what !== 'cancelled')
      return noteEvent(
        trx,
        order,
        `${event}-asked`,
        { ...input, evidence: { ...input.evidence, command: what } },
        { ...change, nextAt: new Date(input.at) },
      )
  }
  return applyEvent(trx, order, event, input, change)
}

/** The second person. @throws ContorError 'not-allowed' for the first one, 'conflict' where none is asked for */
export async function approveOrder(
  desk: OrderDesk,
  actor: Actor,
  ref: OrderRef,
  reason: string,
  now: number,
): Promise<Order> {
  return withOrder(desk.db, ref, async (trx, order) => {
    if (actor.subject === order.requestedBy)
      throw new ContorError('not-allowed', 'Whoever asks for an order does not approve it', {
        field: 'id',
        value: ref.id,
        remedy: 'Another person with the right to approve orders does.',
      })
    if (order.state !== 'approval' && order.state !== 'waiting')
      throw new ContorError(
        'conflict',
        `Order ${order.number} is ${order.state}: there is nothing to approve`,
        {
          field: 'state',
          value: order.state,
          remedy: 'Only an order that has not run yet is approved.',
        },
      )
    await writeAudit(trx, actor, 'order.approve', `order:${order.number}`, { id: order.id, reason })
    return noteEvent(
      trx,
      order,
      'approved',
      { actor: actor.subject, at: now, evidence: { reason } },
      {
        sealed: sealOrder(desk.signer, order, { approvedBy: actor.subject }),
        nextAt: new Date(now),
      },
    )
  })
}

/** Refuses an order that has not run. */
export async function refuseOrder(
  db: Db,
  actor: Actor,
  ref: OrderRef,
  reason: string,
  now: number,
): Promise<Order> {
  return withOrder(db, ref, async (trx, order) => {
    await writeAudit(trx, actor, 'order.approve', `order:${order.number}`, {
      id: order.id,
      refused: true,
      reason,
    })
    return applyEvent(trx, order, 'refuse', { actor: actor.subject, at: now, evidence: { reason } })
  })
}

/** A notice was sent, and this proves it. @throws ContorError when it lies in the future or the order needs none */
export async function recordNotice(
  desk: OrderDesk,
  actor: Actor,
  ref: OrderRef,
  notice: Omit<Notice, 'by'>,
  now: number,
): Promise<Order> {
  mustRecord(actor)
  return withOrder(desk.db, ref, async (trx, order) => {
    if (Date.parse(notice.sentAt) > now)
      throw new ContorError('invalid-request', 'A notice is recorded after it was sent', {
        field: 'sentAt',
        value: notice.sentAt,
        remedy: 'Give the instant at which it left.',
      })
    if (actionOf(order.type) !== 'disconnect' || order.state !== 'waiting')
      throw new ContorError('conflict', `Order ${order.number} (${order.state}) waits for no notice`, {
        field: 'state',
        value: order.state,
        remedy: 'Notices belong to disconnections that wait.',
      })
    const added = { ...notice, by: actor.subject }
    await writeAudit(trx, actor, 'order.record', `order:${order.number}`, { id: order.id, notice: added })
    return noteEvent(
      trx,
      order,
      'notice',
      { actor: actor.subject, at: now, evidence: added },
      {
        sealed: sealOrder(desk.signer, order, {
          facts: { ...order.facts, notices: [...order.facts.notices, added] },
        }),
        nextAt: new Date(now),
      },
    )
  })
}

/**
 * The letter with documents that justifies an act without notice has left (CG 7.6).
 * @throws ContorError 'conflict' where none is due, or it has left already
 */
export async function recordJustification(
  db: Db,
  actor: Actor,
  ref: OrderRef,
  letter: Omit<Notice, 'by'>,
  now: number,
): Promise<Order> {
  return withOrder(db, ref, async (trx, order) => {
    if (order.justifyBy === null || order.justifiedAt !== null)
      throw new ContorError('conflict', `Order ${order.number} waits for no letter of justification`, {
        field: 'state',
        value: order.state,
        remedy: 'GET /api/orders?toJustify=true lists those that do.',
      })
    if (Date.parse(letter.sentAt) > now)
      throw new ContorError('invalid-request', 'A letter is recorded after it was sent', {
        field: 'sentAt',
        value: letter.sentAt,
        remedy: 'Give the instant at which it left.',
      })
    await writeAudit(trx, actor, 'order.record', `order:${order.number}`, { id: order.id, letter })
    return noteEvent(
      trx,
      order,
      'justified',
      { actor: actor.subject, at: now, evidence: letter },
      { justifiedAt: new Date(letter.sentAt) },
    )
  })
}

/** Notices and cures are recorded by who sends the one and receives the other. */
function mustRecord(actor: Actor): void {
  if (actor.role === 'customer')
    throw new ContorError(
      'not-allowed',
      'Notices and payments are recorded by the supplier or the operator',
      {
        remedy: 'Pay, or write to them; they record it.',
      },
    )
}

/**
 * The cause is gone: paid, access given, … Before the act it cancels the order; after it, an order to connect again is
 * made, with the time that the law gives (CG 7.9, MO art. 28 (4)). When the act is under way, the engine makes that
 * order as soon as it is known that the relay opened.
 * @returns the order, and the one that connects again
 */
export async function recordCure(
  desk: OrderDesk,
  actor: Actor,
  ref: OrderRef,
  cure: { readonly kind: CureKind; readonly at: string; readonly proof: string },
  now: number,
): Promise<{ readonly order: Order; readonly reconnect?: Order }> {
  mustRecord(actor)
  const added: Cure = { ...cure, by: actor.subject }
  const { order, cures } = await withOrder(desk.db, ref, async (trx, current) => {
    if (actionOf(current.type) !== 'disconnect' || (isEnd(current.state) && current.state !== 'closed'))
      throw new ContorError(
        'conflict',
        `Order ${current.number} (${current.type}, ${current.state}) has no cause to cure`,
        {
          field: 'state',
          value: current.state,
          remedy: 'Cures belong to disconnections that wait or were executed.',
        },
      )
    await writeAudit(trx, actor, 'order.record', `order:${current.number}`, { id: current.id, cure: added })
    const point = await findPoint(trx, desk.signer.verifier, current.meteringPointId, civilDayOf(now))
    if (!point) throw notFound('metering point', current.meteringPointId)
    const { cures } = await causeOf(trx, current, point)
    const change = {
      sealed: sealOrder(desk.signer, current, {
        facts: { ...current.facts, cures: [...current.facts.cures, added] },
      }),
    }
    const input = { actor: actor.subject, at: now, evidence: added }
    const ofThisCause = cures.includes(cure.kind)
    const done = current.state === 'executed' || current.state === 'closed'
    const order =
      ofThisCause && !done
        ? await takeBack(trx, current, 'cure', input, change)
        : await noteEvent(trx, current, ofThisCause ? 'cured' : 'cure-of-another-cause', input, change)
    return { order, cures: ofThisCause && done }
  })
  return cures ? { order, reconnect: await reconnectCured(desk, order, now) } : { order }
}

export interface FieldResult {
  /** `done` the effect was seen on site, `impossible` for good, `postponed` another visit is needed. */
  readonly result: 'done' | 'impossible' | 'postponed'
  readonly reason: string
  readonly evidence: object
  readonly nextVisit?: string | undefined
}

/** What the crew reports. */
export async function recordFieldResult(
  db: Db,
  actor: Actor,
  ref: OrderRef,
  report: FieldResult,
  now: number,
): Promise<Order> {
  return withOrder(db, ref, async (trx, order) => {
    if (order.state !== 'field')
      throw new ContorError(
        'conflict',
        `Order ${order.number} is ${order.state}: the crew does not have it`,
        {
          field: 'state',
          value: order.state,
          remedy: 'Only orders that are with the crew are reported on.',
        },
      )
    const input = { actor: actor.subject, at: now, evidence: { reason: report.reason, ...report.evidence } }
    await writeAudit(trx, actor, 'order.record', `order:${order.number}`, {
      id: order.id,
      result: report.result,
    })
    if (report.result === 'postponed')
      return noteEvent(trx, order, 'visit-postponed', {
        ...input,
        evidence: { ...input.evidence, nextVisit: report.nextVisit ?? null },
      })
    const event: OrderEventName = report.result === 'done' ? 'confirm' : 'give-up'
    return applyEvent(trx, order, event, input, { nextAt: new Date(now) })
  })
}
