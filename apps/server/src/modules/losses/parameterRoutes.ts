import { civilDayOf } from '@contor/intervals'
import { z } from 'zod'
import {
  type App,
  civilDaySchema,
  idParams,
  listOf,
  type Services,
  type Trx,
  withActor,
} from '../../platform/index.ts'
import { namesOf } from '../access/index.ts'
import { accuracyHistory, accuracyOf, knownClasses, recordAccuracy } from './accuracy.ts'
import { parametersOf, recordLines, recordMetering, stationMustExist } from './parameters.ts'

const text = z.string().trim().min(3).max(400)
const why = { validFrom: civilDaySchema, source: text, reason: text }
const watts = z.number().int().max(1_000_000)
const meteringBody = z.object({
  ...why,
  side: z.enum(['lv', 'mv']),
  transformerClass: z.string().max(40).optional(),
  noLoadW: watts.positive().optional(),
  loadW: watts.positive().optional(),
  ownUseW: watts.nonnegative().optional(),
  tolerance: z.number().min(0).max(1).optional(),
  powerFactor: z.number().min(0.1).max(1).optional(),
})
const linesBody = z.object({
  ...why,
  feeder: z.string().max(80).default(''),
  k: z.number().nonnegative().max(1),
  error: z.number().nonnegative().max(1),
  origin: z.enum(['fit', 'calculated', 'practice']),
})
const className = z.string().min(1).max(20)
const accuracyBody = z.object({
  ...why,
  meterClass: className,
  ctClass: className.optional(),
  vtClass: className.optional(),
})
const version = {
  validFrom: z.string(),
  revision: z.number().int(),
  source: z.string(),
  actor: z.string(),
  actorName: z.string().nullable(),
  reason: z.string(),
  recordedAt: z.string(),
}
const parameters = z.object({
  metering: z.array(
    z.object({
      ...version,
      side: z.enum(['lv', 'mv']),
      transformerClass: z.string().nullable(),
      noLoadW: z.number().nullable(),
      loadW: z.number().nullable(),
      ownUseW: z.number(),
      tolerance: z.number(),
      powerFactor: z.number(),
    }),
  ),
  lines: z.array(
    z.object({ ...version, feeder: z.string(), k: z.number(), error: z.number(), origin: z.string() }),
  ),
  transformerClasses: z.array(z.object({ class: z.string(), noLoadW: z.number(), loadW: z.number() })),
})
const accuracy = z.object({
  meteringPointId: z.string(),
  pod: z.string(),
  name: z.string(),
  kind: z.string(),
  meterClass: z.string(),
  ctClass: z.string().nullable(),
  vtClass: z.string().nullable(),
  origin: z.enum(['certificate', 'installation', 'default']),
  source: z.string(),
  limit: z.number(),
})
const names = z.array(z.string())
const done = z.object({ recorded: z.literal(true) })
const recorded = { recorded: true as const }
const tags = ['losses']

/**
 * GET /stations/{id}/loss-parameters: every recorded version. PUT …/metering, …/line-loss: another one.
 * GET …/accuracy: classes of its meters; GET and PUT /metering-points/{id}/accuracy: certificates of one.
 */
export function registerParameterRoutes(app: App, services: Services): void {
  registerStation(app, services)
  registerMeters(app, services)
}

/** Who recorded each, by name. */
async function named<T extends { readonly actor: string }>(trx: Trx, rows: readonly T[]) {
  const known = await namesOf(
    trx,
    rows.map(({ actor }) => actor),
  )
  return rows.map((row) => ({ ...row, actorName: known[row.actor] ?? null }))
}

function registerStation(app: App, { db }: Services): void {
  app.get(
    '/stations/:id/loss-parameters',
    {
      config: { permission: 'network' },
      schema: {
        tags,
        summary: 'What was recorded of how a station is measured and what its network takes, newest first',
        params: idParams,
        response: { 200: parameters },
      },
    },
    async (request) =>
      withActor(db, request.actor, async (trx) => {
        await stationMustExist(trx, request.params.id)
        const { metering, lines, transformerClasses } = await parametersOf(trx, request.params.id)
        return {
          metering: await named(trx, metering),
          lines: await named(trx, lines),
          transformerClasses,
        }
      }),
  )
  app.put(
    '/stations/:id/metering',
    {
      config: { permission: 'installations' },
      schema: {
        tags,
        summary: 'Record how a station is measured and what its transformer takes, from a day on',
        params: idParams,
        body: meteringBody,
        response: { 200: done },
      },
    },
    async (request) =>
      withActor(db, request.actor, async (trx) => {
        await stationMustExist(trx, request.params.id)
        await recordMetering(trx, request.actor, request.params.id, request.body)
        return recorded
      }),
  )
  app.put(
    '/stations/:id/line-loss',
    {
      config: { permission: 'installations' },
      schema: {
        tags,
        summary: 'Record what the lines of a station or feeder take, from a day on',
        params: idParams,
        body: linesBody,
        response: { 200: done },
      },
    },
    async (request) =>
      withActor(db, request.actor, async (trx) => {
        await stationMustExist(trx, request.params.id)
        await recordLines(trx, request.actor, request.params.id, request.body)
        return recorded
      }),
  )
}

function registerMeters(app: App, { db }: Services): void {
  app.get(
    '/stations/:id/accuracy',
    {
      config: { permission: 'network' },
      schema: {
        tags,
        summary: 'Classes that count for the meters of a station on a day, and where they come from',
        params: idParams,
        querystring: z.object({ day: civilDaySchema.optional() }),
        response: {
          200: listOf(accuracy).extend({ classes: z.object({ meter: names, ct: names, vt: names }) }),
        },
      },
    },
    async (request) => {
      const day = request.query.day ?? civilDayOf(Date.now())
      return withActor(db, request.actor, async (trx) => {
        await stationMustExist(trx, request.params.id)
        return {
          items: await accuracyOf(trx, request.params.id, day),
          classes: await knownClasses(trx, day),
        }
      })
    },
  )
  app.get(
    '/metering-points/:id/accuracy',
    {
      config: { permission: 'network' },
      schema: {
        tags,
        summary: 'Certificates recorded for the meters of a point, newest first',
        params: idParams,
        response: {
          200: listOf(
            z.object({
              ...version,
              serial: z.string(),
              meterClass: z.string(),
              ctClass: z.string().nullable(),
              vtClass: z.string().nullable(),
            }),
          ),
        },
      },
    },
    async (request) =>
      withActor(db, request.actor, async (trx) => ({
        items: await named(trx, await accuracyHistory(trx, request.params.id)),
      })),
  )
  app.put(
    '/metering-points/:id/accuracy',
    {
      config: { permission: 'installations' },
      schema: {
        tags,
        summary: 'Record what the certificate of the meter of a point says, from a day on',
        params: idParams,
        body: accuracyBody,
        response: { 200: done },
      },
    },
    async (request) =>
      withActor(db, request.actor, async (trx) => {
        await recordAccuracy(trx, request.actor, request.params.id, request.body)
        return recorded
      }),
  )
}
