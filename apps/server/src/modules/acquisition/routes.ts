import { z } from 'zod'
import {
  type App,
  civilDaySchema,
  decodeCursor,
  encodeCursor,
  errorSchema,
  idSchema,
  listOf,
  pageOf,
  pageQuery,
  type Services,
  withActor,
} from '../../platform/index.ts'
import { openEventStream } from './events.ts'
import { createListener } from './listen.ts'
import { listGaps, listLines, listMissing, listSessions, readSnapshot } from './queries.ts'
import { readChannel } from './readNow.ts'
import { registerReadRoutes } from './readRoutes.ts'
import { liveChannel } from './snapshot.ts'
import { registerTraceRoute } from './traceRoute.ts'

const tags = ['collection']
const permission = 'collection' as const
const count = z.number().int()
const instant = z.string().nullable()

const summarySchema = z.object({
  meters: count,
  metersRead: count,
  expectedIntervals: count,
  presentIntervals: count,
  estimatedIntervals: count,
  gapIntervals: count,
  successRateYesterday: z.number().nullable(),
  successRateToday: z.number().nullable(),
  sessionsRunning: count,
  sessionsWaiting: count,
  framesPerSecond: z.number(),
  intervalsPerSecond: z.number(),
  updatedAt: z.string(),
  phase: z.enum(['commissioning', 'backfill', 'live']),
})

const daySchema = z.object({
  day: civilDaySchema,
  expected: count,
  present: count,
  estimated: count,
  missing: count,
  rate: z.number(),
})

const missingSchema = z.object({
  meteringPointId: idSchema,
  pod: z.string(),
  name: z.string(),
  meterId: idSchema.nullable(),
  serial: z.string().nullable(),
  line: z.string().nullable(),
  missingIntervals: count,
  cause: z.string(),
  lastSeenAt: instant,
  nextAttemptAt: instant,
})

const sessionSchema = z.object({
  id: idSchema,
  meterId: idSchema,
  serial: z.string(),
  meteringPointId: idSchema,
  line: z.string(),
  purpose: z.string(),
  startedAt: z.string(),
  endedAt: instant,
  outcome: z.string().nullable(),
  errorCode: z.string().nullable(),
  errorText: z.string().nullable(),
  bytesIn: count,
  bytesOut: count,
  roundTrips: count,
})

const lineSchema = z.object({
  id: idSchema,
  code: z.string(),
  kind: z.string(),
  meters: count,
  maxSessions: count,
  running: count,
  bytesPerSecond: z.number(),
  sessionsLastHour: count,
  failuresLastHour: count,
  metersFailing: count,
})

const gapSchema = z.object({
  id: idSchema,
  meteringPointId: idSchema,
  pod: z.string(),
  serial: z.string().nullable(),
  day: civilDaySchema,
  fromSlot: count,
  count,
  cause: z.string(),
  owner: z.string(),
  deadline: z.string(),
  attempts: count,
  state: z.string(),
})

/** Collection pages, on-demand reads and traces. */
export function registerAcquisitionRoutes(app: App, services: Services): void {
  const listener = createListener(services.db, services.log, [liveChannel, readChannel])
  app.addHook('preClose', () => listener.close())
  registerSummaryRoutes(app, services)
  registerListRoutes(app, services)
  app.get(
    '/collection/stream',
    {
      config: { permission },
      schema: { tags, summary: 'Live: events `summary` and `session`', hide: false },
    },
    async (request, reply) => {
      const { summary } = await withActor(services.db, request.actor, readSnapshot)
      let unsubscribe = () => {}
      const pending: string[] = []
      let give = (payload: string) => void pending.push(payload)
      unsubscribe = listener.subscribe(liveChannel, (payload) => give(payload))
      const stream = openEventStream(request, reply, () => unsubscribe())
      give = (payload) => {
        const message = JSON.parse(payload) as { kind: string; summary?: unknown; session?: unknown }
        stream.send(message.kind, message.summary ?? message.session)
      }
      stream.send('summary', summary)
      for (const payload of pending) give(payload)
    },
  )
  registerReadRoutes(app, services, listener)
  registerTraceRoute(app, services)
}

