// Routes of what stands at a point: exchanges of meters, constants, history.

import { z } from 'zod'
import {
  type App,
  asSystem,
  errorSchema,
  idParams,
  idSchema,
  listOf,
  notFound,
  type Services,
  withActor,
} from '../../platform/index.ts'
import { type Constants, changeConstants, exchangeMeter, listInstallations } from './exchange.ts'
import { setNoteAside, waitingExchanges } from './exchangeNotes.ts'
import { findMeteringPoint } from './listMeteringPoints.ts'

const tags = ['network']

const obis = z.string().regex(/^\d{1,3}(\.\d{1,3}){5}$/, 'an OBIS code of six groups, such as 1.0.1.8.0.255')
const indexes = z.record(obis, z.number().int().min(0).max(Number.MAX_SAFE_INTEGER))
const positive = z.number().int().min(1).max(1_000_000)
const constants: z.ZodType<Constants> = z.object({
  ctPrimary: positive.optional(),
  ctSecondary: positive.optional(),
  vtPrimary: positive.optional(),
  vtSecondary: positive.optional(),
  multiplier: z.object({ numerator: positive, denominator: positive }).optional(),
  showsPrimary: z.boolean().optional(),
  digits: z.number().int().min(3).max(15).optional(),
  unitWh: positive.optional(),
  accuracyClass: z.enum(['A', 'B', 'C', '2', '1', '0.5S', '0.2S']).optional(),
})
const hex = (least: number, most: number) =>
  z
    .string()
    .regex(/^([0-9a-fA-F]{2})+$/, 'hexadecimal')
    .refine((text) => text.length >= 2 * least && text.length <= 2 * most, `${least} to ${most} bytes`)
    .transform((text) => new Uint8Array(Buffer.from(text, 'hex')))

const record = {
  at: z.iso.datetime(),
  record: z.string().trim().min(1).max(100),
  reason: z.string().trim().min(3).max(1_000),
}

const exchangeSchema = z.object({
  ...record,
  oldSerial: z.string().min(1).max(64),
  endIndexes: indexes,
  startIndexes: indexes,
  constants: constants.optional(),
  meter: z.object({
    serial: z.string().trim().min(1).max(64),
    systemTitle: hex(8, 8),
    manufacturer: z.string().regex(/^[A-Z]{3}$/, 'FLAG id, three letters'),
    model: z.string().min(1).max(64),
    line: z.string().optional(),
    host: z.string().min(1).max(255),
    port: z.number().int().min(1).max(65_535),
    clientAddress: z.number().int().min(1).max(0xffff).optional(),
    serverAddress: z.number().int().min(1).max(0xffff).optional(),
    transport: z.enum(['wrapper', 'hdlc', 'udp-wrapper']).optional(),
    physicalAddress: z.number().int().min(0).max(16_383).optional(),
    suite: z.union([z.literal(0), z.literal(1), z.literal(2)]).optional(),
    referencing: z.enum(['logical-name', 'short-name']).optional(),
    modelId: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]*$/)
      .optional(),
    /** Hexadecimal; wrapped before they are stored, never shown again. */
    keys: z
      .object({
        encryption: hex(16, 32).optional(),
        authentication: hex(16, 32).optional(),
        password: hex(1, 64).optional(),
      })
      .refine(
        (keys) => (keys.encryption === undefined) === (keys.authentication === undefined),
        'encryption and authentication come together: give both, or neither for a meter that does not cipher',
      ),
  }),
})

const installationSchema = z.object({
  meterId: idSchema,
  serial: z.string(),
  validFrom: z.string(),
  validTo: z.string().nullable(),
  ct: z.string().nullable(),
  vt: z.string().nullable(),
  multiplier: z.number(),
  multiplierDivisor: z.number(),
  digits: z.number().nullable(),
  unitWh: z.number().nullable(),
  accuracyClass: z.string().nullable(),
  startIndexes: z.record(z.string(), z.number()),
  endIndexes: z.record(z.string(), z.number()),
  startRecord: z.string().nullable(),
  endRecord: z.string().nullable(),
  reason: z.string(),
  actor: z.string(),
})

