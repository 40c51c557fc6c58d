import {
  type Channel,
  channels,
  civilDayOf,
  dayEnd,
  dayStart,
  daysBetween,
  isCivilDay,
} from '@contor/intervals'
import { sql } from 'kysely'
import { z } from 'zod'
import {
  type App,
  asSystem,
  ContorError,
  errorSchema,
  idParams,
  idSchema,
  listOf,
  notFound,
  type Services,
  type Trx,
  withActor,
} from '../../platform/index.ts'
import { CorruptDay } from './blockRow.ts'
import { eventName } from './eventNames.ts'
import { registerExplainRoutes } from './explainRoutes.ts'
import { cutColumns, dayRange, loadIntervals } from './intervals.ts'
import { registerCurveRoutes } from './load/index.ts'
import { noteFault } from './repair/index.ts'
import { registerRetentionRoutes } from './retention/index.ts'

const tags = ['readings']
const maxDays = { '15m': 62, '1h': 190, '1d': 1_500, '1mo': 4_000 } as const

const dayOrInstant = z
  .string()
  .refine(
    (text) => isCivilDay(text) || (/^\d{4}-\d{2}-\d{2}T/.test(text) && !Number.isNaN(Date.parse(text))),
    'a civil day YYYY-MM-DD or an ISO-8601 instant',
  )
const range = z.object({ from: dayOrInstant, to: dayOrInstant })
const quality = z.enum(['measured', 'estimated', 'edited', 'missing', 'mixed'])

const intervalsQuery = range.extend({
  channel: z.enum(channels as [Channel, ...Channel[]]).default('A+'),
  resolution: z.enum(['15m', '1h', '1d', '1mo']).default('15m'),
  format: z.enum(['items', 'columns']).default('items'),
  knownAt: z.iso.datetime({ offset: true }).optional(),
})
const head = { channel: z.string(), unit: z.enum(['Wh', 'varh']), resolution: z.string() }
const itemsSchema = z.object({
  ...head,
  items: z.array(
    z.object({
      start: z.string(),
      end: z.string(),
      value: z.number().nullable(),
      quality,
      flags: z.array(z.string()),
      trace: z.string().nullable(),
    }),
  ),
})
const columnsSchema = z.object({
  ...head,
  start: z.array(z.string()),
  value: z.array(z.number().nullable()),
  quality: z.array(quality),
  flags: z.array(z.array(z.string())),
  trace: z.array(z.string().nullable()),
})

const registerNames: Readonly<Record<string, { ro: string; en: string }>> = {
  '1.0.1.8.0.255': { ro: 'Energie activă primită, total', en: 'Active energy import, total' },
  '1.0.2.8.0.255': { ro: 'Energie activă livrată, total', en: 'Active energy export, total' },
  '1.0.3.8.0.255': { ro: 'Energie reactivă primită', en: 'Reactive energy import' },
  '1.0.4.8.0.255': { ro: 'Energie reactivă livrată', en: 'Reactive energy export' },
}

function registerName(obis: string, locale: 'ro' | 'en'): string {
  const known = registerNames[obis]
  if (known) return known[locale]
  const tariff = /^1\.0\.([12])\.8\.([1-9])\.255$/.exec(obis)
  if (!tariff) return obis
  const total = registerNames[`1.0.${tariff[1]}.8.0.255`]?.[locale].split(',')[0]
  return locale === 'ro' ? `${total}, tariful ${tariff[2]}` : `${total}, tariff ${tariff[2]}`
}

/** Intervals, indexes, events and validation exceptions of a metering point. */
export function registerReadingsRoutes(app: App, services: Services): void {
  const { db } = services
  // Whoever meets an altered day, by whatever route, leaves work for the operator.
  app.addHook('onError', async (_request, _reply, error) => {
    if (error instanceof CorruptDay) await asSystem(db, (trx) => noteFault(trx, error))
  })
  registerExplainRoutes(app, services)
  registerCurveRoutes(app, services)
  registerRetentionRoutes(app, services)
  app.get(
    '/metering-points/:id/intervals',
    {
      schema: {
        tags,
        summary:
          'Interval values; days are Europe/Bucharest and both included, instants are [from, to); knownAt: as they were known then',
        params: idParams,
        querystring: intervalsQuery,
        response: { 200: z.union([itemsSchema, columnsSchema]), '4xx': errorSchema },
      },
    },
    async ({ actor, params, query }) => {
      const { first, last } = checkRange(query.from, query.to, maxDays[query.resolution])
      const loaded = await withActor(db, actor, async (trx) => {
        await mustSee(trx, params.id)
        const knownAt = query.knownAt === undefined ? undefined : Date.parse(query.knownAt)
        return loadIntervals(trx, params.id, query.channel, first, last, query.resolution, knownAt)
      })
      const columns =
        isCivilDay(query.from) && isCivilDay(query.to)
          ? loaded
          : cutColumns(loaded, startOf(query.from), endOf(query.to))
      const unit = query.channel.startsWith('A') ? ('Wh' as const) : ('varh' as const)
      const answer = { channel: query.channel, unit, resolution: query.resolution }
      const start = columns.start.map(iso)
      const { value, quality, flags, trace } = columns
      if (query.format === 'columns') return { ...answer, start, value, quality, flags, trace }
      const items = start.map((at, i) => ({
        start: at,
        end: iso(columns.end[i]),
        value: value[i],
        quality: quality[i],
        flags: flags[i],
        trace: trace[i],
      }))
      return { ...answer, items }
    },
  )
  registerIndexRoute(app, { db })
  registerEventRoutes(app, { db })
}