function registerSummaryRoutes(app: App, { db }: Services): void {
  app.get(
    '/collection/summary',
    {
      config: { permission },
      schema: { tags, summary: 'How collection stands', response: { 200: summarySchema } },
    },
    async ({ actor }) => (await withActor(db, actor, readSnapshot)).summary,
  )
  app.get(
    '/collection/days',
    {
      config: { permission },
      schema: {
        tags,
        summary: 'Expected and present quarter-hours per civil day',
        querystring: z.object({ days: z.coerce.number().int().min(1).max(400).default(45) }),
        response: { 200: listOf(daySchema) },
      },
    },
    async ({ actor, query }) => {
      const { days } = await withActor(db, actor, readSnapshot)
      return { items: days.slice(-query.days) }
    },
  )
  app.get(
    '/collection/lines',
    {
      config: { permission },
      schema: { tags, summary: 'Communication lines', response: { 200: listOf(lineSchema) } },
    },
    async ({ actor }) => ({ items: await withActor(db, actor, listLines) }),
  )
}

const iso = (at: Date | null) => at?.toISOString() ?? null

function registerListRoutes(app: App, { db }: Services): void {
  app.get(
    '/collection/missing',
    {
      config: { permission },
      schema: {
        tags,
        summary: 'Points that lack quarter-hours of a day, and why',
        querystring: pageQuery.extend({ day: civilDaySchema }),
        response: { 200: pageOf(missingSchema), '4xx': errorSchema },
      },
    },
    async ({ actor, query }) => {
      const after = decodeCursor(query.cursor, 2) as [number, string] | undefined
      const rows = await withActor(db, actor, (trx) => listMissing(trx, query.day, query.limit + 1, after))
      const page = cut(rows, query.limit, (row) => [row.missingIntervals, row.meteringPointId])
      return {
        ...page,
        items: page.items.map((r) => ({
          ...r,
          lastSeenAt: iso(r.lastSeenAt),
          nextAttemptAt: iso(r.nextAttemptAt),
        })),
      }
    },
  )
  app.get(
    '/collection/sessions',
    {
      config: { permission },
      schema: {
        tags,
        summary: 'Sessions, newest first',
        querystring: pageQuery.extend({ active: z.enum(['true', 'false']).optional() }),
        response: { 200: pageOf(sessionSchema), '4xx': errorSchema },
      },
    },
    async ({ actor, query }) => {
      const before = decodeCursor(query.cursor, 1)?.[0] as string | undefined
      const active = query.active === undefined ? undefined : query.active === 'true'
      const rows = await withActor(db, actor, (trx) => listSessions(trx, active, query.limit + 1, before))
      const page = cut(rows, query.limit, (row) => [row.id])
      return {
        ...page,
        items: page.items.map((r) => ({
          ...r,
          startedAt: r.startedAt.toISOString(),
          endedAt: iso(r.endedAt),
        })),
      }
    },
  )
  app.get(
    '/collection/gaps',
    {
      config: { permission },
      schema: {
        tags,
        summary: 'The gap ledger, nearest deadline first',
        querystring: pageQuery.extend({
          state: z.enum(['open', 'recovered', 'lost']).default('open'),
          meteringPointId: idSchema.optional(),
        }),
        response: { 200: pageOf(gapSchema), '4xx': errorSchema },
      },
    },
    async ({ actor, query }) => {
      const after = decodeCursor(query.cursor, 2) as [string, string] | undefined
      const rows = await withActor(db, actor, (trx) =>
        listGaps(trx, query.state, query.limit + 1, after, query.meteringPointId),
      )
      const page = cut(rows, query.limit, (row) => [row.deadline.toISOString(), row.id])
      return { ...page, items: page.items.map((r) => ({ ...r, deadline: r.deadline.toISOString() })) }
    },
  )
}

// One row more than asked for tells whether there is a next page.
function cut<T>(
  rows: T[],
  limit: number,
  keys: (row: T) => (string | number)[],
): { items: T[]; nextCursor: string | null } {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, nextCursor: rows.length > limit && last ? encodeCursor(keys(last)) : null }
}
