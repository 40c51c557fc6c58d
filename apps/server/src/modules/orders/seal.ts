// What a person asked for, and what was recorded of it, under a signature: the engine makes commands of nothing else.

import type { Signer, Verifier } from '../commands/index.ts'
import type { Facts } from './facts.ts'
import type { Order } from './store.ts'

/** What the seal covers: all that the gate judges and that a command repeats. */
export type Sealed = Pick<
  Order,
  | 'meteringPointId'
  | 'id'
  | 'type'
  | 'cause'
  | 'requester'
  | 'requestedBy'
  | 'supplier'
  | 'batchId'
  | 'facts'
  | 'approvedBy'
  | 'createdAt'
>

function sealedBytes(order: Sealed): Buffer {
  return Buffer.from(
    JSON.stringify([
      'contor-order-1',
      order.meteringPointId,
      order.id,
      order.type,
      order.cause,
      order.requester,
      order.requestedBy,
      order.supplier,
      order.batchId,
      inOrder(order.facts),
      order.approvedBy,
      order.createdAt.getTime(),
    ]),
  )
}

// jsonb keeps no order of keys.
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (value === null || typeof value !== 'object') return value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => [key, inOrder(each)])
}

/** The sealed part of an order after a change. */
export interface Resealed {
  readonly facts: Facts
  readonly approvedBy: string | null
  readonly seal: Buffer
}

export function sealOrder(
  signer: Signer,
  order: Sealed,
  change: Partial<Pick<Resealed, 'facts' | 'approvedBy'>> = {},
): Resealed {
  const changed = { ...order, ...change }
  return { facts: changed.facts, approvedBy: changed.approvedBy, seal: signer.sign(sealedBytes(changed)) }
}

export const sealHolds = (verifier: Verifier, order: Order): boolean =>
  order.seal !== null && verifier.verify(sealedBytes(order), order.seal)
