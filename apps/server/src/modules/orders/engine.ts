// What moves orders on: the gate, the way, the command and its answer, the customer's hand, the supplier.
// One order, one transaction, one row lock: any number of engines may run.

import { setTimeout as sleep } from 'node:timers/promises'
import { civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, type Log, type Trx } from '../../platform/index.ts'
import { requestCommand, type Signer, tighten } from '../commands/index.ts'
import type { LegalRule } from '../legal/index.ts'
import type { OrderClock } from './clock.ts'
import { type OrderDesk, reconnectCured } from './create.ts'
import { awaitCustomer, newsOf } from './customer.ts'
import { figuresOn, loadLaw } from './figures.ts'
import { commandOf, confirm } from './follow.ts'
import { lastDayOfPeriod } from './gate/calendar.ts'
import { judgeOrder, type Verdict } from './gate/gate.ts'
import { actionOf, isEnd, isUrgent } from './machine.ts'
import { sealHolds } from './seal.ts'
import { engine, type Step, tell } from './step.ts'
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
} from './store.ts'
import { resumeSupply, resumptionOf, suspensionOver } from './suspension.ts'

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 24 * hourMs

export interface EngineContext extends OrderDesk {
  readonly clock: OrderClock
  readonly log: Log
}

/** Every order under way is looked through for an answer as often as this; in between those answered of late are. */
const wholeLookMs = 60_000

/** Runs until the signal aborts. */
export async function runOrderEngine(context: EngineContext, signal: AbortSignal): Promise<void> {
  let wholeAt = 0
  while (!signal.aborted) {
    let moved = 0
    const started = Date.now()
    const whole = started - wholeAt >= wholeLookMs || started < wholeAt
    try {
      moved = await advanceOrders(context, whole ? undefined : new Date(wholeAt - wholeLookMs))
      if (whole) wholeAt = started
    } catch (err) {
      if (!signal.aborted) context.log.error({ err }, 'orders: a round failed')
    }
    if (moved === 0) await sleep(500, undefined, { signal }).catch(() => {})
  }
}

const roundSize = 200
/** Orders that move on at the same time. */
const width = 4

/**
 * One round over what is due, those who are in the dark first.
 * @param answeredSince looks only at commands that ended later, world's clock; default: at all
 * @returns orders that moved on or were looked at without fault
 */
export async function advanceOrders(context: EngineContext, answeredSince?: Date): Promise<number> {
  const { db, clock } = context
  const now = await clock.now()
  const { due, law } = await asSystem(db, async (trx) => ({
    due: await findDue(trx, now, answeredSince),
    law: await loadLaw(trx),
  }))
  let moved = 0
  const work = async () => {
    for (let ref = due.shift(); ref; ref = due.shift()) if (await moveOn(context, ref, now, law)) moved++
  }
  await Promise.all(Array.from({ length: width }, work))
  return moved
}

async function findDue(trx: Trx, now: number, answeredSince: Date | undefined): Promise<OrderRef[]> {
  const columns = sql`o.metering_point_id as "meteringPointId", o.id, o.urgent, o.next_at`
  const answered = answeredSince ? sql`and c.finished_at >= ${answeredSince}` : sql``
  const { rows } = await sql<OrderRef>`
    select "meteringPointId", id from (
      (select ${columns} from contor.work_order o where o.next_at <= ${new Date(now)}
        order by o.urgent desc, o.next_at limit ${roundSize})
      union
      (select ${columns} from contor.work_order o
         join contor.relay_command c on c.metering_point_id = o.metering_point_id and c.id = o.command_id
        where o.state in ('remote', 'customer') and c.order_id is not null and c.state not in ('queued', 'released') ${answered} limit ${roundSize})
      union
      (select ${columns} from contor.meter m join contor.work_order o on o.metering_point_id = m.metering_point_id
        where m.relay_news_at > clock_timestamp() - interval '10 minutes' and o.state = 'customer' and o.command_id is null
          and ${newsOf(sql`o.metering_point_id`, sql`o.id`)} limit ${roundSize})
    ) due order by urgent desc, next_at nulls first limit ${roundSize}`.execute(trx)
  return rows
}

