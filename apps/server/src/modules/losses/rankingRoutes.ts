import { z } from 'zod'
import {
  type App,
  ContorError,
  civilDaySchema,
  listOf,
  pageQuery,
  type Services,
  withActor,
} from '../../platform/index.ts'
import { levels, rankBalances, rankingCsv, rankingSorts } from './ranking.ts'
import { verdicts } from './verdict.ts'

/** Days of a list: each of them is a row for each station. */
const maxListDays = 92
/** Rows of one file: more than any operator has stations or feeders. */
const maxFileRows = 500_000

const filter = z.object({
  from: civilDaySchema,
  to: civilDaySchema,
  level: z.enum(levels).default('station'),
  verdict: z.enum(verdicts).optional(),
  search: z.string().max(80).optional(),
  sort: z.enum(rankingSorts).default('z'),
  order: z.enum(['desc', 'asc']).default('desc'),
})
const wh = z.number()
const ranked = z.object({
  stationId: z.string(),
  code: z.string(),
  name: z.string(),
  zone: z.string(),
  feeder: z.string(),
  days: z.number().int(),
  completeDays: z.number().int(),
  presentShare: z.number().nullable(),
  enteredWh: wh,
  lossWh: wh,
  lossPercent: z.number().nullable(),
  likelyLossWh: wh,
  technicalWh: wh.nullable(),
  unexplainedWh: wh,
  uncertaintyWh: wh,
  z: z.number().nullable(),
  verdict: z.enum(verdicts),
})
const answer = listOf(ranked).extend({
  nextCursor: z.string().nullable(),
  coverage: z.number(),
  counts: z.partialRecord(z.enum(verdicts), z.number().int()),
  waitingDays: z.number().int(),
  withoutBalance: z.number().int(),
})

/** @throws ContorError 'invalid-request' for a range of no days or of more than the list sums up at once */
export function checkListRange(from: string, to: string): void {
  const days = Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1
  if (days < 1 || days > maxListDays)
    throw new ContorError('invalid-request', `The range must hold 1 to ${maxListDays} days`, {
      field: 'to',
      value: to,
      remedy: `Give a last day from ${from} on, at most ${maxListDays} days in all.`,
    })
}

/** GET /balances: all stations or feeders of a period by what their losses allow to say; /balances.csv: the whole list. */
export function registerRankingRoutes(app: App, { db }: Services): void {
  const tags = ['losses']
  app.get(
    '/balances',
    {
      config: { permission: 'network' },
      schema: {
        tags,
        summary: 'Stations or feeders of a period, the most significant unexplained loss first',
        querystring: filter.extend(pageQuery.shape),
        response: { 200: answer },
      },
    },
    async (request) => {
      const { order, ...query } = request.query
      checkListRange(query.from, query.to)
      return withActor(db, request.actor, (trx) =>
        rankBalances(trx, { ...query, descending: order === 'desc' }),
      )
    },
  )
  app.get(
    '/balances.csv',
    {
      config: { permission: 'network' },
      schema: { tags, summary: 'The same as CSV, all rows', querystring: filter, produces: ['text/csv'] },
    },
    async (request, reply) => {
      const { order, ...query } = request.query
      checkListRange(query.from, query.to)
      const { items } = await withActor(db, request.actor, (trx) =>
        rankBalances(trx, { ...query, descending: order === 'desc', limit: maxFileRows }),
      )
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="balances-${query.from}-${query.to}.csv"`)
        .send(rankingCsv(items))
    },
  )
}
