// Orders over HTTP. The demonstration's calendar is here too.

import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { z } from 'zod'
import {
  type App,
  ContorError,
  civilDaySchema,
  decodeCursor,
  encodeCursor,
  errorSchema,
  idSchema,
  instantSchema,
  listOf,
  notFound,
  pageOf,
  pageQuery,
  type Services,
  withActor,
} from '../../platform/index.ts'
import { approveOrder, cancelOrder, recordCure, recordFieldResult, recordNotice, refuseOrder } from './act.ts'
import { createOrderClock } from './clock.ts'
import { createOrder, type OrderRequest } from './create.ts'
import { dryRun } from './dryRun.ts'
import { cureKinds, noticeChannels } from './facts.ts'
import type { Cause, Verdict } from './gate/gate.ts'
import { orderStates, orderTypes } from './machine.ts'
import { causeColumns, findOrder, type Order } from './store.ts'
import { listOrders, loadOrder, type OrderDetail, type OrderListRow } from './view.ts'

const tags = ['orders']
const uuid = z.uuid()
const params = z.object({ id: uuid })
const reason = z.string().trim().min(3).max(500)
/** Orders of one batch or one dry run. */
const maxBatch = 5_000

const conditionSchema = z.object({
  key: z.string(),
  ok: z.boolean(),
  params: z.record(z.string(), z.unknown()),
  source: z.string(),
})
const verdictSchema = z.object({
  verdict: z.enum(['run', 'wait', 'approval', 'cured']).optional(),
  conditions: z.array(conditionSchema).default([]),
  runsAt: z.string().nullable(),
  costBearer: z.enum(['operator', 'user']).optional(),
})
const orderSchema = z.object({
  id: uuid,
  number: z.string(),
  type: z.enum(orderTypes),
  cause: z.string(),
  meteringPointId: idSchema,
  requester: z.string(),
  requesterReference: z.string(),
  requestedBy: z.string(),
  supplier: z.string().nullable(),
  batchId: uuid.nullable(),
  reason: z.string().nullable(),
  state: z.enum(orderStates),
  route: z.enum(['remote', 'field']).nullable(),
  runsAt: z.string().nullable(),
  dueBy: z.string().nullable(),
  justifyBy: z.string().nullable(),
  costBearer: z.enum(['operator', 'user']),
  approvedBy: z.string().nullable(),
  follows: uuid.nullable(),
  createdAt: z.string(),
  endedAt: z.string().nullable(),
})
const listRowSchema = orderSchema.extend({
  pod: z.string(),
  pointName: z.string(),
  address: z.string(),
  stationId: idSchema,
  station: z.string(),
})
const detailSchema = listRowSchema.extend({
  causeTitle: z.object({ ro: z.string(), en: z.string(), source: z.string() }),
  gate: verdictSchema,
  facts: z.record(z.string(), z.unknown()),
  timeline: z.array(
    z.object({
      at: z.string(),
      event: z.string(),
      from: z.string().nullable(),
      to: z.string(),
      actor: z.string(),
      evidence: z.record(z.string(), z.unknown()),
    }),
  ),
  commands: z.array(
    z.object({
      id: uuid,
      kind: z.string(),
      state: z.string(),
      outcome: z.string().nullable(),
      held: z.string().nullable(),
      errorCode: z.string().nullable(),
      errorText: z.string().nullable(),
      createdAt: z.string(),
      releasedAt: z.string().nullable(),
      finishedAt: z.string().nullable(),
      nextAt: z.string(),
      steps: z.array(
        z.object({
          at: z.string(),
          step: z.string(),
          details: z.record(z.string(), z.unknown()),
          trace: z.string().nullable(),
        }),
      ),
    }),
  ),
  messages: z.array(
    z.object({
      id: uuid,
      recipient: z.string(),
      kind: z.string(),
      body: z.record(z.string(), z.unknown()),
      createdAt: z.string(),
      state: z.string(),
      deliveredAt: z.string().nullable(),
    }),
  ),
})

