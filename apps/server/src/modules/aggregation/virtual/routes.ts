// Virtual meters over HTTP.

import { z } from 'zod'
import {
  type Actor,
  type App,
  civilDaySchema,
  type Db,
  listOf,
  notFound,
  type Services,
  withActor,
} from '../../../platform/index.ts'
import { namesOf } from '../../access/index.ts'
import { resolutions } from '../buckets.ts'
import { aggregateSchema, showAggregate } from '../show.ts'
import { listVirtualMeters, recordVirtualMeter, type StoredVersion, virtualCurve } from './store.ts'

const tags = ['aggregation']
const code = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.]{0,63}$/, 'letters, digits, _ and .')
const params = z.object({ code })
const versionSchema = z.object({
  code: z.string(),
  version: z.number().int(),
  name: z.string(),
  /** Null: withdrawn for the days of this version. */
  formula: z.string().nullable(),
  validFrom: civilDaySchema,
  validTo: civilDaySchema.nullable(),
  actor: z.string(),
  actorName: z.string().nullable(),
  reason: z.string(),
  recordedAt: z.string(),
})
const show = (
  row: StoredVersion,
  names: Readonly<Record<string, string>>,
): z.infer<typeof versionSchema> => ({
  code: row.code,
  version: row.version,
  name: row.name,
  formula: row.formula,
  validFrom: row.validFrom,
  validTo: row.validTo,
  actor: row.actor,
  actorName: names[row.actor] ?? null,
  reason: row.reason,
  recordedAt: row.recordedAt.toISOString(),
})

const listed = (db: Db, actor: Actor, code?: string) =>
  withActor(db, actor, async (trx) => {
    const rows = await listVirtualMeters(trx, code)
    const names = await namesOf(
      trx,
      rows.map((row) => row.actor),
    )
    return rows.map((row) => show(row, names))
  })

export function registerVirtualMeterRoutes(app: App, { db }: Pick<Services, 'db'>): void {
  app.get(
    '/virtual-meters',
    {
      config: { permission: 'aggregates' },
      schema: {
        tags,
        summary: 'Virtual meters, every version, newest first',
        response: { 200: listOf(versionSchema) },
      },
    },
    async ({ actor }) => ({ items: await listed(db, actor) }),
  )
  app.get(
    '/virtual-meters/:code',
    {
      config: { permission: 'aggregates' },
      schema: {
        tags,
        summary: 'The versions of a virtual meter',
        params,
        response: { 200: listOf(versionSchema) },
      },
    },
    async ({ actor, params }) => {
      const items = await listed(db, actor, params.code)
      if (items.length === 0) throw notFound('virtual meter', params.code)
      return { items }
    },
  )
  app.post(
    '/virtual-meters',
    {
      config: { permission: 'installations' },
      schema: {
        tags,
        summary:
          'Record a version of a virtual meter: a formula such as RO1:A+ - 0.5*RO2:A+ + @other, from one day on; without a formula it is withdrawn',
        body: z.object({
          code,
          name: z.string().trim().min(1).max(200),
          formula: z.string().trim().min(1).max(20_000).nullable(),
          validFrom: civilDaySchema,
          validTo: civilDaySchema.nullable().default(null),
          reason: z.string().trim().min(3).max(500),
        }),
        response: { 201: z.object({ code: z.string(), version: z.number().int() }) },
      },
    },
    async ({ actor, body }, reply) => {
      const version = await withActor(db, actor, (trx) => recordVirtualMeter(trx, actor, body))
      return reply.status(201).send({ code: body.code, version })
    },
  )
  app.get(
    '/virtual-meters/:code/curve',
    {
      config: { permission: 'aggregates' },
      schema: {
        tags,
        summary: 'What a virtual meter counted per quarter-hour, hour, day or month',
        params,
        querystring: z.object({
          from: civilDaySchema,
          to: civilDaySchema,
          resolution: z.enum(resolutions).default('1h'),
        }),
        response: { 200: aggregateSchema },
      },
    },
    async ({ actor, params, query }) => {
      const { from, to, resolution } = query
      const curve = await virtualCurve(db, actor, params.code, from, to, resolution)
      return showAggregate({ from, to, resolution, channel: curve.channel }, curve)
    },
  )
}
