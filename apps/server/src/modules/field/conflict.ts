// Work done on an order that had left the crew while the phone had no signal. A point that was darkened after its order
// was taken back gets its supply back at once, and somebody is told: never silence.

import { sql } from 'kysely'
import { asSystem, ContorError, systemActor, type Trx } from '../../platform/index.ts'
import { tighten } from '../commands/index.ts'
import { writeMessage } from '../messages/index.ts'
import { actionOf, createOrder, type OrderDesk, type OrderType } from '../orders/index.ts'
import type { ResultCode } from './facts.ts'
import type { FieldRecord } from './record.ts'
import type { OrderVisit, StoredRecord } from './visits.ts'

type Outcome = Pick<StoredRecord, 'answer' | 'reconnect'> & { readonly effect: 'conflict' | 'none' }

/** What the refused record means, kept with it. @returns effect 'none' when the order was executed by other means */
export async function answerConflict(
  trx: Trx,
  visit: OrderVisit,
  stored: StoredRecord,
  record: FieldRecord,
  result: ResultCode,
  now: number,
): Promise<Outcome> {
  const { rows } = await sql<{ state: string; supplier: string | null; event: string; at: Date }>`
    select o.state, o.supplier, e.event, e.at from contor.work_order o
      join lateral (select event, at from contor.order_event e
                     where e.metering_point_id = o.metering_point_id and e.order_id = o.id and e.from_state = 'field' and e.to_state <> 'field'
                     order by seq desc limit 1) e on true
     where o.metering_point_id = ${visit.meteringPointId} and o.id = ${visit.orderId}`.execute(trx)
  const order = rows[0]
  if (!order) throw new Error(`order ${visit.orderNumber} did not leave the crew, and took no record`)
  const executed = order.state === 'executed' || order.state === 'closed'
  const acted = result.effect === 'done' && !executed
  const dark = acted && actionOf(visit.orderType as OrderType) === 'disconnect'
  const answer = {
    orderState: order.state,
    event: order.event,
    at: order.at.toISOString(),
    actedAt: record.actedAt,
    dark,
    reconnectOrder: null,
  }
  const outcome: Outcome = {
    effect: executed ? 'none' : 'conflict',
    answer,
    reconnect: dark ? 'due' : 'none',
  }
  const { rows: changed } = await sql`
    update contor.field_record set effect = ${outcome.effect}, answer = ${JSON.stringify(answer)}::jsonb, reconnect = ${outcome.reconnect}
     where metering_point_id = ${visit.meteringPointId} and visit_id = ${visit.id} and effect = 'received' returning 1`.execute(
    trx,
  )
  if (acted && changed.length > 0) await raise(trx, visit, stored, order.supplier, answer, now)
  return outcome
}

async function raise(
  trx: Trx,
  visit: OrderVisit,
  stored: StoredRecord,
  supplier: string | null,
  answer: { readonly dark: boolean; readonly orderState: string },
  now: number,
): Promise<void> {
  const kind = answer.dark ? 'field-darkened-after-cancel' : 'field-connected-after-cancel'
  await tighten(trx, 'alarm', 'field', `${kind}: ${visit.orderNumber}`, {
    order: visit.orderId,
    record: stored.number,
    ...answer,
  })
  for (const recipient of ['operator', ...(supplier === null ? [] : [`supplier:${supplier}`])])
    await writeMessage(trx, {
      meteringPointId: visit.meteringPointId,
      about: 'order',
      aboutId: visit.orderId,
      recipient,
      kind,
      body: {
        order: visit.orderNumber,
        pod: visit.pod,
        record: stored.number,
        supplied: !answer.dark,
        ...answer,
      },
      at: now,
    })
}

/**
 * Asks for the order that gives supply back: once, however often it is called.
 * @returns its number; null when another order stands in the way, and it is tried again later
 */
export async function giveBackSupply(
  desk: OrderDesk,
  visit: OrderVisit,
  stored: StoredRecord,
  now: number,
): Promise<string | null> {
  const number = await createOrder(
    desk,
    systemActor,
    {
      type: visit.orderType === 'DECO_C' ? 'RECO_C' : 'RECO_R',
      meteringPoint: visit.meteringPointId,
      requesterReference: `field:${visit.id}`,
      reason: `${stored.number}: întrerupt după ce ordinul ${visit.orderNumber} nu mai era valabil`,
    },
    { now, follows: visit.orderId },
  ).then(
    ({ order }) => order.number,
    (error: unknown) => {
      // Another order is under way at the point: the alarm is out, and the next look tries again.
      if (error instanceof ContorError && error.code === 'conflict') return null
      throw error
    },
  )
  if (number !== null)
    await asSystem(desk.db, (trx) =>
      sql`update contor.field_record set reconnect = 'made', answer = answer || ${JSON.stringify({ reconnectOrder: number })}::jsonb
           where metering_point_id = ${visit.meteringPointId} and visit_id = ${visit.id}`.execute(trx),
    )
  return number
}
