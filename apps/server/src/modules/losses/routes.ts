import { dayStart, slotStart } from '@contor/intervals'
import { z } from 'zod'
import {
  type App,
  ContorError,
  civilDaySchema,
  idParams,
  listOf,
  type Services,
  withActor,
} from '../../platform/index.ts'
import { type Balance, balanceOf, slotBalances } from './balance.ts'
import { registerParameterRoutes } from './parameterRoutes.ts'
import { stationMustExist } from './parameters.ts'
import { feedersOf, fitPeriod, summarisePeriod, worthByDay } from './period.ts'
import { registerRankingRoutes } from './rankingRoutes.ts'
import { loadPointDays } from './recompute.ts'
import { sources, verdicts } from './verdict.ts'

const maxDays = 400
const maxQuarterHourDays = 7

const query = z.object({
  from: civilDaySchema,
  to: civilDaySchema,
  resolution: z.enum(['1d', '15m']).default('1d'),
})

const item = z.object({
  start: z.string(),
  day: z.string(),
  suppliedWh: z.number().int(),
  returnedWh: z.number().int(),
  consumedWh: z.number().int(),
  producedWh: z.number().int(),
  lossWh: z.number().int(),
  lossPercent: z.number().nullable(),
  pointsExpected: z.number().int(),
  pointsPresent: z.number().int(),
  complete: z.boolean(),
  // What the day is worth; absent for quarter-hours, and for days that wait to be computed.
  missingWh: z.number().optional(),
  likelyLossWh: z.number().optional(),
  technicalWh: z.number().nullable().optional(),
  unexplainedWh: z.number().optional(),
  uncertaintyWh: z.number().optional(),
  bandWh: z.number().optional(),
  z: z.number().nullable().optional(),
  verdict: z.enum(verdicts).optional(),
})

const rangeOf = (from: string, to: string) => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1

const periodQuery = z.object({
  from: civilDaySchema,
  to: civilDaySchema,
  feeder: z.string().max(80).default(''),
})
const wh = z.number()
const summary = z.object({
  suppliedWh: wh,
  returnedWh: wh,
  consumedWh: wh,
  producedWh: wh,
  lossWh: wh,
  lossPercent: z.number().nullable(),
  missingWh: wh,
  likelyLossWh: wh,
  technicalWh: wh.nullable(),
  transformerWh: wh.nullable(),
  lineWh: wh.nullable(),
  ownUseWh: wh.nullable(),
  unexplainedWh: wh,
  uncertaintyWh: wh,
  z: z.number().nullable(),
  verdict: z.enum(verdicts),
  coverage: z.number(),
  days: z.number().int(),
  completeDays: z.number().int(),
  unknownPoints: z.number().int(),
  metered: z.boolean(),
  sources: z.array(z.object({ source: z.enum(sources), wh })),
})
const fitted = z.object({
  k: z.number(),
  error: z.number(),
  constantWh: z.number(),
  constantError: z.number(),
  days: z.number().int(),
  slots: z.number().int(),
})
/**
 * GET /stations/{id}/balance: energy in, out and lost, per day or quarter-hour; both days included.
 * …/balance/summary: the days together with uncertainty, technical part and verdict. …/feeders: their names.
 * …/line-loss-fit: what its lines take. GET /balances: all stations of a period. Parameters: parameterRoutes.ts.
 */
export function registerLossesRoutes(app: App, services: Services): void {
  registerBalance(app, services)
  registerPeriods(app, services)
  registerParameterRoutes(app, services)
  registerRankingRoutes(app, services)
}

function checkRange(from: string, to: string): void {
  const days = rangeOf(from, to)
  if (days < 1 || days > maxDays)
    throw new ContorError('invalid-request', `The range must hold 1 to ${maxDays} days`, {
      field: 'to',
      value: to,
    })
}

