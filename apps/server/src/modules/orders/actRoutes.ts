// What persons do to an order over HTTP. Each finds the order under the actor's own eyes first.

import { z } from 'zod'
import {
  type Actor,
  type App,
  civilDaySchema,
  errorSchema,
  instantSchema,
  notFound,
  type Permission,
  withActor,
} from '../../platform/index.ts'
import {
  approveOrder,
  cancelOrder,
  recordCure,
  recordFieldResult,
  recordJustification,
  recordNotice,
  refuseOrder,
} from './act.ts'
import { createOrderClock } from './clock.ts'
import { cureKinds, noticeChannels } from './facts.ts'
import type { OrderServices } from './routes.ts'
import { orderSchema, showOrder } from './shapes.ts'
import { findOrder, type Order } from './store.ts'

const reason = z.string().trim().min(3).max(500)
const proof = z.string().trim().min(3).max(300)
const reasonBody = z.object({ reason })

export function registerActRoutes(app: App, services: OrderServices): void {
  const { db } = services
  const clock = createOrderClock(db, services.demo)

  function act<B extends z.ZodType, R extends z.ZodType>(
    path: string,
    permission: Permission,
    summary: string,
    body: B,
    response: R,
    run: (actor: Actor, order: Order, body: z.output<B>, now: number) => Promise<z.input<R>>,
  ): void {
    app.post(
      `/orders/:id/${path}`,
      {
        config: { permission },
        schema: {
          tags: ['orders'],
          summary,
          params: z.object({ id: z.uuid() }),
          body,
          response: { 200: response, '4xx': errorSchema },
        },
      },
      // The schemas above are what Fastify checks; their types are beyond its inference here.
      (async ({ actor, params, body }: { actor: Actor; params: { id: string }; body: z.output<B> }) => {
        const order = await withActor(db, actor, (trx) => findOrder(trx, params.id))
        if (!order) throw notFound('order', params.id)
        return run(actor, order, body, await clock.now())
      }) as never,
    )
  }

  act(
    'cancel',
    'order',
    'Take an order back; when its command has left, the order ends as what is read back says',
    reasonBody,
    orderSchema,
    async (actor, order, body, now) => showOrder(await cancelOrder(db, actor, order, body.reason, now)),
  )
  act(
    'approve',
    'approve-order',
    'Be the second person',
    reasonBody,
    orderSchema,
    async (actor, order, body, now) =>
      showOrder(await approveOrder(services, actor, order, body.reason, now)),
  )
  act(
    'refuse',
    'approve-order',
    'Refuse an order that has not run',
    reasonBody,
    orderSchema,
    async (actor, order, body, now) => showOrder(await refuseOrder(db, actor, order, body.reason, now)),
  )
  act(
    'notices',
    'order',
    'Record that a notice was sent, with its proof',
    z.object({ sentAt: instantSchema, channel: z.enum(noticeChannels), proof }),
    orderSchema,
    async (actor, order, body, now) => showOrder(await recordNotice(services, actor, order, body, now)),
  )
  act(
    'justification',
    'approve-order',
    'Record that the letter justifying an act without notice has left',
    z.object({ sentAt: instantSchema, channel: z.enum(noticeChannels), proof }),
    orderSchema,
    async (actor, order, body, now) => showOrder(await recordJustification(db, actor, order, body, now)),
  )
  act(
    'cures',
    'order',
    'Record that the cause is gone: cancels before the act, connects again after it',
    z.object({ kind: z.enum(cureKinds), at: instantSchema, proof }),
    z.object({ order: orderSchema, reconnect: orderSchema.nullable() }),
    async (actor, order, body, now) => {
      const cured = await recordCure(services, actor, order, body, now)
      return { order: showOrder(cured.order), reconnect: cured.reconnect ? showOrder(cured.reconnect) : null }
    },
  )
  act(
    'field-result',
    'approve-order',
    'What was done on site, where a crew has no phone; a crew sends the record of its visit',
    z.object({
      result: z.enum(['done', 'impossible', 'postponed']),
      reason,
      nextVisit: civilDaySchema.optional(),
      evidence: z.record(z.string(), z.unknown()).default({}),
    }),
    orderSchema,
    async (actor, order, body, now) => showOrder(await recordFieldResult(db, actor, order, body, now)),
  )
}
