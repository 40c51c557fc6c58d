// What moves orders on: the gate, the way, the command and its answer, the customer's hand, the supplier.
// One order, one transaction, one row lock: any number of engines may run.

import { setTimeout as sleep } from 'node:timers/promises'
import { civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, type Log, type Trx } from '../../platform/index.ts'
import { requestCommand, type Signer, tighten } from '../commands/index.ts'
import { writeMessage } from '../messages/index.ts'
import type { OrderClock } from './clock.ts'
import { type OrderDesk, reconnectCured } from './create.ts'
import { lastDayOfPeriod } from './gate/calendar.ts'
import { judgeOrder, type Verdict } from './gate/gate.ts'
import { actionOf, isEnd } from './machine.ts'
import { sealHolds } from './seal.ts'
import {
  applyEvent,
  causeOf,
  type EventInput,
  findPoint,
  hasLeft,
  lockOrder,
  lookAgain,
  noteEvent,
  type Order,
  type OrderChange,
  type OrderRef,
  type Point,
} from './store.ts'

const engine = 'engine'
const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** How a meter that waits for its customer is looked at, by minutes since it was ready: [until, every]. */
const pollPlan = [
  [30, 2],
  [240, 15],
  [2_880, 60],
] as const
/** Reminders to the customer, hours after the meter was ready; then a call; then the crew. */
const reminders = [
  { afterH: 0, kind: 'press-button' },
  { afterH: 4, kind: 'press-button-reminder' },
  { afterH: 24, kind: 'call' },
] as const
const customerTimeoutMs = 48 * hourMs

export interface EngineContext extends OrderDesk {
  readonly clock: OrderClock
  readonly log: Log
}

/** Runs until the signal aborts. */
export async function runOrderEngine(context: EngineContext, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let moved = 0
    try {
      moved = await advanceOrders(context)
    } catch (err) {
      if (!signal.aborted) context.log.error({ err }, 'orders: a round failed')
    }
    if (moved === 0) await sleep(500, undefined, { signal }).catch(() => {})
  }
}

const roundSize = 200

/** One round over what is due. @returns orders that moved on or were looked at without fault */
export async function advanceOrders(context: EngineContext): Promise<number> {
  const { db, clock } = context
  const now = await clock.now()
  const due = await asSystem(db, async (trx) => {
    const { rows } = await sql<OrderRef>`
      (select o.metering_point_id as "meteringPointId", o.id from contor.work_order o where o.next_at <= ${new Date(now)} order by o.next_at limit ${roundSize})
      union
      (select o.metering_point_id, o.id from contor.work_order o
         join contor.relay_command c on c.metering_point_id = o.metering_point_id and c.id = o.command_id
        where o.state in ('remote', 'customer') and c.state not in ('queued', 'released') limit ${roundSize})`.execute(
      trx,
    )
    return rows
  })
  let moved = 0
  for (const ref of due) {
    try {
      const cured = await asSystem(db, async (trx) => {
        const order = await lockOrder(trx, ref)
        return order && !isEnd(order.state) ? advance(trx, context.signer, order, now) : undefined
      })
      if (cured) await giveBack(context, cured, now)
      moved++
    } catch (err) {
      context.log.error({ err, order: ref.id }, 'an order could not be moved on')
      await asSystem(db, (trx) => lookAgain(trx, ref, now + 5 * minuteMs))
    }
  }
  return moved
}

/** @returns the order when it was executed after its cause had gone: supply is to be given back before it is closed */
async function advance(trx: Trx, signer: Signer, order: Order, now: number): Promise<Order | undefined> {
  const point = await findPoint(trx, order.meteringPointId, civilDayOf(now))
  if (!point) throw new Error(`the point ${order.meteringPointId} is gone`)
  const step = { trx, signer, point, now }
  if (order.state === 'waiting' || order.state === 'approval' || order.state === 'ready')
    await judge(step, order)
  else if (order.state === 'remote') await followCommand(step, order)
  else if (order.state === 'customer') await awaitCustomer(step, order)
  else if (order.state === 'executed') {
    if (await isCured(trx, order, point)) return order
    await report(step, order)
  } else await lookAgain(trx, order, now + hourMs)
  return undefined
}

