import { sql } from 'kysely'
import { z } from 'zod'
import {
  type Actor,
  type App,
  ContorError,
  type Db,
  errorSchema,
  idParams,
  idSchema,
  notFound,
  type Services,
  withActor,
} from '../../platform/index.ts'
import { openEventStream } from './events.ts'
import type { Listener } from './listen.ts'
import { readChannel, readItems, type Step } from './readNow.ts'

const tags = ['read now']
/** Requests of one meter that may wait. */
const maxWaiting = 5

const stepSchema = z.object({
  seq: z.number().int(),
  at: z.string(),
  kind: z.enum(['connect', 'request', 'response', 'value', 'error', 'done']),
  label: z.string(),
  hex: z.string().optional(),
  trace: z.string().optional(),
  values: z
    .array(
      z.object({ name: z.string(), value: z.union([z.number(), z.string()]), unit: z.string().optional() }),
    )
    .optional(),
})

const readSchema = z.object({
  id: idSchema,
  meterId: idSchema,
  meteringPointId: idSchema,
  items: z.array(z.string()),
  state: z.enum(['queued', 'running', 'done', 'failed']),
  requestedAt: z.string(),
  finishedAt: z.string().nullable(),
  errorText: z.string().nullable(),
  steps: z.array(stepSchema),
})

type Read = z.infer<typeof readSchema>

export function registerReadRoutes(app: App, { db }: Services, listener: Listener): void {
  app.post(
    '/metering-points/:id/reads',
    {
      config: { permission: 'read-now' },
      schema: {
        tags,
        summary: 'Ask the meter for values now',
        params: idParams,
        body: z
          .object({ items: z.array(z.enum(readItems)).min(1).max(readItems.length).optional() })
          .nullish(),
        response: { 202: z.object({ id: idSchema }), '4xx': errorSchema },
      },
    },
    async ({ actor, params, body }, reply) => {
      const id = await requestRead(
        db,
        actor,
        params.id,
        body?.items ?? ['registers', 'instantaneous', 'clock'],
      )
      return reply.code(202).send({ id })
    },
  )
  app.get(
    '/reads/:id',
    {
      config: { permission: 'read-now' },
      schema: {
        tags,
        summary: 'A read and its steps',
        params: idParams,
        response: { 200: readSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params }) => {
      const read = await loadRead(db, actor, params.id, 0)
      if (!read) throw notFound('read', params.id)
      return read
    },
  )
  app.get(
    '/reads/:id/stream',
    {
      config: { permission: 'read-now' },
      schema: { tags, summary: 'Live: event `step` for each step, then the stream ends', params: idParams },
    },
    async (request, reply) => {
      const { id } = request.params
      if (!(await loadRead(db, request.actor, id, 0))) throw notFound('read', id)
      let seen = 0
      let working: Promise<void> = Promise.resolve()
      let unsubscribe = () => {}
      unsubscribe = listener.subscribe(readChannel, (payload) => {
        if (payload === id) advance()
      })
      // A notification can be missed while the listener reconnects; a slow look makes up for it.
      const poll = setInterval(() => advance(), 2_000)
      const stream = openEventStream(request, reply, () => {
        clearInterval(poll)
        unsubscribe()
      })
      function advance(): void {
        working = working
          .then(async () => {
            const read = await loadRead(db, request.actor, id, seen)
            for (const { seq, ...step } of read?.steps ?? []) {
              stream.send('step', step)
              seen = seq
            }
            if (!read || ((read.state === 'done' || read.state === 'failed') && read.steps.length === 0))
              stream.end()
            else if (read.state === 'done' || read.state === 'failed') advance()
          })
          .catch(() => stream.end())
      }
      advance()
    },
  )
}

async function requestRead(
  db: Db,
  actor: Actor,
  meteringPointId: string,
  items: readonly string[],
): Promise<string> {
  return withActor(db, actor, async (trx) => {
    const found = await sql<{ id: string; waiting: number }>`
      select m.id, (select count(*) from contor.read_request r
                     where r.metering_point_id = m.metering_point_id and r.meter_id = m.id and r.state = 'queued')::int as waiting
        from contor.meter m join contor.metering_point p on p.id = m.metering_point_id
       where p.id = ${meteringPointId} and m.state <> 'retired'`.execute(trx)
    const meter = found.rows[0]
    if (!meter) {
      const point = await sql`select 1 from contor.metering_point where id = ${meteringPointId}`.execute(trx)
      if (point.rows.length === 0) throw notFound('metering point', meteringPointId)
      throw new ContorError('conflict', 'No meter that can be read from here stands at this point', {
        field: 'id',
        value: meteringPointId,
        remedy: 'Its readings come from the field crew.',
      })
    }
    if (meter.waiting >= maxWaiting) {
      throw new ContorError('too-many-requests', 'Enough reads of this meter are waiting already', {
        remedy: 'Wait for one of them to finish.',
      })
    }
    const { rows } = await sql<{ id: string }>`
      insert into contor.read_request (meter_id, metering_point_id, requested_by, items)
      values (${meter.id}, ${meteringPointId}, ${actor.subject}, ${[...items]}::text[]) returning id`.execute(
      trx,
    )
    return rows[0].id
  })
}

async function loadRead(db: Db, actor: Actor, id: string, afterSeq: number): Promise<Read | undefined> {
  return withActor(db, actor, async (trx) => {
    const { rows } = await sql<
      Omit<Read, 'steps' | 'requestedAt' | 'finishedAt'> & { requestedAt: Date; finishedAt: Date | null }
    >`
      select id, meter_id as "meterId", metering_point_id as "meteringPointId", items, state, requested_at as "requestedAt",
             finished_at as "finishedAt", error_text as "errorText" from contor.read_request where id = ${id}`.execute(
      trx,
    )
    const read = rows[0]
    if (!read) return undefined
    const steps = await sql<{ seq: number; at: Date; step: Step }>`
      select seq, at, step from contor.read_step where metering_point_id = ${read.meteringPointId} and request_id = ${id} and seq > ${afterSeq} order by seq`.execute(
      trx,
    )
    return {
      ...read,
      requestedAt: read.requestedAt.toISOString(),
      finishedAt: read.finishedAt?.toISOString() ?? null,
      steps: steps.rows.map(({ seq, at, step }) => ({
        ...step,
        seq,
        at: at.toISOString(),
        values: step.values?.map((v) => ({ ...v })),
      })),
    }
  })
}
