// Sums over sets of points over HTTP.

import { type Channel, channels } from '@contor/intervals'
import { z } from 'zod'
import { type App, ContorError, civilDaySchema, type Services } from '../../platform/index.ts'
import { aggregate } from './aggregate.ts'
import { resolutions } from './buckets.ts'
import { registerProfileRoutes } from './profiles/routes.ts'
import type { PointSet } from './set.ts'
import { aggregateCsv, aggregateSchema, showAggregate } from './show.ts'
import { registerVirtualMeterRoutes } from './virtual/routes.ts'

const tags = ['aggregation']
const text = z.string().min(1).max(100)
const channel = z.enum(channels as [Channel, ...Channel[]]).default('A+')

export const setQuery = z.object({
  station: text.optional(),
  feeder: text.optional(),
  zone: text.optional(),
  supplier: text.optional(),
  kind: z.enum(['household', 'business', 'public', 'balance']).optional(),
  readingMode: z.enum(['smart', 'amr', 'manual']).optional(),
  prosumer: z.enum(['true', 'false']).optional(),
  /** PODs, separated by commas. */
  points: z
    .string()
    .transform((list) => [...new Set(list.split(','))])
    .pipe(z.array(z.string().min(1).max(64)).max(10_000))
    .optional(),
})

export function setOf({ prosumer, ...rest }: z.infer<typeof setQuery>): PointSet {
  return { ...rest, ...(prosumer && { prosumer: prosumer === 'true' }) }
}

/** Registers /aggregates and the suppliers' curves. */
export function registerAggregationRoutes(app: App, services: Services): void {
  const { db } = services
  registerVirtualMeterRoutes(app, services)
  registerProfileRoutes(app, services)
  const curveQuery = setQuery.extend({
    from: civilDaySchema,
    to: civilDaySchema,
    channel,
    resolution: z.enum(resolutions).default('1h'),
  })
  app.get(
    '/aggregates/curve',
    {
      config: { permission: 'aggregates' },
      schema: {
        tags,
        summary:
          'The sum of a set of points per quarter-hour, hour, day or month; points that you may not see one by one are in it where that shows none of them',
        querystring: curveQuery,
        response: { 200: aggregateSchema },
      },
    },
    async ({ actor, query }) => {
      const { from, to, channel, resolution, ...set } = query
      const asked = { from, to, channel, resolution }
      return showAggregate(asked, await aggregate(db, actor, { ...asked, set: setOf(set) }))
    },
  )
  app.get(
    '/aggregates/curve.csv',
    {
      config: { permission: 'aggregates' },
      schema: {
        tags,
        summary: 'The same as CSV',
        querystring: curveQuery,
        produces: ['text/csv'],
      },
    },
    async ({ actor, query }, reply) => {
      const { from, to, channel, resolution, ...set } = query
      const sum = await aggregate(db, actor, { from, to, channel, resolution, set: setOf(set) })
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="curve-${from}-${to}.csv"`)
        .send(aggregateCsv(sum, channel))
    },
  )
  app.get(
    '/suppliers/me/curve',
    {
      config: { permission: 'aggregates' },
      schema: {
        tags,
        summary: "The curve of a supplier's own points together in a month",
        querystring: z.object({
          month: z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'a month YYYY-MM'),
          channel,
          resolution: z.enum(resolutions).default('1h'),
          station: text.optional(),
          zone: text.optional(),
        }),
        response: { 200: aggregateSchema },
      },
    },
    async ({ actor, query }) => {
      const { month, channel, resolution, ...part } = query
      const supplier = /^supplier:(.+)$/.exec(actor.subject)?.[1]
      if (!supplier)
        throw new ContorError('not-allowed', 'Only a supplier has points of its own', {
          remedy: 'Ask /api/aggregates/curve?supplier=… instead.',
        })
      const asked = { ...daysOfMonth(month), channel, resolution }
      return showAggregate(asked, await aggregate(db, actor, { ...asked, set: { ...part, supplier } }))
    },
  )
}

function daysOfMonth(month: string): { from: string; to: string } {
  const [year, number] = month.split('-').map(Number)
  return {
    from: `${month}-01`,
    to: new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10),
  }
}