/** A payment that came while the command was under way: whoever paid is connected again without asking. */
async function isCured(trx: Trx, order: Order, point: Point): Promise<boolean> {
  if (actionOf(order.type) !== 'disconnect' || order.facts.cures.length === 0) return false
  const { cures } = await causeOf(trx, order, point)
  return order.facts.cures.some(({ kind }) => cures.includes(kind))
}

async function giveBack(context: EngineContext, order: Order, now: number): Promise<void> {
  await reconnectCured(context, order, now)
  await asSystem(context.db, async (trx) => {
    const locked = await lockOrder(trx, order)
    const point = await findPoint(trx, order.meteringPointId, civilDayOf(now))
    if (locked?.state === 'executed' && point)
      await report({ trx, signer: context.signer, point, now }, locked)
  })
}

interface Step {
  readonly trx: Trx
  readonly signer: Signer
  readonly point: Point
  readonly now: number
}

async function judge(step: Step, order: Order): Promise<void> {
  const { trx, signer, point, now } = step
  const forged = !sealHolds(signer.verifier, order)
    ? 'its seal is not of this house'
    : (await hasLeft(trx, order))
      ? 'it had been sent or ended before'
      : undefined
  if (forged) {
    await tighten(trx, 'alarm', engine, `an order was refused: ${forged}`, { order: order.id })
    await applyEvent(trx, order, 'refuse', { actor: engine, at: now, evidence: { why: forged } })
    return
  }
  const cause = await causeOf(trx, order, point)
  const verdict = judgeOrder(
    {
      type: order.type,
      createdAt: order.createdAt.getTime(),
      requestedBy: order.requestedBy,
      approvedBy: order.approvedBy,
      inBatch: order.batchId !== null,
      facts: order.facts,
    },
    point,
    cause,
    now,
  )
  const change = {
    verdict,
    costBearer: verdict.costBearer,
    runsAt: verdict.runsAt === undefined ? null : new Date(verdict.runsAt),
    ...(verdict.dueBy === undefined ? {} : { dueBy: new Date(verdict.dueBy) }),
  }
  const input = { actor: engine, at: now, evidence: { conditions: verdict.conditions } }
  if (verdict.verdict === 'cured') {
    await applyEvent(trx, order, 'cure', input, change)
    return
  }
  if (verdict.verdict === 'wait') {
    const nextAt = nextLook(verdict, now)
    if (order.state === 'waiting') await keep(trx, order, verdict, { ...change, nextAt }, input)
    else await applyEvent(trx, order, 'wait', input, { ...change, nextAt })
    return
  }
  if (verdict.verdict === 'approval') {
    const waits = { ...change, nextAt: new Date(now + hourMs) }
    if (order.state === 'approval') await keep(trx, order, verdict, waits, input)
    else await applyEvent(trx, order, 'need-approval', input, waits)
    return
  }
  const ready = order.state === 'ready' ? order : await applyEvent(trx, order, 'release', input, change)
  await send(step, ready)
}

// A verdict that says the same as before is no news.
async function keep(
  trx: Trx,
  order: Order,
  verdict: Verdict,
  change: OrderChange,
  input: EventInput,
): Promise<void> {
  const before = JSON.stringify((order.verdict as Partial<Verdict>).conditions ?? [])
  if (before === JSON.stringify(verdict.conditions))
    await lookAgain(trx, order, change.nextAt?.getTime() ?? null)
  else await noteEvent(trx, order, 'judged', input, change)
}

