import { dayNumber } from '@contor/intervals'
import { z } from 'zod'
import {
  type App,
  ContorError,
  civilDaySchema,
  errorSchema,
  idSchema,
  type Services,
  withActor,
} from '../../../platform/index.ts'
import { estimatePoint } from './estimate.ts'

const mostDays = 62

const where = { day: civilDaySchema, channel: z.string(), fromSlot: z.number(), count: z.number() }
const declined = z.array(z.object({ method: z.string(), reason: z.string() })).readonly()
const outcomeSchema = z.object({
  orderVersion: z.number(),
  estimated: z
    .array(
      z.object({
        ...where,
        energyWh: z.number(),
        method: z.string(),
        reason: z.string(),
        confidence: z.number(),
        facts: z.record(z.string(), z.union([z.number(), z.string()])),
        declined,
        registers: z
          .array(
            z.object({
              tariff: z.number(),
              from: z.string(),
              to: z.string(),
              differenceWh: z.number(),
              measuredWh: z.number(),
              estimatedWh: z.number(),
            }),
          )
          .readonly(),
      }),
    )
    .readonly(),
  open: z.array(z.object({ ...where, declined })).readonly(),
  days: z.array(civilDaySchema).readonly(),
})

/** POST /estimates: values for the missing quarter-hours of a point, also of gaps that may still be recovered. */
export function registerEstimateRoutes(app: App, { db }: Services): void {
  app.post(
    '/estimates',
    {
      schema: {
        tags: ['estimates'],
        summary: 'Estimate the missing quarter-hours of whole days; with dryRun nothing is written',
        body: z.object({
          meteringPointId: idSchema,
          from: civilDaySchema,
          to: civilDaySchema,
          dryRun: z.boolean().default(false),
          reason: z.string().trim().min(3).max(1_000),
        }),
        response: { 200: outcomeSchema, '4xx': errorSchema },
      },
      config: { permission: 'edit' },
    },
    async ({ actor, body }) => {
      const days = dayNumber(body.to) - dayNumber(body.from) + 1
      if (days < 1 || days > mostDays)
        throw new ContorError('invalid-request', `The range must hold 1 to ${mostDays} days`, {
          field: 'to',
          value: body.to,
          remedy: 'Ask for a shorter range.',
        })
      return withActor(db, actor, (trx) => estimatePoint(trx, { ...body, actor: actor.subject }))
    },
  )
}
