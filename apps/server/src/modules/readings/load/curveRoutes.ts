// GET /metering-points/:id/curve: years of one point at once.

import { Readable } from 'node:stream'
import { type Channel, channels, dayNumber, isCivilDay } from '@contor/intervals'
import { z } from 'zod'
import { type App, ContorError, errorSchema, idParams, type Services } from '../../../platform/index.ts'
import { chartJson, curveJson } from './curveJson.ts'
import { chartOf, loadPointCurve, releaseCurve } from './pointCurve.ts'

/** A bound on the work and the memory of one request, not a figure of law. */
const mostDays = 1_500

const day = z.string().refine(isCivilDay, 'a civil day YYYY-MM-DD')
const query = z.object({
  from: day,
  to: day,
  channels: z
    .string()
    .transform((text) => [...new Set(text.split(','))])
    .pipe(z.array(z.enum(channels as [Channel, ...Channel[]])).min(1))
    .optional(),
  width: z.coerce.number().int().min(2).max(10_000).optional(),
})

/** Registers the route. */
export function registerCurveRoutes(app: App, { db }: Pick<Services, 'db'>): void {
  app.get(
    '/metering-points/:id/curve',
    {
      schema: {
        tags: ['readings'],
        summary:
          'All quarter-hours of the days from … to (both included, up to 1,500) in columns, streamed; with width=N what a chart of N columns shows: min, max and sum of each',
        params: idParams,
        querystring: query,
        produces: ['application/json'],
        response: { '4xx': errorSchema },
      },
    },
    async ({ actor, params, query }, reply) => {
      const { from, to, width } = query
      const days = dayNumber(to) - dayNumber(from) + 1
      if (days < 1 || days > mostDays)
        throw new ContorError('invalid-request', `The range must hold 1 to ${mostDays} days`, {
          field: 'to',
          value: to,
          remedy: 'Ask for a shorter range.',
        })
      const curve = await loadPointCurve(db, actor, params.id, from, to, query.channels)
      const head = { meteringPointId: params.id, from, to }
      reply.header('content-type', 'application/json; charset=utf-8')
      if (width !== undefined) {
        const chart = chartOf(curve, width)
        releaseCurve(curve)
        return reply.send(Buffer.concat([...chartJson(head, curve, chart)]) as never) // the schema describes errors
      }
      const body = Readable.from(curveJson(head, curve), { objectMode: false, highWaterMark: 256 * 1024 })
      body.once('close', () => releaseCurve(curve))
      return reply.send(body as never)
    },
  )
}
