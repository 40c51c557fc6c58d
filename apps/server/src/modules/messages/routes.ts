// Messages over HTTP: the inbox of each, and where the operator has them sent.

import { z } from 'zod'
import {
  type App,
  asSystem,
  decodeCursor,
  encodeCursor,
  errorSchema,
  idParams,
  idSchema,
  listOf,
  notFound,
  pageOf,
  pageQuery,
  type Services,
} from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import { contactSchema, findContact, saveContact } from './contacts.ts'
import { acknowledge, type InboxMessage, listMessages } from './inbox.ts'
import {
  listSubscriptions,
  removeSubscription,
  saveSubscription,
  subscriptionSchema,
} from './subscriptions.ts'
import { textOf } from './texts.ts'

const tags = ['messages']
const textSchema = z.object({ subject: z.string(), text: z.string() })
const messageSchema = z.object({
  id: z.uuid(),
  meteringPointId: idSchema,
  pod: z.string(),
  recipient: z.string(),
  about: z.string(),
  aboutId: z.string(),
  kind: z.string(),
  body: z.record(z.string(), z.unknown()),
  text: z.object({ ro: textSchema, en: textSchema }),
  createdAt: z.string(),
  state: z.string(),
  deliveredAt: z.string().nullable(),
  acknowledgedAt: z.string().nullable(),
  errorText: z.string().nullable(),
})
const show = (message: InboxMessage) => ({
  ...message,
  text: { ro: textOf(message.kind, message.body, 'ro'), en: textOf(message.kind, message.body, 'en') },
  createdAt: message.createdAt.toISOString(),
  deliveredAt: message.deliveredAt?.toISOString() ?? null,
  acknowledgedAt: message.acknowledgedAt?.toISOString() ?? null,
})
const subscriptionView = subscriptionSchema
  .omit({ secret: true })
  .extend({ id: idSchema, hasSecret: z.boolean() })
const subjectParams = z.object({ subject: z.string().regex(/^customer:.{1,100}$/, 'customer:ID') })

export function registerMessageRoutes(app: App, services: Services): void {
  const { db, keys } = services
  app.get(
    '/messages',
    {
      config: { permission: 'orders' },
      schema: {
        tags,
        summary:
          'Messages to the asker (all of them, for who sees all), oldest first: the cursor of one call is where the next goes on',
        querystring: pageQuery.extend({
          kind: z.string().max(60).optional(),
          recipient: z.string().max(120).optional(),
          acknowledged: z.stringbool().optional(),
          failed: z.stringbool().optional(),
        }),
        response: { 200: pageOf(messageSchema), '4xx': errorSchema },
      },
    },
    async ({ actor, query: { limit, cursor, ...filter } }) => {
      const after = decodeCursor(cursor, 2) as [string, string] | undefined
      const rows = await listMessages(db, actor, filter, limit + 1, after)
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      return {
        items: page.map(show),
        nextCursor:
          rows.length > limit && last ? encodeCursor([last.createdAt.toISOString(), last.id]) : null,
      }
    },
  )
  app.post(
    '/messages/:id/acknowledge',
    {
      config: { permission: 'orders' },
      schema: {
        tags,
        summary: 'Say that a message has been taken',
        params: z.object({ id: z.uuid() }),
        response: { 204: z.null(), '4xx': errorSchema },
      },
    },
    async ({ actor, params: { id } }, reply) => {
      await acknowledge(db, actor, id)
      return reply.code(204).send(null)
    },
  )
  registerSubscriptionRoutes(app, services)
  app.get(
    '/contacts/:subject',
    {
      config: { permission: 'messages' },
      schema: {
        tags,
        summary: 'How a customer wants to be told',
        params: subjectParams,
        response: { 200: contactSchema, '4xx': errorSchema },
      },
    },
    async ({ actor, params: { subject } }) =>
      asSystem(db, async (trx) => {
        const contact = await findContact(trx, subject)
        if (!contact) throw notFound('contact', subject)
        await writeAudit(trx, actor, 'contact.read', subject, {})
        return contact
      }),
  )
  app.put(
    '/contacts/:subject',
    {
      config: { permission: 'messages' },
      schema: {
        tags,
        summary: 'Set how a customer is told',
        params: subjectParams,
        body: contactSchema,
        response: { 204: z.null(), '4xx': errorSchema },
      },
    },
    async ({ actor, params: { subject }, body }, reply) => {
      await saveContact(db, actor, subject, body)
      return reply.code(204).send(null)
    },
  )

  function registerSubscriptionRoutes(scope: App, { db }: Services): void {
    scope.get(
      '/message-subscriptions',
      {
        config: { permission: 'messages' },
        schema: { tags, summary: 'Where messages are sent', response: { 200: listOf(subscriptionView) } },
      },
      async () => ({ items: await listSubscriptions(db) }),
    )
    scope.put(
      '/message-subscriptions',
      {
        config: { permission: 'messages' },
        schema: {
          tags,
          summary: 'Add a subscription, or change the one of this name',
          body: subscriptionSchema,
          response: { 200: z.object({ id: idSchema }), '4xx': errorSchema },
        },
      },
      async ({ actor, body }) => {
        const id = await saveSubscription(db, keys, body)
        await asSystem(db, (trx) =>
          writeAudit(trx, actor, 'message.subscribe', `subscription:${id}`, {
            name: body.name,
            recipient: body.recipient,
          }),
        )
        return { id }
      },
    )
    scope.delete(
      '/message-subscriptions/:id',
      {
        config: { permission: 'messages' },
        schema: {
          tags,
          summary: 'Send nothing there any more',
          params: idParams,
          response: { 204: z.null(), '4xx': errorSchema },
        },
      },
      async ({ actor, params: { id } }, reply) => {
        await removeSubscription(db, id)
        await asSystem(db, (trx) => writeAudit(trx, actor, 'message.unsubscribe', `subscription:${id}`, {}))
        return reply.code(204).send(null)
      },
    )
  }
}
