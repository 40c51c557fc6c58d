// Many orders at once over HTTP: first what they would do, then the asking.

import { z } from 'zod'
import { type App, errorSchema, idSchema } from '../../platform/index.ts'
import { createBatch } from './batch.ts'
import { createOrderClock } from './clock.ts'
import { dryRun } from './dryRun.ts'
import type { OrderServices } from './routes.ts'
import { requestSchema, showVerdict, verdictSchema } from './shapes.ts'

const tags = ['orders']
const uuid = z.uuid()
/** Orders of one batch or one dry run. */
export const maxBatch = 5_000

const dryRunSchema = z.object({
  items: z.array(
    z.object({
      requesterReference: z.string(),
      type: z.string(),
      meteringPoint: z.string(),
      ok: z.boolean(),
      error: errorSchema.shape.error.optional(),
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

export const batchSchema = z.object({
  batchId: uuid,
  accepted: z.number().int(),
  items: z.array(
    z.object({
      requesterReference: z.string(),
      id: uuid.nullable(),
      number: z.string().nullable(),
      created: z.boolean(),
      error: errorSchema.shape.error.nullable(),
    }),
  ),
})

export function registerBatchRoutes(app: App, services: OrderServices): void {
  const { db } = services
  const clock = createOrderClock(db, services.demo)
  const body = z.object({ orders: z.array(requestSchema).min(1).max(maxBatch) })
  app.post(
    '/orders::dry-run',
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
      const result = await dryRun(services, actor, orders, await clock.now())
      return {
        items: result.items.map(({ verdict, ...item }) => ({
          ...item,
          ...(verdict
            ? { gate: showVerdict(verdict, verdict.runsAt === undefined ? null : new Date(verdict.runsAt)) }
            : {}),
        })),
        dark: { ...result.dark, stations: [...result.dark.stations] },
      }
    },
  )
  app.post(
    '/orders::batch',
    {
      config: { permission: 'order' },
      schema: {
        tags,
        summary:
          'Ask for many at once: each waits for a second person; the good ones are taken, the others told',
        body,
        response: {
          200: batchSchema,
          '4xx': errorSchema,
        },
      },
    },
    async ({ actor, body: { orders } }) => {
      const batch = await createBatch(services, actor, orders, await clock.now())
      return { ...batch, items: [...batch.items] }
    },
  )
}
