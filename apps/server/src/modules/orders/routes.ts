// Orders over HTTP: asking for one, finding them, and what the law says. The demonstration's calendar is here too.

import { sql } from 'kysely'
import { z } from 'zod'
import {
  type App,
  decodeCursor,
  encodeCursor,
  errorSchema,
  idSchema,
  listOf,
  notFound,
  pageOf,
  pageQuery,
  type Services,
  withActor,
} from '../../platform/index.ts'
import type { Signer } from '../commands/index.ts'
import { registerActRoutes } from './actRoutes.ts'
import { registerBatchRoutes } from './batchRoutes.ts'
import { createOrderClock } from './clock.ts'
import { createOrder } from './create.ts'
import { registerOrderFileRoutes } from './fileRoutes.ts'
import type { Cause } from './gate/gate.ts'
import { registerLawRoutes } from './lawRoutes.ts'
import { orderStates, orderTypes } from './machine.ts'
import {
  detailSchema,
  listRowSchema,
  orderSchema,
  requestSchema,
  showDetail,
  showOrder,
  showRow,
} from './shapes.ts'
import { causeColumns } from './store.ts'
import { listOrders, loadOrder } from './view.ts'

const tags = ['orders']
const params = z.object({ id: z.uuid() })

export type OrderServices = Services & { readonly signer: Signer }

export function registerOrderRoutes(app: App, services: OrderServices): void {
  const { db } = services
  const clock = createOrderClock(db, services.demo)
  app.post(
    '/orders',
    {
      config: { permission: 'order' },
      schema: {
        tags,
        summary: 'Ask for a disconnection, a reconnection or an end of supply',
        body: requestSchema,
        response: { 200: orderSchema, 201: orderSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, body }, reply) => {
      const { order, created } = await createOrder(services, actor, body, { now: await clock.now() })
      return reply.code(created ? 201 : 200).send(showOrder(order))
    },
  )
  app.get(
    '/orders',
    {
      config: { permission: 'orders' },
      schema: {
        tags,
        summary: 'Orders, newest first',
        querystring: pageQuery.extend({
          state: z.enum(orderStates).optional(),
          open: z.stringbool().optional(),
          toJustify: z.stringbool().optional().describe('a letter to the user is due (CG 7.6)'),
          type: z.enum(orderTypes).optional(),
          route: z.enum(['remote', 'field']).optional(),
          meteringPointId: idSchema.optional(),
          stationId: idSchema.optional(),
          search: z.string().max(100).optional(),
        }),
        response: { 200: pageOf(listRowSchema), '4xx': errorSchema },
      },
    },
    async ({ actor, query: { limit, cursor, ...filter } }) => {
      const after = decodeCursor(cursor, 2) as [string, string] | undefined
      const rows = await withActor(db, actor, (trx) => listOrders(trx, filter, limit + 1, after))
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      return {
        items: page.map(showRow),
        nextCursor:
          rows.length > limit && last ? encodeCursor([last.createdAt.toISOString(), last.id]) : null,
      }
    },
  )
  app.get(
    '/orders/causes',
    {
      config: { permission: 'orders' },
      schema: {
        tags,
        summary: 'Causes of law and contract with their periods and sources',
        response: {
          200: listOf(
            z.object({
              code: z.string(),
              category: z.string(),
              types: z.array(z.enum(orderTypes)),
              noticeDays: z.number(),
              noticeUnit: z.string(),
              debtDays: z.number(),
              cures: z.array(z.string()),
              userPays: z.boolean(),
              justifyDays: z.number(),
              titleRo: z.string(),
              titleEn: z.string(),
              source: z.string(),
              validFrom: z.string(),
            }),
          ),
        },
      },
    },
    async ({ actor }) =>
      withActor(db, actor, async (trx) => {
        const { rows } = await sql<Cause & { validFrom: string }>`
          select ${causeColumns}, valid_from as "validFrom" from contor.order_cause order by code, category, valid_from desc`.execute(
          trx,
        )
        return { items: rows.map((row) => ({ ...row, types: [...row.types], cures: [...row.cures] })) }
      }),
  )
  app.get(
    '/orders/now',
    {
      config: { permission: 'orders' },
      schema: {
        tags,
        summary: 'The calendar that orders live by; in the demonstration it may be ahead of the world',
        response: { 200: z.object({ now: z.string() }) },
      },
    },
    async () => ({ now: new Date(await clock.now()).toISOString() }),
  )
  app.get(
    '/orders/:id',
    {
      config: { permission: 'orders' },
      schema: {
        tags,
        summary: 'An order with its timeline and evidence',
        params,
        response: { 200: detailSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params: { id } }) => {
      const detail = await withActor(db, actor, (trx) => loadOrder(trx, id))
      if (!detail) throw notFound('order', id)
      return showDetail(detail)
    },
  )
  registerActRoutes(app, services)
  registerLawRoutes(app, services)
  registerOrderFileRoutes(app, services)
  registerBatchRoutes(app, services)
  if (services.demo) registerDemoClock(app, services)
}

function registerDemoClock(app: App, services: Services): void {
  const clock = createOrderClock(services.db, true)
  const response = { 200: z.object({ now: z.string() }) }
  app.post(
    '/demo/clock',
    {
      config: { permission: 'guard' },
      schema: {
        tags: ['demo'],
        summary: 'Let days pass for orders; meters, sessions and the guard stay in the world’s time',
        body: z.object({
          advanceMs: z
            .number()
            .int()
            .min(0)
            .max(400 * 86_400_000),
        }),
        response,
      },
    },
    async ({ body }) => ({ now: new Date(await clock.advance(body.advanceMs)).toISOString() }),
  )
}
