// What is kept over HTTP: the energy of months, and what every run of retention did.

import { type Channel, channels, dayNumber } from '@contor/intervals'
import { sql } from 'kysely'
import { z } from 'zod'
import {
  type App,
  ContorError,
  civilDaySchema,
  errorSchema,
  idParams,
  listOf,
  notFound,
  type Services,
  withActor,
} from '../../../platform/index.ts'
import { loadMonths } from './months.ts'

const tags = ['readings']
/** Ten years. */
const mostDays = 3_660

const monthSchema = z.object({
  month: z.string(),
  sum: z.number().int(),
  days: z.number().int(),
  detailedDays: z.number().int(),
})
const runSchema = z.object({
  at: z.string(),
  class: z.enum(['detail', 'cumulative']),
  beforeDay: z.string().nullable(),
  deleted: z.number().int(),
  held: z.number().int(),
  refused: z.string().nullable(),
  rule: z.string(),
  months: z.number().int(),
})

/** GET /metering-points/{id}/months, GET /retention-runs. */
export function registerRetentionRoutes(app: App, { db }: Services): void {
  app.get(
    '/metering-points/:id/months',
    {
      config: { permission: 'read' },
      schema: {
        tags,
        summary:
          'Energy of whole months in Wh or varh, also of months whose quarter-hours are no longer kept',
        params: idParams,
        querystring: z.object({
          channel: z.enum(channels as [Channel, ...Channel[]]).default('A+'),
          from: civilDaySchema,
          to: civilDaySchema,
        }),
        response: { 200: listOf(monthSchema), '4xx': errorSchema },
      },
    },
    async ({ actor, params, query }) => {
      const days = dayNumber(query.to) - dayNumber(query.from) + 1
      if (days < 1 || days > mostDays)
        throw new ContorError('invalid-request', `The range must hold 1 to ${mostDays} days`, {
          field: 'to',
          value: query.to,
        })
      return withActor(db, actor, async (trx) => {
        const { rows } = await sql`select 1 from contor.metering_point where id = ${params.id}`.execute(trx)
        if (rows.length === 0) throw notFound('metering point', params.id)
        return { items: await loadMonths(trx, params.id, query.channel, query.from, query.to) }
      })
    },
  )
  app.get(
    '/retention-runs',
    {
      config: { permission: 'collection' },
      schema: {
        tags,
        summary: 'What retention took away, newest run first, and why it did nothing',
        response: { 200: listOf(runSchema) },
      },
    },
    async ({ actor }) =>
      withActor(db, actor, async (trx) => {
        const { rows } = await sql<z.infer<typeof runSchema>>`
          select to_json(at) #>> '{}' as at, class, before_day as "beforeDay", deleted::float8 as deleted, held::float8 as held,
                 refused, rule, months
            from contor.retention_run order by id desc limit 200`.execute(trx)
        return { items: rows }
      }),
  )
}
