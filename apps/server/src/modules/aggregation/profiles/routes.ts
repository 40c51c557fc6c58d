// Profiles over HTTP: in a form that can be edited and loaded into a supplier's database (CG art. 6.17).

import { z } from 'zod'
import {
  type App,
  ContorError,
  civilDaySchema,
  listOf,
  type Services,
  withActor,
} from '../../../platform/index.ts'
import { namesOf } from '../../access/index.ts'
import type { PointSet } from '../set.ts'
import { type Computed, residualProfile, specificProfile } from './compute.ts'
import { listProfiles, loadProfile, type ProfileHead, type ProfileKind, recordProfile } from './store.ts'
import { allocate, expand, weightsFromCsv, weightsToCsv } from './weights.ts'

const tags = ['aggregation']
const code = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'letters, digits, . _ and -')
const params = z.object({ code })
const version = z.coerce.number().int().min(1).optional()
const reason = z.string().trim().min(3).max(500)
const name = z.string().trim().min(1).max(200)
const text = z.string().min(1).max(100)
const mostDays = 400

const headSchema = z.object({
  code: z.string(),
  version: z.number().int(),
  kind: z.enum(['specific', 'residual']),
  name: z.string(),
  definition: z.record(z.string(), z.unknown()),
  actor: z.string(),
  actorName: z.string().nullable(),
  reason: z.string(),
  recordedAt: z.string(),
})
const show = (
  { definition, recordedAt, ...rest }: ProfileHead,
  names: Readonly<Record<string, string>> = {},
): z.infer<typeof headSchema> => ({
  code: rest.code,
  version: rest.version,
  kind: rest.kind,
  name: rest.name,
  actor: rest.actor,
  actorName: names[rest.actor] ?? null,
  reason: rest.reason,
  definition: { ...definition },
  recordedAt: recordedAt.toISOString(),
})
const recorded = { 201: z.object({ code: z.string(), version: z.number().int() }) }

export function registerProfileRoutes(app: App, { db }: Pick<Services, 'db'>): void {
  app.get(
    '/profiles',
    {
      schema: { tags, summary: 'Consumption profiles, every version', response: { 200: listOf(headSchema) } },
    },
    async ({ actor }) =>
      withActor(db, actor, async (trx) => {
        const rows = await listProfiles(trx)
        const names = await namesOf(
          trx,
          rows.map((row) => row.actor),
        )
        return { items: rows.map((row) => show(row, names)) }
      }),
  )
  app.get(
    '/profiles/:code/weights.csv',
    {
      schema: {
        tags,
        summary: 'The weights of a profile as CSV: by month, kind of day and hour, or by instant',
        params,
        querystring: z.object({ version }),
        produces: ['text/csv'],
      },
    },
    async ({ actor, params, query }, reply) => {
      const profile = await withActor(db, actor, (trx) => loadProfile(trx, params.code, query.version))
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="${profile.code}-${profile.version}.csv"`)
        .send(weightsToCsv(profile.weights))
    },
  )
  app.get(
    '/profiles/:code/curve',
    {
      schema: {
        tags,
        summary:
          'The hourly curve of a profile over days: weights, and with energyWh that energy in whole Wh by the hour',
        params,
        querystring: z.object({
          from: civilDaySchema,
          to: civilDaySchema,
          version,
          energyWh: z.coerce.number().int().min(0).max(1e12).optional(),
        }),
        response: {
          200: z.object({
            profile: headSchema,
            starts: z.array(z.string()),
            weights: z.array(z.number().int()),
            energyWh: z.array(z.number().int()).optional(),
          }),
        },
      },
    },
    async ({ actor, params, query }) => {
      checkDays(query.from, query.to)
      const profile = await withActor(db, actor, (trx) => loadProfile(trx, params.code, query.version))
      const { starts, weights } = expand(profile.weights, query.from, query.to)
      return {
        profile: show(profile),
        starts: starts.map((at) => new Date(at).toISOString()),
        weights,
        ...(query.energyWh !== undefined && { energyWh: allocate(query.energyWh, weights) }),
      }
    },
  )
  registerMaking(app, { db })
}

function checkDays(from: string, to: string): void {
  const days = (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1
  if (days >= 1 && days <= mostDays) return
  throw new ContorError('invalid-request', `The range must hold 1 to ${mostDays} days`, {
    field: 'to',
    value: to,
  })
}

function registerMaking(app: App, { db }: Pick<Services, 'db'>): void {
  const config = { permission: 'rules' } as const
  const days = { from: civilDaySchema, to: civilDaySchema }
  type Making = { code: string; name: string; reason: string }
  const record = async (
    actor: Parameters<typeof recordProfile>[1],
    kind: ProfileKind,
    making: Making,
    done: Computed,
  ) => ({
    code: making.code,
    version: await withActor(db, actor, (trx) =>
      recordProfile(trx, actor, {
        code: making.code,
        kind,
        name: making.name,
        definition: done.basis,
        weights: done.weights,
        reason: making.reason,
      }),
    ),
  })
  app.post(
    '/profiles/specific',
    {
      config,
      schema: {
        tags,
        summary: 'Compute the specific profile of a class of points from what was measured (CG art. 6.15)',
        body: z.object({
          code,
          name,
          reason,
          ...days,
          set: z.object({
            station: text.optional(),
            feeder: text.optional(),
            zone: text.optional(),
            supplier: text.optional(),
            kind: z.enum(['household', 'business', 'public']).optional(),
            readingMode: z.enum(['smart', 'amr', 'manual']).optional(),
            prosumer: z.boolean().optional(),
          }),
        }),
        response: recorded,
      },
    },
    async ({ actor, body }, reply) => {
      const set: PointSet = body.set
      const done = await specificProfile(db, actor, set, body.from, body.to)
      return reply.status(201).send(await record(actor, 'specific', body, done))
    },
  )
  app.post(
    '/profiles/residual',
    {
      config,
      schema: {
        tags,
        summary: 'Compute the residual profile of a station or a zone (CG art. 6.16)',
        body: z.object({
          code,
          name,
          reason,
          ...days,
          station: text.optional(),
          zone: text.optional(),
          /** Of what came in. */
          lossPercent: z.number().min(0).max(50),
        }),
        response: recorded,
      },
    },
    async ({ actor, body }, reply) => {
      const { station, zone } = body
      const where =
        station !== undefined && zone === undefined
          ? { station }
          : zone !== undefined && station === undefined
            ? { zone }
            : undefined
      if (!where)
        throw new ContorError('invalid-request', 'A residual profile is that of one station or of one zone', {
          field: 'station',
          remedy: 'Give either station or zone.',
        })
      const done = await residualProfile(db, actor, where, body.from, body.to, body.lossPercent)
      return reply.status(201).send(await record(actor, 'residual', body, done))
    },
  )
  app.post(
    '/profiles/:code/versions',
    {
      config,
      schema: {
        tags,
        summary: 'Record an edited profile: the CSV as it was downloaded, with other weights',
        params,
        body: z.object({ csv: z.string().min(1).max(2_000_000), reason }),
        response: recorded,
      },
    },
    async ({ actor, params, body }, reply) => {
      const weights = weightsFromCsv(body.csv)
      const version = await withActor(db, actor, async (trx) => {
        const { kind, name, version } = await loadProfile(trx, params.code)
        return recordProfile(trx, actor, {
          code: params.code,
          kind,
          name,
          definition: { editedFrom: version },
          weights,
          reason: body.reason,
        })
      })
      return reply.status(201).send({ code: params.code, version })
    },
  )
}
