// Interruptions over HTTP: the calendar, what an operator does, and what a customer asks and may know.

import { sql } from 'kysely'
import { z } from 'zod'
import {
  type App,
  asSystem,
  ContorError,
  errorSchema,
  idSchema,
  listOf,
  notFound,
  type Services,
  withActor,
} from '../../platform/index.ts'
import {
  changeInterruption,
  findInterruption,
  type Interruption,
  type InterruptionAct,
  interruptionKinds,
  interruptionStates,
  listInterruptions,
  recordInterruption,
} from './store.ts'

const tags = ['interruptions']
const instant = z.iso.datetime({ offset: true })
const reason = z.string().trim().min(3).max(500)
const params = z.object({ id: z.string().min(1).max(40) })
const podParams = z.object({ pod: z.string().min(1).max(64) })

const interruptionSchema = z.object({
  id: z.string(),
  number: z.string(),
  kind: z.enum(interruptionKinds),
  state: z.enum(interruptionStates),
  stationId: idSchema.nullable(),
  station: z.string().nullable(),
  feeder: z.string().nullable(),
  startsAt: z.string(),
  endsAt: z.string(),
  reason: z.string(),
  separation: z.string().nullable(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  createdAt: z.string(),
  points: z.number().int(),
})
const detailSchema = interruptionSchema.extend({
  affected: z.array(z.object({ meteringPointId: idSchema, pod: z.string(), name: z.string() })),
  events: z.array(
    z.object({
      at: z.string(),
      event: z.string(),
      actor: z.string(),
      details: z.record(z.string(), z.unknown()),
    }),
  ),
})
const show = (one: Interruption): z.infer<typeof interruptionSchema> => ({
  id: one.id,
  number: one.number,
  kind: one.kind,
  state: one.state,
  stationId: one.stationId,
  station: one.station,
  feeder: one.feeder,
  startsAt: one.startsAt.toISOString(),
  endsAt: one.endsAt.toISOString(),
  reason: one.reason,
  separation: one.separation,
  startedAt: one.startedAt?.toISOString() ?? null,
  endedAt: one.endedAt?.toISOString() ?? null,
  createdAt: one.createdAt.toISOString(),
  points: one.points,
})

type InterruptionServices = Services & { now(): Promise<number> }

export function registerInterruptionRoutes(app: App, services: InterruptionServices): void {
  registerCalendar(app, services)
  registerActs(app, services)
  registerOfPoint(app, services)
}

const dayMs = 86_400_000

function registerCalendar(app: App, { db, now }: InterruptionServices): void {
  app.get(
    '/interruptions',
    {
      config: { permission: 'collection' },
      schema: {
        tags,
        summary: 'Interruptions of a time, soonest first; without one, from a week ago to six weeks ahead',
        querystring: z.object({ from: instant.optional(), to: instant.optional() }),
        response: { 200: listOf(interruptionSchema), '4xx': errorSchema },
      },
    },
    async ({ actor, query }) => {
      const at = await now()
      const from = query.from === undefined ? at - 7 * dayMs : Date.parse(query.from)
      const to = query.to === undefined ? at + 42 * dayMs : Date.parse(query.to)
      return withActor(db, actor, async (trx) => ({
        items: (await listInterruptions(trx, from, to)).map(show),
      }))
    },
  )
  app.get(
    '/interruptions/:id',
    {
      config: { permission: 'collection' },
      schema: {
        tags,
        summary: 'An interruption: who is concerned, and what happened',
        params,
        response: { 200: detailSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params: { id } }) =>
      withActor(db, actor, async (trx) => {
        const one = await findInterruption(trx, id)
        const affected = await sql<{ meteringPointId: string; pod: string; name: string }>`
          select p.id as "meteringPointId", p.pod, p.name from contor.interruption_point x
            join contor.metering_point p on p.id = x.metering_point_id
           where x.interruption_id = ${one.id} order by p.pod limit 5000`.execute(trx)
        const events = await sql<{
          at: Date
          event: string
          actor: string
          details: Record<string, unknown>
        }>`
          select at, event, actor, details from contor.interruption_event where interruption_id = ${one.id} order by seq`.execute(
          trx,
        )
        return {
          ...show(one),
          affected: affected.rows,
          events: events.rows.map((row) => ({ ...row, at: row.at.toISOString() })),
        }
      }),
  )
  app.post(
    '/interruptions',
    {
      config: { permission: 'power' },
      schema: {
        tags,
        summary: 'Announce a planned interruption with its legal notice, or an accidental one at once',
        body: z.object({
          kind: z.enum(['planned', 'accidental']),
          stationId: idSchema.nullable().default(null),
          feeder: z.string().min(1).max(64).nullable().default(null),
          points: z.array(z.string().min(1).max(64)).max(5_000).default([]),
          startsAt: instant,
          endsAt: instant,
          reason,
        }),
        response: { 201: interruptionSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, body }, reply) => {
      const at = await now()
      const times = { startsAt: Date.parse(body.startsAt), endsAt: Date.parse(body.endsAt) }
      const made = await withActor(db, actor, (trx) =>
        recordInterruption(trx, actor, { ...body, ...times }, at),
      )
      return reply.code(201).send(show(made))
    },
  )
}

const actSchema = z.discriminatedUnion('act', [
  z.object({ act: z.literal('start'), at: instant.optional(), separation: z.string().max(500).optional() }),
  z.object({ act: z.literal('end'), at: instant.optional() }),
  z.object({ act: z.literal('reschedule'), startsAt: instant, endsAt: instant, reason }),
  z.object({ act: z.literal('cancel'), reason }),
])

function actOf(body: z.infer<typeof actSchema>, now: number): InterruptionAct {
  if (body.act === 'cancel') return body
  if (body.act === 'reschedule')
    return { ...body, startsAt: Date.parse(body.startsAt), endsAt: Date.parse(body.endsAt) }
  return { ...body, at: body.at === undefined ? now : Date.parse(body.at) }
}

function registerActs(app: App, { db, now }: InterruptionServices): void {
  app.post(
    '/interruptions/:id/acts',
    {
      config: { permission: 'power' },
      schema: {
        tags,
        summary: 'It has begun, it has ended, it is moved to another date, or it does not take place',
        params,
        body: actSchema,
        response: { 200: interruptionSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params: { id }, body }) => {
      const at = await now()
      return withActor(db, actor, async (trx) =>
        show(await changeInterruption(trx, actor, id, actOf(body, at), at)),
      )
    },
  )
}

function registerOfPoint(app: App, { db, now }: InterruptionServices): void {
  const seenPoint = (actor: Parameters<typeof withActor>[1], pod: string) =>
    withActor(db, actor, async (trx) => {
      const { rows } = await sql<{ id: string }>`
        select p.id from contor.metering_point p
         where ${/^[1-9]\d{0,18}$/.test(pod) ? sql`p.id = ${pod}` : sql`p.pod = ${pod}`}`.execute(trx)
      if (!rows[0]) throw notFound('metering point', pod)
      return rows[0].id
    })
  app.get(
    '/points/:pod/interruptions',
    {
      config: { permission: 'read' },
      schema: {
        tags,
        summary: 'Interruptions of a point: announced, under way with the estimated end, and past ones',
        params: podParams,
        response: { 200: listOf(interruptionSchema), '4xx': errorSchema },
      },
    },
    async ({ actor, params: { pod } }) => {
      const id = await seenPoint(actor, pod)
      return asSystem(db, async (trx) => {
        const { rows } = await sql<{ id: string }>`
          select interruption_id as id from contor.interruption_point where metering_point_id = ${id}
           order by number desc limit 50`.execute(trx)
        const items: z.infer<typeof interruptionSchema>[] = []
        for (const row of rows) items.push(show(await findInterruption(trx, row.id)))
        return { items }
      })
    },
  )
  app.post(
    '/points/:pod/interruption-request',
    {
      config: { permission: 'order' },
      schema: {
        tags,
        summary:
          'A user with a fault in his installation asks to be interrupted and visibly separated; a crew does it by hand',
        params: podParams,
        body: z.object({ reason, endsAt: instant.optional() }),
        response: { 201: interruptionSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params: { pod }, body }, reply) => {
      if (actor.role === 'supplier')
        throw new ContorError('not-allowed', 'The user himself asks for it, or the operator for him', {
          field: 'pod',
          value: pod,
          remedy: 'Let the user call the operator.',
        })
      const id = await seenPoint(actor, pod)
      const at = await now()
      const made = await asSystem(db, (trx) =>
        recordInterruption(
          trx,
          actor,
          {
            kind: 'requested',
            stationId: null,
            feeder: null,
            points: [id],
            startsAt: at,
            endsAt: body.endsAt === undefined ? at + dayMs : Date.parse(body.endsAt),
            reason: body.reason,
          },
          at,
        ),
      )
      return reply.code(201).send(show(made))
    },
  )
}
