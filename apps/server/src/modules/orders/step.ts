// What one look at an order works with.

import type { Trx } from '../../platform/index.ts'
import type { Signer } from '../commands/index.ts'
import type { LegalRule } from '../legal/index.ts'
import { writeMessage } from '../messages/index.ts'
import { actionOf } from './machine.ts'
import type { Order, Point } from './store.ts'

export const engine = 'engine'

export interface Step {
  readonly trx: Trx
  readonly signer: Signer
  readonly point: Point
  readonly now: number
  readonly law: readonly LegalRule[]
}

/** Writes a message about the order and the state of its point. */
export async function tell(
  { trx, point, now }: Step,
  order: Order,
  recipient: string,
  kind: string,
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