function nextLook(verdict: Verdict, now: number): Date | null {
  // With something missing only a person or a message moves it on, and either sets the time; the hour is a net.
  const at = verdict.runsAt === undefined || verdict.runsAt <= now ? now + hourMs : verdict.runsAt
  return new Date(Math.min(at, now + dayMs))
}

/** O2: integrated meters by command, the others by the crew. */
async function send(step: Step, order: Order): Promise<void> {
  const { trx, signer, point, now } = step
  const input = { actor: engine, at: now }
  if (!point.integrated || point.meterId === null) {
    await applyEvent(
      trx,
      order,
      'send-field',
      { ...input, evidence: { why: 'not-integrated' } },
      { route: 'field', nextAt: null },
    )
    return
  }
  const { id } = await requestCommand(trx, signer, {
    meteringPointId: order.meteringPointId,
    meterId: point.meterId,
    kind: actionOf(order.type),
    parameters: {},
    orderId: order.id,
    requestedBy: order.requestedBy,
    approvedBy: order.approvedBy,
    supplier: order.supplier,
    // Who is in the dark does not wait behind who will be.
    urgent:
      actionOf(order.type) === 'reconnect' || order.cause.startsWith('CG-7.4') || order.cause === 'MO-DANGER',
  })
  await applyEvent(
    trx,
    order,
    'send-remote',
    { ...input, evidence: { command: id, meter: point.meterId } },
    {
      route: 'remote',
      commandId: id,
      nextAt: null,
    },
  )
}

interface CommandRow {
  readonly id: string
  readonly kind: string
  readonly state: string
  readonly outcome: string | null
  readonly error_code: string | null
  readonly error_text: string | null
}

async function commandOf(trx: Trx, order: Order): Promise<CommandRow | undefined> {
  const { rows } = await sql<CommandRow>`
    select id, kind, state, outcome, error_code, error_text from contor.relay_command
     where metering_point_id = ${order.meteringPointId} and id = ${order.commandId}`.execute(trx)
  return rows[0]
}

async function followCommand(step: Step, order: Order): Promise<void> {
  const { trx, now } = step
  const command = await commandOf(trx, order)
  if (!command || command.state === 'queued' || command.state === 'released') {
    // Its end wakes the order.
    await lookAgain(trx, order, null)
    return
  }
  const input = {
    actor: engine,
    at: now,
    evidence: {
      command: command.id,
      outcome: command.outcome,
      code: command.error_code,
      text: command.error_text,
    },
  }
  if (command.state === 'cancelled') {
    await applyEvent(trx, order, order.facts.cures.length > 0 ? 'cure' : 'cancel', input)
  } else if (command.state === 'done' && command.outcome === 'ready') {
    const ready = await applyEvent(trx, order, 'meter-ready', input, { nextAt: new Date(now) })
    await awaitCustomer(step, ready)
  } else if (command.state === 'done') {
    await confirm(step, order, input)
  } else {
    // O4: what cannot be done from afar is done on site, and what was tried goes with it.
    await applyEvent(trx, order, 'send-field', input, { route: 'field', nextAt: null })
  }
}

/** What follows from the effect is done in the next round, which begins at once. */
const confirm = ({ trx, now }: Step, order: Order, input: EventInput): Promise<Order> =>
  applyEvent(trx, order, 'confirm', input, { nextAt: new Date(now) })

