// Many orders asked for at once: the good ones are taken, the others told.

import { randomUUID } from 'node:crypto'
import { type Actor, ContorError, errorBody } from '../../platform/index.ts'
import { createOrder, type OrderDesk, type OrderRequest } from './create.ts'

export interface BatchItem {
  readonly requesterReference: string
  readonly id: string | null
  readonly number: string | null
  readonly created: boolean
  readonly error: ReturnType<typeof errorBody>['error'] | null
}
export interface Batch {
  readonly batchId: string
  readonly accepted: number
  /** In the order of the requests. */
  readonly items: readonly BatchItem[]
}

const lanes = 8

/** More than one order is a batch, and each of it waits for a second person. */
export async function createBatch(
  desk: OrderDesk,
  actor: Actor,
  requests: readonly OrderRequest[],
  now: number,
): Promise<Batch> {
  const batchId = randomUUID()
  const options = { now, ...(requests.length > 1 ? { batchId } : {}) }
  const items = new Array<BatchItem>(requests.length)
  // Orders for one point are taken in their order, others side by side.
  const laneOf = ({ meteringPoint }: OrderRequest) => {
    let hash = 0
    for (const char of meteringPoint) hash = (hash * 31 + char.charCodeAt(0)) >>> 0
    return hash % lanes
  }
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      for (const [index, request] of requests.entries())
        if (laneOf(request) === lane) items[index] = await tryCreate(desk, actor, request, options)
    }),
  )
  return { batchId, accepted: items.filter((item) => item.error === null).length, items }
}

async function tryCreate(
  desk: OrderDesk,
  actor: Actor,
  request: OrderRequest,
  options: { readonly now: number; readonly batchId?: string },
): Promise<BatchItem> {
  const { requesterReference } = request
  try {
    const { order, created } = await createOrder(desk, actor, request, options)
    return { requesterReference, id: order.id, number: order.number, created, error: null }
  } catch (error) {
    if (!(error instanceof ContorError)) throw error
    return { requesterReference, id: null, number: null, created: false, ...errorBody(error) }
  }
}
