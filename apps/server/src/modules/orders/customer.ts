// What follows a meter that is ready: the customer's hand, what he is told, and the crew where he does not come (O5).

import { civilDayOf } from '@contor/intervals'
import { type RawBuilder, sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { requestCommand } from '../commands/index.ts'
import { type Figures, figuresOn } from './figures.ts'
import { commandOf, confirm } from './follow.ts'
import { engine, type Step, tell } from './step.ts'
import { applyEvent, lookAgain, noteEvent, type Order } from './store.ts'

const minuteMs = 60_000
const hourMs = 3_600_000

/** How a meter that waits for its customer is looked at, by minutes since it was ready: [until, every]. */
const pollPlan = [
  [30, 2],
  [240, 15],
  [2_880, 60],
] as const
/** Messages to the customer, hours after the meter was ready. */
const remindersBy = ({ remindH, callH }: Figures) =>
  [
    { afterH: 0, kind: 'press-button' },
    { afterH: remindH, kind: 'press-button-reminder' },
    { afterH: callH, kind: 'call' },
  ] as const

/** O5: the relay closes by the customer's hand; the meter is looked at until it has, and he is told what to do. */
export async function awaitCustomer(step: Step, waiting: Order): Promise<void> {
  const { trx, signer, point, now, law } = step
  const figures = figuresOn(law, civilDayOf(now))
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
  const news = order.commandId === null && (await relayMoved(trx, order))
  // What proves the effect was read after the last thing that the meter told.
  if (look && order.commandId === null && point.relayOutput === true && !news) {
    await confirm(step, order, {
      actor: 'customer',
      at: now,
      evidence: { by: 'hand', command: look.evidence.command },
    })
    return
  }
  if (now - readyAt > figures.fieldH * hourMs) {
    await applyEvent(
      trx,
      order,
      'send-field',
      { actor: engine, at: now, evidence: { why: 'customer-did-not-act' } },
      { route: 'field', nextAt: null },
    )
    return
  }
  for (const { afterH, kind } of remindersBy(figures)) {
    if (
      now - readyAt < afterH * hourMs ||
      rows.some((row) => row.event === 'told' && row.evidence.kind === kind)
    )
      continue
    await tell(step, order, point.customer === null ? 'operator' : `customer:${point.customer}`, kind)
    await noteEvent(trx, order, 'told', { actor: engine, at: now, evidence: { kind } })
  }
  const minutes = (now - readyAt) / minuteMs
  const everyMs = (pollPlan.find(([until]) => minutes < until)?.[1] ?? 60) * minuteMs
  const looking = order.commandId !== null
  let nextAt = looking ? now + everyMs : (look?.at.getTime() ?? readyAt) + everyMs
  if (!looking && (nextAt <= now || news)) {
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

/** The relay brought news since the last command was written for it, by the world's clock. */
async function relayMoved(trx: Trx, order: Order): Promise<boolean> {
  const { rows } = await sql`
    select 1 from contor.meter m where m.metering_point_id = ${order.meteringPointId} and ${newsOf(sql`${order.meteringPointId}::bigint`, sql`${order.id}::uuid`)}
     limit 1`.execute(trx)
  return rows.length > 0
}

/** Of a meter `m`: something new of its relay came after the last look of the order, and is no echo of its own act. */
export const newsOf = (point: RawBuilder<unknown>, order: RawBuilder<unknown>) => sql`
  m.relay_news_at > (select max(case c.kind when 'read-state' then c.created_at else coalesce(c.finished_at, c.created_at) end) from contor.relay_command c
                      where c.metering_point_id = ${point} and c.order_id = ${order})`
