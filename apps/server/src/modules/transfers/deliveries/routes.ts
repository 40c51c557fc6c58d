import { isCivilDay } from '@contor/intervals'
import { sql } from 'kysely'
import { z } from 'zod'
import { type App, asSystem, errorSchema, idParams, listOf, type Services } from '../../../platform/index.ts'
import { listAvailability, windowOf } from './availability.ts'
import { requestDelivery } from './deliver.ts'
import {
  findRecipient,
  listRecipients,
  recipientSchema,
  removeRecipient,
  saveRecipient,
} from './recipients.ts'

const tags = ['transfers']
const config = { permission: 'import' as const }
const day = z.string().refine(isCivilDay, 'a civil day YYYY-MM-DD')
const range = z.object({ from: day, to: day })

const shownRecipient = z.object({
  id: z.string(),
  supplier: z.string(),
  name: z.string(),
  address: z.record(z.string(), z.unknown()),
  format: z.string(),
  options: z.record(z.string(), z.unknown()),
  sendAt: z.string(),
  active: z.boolean(),
  hasSecret: z.boolean(),
})
const shownDelivery = z.object({
  recipientId: z.string(),
  recipient: z.string(),
  supplier: z.string(),
  day: z.string(),
  state: z.enum(['due', 'sending', 'sent', 'acknowledged', 'failed']),
  attempts: z.number(),
  nextAt: z.string(),
  file: z.string().nullable(),
  bytes: z.number().nullable(),
  points: z.number().nullable(),
  completePoints: z.number().nullable(),
  sentAt: z.string().nullable(),
  acknowledgedAt: z.string().nullable(),
  acknowledgement: z.string().nullable(),
  error: z.string().nullable(),
})
const shownAvailability = z.object({
  day: z.string(),
  supplier: z.string(),
  points: z.number(),
  completePoints: z.number(),
  missingSample: z.array(z.string()),
  met: z.boolean(),
  checkedAt: z.string(),
})

const shownWindow = z.object({
  day: z.string(),
  opensAt: z.string(),
  closesAt: z.string(),
  state: z.enum(['ahead', 'open', 'closed']),
  rule: z.object({
    validFrom: z.string(),
    opens: z.string(),
    closes: z.string(),
    share: z.number(),
    source: z.string(),
  }),
  suppliers: z.array(z.object({ supplier: z.string(), points: z.number(), completePoints: z.number() })),
})

/** Recipients, deliveries and the window in which the readings of yesterday must be there. */
export function registerDeliveryRoutes(app: App, { db, keys }: Services): void {
  app.get(
    '/deliveries/recipients',
    {
      config,
      schema: {
        tags,
        summary: 'Who receives deliveries',
        response: { 200: listOf(shownRecipient), '4xx': errorSchema },
      },
    },
    async () => ({ items: await listRecipients(db) }),
  )
  app.post(
    '/deliveries/recipients',
    {
      config,
      schema: {
        tags,
        summary: 'Adds a recipient, or changes the one of that name; without a secret the old one stays',
        body: recipientSchema,
        response: { 201: shownRecipient, '4xx': errorSchema },
      },
    },
    async ({ body }, reply) =>
      reply.status(201).send(await findRecipient(db, await saveRecipient(db, keys, body))),
  )
  app.delete(
    '/deliveries/recipients/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Removes a recipient with its deliveries',
        params: idParams,
        response: { 204: z.null(), '4xx': errorSchema },
      },
    },
    async ({ params }, reply) => {
      await removeRecipient(db, params.id)
      return reply.status(204).send(null)
    },
  )
  app.post(
    '/deliveries/recipients/:id/send',
    {
      config,
      schema: {
        tags,
        summary: 'Sends the readings of a day, again when they were sent before',
        params: idParams,
        body: z.object({ day }),
        response: { 202: z.object({ day: z.string() }), '4xx': errorSchema },
      },
    },
    async ({ params, body }, reply) => {
      await requestDelivery(db, params.id, body.day, Date.now())
      return reply.status(202).send({ day: body.day })
    },
  )
  app.get(
    '/deliveries',
    {
      config,
      schema: {
        tags,
        summary: 'Deliveries of the days, with state and acknowledgement',
        querystring: range,
        response: { 200: listOf(shownDelivery), '4xx': errorSchema },
      },
    },
    async ({ query }) => {
      const { rows } = await asSystem(db, (trx) =>
        sql<z.infer<typeof shownDelivery>>`
          select d.recipient_id as "recipientId", r.name as recipient, r.supplier, d.day, d.state, d.attempts, to_json(d.next_at) as "nextAt", d.file,
                 d.bytes::float8 as bytes, d.points, d.complete_points as "completePoints", to_json(d.sent_at) as "sentAt",
                 to_json(d.acknowledged_at) as "acknowledgedAt", d.acknowledgement, d.error_text as error
            from contor.delivery d join contor.delivery_recipient r on r.id = d.recipient_id
           where d.day between ${query.from} and ${query.to} order by d.day desc, r.name`.execute(trx),
      )
      return { items: rows }
    },
  )
  app.get(
    '/deliveries/window',
    {
      config,
      schema: {
        tags,
        summary:
          'The window of a day of readings (CC 18(3)): its rule, whether it is open, what is there by now',
        querystring: z.object({ day }),
        response: { 200: shownWindow, '4xx': errorSchema },
      },
    },
    async ({ query }) => {
      const { opensAt, closesAt, suppliers, ...window } = await windowOf(db, query.day, Date.now())
      return {
        ...window,
        opensAt: new Date(opensAt).toISOString(),
        closesAt: new Date(closesAt).toISOString(),
        suppliers: [...suppliers],
      }
    },
  )
  app.get(
    '/deliveries/availability',
    {
      config,
      schema: {
        tags,
        summary: 'What was available when the window closed (CC 18(3))',
        querystring: range,
        response: { 200: listOf(shownAvailability), '4xx': errorSchema },
      },
    },
    async ({ query }) => ({ items: await listAvailability(db, query.from, query.to) }),
  )
}