const iso = (at: number) => new Date(at).toISOString()
const startOf = (text: string) => (isCivilDay(text) ? dayStart(text) : Date.parse(text))
const endOf = (text: string) => (isCivilDay(text) ? dayEnd(text) : Date.parse(text))

function checkRange(from: string, to: string, limit: number): { first: string; last: string } {
  const { first, last } = dayRange(from, to, civilDayOf)
  const days = first <= last ? daysBetween(first, last).length : 0
  if (days < 1 || days > limit) {
    throw new ContorError('invalid-request', `The range must hold 1 to ${limit} days`, {
      field: 'to',
      value: to,
      remedy: 'Ask for a shorter range or a coarser resolution.',
    })
  }
  return { first, last }
}

async function mustSee(trx: Trx, id: string): Promise<void> {
  const { rows } = await sql`select 1 from contor.metering_point where id = ${id}`.execute(trx)
  if (rows.length === 0) throw notFound('metering point', id)
}

function registerIndexRoute(app: App, { db }: Pick<Services, 'db'>): void {
  app.get(
    '/metering-points/:id/indexes',
    {
      schema: {
        tags,
        summary: 'Register indexes',
        params: idParams,
        querystring: range,
        response: {
          200: z.object({
            registers: z.array(z.object({ obis: z.string(), name: z.string() })),
            items: z.array(
              z.object({
                at: z.string(),
                obis: z.string(),
                valueWh: z.number().int(),
                kind: z.string(),
                trace: z.string(),
              }),
            ),
          }),
          '4xx': errorSchema,
        },
      },
    },
    async ({ actor, params, query }) => {
      checkRange(query.from, query.to, 1_500)
      const rows = await withActor(db, actor, async (trx) => {
        await mustSee(trx, params.id)
        const found = await sql<{
          at: Date
          obis: string
          value_wh: string
          kind: string
          exchange_id: string
          exchange_row: number
        }>`
          select at, obis, value_wh, kind, exchange_id, exchange_row from contor.index_reading
           where metering_point_id = ${params.id} and at between ${iso(startOf(query.from))} and ${iso(endOf(query.to))}
           order by at, obis limit 50000`.execute(trx)
        return found.rows
      })
      const registers = [...new Set(rows.map((r) => r.obis))]
        .sort()
        .map((obis) => ({ obis, name: registerName(obis, actor.locale) }))
      const items = rows.map((r) => ({
        at: r.at.toISOString(),
        obis: r.obis,
        valueWh: Number(r.value_wh),
        kind: r.kind,
        trace: `${r.exchange_id}.${r.exchange_row}`,
      }))
      return { registers, items }
    },
  )
}

const eventSchema = z.object({
  at: z.string(),
  code: z.number().int(),
  log: z.string(),
  name: z.string(),
  trace: z.string(),
})
const exceptionSchema = z.object({
  id: idSchema,
  day: z.string(),
  channel: z.string(),
  rule: z.string(),
  ruleVersion: z.number().int(),
  severity: z.string(),
  fromSlot: z.number().int().nullable(),
  count: z.number().int().nullable(),
  details: z.record(z.string(), z.unknown()),
  status: z.string(),
  openedAt: z.string(),
})

function registerEventRoutes(app: App, { db }: Pick<Services, 'db'>): void {
  app.get(
    '/metering-points/:id/events',
    {
      schema: {
        tags,
        summary: 'Event logs of the meter, newest first',
        params: idParams,
        response: { 200: listOf(eventSchema), '4xx': errorSchema },
      },
    },
    async ({ actor, params }) => {
      const rows = await withActor(db, actor, async (trx) => {
        await mustSee(trx, params.id)
        const found = await sql<{
          at: Date
          code: number
          log: string
          exchange_id: string
          exchange_row: number
        }>`
          select at, code, log, exchange_id, exchange_row from contor.meter_event
           where metering_point_id = ${params.id} order by at desc limit 1000`.execute(trx)
        return found.rows
      })
      return {
        items: rows.map((r) => ({
          at: r.at.toISOString(),
          code: r.code,
          log: r.log,
          name: eventName(r.code, actor.locale),
          trace: `${r.exchange_id}.${r.exchange_row}`,
        })),
      }
    },
  )
  app.get(
    '/metering-points/:id/exceptions',
    {
      schema: {
        tags,
        summary: 'Validation exceptions, newest day first',
        params: idParams,
        querystring: z.object({ status: z.enum(['open', 'resolved']).optional() }),
        response: { 200: listOf(exceptionSchema), '4xx': errorSchema },
      },
    },
    async ({ actor, params, query }) => {
      const rows = await withActor(db, actor, async (trx) => {
        await mustSee(trx, params.id)
        const found = await sql<Omit<z.infer<typeof exceptionSchema>, 'openedAt'> & { openedAt: Date }>`
          select id, day, channel, rule, rule_version as "ruleVersion", severity, from_slot as "fromSlot", count, details, status,
                 opened_at as "openedAt" from contor.validation_exception
           where metering_point_id = ${params.id} and (${query.status ?? null}::text is null or status = ${query.status ?? null}::text)
           order by day desc, channel, from_slot limit 1000`.execute(trx)
        return found.rows
      })
      return { items: rows.map((r) => ({ ...r, openedAt: r.openedAt.toISOString() })) }
    },
  )
}