const waitingSchema = z.object({
  meteringPointId: idSchema,
  record: z.string(),
  at: z.string(),
  oldSerial: z.string(),
  newSerial: z.string(),
  newModel: z.string(),
  endIndexes: z.record(z.string(), z.number()),
  startIndexes: z.record(z.string(), z.number()),
  reason: z.string(),
  notedBy: z.string(),
  notedAt: z.string(),
  pod: z.string(),
  pointName: z.string(),
  address: z.string(),
  standing: z.string().nullable().describe('serial of the meter that the books have at the point'),
  line: z.string().nullable(),
  host: z.string().nullable(),
})

/** Exchanges that crews noted: GET /exchanges, POST …/exchanges/{record}/set-aside. */
function registerExchangeNoteRoutes(app: App, { db }: Services): void {
  app.get(
    '/exchanges',
    {
      config: { permission: 'installations' },
      schema: {
        tags,
        summary: 'Exchanges of meters that crews noted and nobody has entered, oldest first',
        response: { 200: listOf(waitingSchema), '4xx': errorSchema },
      },
    },
    async ({ actor }) =>
      withActor(db, actor, async (trx) => ({
        items: (await waitingExchanges(trx)).map((one) => ({
          ...one,
          at: one.at.toISOString(),
          notedAt: one.notedAt.toISOString(),
        })),
      })),
  )
  app.post(
    '/metering-points/:id/exchanges/:record/set-aside',
    {
      config: { permission: 'approve-order' },
      schema: {
        tags,
        summary: 'Say that what a crew noted will not be entered, and why',
        params: idParams.extend({ record: z.string().min(1).max(100) }),
        body: z.object({ reason: record.reason }),
        response: { 200: z.object({ record: z.string() }), '4xx': errorSchema },
      },
    },
    async ({ actor, params, body }) =>
      withActor(db, actor, async (trx) => {
        await setNoteAside(trx, actor, params.id, params.record, body.reason)
        return { record: params.record }
      }),
  )
}

/** GET …/installations, POST …/exchange, POST …/constants. */
export function registerInstallationRoutes(app: App, services: Services): void {
  const { db, keys } = services
  registerExchangeNoteRoutes(app, services)
  app.get(
    '/metering-points/:id/installations',
    {
      schema: {
        tags,
        summary: 'Meters that stood at a point, with constants and the indexes of each record; newest first',
        params: idParams,
        response: { 200: listOf(installationSchema), '4xx': errorSchema },
      },
    },
    async ({ actor, params }) =>
      withActor(db, actor, async (trx) => {
        if (!(await findMeteringPoint(trx, params.id))) throw notFound('metering point', params.id)
        return { items: await listInstallations(trx, params.id) }
      }),
  )

  app.post(
    '/metering-points/:id/exchange',
    {
      schema: {
        tags,
        summary: 'Record the exchange of the meter: end indexes of the old one, start indexes of the new one',
        params: idParams,
        body: exchangeSchema,
        response: { 201: z.object({ meterId: idSchema }), '4xx': errorSchema },
      },
      config: { permission: 'installations' },
    },
    async ({ actor, params, body }, reply) => {
      await withActor(db, actor, async (trx) => {
        if (!(await findMeteringPoint(trx, params.id))) throw notFound('metering point', params.id)
      })
      const input = { ...body, meteringPointId: params.id, at: Date.parse(body.at) }
      const meterId = await asSystem(db, (trx) => exchangeMeter(trx, keys, actor, input))
      return reply.status(201).send({ meterId })
    },
  )

  app.post(
    '/metering-points/:id/constants',
    {
      schema: {
        tags,
        summary: 'Record new instrument transformers or a corrected constant, from an instant on',
        params: idParams,
        body: z.object({ ...record, serial: z.string().min(1).max(64), indexes, constants }),
        response: { 201: listOf(installationSchema), '4xx': errorSchema },
      },
      config: { permission: 'installations' },
    },
    async ({ actor, params, body }, reply) => {
      const items = await withActor(db, actor, async (trx) => {
        if (!(await findMeteringPoint(trx, params.id))) throw notFound('metering point', params.id)
        await changeConstants(trx, actor, { ...body, meteringPointId: params.id, at: Date.parse(body.at) })
        return listInstallations(trx, params.id)
      })
      return reply.status(201).send({ items })
    },
  )
}