const text = (at: Date | null) => at?.toISOString() ?? null
const showOrder = (order: Order) => ({
  id: order.id,
  number: order.number,
  type: order.type,
  cause: order.cause,
  meteringPointId: order.meteringPointId,
  requester: order.requester,
  requesterReference: order.requesterReference,
  requestedBy: order.requestedBy,
  supplier: order.supplier,
  batchId: order.batchId,
  reason: order.reason,
  state: order.state,
  route: order.route,
  runsAt: text(order.runsAt),
  dueBy: text(order.dueBy),
  justifyBy: order.justifyBy,
  costBearer: order.costBearer,
  approvedBy: order.approvedBy,
  follows: order.follows,
  createdAt: order.createdAt.toISOString(),
  endedAt: text(order.endedAt),
})
const showRow = (row: OrderListRow) => ({
  ...showOrder(row),
  pod: row.pod,
  pointName: row.pointName,
  address: row.address,
  stationId: row.stationId,
  station: row.station,
})
function showDetail({ order, timeline, commands, messages, causeTitle }: OrderDetail) {
  const { verdict, conditions = [], costBearer } = order.verdict as Partial<Verdict>
  return {
    ...showRow(order),
    causeTitle,
    gate: {
      ...(verdict ? { verdict } : {}),
      conditions: conditions.map((condition) => ({ ...condition, params: { ...condition.params } })),
      runsAt: text(order.runsAt),
      ...(costBearer ? { costBearer } : {}),
    },
    facts: { ...order.facts } as Record<string, unknown>,
    timeline: timeline.map((event) => ({ ...event, at: event.at.toISOString() })),
    commands: commands.map((command) => ({
      ...command,
      createdAt: command.createdAt.toISOString(),
      releasedAt: text(command.releasedAt),
      finishedAt: text(command.finishedAt),
      nextAt: command.nextAt.toISOString(),
      steps: command.steps.map((step) => ({ ...step, at: step.at.toISOString() })),
    })),
    messages: messages.map((message) => ({
      ...message,
      createdAt: message.createdAt.toISOString(),
      deliveredAt: text(message.deliveredAt),
    })),
  }
}

const requestSchema = z.object({
  type: z.enum(orderTypes),
  meteringPoint: z.string().trim().min(1).max(100).describe('id or POD'),
  cause: z.string().max(40).optional().describe('GET /api/orders/causes'),
  requesterReference: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .describe('your own name for it; the same reference is the same order'),
  reason: z.string().trim().max(500).optional(),
  debtSince: civilDaySchema.optional(),
  debtBani: z.number().int().min(0).max(1e12).optional(),
  protectionReason: z.string().trim().max(500).optional(),
  notBefore: instantSchema.optional(),
  until: civilDaySchema.optional(),
})

export function registerOrderRoutes(app: App, services: Services): void {
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
      const { order, created } = await createOrder(db, actor, body, { now: await clock.now() })
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
  registerBatchRoutes(app, services)
  if (services.demo) registerDemoClock(app, services)
}

function registerActRoutes(app: App, services: Services): void {
  const { db } = services
  const clock = createOrderClock(db, services.demo)
  const seen = async (actor: Parameters<typeof withActor>[1], id: string) => {
    const order = await withActor(db, actor, (trx) => findOrder(trx, id))
    if (!order) throw notFound('order', id)
    return order
  }
  const answer = { 200: orderSchema, '4xx': errorSchema }
  app.post(
    '/orders/:id/cancel',
    {
      config: { permission: 'order' },
      schema: {
        tags,
        summary: 'Take an order back; when its command has left, the order ends as what is read back says',
        params,
        body: z.object({ reason }),
        response: answer,
      },
    },
    async ({ actor, params: { id }, body }) =>
      showOrder(await cancelOrder(db, actor, await seen(actor, id), body.reason, await clock.now())),
  )
  app.post(
    '/orders/:id/approve',
    {
      config: { permission: 'approve-order' },
      schema: { tags, summary: 'Be the second person', params, body: z.object({ reason }), response: answer },
    },
    async ({ actor, params: { id }, body }) =>
      showOrder(await approveOrder(db, actor, await seen(actor, id), body.reason, await clock.now())),
  )
  app.post(
    '/orders/:id/refuse',
    {
      config: { permission: 'approve-order' },
      schema: {
        tags,
        summary: 'Refuse an order that has not run',
        params,
        body: z.object({ reason }),
        response: answer,
      },
    },
    async ({ actor, params: { id }, body }) =>
      showOrder(await refuseOrder(db, actor, await seen(actor, id), body.reason, await clock.now())),
  )
  app.post(
    '/orders/:id/notices',
    {
      config: { permission: 'order' },
      schema: {
        tags,
        summary: 'Record that a notice was sent, with its proof',
        params,
        body: z.object({
          sentAt: instantSchema,
          channel: z.enum(noticeChannels),
          proof: z.string().trim().min(3).max(300),
        }),
        response: answer,
      },
    },
    async ({ actor, params: { id }, body }) =>
      showOrder(await recordNotice(db, actor, await seen(actor, id), body, await clock.now())),
  )
  app.post(
    '/orders/:id/cures',
    {
      config: { permission: 'order' },
      schema: {
        tags,
        summary: 'Record that the cause is gone: cancels before the act, connects again after it',
        params,
        body: z.object({
          kind: z.enum(cureKinds),
          at: instantSchema,
          proof: z.string().trim().min(3).max(300),
        }),
        response: {
          200: z.object({ order: orderSchema, reconnect: orderSchema.nullable() }),
          '4xx': errorSchema,
        },
      },
    },
    async ({ actor, params: { id }, body }) => {
      if (actor.role === 'customer')
        throw new ContorError('not-allowed', 'A payment is recorded by whoever receives it', {
          field: 'kind',
          value: body.kind,
          remedy: 'Pay; the supplier or the operator records it.',
        })
      const { order, reconnect } = await recordCure(db, actor, await seen(actor, id), body, await clock.now())
      return { order: showOrder(order), reconnect: reconnect ? showOrder(reconnect) : null }
    },
  )
  app.post(
    '/orders/:id/field-result',
    {
      config: { permission: 'field' },
      schema: {
        tags,
        summary: 'What the crew did',
        params,
        body: z.object({
          result: z.enum(['done', 'impossible', 'postponed']),
          reason,
          nextVisit: civilDaySchema.optional(),
          evidence: z.record(z.string(), z.unknown()).default({}),
        }),
        response: answer,
      },
    },
    async ({ actor, params: { id }, body }) =>
      showOrder(await recordFieldResult(db, actor, await seen(actor, id), body, await clock.now())),
  )
}