/** O5: the relay closes by the customer's hand; the meter is looked at until it has, and he is told what to do. */
async function awaitCustomer(step: Step, waiting: Order): Promise<void> {
  const { trx, signer, point, now } = step
  const order = await withoutFinishedCommand(trx, waiting)
  const { rows } = await sql<{ event: string; at: Date; evidence: { kind?: string; command?: string } }>`
    select event, at, evidence from contor.order_event
     where metering_point_id = ${order.meteringPointId} and order_id = ${order.id} order by seq`.execute(trx)
  const readyAt =
    rows
      .filter((row) => row.event === 'meter-ready')
      .at(-1)
      ?.at.getTime() ?? now
  const look = rows.filter((row) => row.event === 'looked').at(-1)
  if (look && order.commandId === null && point.relayOutput === true) {
    await confirm(step, order, {
      actor: 'customer',
      at: now,
      evidence: { by: 'hand', command: look.evidence.command },
    })
    return
  }
  if (now - readyAt > customerTimeoutMs) {
    await applyEvent(
      trx,
      order,
      'send-field',
      { actor: engine, at: now, evidence: { why: 'customer-did-not-act' } },
      { route: 'field', nextAt: null },
    )
    return
  }
  for (const { afterH, kind } of reminders) {
    if (
      now - readyAt < afterH * hourMs ||
      rows.some((row) => row.event === 'told' && row.evidence.kind === kind)
    )
      continue
    await tell(
      trx,
      order,
      point,
      point.customer === null ? 'operator' : `customer:${point.customer}`,
      kind,
      now,
    )
    await noteEvent(trx, order, 'told', { actor: engine, at: now, evidence: { kind } })
  }
  const minutes = (now - readyAt) / minuteMs
  const everyMs = (pollPlan.find(([until]) => minutes < until)?.[1] ?? 60) * minuteMs
  const looking = order.commandId !== null
  let nextAt = looking ? now + everyMs : (look?.at.getTime() ?? 0) + everyMs
  if (!looking && nextAt <= now) {
    const command = await requestCommand(trx, signer, {
      meteringPointId: order.meteringPointId,
      meterId: point.meterId ?? '0',
      kind: 'read-state',
      parameters: {},
      orderId: order.id,
      requestedBy: engine,
      approvedBy: null,
      supplier: null,
      urgent: false,
    })
    await noteEvent(
      trx,
      order,
      'looked',
      { actor: engine, at: now, evidence: { command: command.id } },
      { commandId: command.id },
    )
    nextAt = now + everyMs
  }
  await lookAgain(trx, order, nextAt)
}

/** A look that was answered is no longer waited for. */
async function withoutFinishedCommand(trx: Trx, order: Order): Promise<Order> {
  const command = order.commandId === null ? undefined : await commandOf(trx, order)
  if (!command || command.state === 'queued' || command.state === 'released') return order
  await sql`update contor.work_order set command_id = null where metering_point_id = ${order.meteringPointId} and id = ${order.id}`.execute(
    trx,
  )
  return { ...order, commandId: null }
}

/** O3: the supplier is told the state of the point. */
async function report(step: Step, order: Order): Promise<void> {
  const { trx, point, now } = step
  if (order.supplier !== null)
    await tell(trx, order, point, `supplier:${order.supplier}`, 'order-closed', now)
  const justifyDays = (order.verdict as Partial<Verdict>).justifyDays ?? 0
  await applyEvent(
    trx,
    order,
    'report',
    { actor: engine, at: now, evidence: { supplier: order.supplier, relayOutput: point.relayOutput } },
    justifyDays > 0 ? { justifyBy: lastDayOfPeriod(civilDayOf(now), justifyDays, 'working') } : {},
  )
}

async function tell(
  trx: Trx,
  order: Order,
  point: Point,
  recipient: string,
  kind: string,
  now: number,
): Promise<void> {
  const body = {
    order: order.number,
    orderId: order.id,
    type: order.type,
    reference: order.requesterReference,
    pod: point.pod,
    supplied: actionOf(order.type) === 'reconnect' ? point.relayOutput !== false : false,
    route: order.route,
    at: new Date(now).toISOString(),
    ...(recipient.startsWith('customer:') || recipient === 'operator'
      ? { readingMode: point.readingMode }
      : {}),
  }
  await writeMessage(trx, {
    meteringPointId: order.meteringPointId,
    about: 'order',
    aboutId: order.id,
    recipient,
    kind,
    body,
    at: now,
  })
}
