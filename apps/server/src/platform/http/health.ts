import type { Registry } from 'prom-client'
import { z } from 'zod'
import { pendingMigrations } from '../db/migrate.ts'
import { ContorError, errorBody } from '../errors.ts'
import type { App, Services } from './app.ts'
import { errorSchema } from './schemas.ts'

/** `live`: the process answers. `ready`: the database answers and is of this version. */
export function registerHealthRoutes(app: App, services: Services): void {
  const ok = z.object({ status: z.literal('ok') })
  let migrated = false
  app.get(
    '/health/live',
    { schema: { tags: ['health'], response: { 200: ok } }, config: { public: true } },
    async () => ({ status: 'ok' as const }),
  )
  app.get(
    '/health/ready',
    {
      schema: { tags: ['health'], response: { 200: ok, 503: errorSchema } },
      config: { public: true },
    },
    async (_request, reply) => {
      try {
        if (migrated) await services.db.pool.query('select 1')
        else migrated = (await pendingMigrations(services.db.pool)).length === 0
      } catch (cause) {
        services.log.warn({ err: cause }, 'the database does not answer')
        migrated = false
      }
      if (migrated) return { status: 'ok' as const }
      const error = new ContorError('not-ready', 'The database does not answer or is not migrated', {
        remedy: 'Wait a moment; then look at the log, and run contor migrate.',
      })
      return reply.status(503).send(errorBody(error))
    },
  )
}

/** `/metrics` for Prometheus: open to this machine itself, by token to others. */
export function registerMetricsRoute(app: App, registry: Registry): void {
  app.get(
    '/metrics',
    {
      schema: { hide: true },
      config: { permission: 'metrics', localPublic: true },
    },
    async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
  )
}
