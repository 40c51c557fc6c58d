import { z } from 'zod'
import {
  type App,
  errorSchema,
  idParams,
  idSchema,
  listOf,
  notFound,
  pageOf,
  pageQuery,
  type Services,
  withActor,
} from '../../platform/index.ts'
import { registerInstallationRoutes } from './installationRoutes.ts'
import { findMeteringPoint, listMeteringPoints } from './listMeteringPoints.ts'
import { findMeterOfPoint } from './meter.ts'
import { listStations } from './stations.ts'
import { listSuppliers } from './suppliers.ts'

const tags = ['network']

const stationSchema = z.object({
  id: idSchema,
  code: z.string(),
  name: z.string(),
  zone: z.string(),
  ratedKva: z.number().int(),
  latitude: z.number().nullable(),
  longitude: z.number().nullable(),
  points: z.number().int(),
  meters: z.number().int(),
  commissioned: z.number().int(),
})

const pointSchema = z.object({
  id: idSchema,
  pod: z.string(),
  name: z.string(),
  address: z.string(),
  kind: z.string(),
  prosumer: z.boolean(),
  phases: z.number().int(),
  approvedPowerW: z.number().int(),
  readingMode: z.string(),
  supplier: z.string().nullable(),
  stationId: idSchema,
  meterId: idSchema.nullable(),
  serial: z.string().nullable(),
  meterState: z.string().nullable(),
  relayState: z.enum(['connected', 'disconnected', 'ready']).nullable(),
  lastSeenAt: z.string().nullable(),
  yesterdayRate: z.number().nullable(),
  openExceptions: z.number().int(),
})

const meterSchema = z.object({
  id: idSchema,
  serial: z.string(),
  manufacturer: z.string(),
  model: z.string(),
  firmware: z.string().nullable(),
  systemTitle: z.string(),
  state: z.string(),
  transport: z
    .object({
      kind: z.enum(['tcp-wrapper', 'tcp-hdlc', 'udp-wrapper']),
      host: z.string(),
      port: z.number().int(),
      line: z.string(),
      lineKind: z.string(),
      clientAddress: z.number().int(),
      serverAddress: z.number().int(),
      physicalAddress: z.number().int().nullable(),
    })
    .nullable(),
  clock: z.object({ deviationSeconds: z.number().nullable(), checkedAt: z.string().nullable() }),
  relay: z.object({ output: z.boolean().nullable(), control: z.number().int().nullable() }),
  limiterThresholdW: z.number().int().nullable(),
  installedAt: z.string(),
  commissionedAt: z.string().nullable(),
  lastSeenAt: z.string().nullable(),
  commissioning: z.array(
    z.object({ check: z.string(), expected: z.string(), found: z.string(), ok: z.boolean() }),
  ),
})

export function registerNetworkRoutes(app: App, services: Services): void {
  registerInstallationRoutes(app, services)
  app.get(
    '/stations',
    {
      schema: { tags, summary: 'Transformer stations', response: { 200: listOf(stationSchema) } },
      config: { permission: 'network' },
    },
    async ({ actor }) => ({ items: await withActor(services.db, actor, (trx) => listStations(trx)) }),
  )

  app.get(
    '/stations/:id',
    {
      schema: {
        tags,
        summary: 'One station',
        params: idParams,
        response: { 200: stationSchema, '4xx': errorSchema },
      },
      config: { permission: 'network' },
    },
    async ({ actor, params }) => {
      const [station] = await withActor(services.db, actor, (trx) => listStations(trx, params.id))
      if (!station) throw notFound('station', params.id)
      return station
    },
  )

  app.get(
    '/suppliers',
    {
      schema: {
        tags,
        summary: 'Suppliers of the metering points that you see',
        response: { 200: listOf(z.object({ supplier: z.string(), points: z.number().int() })) },
      },
    },
    async ({ actor }) => ({ items: await withActor(services.db, actor, listSuppliers) }),
  )

  app.get(
    '/metering-points',
    {
      schema: {
        tags,
        summary: 'Metering points by POD; searched by POD, serial, name and address',
        querystring: pageQuery.extend({
          query: z.string().max(200).optional(),
          station: idSchema.optional(),
          state: z.enum(['installed', 'commissioned', 'refused', 'retired', 'none']).optional(),
        }),
        response: { 200: pageOf(pointSchema), '4xx': errorSchema },
      },
    },
    async ({ actor, query }) => withActor(services.db, actor, (trx) => listMeteringPoints(trx, query)),
  )

  app.get(
    '/metering-points/:id',
    {
      schema: {
        tags,
        summary: 'One metering point and the meter that stands there',
        params: idParams,
        response: { 200: pointSchema.extend({ meter: meterSchema.nullable() }), '4xx': errorSchema },
      },
    },
    async ({ actor, params }) =>
      withActor(services.db, actor, async (trx) => {
        const point = await findMeteringPoint(trx, params.id)
        if (!point) throw notFound('metering point', params.id)
        return { ...point, meter: await findMeterOfPoint(trx, params.id) }
      }),
  )
}