function registerPeriods(app: App, { db }: Services): void {
  app.get(
    '/stations/:id/balance/summary',
    {
      config: { permission: 'network' },
      schema: {
        tags: ['losses'],
        summary: 'What the balances of some days together allow to say',
        params: idParams,
        querystring: periodQuery,
        response: { 200: summary },
      },
    },
    async (request) => {
      const { from, to, feeder } = request.query
      checkRange(from, to)
      return withActor(db, request.actor, async (trx) => {
        await stationMustExist(trx, request.params.id)
        const found = await summarisePeriod(trx, request.params.id, feeder, from, to)
        return { ...found, sources: [...found.sources] }
      })
    },
  )
  app.get(
    '/stations/:id/feeders',
    {
      config: { permission: 'network' },
      schema: {
        tags: ['losses'],
        summary: 'Feeders of a station that have balances',
        params: idParams,
        response: { 200: listOf(z.object({ feeder: z.string() })) },
      },
    },
    async (request) =>
      withActor(db, request.actor, async (trx) => {
        await stationMustExist(trx, request.params.id)
        return { items: (await feedersOf(trx, request.params.id)).map((feeder) => ({ feeder })) }
      }),
  )
  app.get(
    '/stations/:id/line-loss-fit',
    {
      config: { permission: 'network' },
      schema: {
        tags: ['losses'],
        summary: 'What the lines take, fitted over some days: loss = constant + k · E²',
        params: idParams,
        querystring: periodQuery,
        response: { 200: z.object({ fit: fitted.nullable() }) },
      },
    },
    async (request) => {
      const { from, to, feeder } = request.query
      checkRange(from, to)
      return withActor(db, request.actor, async (trx) => {
        await stationMustExist(trx, request.params.id)
        return { fit: (await fitPeriod(trx, request.params.id, feeder, from, to)) ?? null }
      })
    },
  )
}

function registerBalance(app: App, { db }: Services): void {
  app.get(
    '/stations/:id/balance',
    {
      config: { permission: 'network' },
      schema: {
        tags: ['losses'],
        summary: 'Energy balance of a station',
        params: idParams,
        querystring: query,
        response: { 200: listOf(item) },
      },
    },
    async (request) => {
      const { from, to, resolution } = request.query
      const days = rangeOf(from, to)
      const limit = resolution === '15m' ? maxQuarterHourDays : maxDays
      if (days < 1 || days > limit) {
        throw new ContorError(
          'invalid-request',
          `The range must hold 1 to ${limit} days at resolution ${resolution}`,
          { field: 'to', value: to },
        )
      }
      return withActor(db, request.actor, async (trx) => {
        await stationMustExist(trx, request.params.id)
        if (resolution === '15m') {
          const loaded = await loadPointDays(trx, request.params.id, from, to)
          const items = [...loaded].flatMap(([day, points]) =>
            slotBalances(day, points).map((balance, slot) => ({
              start: iso(slotStart(day, slot)),
              day,
              ...balance,
            })),
          )
          return { items }
        }
        const worth = await worthByDay(trx, request.params.id, from, to)
        const stored = await storedDays(trx, request.params.id, from, to)
        return { items: stored.map((row) => ({ ...row, ...worth.get(row.day) })) }
      })
    },
  )
}

async function storedDays(
  trx: Parameters<typeof loadPointDays>[0],
  stationId: string,
  from: string,
  to: string,
) {
  const stored = await trx
    .selectFrom('station_day')
    .selectAll()
    .where('station_id', '=', stationId)
    .where('day', '>=', from)
    .where('day', '<=', to)
    .orderBy('day')
    .execute()
  return stored.map((row): { start: string; day: string } & Balance => ({
    start: iso(dayStart(row.day)),
    day: row.day,
    ...balanceOf(
      {
        suppliedWh: Number(row.supplied_wh),
        returnedWh: Number(row.returned_wh),
        consumedWh: Number(row.consumed_wh),
        producedWh: Number(row.produced_wh),
      },
      row.points_expected,
      row.points_present,
      row.complete,
    ),
  }))
}

const iso = (at: number) => new Date(at).toISOString()