const dryRunSchema = z.object({
  items: z.array(
    z.object({
      requesterReference: z.string(),
      type: z.string(),
      meteringPoint: z.string(),
      ok: z.boolean(),
      error: z
        .object({
          code: z.string(),
          message: z.string(),
          field: z.string().optional(),
          remedy: z.string().optional(),
        })
        .optional(),
      pod: z.string().optional(),
      name: z.string().optional(),
      address: z.string().optional(),
      route: z.enum(['remote', 'field']).optional(),
      gate: verdictSchema.optional(),
      dark: z.boolean(),
    }),
  ),
  dark: z.object({
    points: z.number().int(),
    powerW: z.number(),
    protected: z.number().int(),
    stations: z.array(
      z.object({
        stationId: idSchema,
        code: z.string(),
        points: z.number().int(),
        customers: z.number().int(),
        powerW: z.number(),
        totalPowerW: z.number(),
      }),
    ),
  }),
})

function registerBatchRoutes(app: App, services: Services): void {
  const { db } = services
  const clock = createOrderClock(db, services.demo)
  const body = z.object({ orders: z.array(requestSchema).min(1).max(maxBatch) })
  app.post(
    '/orders:dry-run',
    {
      config: { permission: 'order' },
      schema: {
        tags,
        summary:
          'What these orders would do: who would be dark, why each may or may not run; nothing is written',
        body,
        response: { 200: dryRunSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, body: { orders } }) => {
      const result = await dryRun(db, actor, orders, await clock.now())
      return {
        items: result.items.map(({ verdict, ...item }) => ({
          ...item,
          ...(verdict
            ? {
                gate: {
                  verdict: verdict.verdict,
                  conditions: verdict.conditions.map((one) => ({ ...one, params: { ...one.params } })),
                  runsAt: verdict.runsAt === undefined ? null : new Date(verdict.runsAt).toISOString(),
                  costBearer: verdict.costBearer,
                },
              }
            : {}),
        })),
        dark: { ...result.dark, stations: [...result.dark.stations] },
      }
    },
  )
  app.post(
    '/orders:batch',
    {
      config: { permission: 'order' },
      schema: {
        tags,
        summary:
          'Ask for many at once: each waits for a second person; the good ones are taken, the others told',
        body,
        response: {
          200: z.object({
            batchId: uuid,
            accepted: z.number().int(),
            items: z.array(
              z.object({
                requesterReference: z.string(),
                id: uuid.nullable(),
                number: z.string().nullable(),
                created: z.boolean(),
                error: z
                  .object({
                    code: z.string(),
                    message: z.string(),
                    field: z.string().optional(),
                    remedy: z.string().optional(),
                  })
                  .nullable(),
              }),
            ),
          }),
          '4xx': errorSchema,
        },
      },
    },
    async ({ actor, body: { orders } }) => {
      const batchId = randomUUID()
      const now = await clock.now()
      const items = []
      for (const request of orders) items.push(await tryCreate(request))
      return { batchId, accepted: items.filter((item) => item.error === null).length, items }

      async function tryCreate(request: OrderRequest) {
        try {
          const { order, created } = await createOrder(db, actor, request, {
            now,
            ...(orders.length > 1 ? { batchId } : {}),
          })
          return {
            requesterReference: request.requesterReference,
            id: order.id,
            number: order.number,
            created,
            error: null,
          }
        } catch (error) {
          if (!(error instanceof ContorError)) throw error
          const { code, message, field, remedy } = error
          return {
            requesterReference: request.requesterReference,
            id: null,
            number: null,
            created: false,
            error: {
              code,
              message,
              ...(field === undefined ? {} : { field }),
              ...(remedy === undefined ? {} : { remedy }),
            },
          }
        }
      }
    },
  )
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
