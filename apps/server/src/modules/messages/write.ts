// A message is written in the transaction of what it tells: neither is there without the other.

import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'

export interface NewMessage {
  readonly meteringPointId: string
  /** What caused it: `order` with the order's id, or another thing with its own. */
  readonly about: 'order' | 'power' | 'interruption' | 'limitation'
  readonly aboutId: string
  /** `supplier:NAME`, `customer:ID`, or `operator` where nobody else is known. */
  readonly recipient: string
  /** What is told: 'order-closed', 'press-button', … with a text in `texts.ts`. */
  readonly kind: string
  readonly body: Readonly<Record<string, unknown>>
  /** Epoch ms. */
  readonly at: number
}

/** @returns the id of the message, which its receivers see as well */
export async function writeMessage(trx: Trx, message: NewMessage): Promise<string> {
  const id = randomUUID()
  const { meteringPointId, about, aboutId, recipient, kind, body } = message
  const at = new Date(message.at)
  await sql`
    insert into contor.message (metering_point_id, id, order_id, about, about_id, recipient, kind, body, created_at, next_at)
    values (${meteringPointId}, ${id}, ${about === 'order' ? aboutId : null}, ${about}, ${about === 'order' ? null : aboutId},
            ${recipient}, ${kind}, ${JSON.stringify(body)}::jsonb, ${at}, ${at})`.execute(trx)
  return id
}
