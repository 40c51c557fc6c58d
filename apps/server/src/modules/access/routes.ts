import { z } from 'zod'
import {
  type App,
  asSystem,
  ContorError,
  errorSchema,
  idParams,
  idSchema,
  listOf,
  notFound,
  roles,
  type Services,
  withActor,
} from '../../platform/index.ts'
import { demoAccounts } from './demo.ts'
import { permissionsOf } from './permissions.ts'
import { personsWith } from './persons.ts'
import { createPointToken, revokeToken } from './tokens.ts'

const tags = ['access']

const meSchema = z.object({
  subject: z.string(),
  role: z.enum([...roles, 'system']),
  name: z.string(),
  locale: z.enum(['ro', 'en']),
  scope: z.enum(['all', 'granted']),
  permissions: z.array(z.string()),
})

const tokenSchema = z.object({
  id: idSchema,
  label: z.string(),
  role: z.enum(roles),
  meteringPointId: idSchema.nullable(),
  pod: z.string().nullable(),
  createdBy: z.string(),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
})

export function registerWhoRoutes(app: App, services: Services): void {
  app.get(
    '/me',
    { schema: { tags, summary: 'Who asks, and what the role may do', response: { 200: meSchema } } },
    async ({ actor }) => ({
      ...actor,
      permissions: actor.role === 'system' ? [] : [...permissionsOf[actor.role]],
    }),
  )
  app.get(
    '/persons',
    {
      schema: {
        tags,
        summary: 'Persons that may work on exceptions: names and roles, for those who may do so themselves',
        response: {
          200: listOf(z.object({ subject: z.string(), name: z.string(), role: z.enum(roles) })),
          '4xx': errorSchema,
        },
      },
      config: { permission: 'exceptions' },
    },
    async ({ actor }) => ({
      items: await withActor(services.db, actor, (trx) => personsWith(trx, 'exceptions')),
    }),
  )
  if (!services.demo) return
  app.get(
    '/demo',
    {
      schema: {
        tags,
        summary: 'Accounts of the demonstration',
        response: {
          200: z.object({
            accounts: z.array(z.object({ role: z.string(), email: z.string(), password: z.string() })),
          }),
        },
      },
      config: { public: true },
    },
    async () => ({ accounts: [...demoAccounts] }),
  )
}

export function registerTokenRoutes(app: App, services: Services): void {
  app.post(
    '/tokens',
    {
      schema: {
        tags,
        summary: 'A token that reads one metering point; shown once',
        body: z.object({
          meteringPointId: idSchema,
          label: z.string().trim().min(1).max(120),
          expiresAt: z.iso.datetime().optional(),
        }),
        response: { 201: z.object({ id: idSchema, token: z.string() }), '4xx': errorSchema },
      },
      config: { permission: 'tokens' },
    },
    async ({ actor, body }, reply) => {
      const expiresAt = body.expiresAt === undefined ? undefined : new Date(body.expiresAt)
      if (expiresAt && expiresAt.getTime() <= Date.now())
        throw new ContorError('invalid-request', 'expiresAt lies in the past', {
          field: 'expiresAt',
          value: body.expiresAt,
          remedy: 'Give a later instant, or leave it out for a token without an end.',
        })
      // Seen by the actor first: nobody gives away a point that the database does not show to them.
      const point = await withActor(services.db, actor, (trx) =>
        trx
          .selectFrom('metering_point')
          .select('id')
          .where('id', '=', body.meteringPointId)
          .executeTakeFirst(),
      )
      if (!point) throw notFound('metering point', body.meteringPointId)
      const created = await asSystem(services.db, (trx) =>
        createPointToken(trx, actor, { ...body, expiresAt }),
      )
      return reply.status(201).send(created)
    },
  )

  app.get(
    '/tokens',
    {
      schema: { tags, summary: 'Tokens, newest first', response: { 200: listOf(tokenSchema) } },
      config: { permission: 'tokens' },
    },
    async ({ actor }) => {
      const rows = await asSystem(services.db, (trx) =>
        trx
          .selectFrom('api_token')
          .leftJoin('metering_point', 'metering_point.id', 'api_token.metering_point_id')
          .selectAll('api_token')
          .select('metering_point.pod')
          .$if(actor.scope !== 'all', (query) => query.where('created_by', '=', actor.subject))
          .orderBy('api_token.id', 'desc')
          .limit(500)
          .execute(),
      )
      return {
        items: rows.map((row) => ({
          id: row.id,
          label: row.label,
          role: row.role,
          meteringPointId: row.metering_point_id,
          pod: row.pod,
          createdBy: row.created_by,
          createdAt: row.created_at.toISOString(),
          expiresAt: row.expires_at?.toISOString() ?? null,
          revokedAt: row.revoked_at?.toISOString() ?? null,
        })),
      }
    },
  )

  app.delete(
    '/tokens/:id',
    {
      schema: {
        tags,
        summary: 'Revoke a token',
        params: idParams,
        response: { 204: z.null(), '4xx': errorSchema },
      },
      config: { permission: 'tokens' },
    },
    async ({ actor, params }, reply) => {
      await asSystem(services.db, (trx) => revokeToken(trx, actor, params.id))
      return reply.status(204).send(null)
    },
  )
}