async function moveOn(
  context: EngineContext,
  ref: OrderRef,
  now: number,
  law: readonly LegalRule[],
): Promise<boolean> {
  const { db, signer, log } = context
  try {
    const due = await asSystem(db, async (trx) => {
      const order = await lockOrder(trx, ref)
      if (!order) return undefined
      if (isEnd(order.state)) return suspensionOver(trx, signer, order, now)
      return advance(trx, signer, order, now, law)
    })
    if (due?.state === 'executed') await giveBack(context, due, now, law)
    else if (due) await resumeSupply(context, due, now)
    return true
  } catch (err) {
    log.error({ err, order: ref.id }, 'an order could not be moved on')
    await asSystem(db, (trx) => lookAgain(trx, ref, now + 5 * minuteMs))
    return false
  }
}

/** @returns the order when it was executed after its cause had gone: supply is to be given back before it is closed */
async function advance(
  trx: Trx,
  signer: Signer,
  order: Order,
  now: number,
  law: readonly LegalRule[],
): Promise<Order | undefined> {
  const point = await findPoint(trx, signer.verifier, order.meteringPointId, civilDayOf(now))
  if (!point) throw new Error(`the point ${order.meteringPointId} is gone`)
  const step = { trx, signer, point, now, law }
  if (order.state === 'waiting' || order.state === 'approval' || order.state === 'ready')
    await judge(step, order)
  else if (order.state === 'remote') await followCommand(step, order)
  else if (order.state === 'customer') await awaitCustomer(step, order)
  else if (order.state === 'executed') {
    if (await isCured(step, order)) return order
    await report(step, order)
  } else await lookAgain(trx, order, now + hourMs)
  return undefined
}

/** A payment that came while the command was under way: whoever paid is connected again without asking. */
async function isCured({ trx, point, law }: Step, order: Order): Promise<boolean> {
  if (actionOf(order.type) !== 'disconnect' || order.facts.cures.length === 0) return false
  const { cures } = await causeOf(trx, order, point, law)
  return order.facts.cures.some(({ kind }) => cures.includes(kind))
}

async function giveBack(
  context: EngineContext,
  order: Order,
  now: number,
  law: readonly LegalRule[],
): Promise<void> {
  await reconnectCured(context, order, now)
  await asSystem(context.db, async (trx) => {
    const locked = await lockOrder(trx, order)
    const point = await findPoint(trx, context.signer.verifier, order.meteringPointId, civilDayOf(now))
    if (locked?.state === 'executed' && point)
      await report({ trx, signer: context.signer, point, now, law }, locked)
  })
}

async function judge(step: Step, order: Order): Promise<void> {
  const { trx, signer, point, now, law } = step
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
  const cause = await causeOf(trx, order, point, law)
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
    figuresOn(law, civilDayOf(now)),
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
    urgent: isUrgent(order),
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

/** O3: the supplier is told the state of the point. */
async function report(step: Step, order: Order): Promise<void> {
  const { trx, point, now } = step
  if (order.supplier !== null) await tell(step, order, `supplier:${order.supplier}`, 'order-closed')
  const justifyDays = (order.verdict as Partial<Verdict>).justifyDays ?? 0
  await applyEvent(
    trx,
    order,
    'report',
    { actor: engine, at: now, evidence: { supplier: order.supplier, relayOutput: point.relayOutput } },
    justifyDays > 0 ? { justifyBy: lastDayOfPeriod(civilDayOf(now), justifyDays, 'working') } : {},
  )
  const resumesAt = resumptionOf(order)
  if (resumesAt !== undefined) await lookAgain(trx, order, resumesAt)
}
