// Who is in which crew, what it serves, and who goes to a visit: the operator's business.

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
  withActor,
} from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import { grantVisits } from './dispatch.ts'
import type { FieldServices } from './routes.ts'
import { showVisit, visitSchema } from './shapes.ts'
import { findVisit } from './visits.ts'

const tags = ['field']
const config = { permission: 'approve-order' } as const
const code = z.string().regex(/^[A-Z0-9][A-Z0-9-]{0,19}$/)
const crewSchema = z.object({
  code,
  name: z.string(),
  active: z.boolean(),
  stations: z.array(idSchema),
  members: z.array(z.string()),
  openVisits: z.number(),
})

export function registerCrewRoutes(app: App, { db }: FieldServices): void {
  app.get(
    '/field/crews',
    {
      config,
      schema: { tags, summary: 'Crews, their members and stations', response: { 200: listOf(crewSchema) } },
    },
    async ({ actor }) =>
      withActor(db, actor, async (trx) => {
        const { rows } = await sql<z.output<typeof crewSchema>>`
          select c.code, c.name, c.active, c.stations::text[] as stations,
                 coalesce((select array_agg(m.subject order by m.subject) from contor.field_crew_member m
                            where m.crew = c.code and (m.valid_to is null or m.valid_to > now())), '{}') as members,
                 (select count(*)::int from contor.field_visit v where v.crew = c.code and v.state = 'open') as "openVisits"
            from contor.field_crew c order by c.code`.execute(trx)
        return { items: rows }
      }),
  )
  app.put(
    '/field/crews/:code',
    {
      config,
      schema: {
        tags,
        summary:
          'Set a crew: its name, the stations it serves (none: whatever nobody else serves) and its members',
        params: z.object({ code }),
        body: z.object({
          name: z.string().trim().min(1).max(100),
          active: z.boolean().default(true),
          stations: z.array(idSchema).max(10_000).default([]),
          members: z.array(z.string().regex(/^user:.{1,100}$/)).max(50),
        }),
        response: { 200: z.object({ code }), '4xx': errorSchema },
      },
    },
    async ({ actor, params, body }) =>
      asSystem(db, async (trx) => {
        await sql`
          insert into contor.field_crew (code, name, stations, active) values (${params.code}, ${body.name}, ${body.stations}::bigint[], ${body.active})
          on conflict (code) do update set name = excluded.name, stations = excluded.stations, active = excluded.active`.execute(
          trx,
        )
        await sql`
          update contor.field_crew_member set valid_to = now()
           where crew = ${params.code} and valid_to is null and subject <> all(${body.members}::text[])`.execute(
          trx,
        )
        await sql`
          insert into contor.field_crew_member (crew, subject) select ${params.code}, unnest(${body.members}::text[])
          on conflict (crew, subject) do update set valid_to = null`.execute(trx)
        await grantVisits(trx)
        await writeAudit(trx, actor, 'field.crew', `crew:${params.code}`, body)
        return { code: params.code }
      }),
  )
  app.post(
    '/field/visits/:id/assign',
    {
      config,
      schema: {
        tags,
        summary: 'Give an open visit to a crew, or another day',
        params: z.object({ id: z.uuid() }),
        body: z.object({ crew: code.optional(), visitOn: z.iso.date().optional() }),
        response: { 200: visitSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params: { id }, body }) =>
      asSystem(db, async (trx) => {
        const visit = await findVisit(trx, actor, id)
        if (!visit) throw notFound('visit', id)
        const known =
          await sql`select 1 from contor.field_crew where code = ${body.crew ?? null} and active`.execute(trx)
        if (body.crew !== undefined && known.rows.length === 0) throw notFound('crew', body.crew)
        const { rows } = await sql`
          update contor.field_visit set crew = coalesce(${body.crew ?? null}, crew), visit_on = coalesce(${body.visitOn ?? null}::date, visit_on)
           where metering_point_id = ${visit.meteringPointId} and id = ${id} and state = 'open' returning 1`.execute(
          trx,
        )
        if (rows.length === 0)
          throw new ContorError('conflict', `The visit is ${visit.state}`, {
            field: 'state',
            value: visit.state,
            remedy: 'Only open visits are given to a crew.',
          })
        await grantVisits(trx)
        await writeAudit(trx, actor, 'field.crew', `visit:${id}`, body)
        const assigned = await findVisit(trx, actor, id)
        if (!assigned) throw notFound('visit', id)
        return showVisit(assigned)
      }),
  )
}
