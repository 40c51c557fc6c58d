import { dayStart, slotStart } from '@contor/intervals'
import { sql } from 'kysely'
import { z } from 'zod'
import {
  type App,
  ContorError,
  civilDaySchema,
  idParams,
  listOf,
  notFound,
  type Services,
  withActor,
} from '../../platform/index.ts'
import { type Balance, balanceOf, slotBalances } from './balance.ts'
import { loadPointDays } from './recompute.ts'

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
})

/** GET /stations/{id}/balance: energy in, out and lost, per day or quarter-hour; both days included. */
export function registerLossesRoutes(app: App, { db }: Services): void {
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
      const days = Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1
      const limit = resolution === '15m' ? maxQuarterHourDays : maxDays
      if (days < 1 || days > limit) {
        throw new ContorError(
          'invalid-request',
          `The range must hold 1 to ${limit} days at resolution ${resolution}`,
          { field: 'to', value: to },
        )
      }
      return withActor(db, request.actor, async (trx) => {
        const { rows } = await sql`select 1 from contor.station where id = ${request.params.id}`.execute(trx)
        if (rows.length === 0) throw notFound('station', request.params.id)
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
        return { items: await storedDays(trx, request.params.id, from, to) }
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
