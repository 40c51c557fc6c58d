import type { FastifyRequest } from 'fastify'
import {
  type Actor,
  type App,
  asSystem,
  ContorError,
  type Db,
  type Services,
  withActor,
} from '../../platform/index.ts'
import { writeAudit } from './audit.ts'
import { findSessionActor, type Identity } from './identity.ts'
import { isPermitted } from './permissions.ts'
import { findTokenActor } from './tokens.ts'

/** Whoever did not sign in: holds no grant, so the database shows nothing. */
const anonymous: Actor = {
  subject: 'anonymous',
  role: 'third-party',
  scope: 'granted',
  name: '',
  locale: 'ro',
}

const REPEATED_READ_MS = 5 * 60_000
const MAX_REMEMBERED_READS = 10_000

/** Puts the actor on every request, refuses what its role may not do, records reads of personal data. */
export function registerAuthentication(app: App, services: Services, identity: Identity): void {
  app.decorateRequest('actor', null as unknown as Actor)
  app.addHook('onRequest', async (request) => {
    const { config } = request.routeOptions
    request.actor = anonymous
    if (config.public || !isApi(request) || (config.localPublic && isLocal(request))) return
    const actor = await findActor(services.db, identity, request)
    if (!actor)
      throw new ContorError('not-signed-in', 'This address needs a sign-in', {
        remedy:
          'Sign in, or send Authorization: Bearer with a token; `contor token --role operator` prints one.',
      })
    request.actor = actor
    const permission = config.permission ?? 'read'
    if (!isPermitted(actor, permission))
      throw new ContorError('not-allowed', `The role ${actor.role} may not do this`, {
        field: 'permission',
        value: permission,
        remedy: 'Ask an administrator for a role that may.',
      })
  })
  recordPersonalReads(app, services)
}

function isApi(request: FastifyRequest): boolean {
  const path = request.url.split('?')[0]!
  return (path === '/api' || path.startsWith('/api/') || path === '/metrics') && !path.startsWith('/api/docs')
}

function isLocal(request: FastifyRequest): boolean {
  const { remoteAddress } = request.socket
  return (
    ['127.0.0.1', '::1', '::ffff:127.0.0.1'].includes(remoteAddress ?? '') &&
    request.headers['x-forwarded-for'] === undefined &&
    request.headers.forwarded === undefined
  )
}

async function findActor(db: Db, identity: Identity, request: FastifyRequest): Promise<Actor | undefined> {
  const { authorization, cookie } = request.headers
  if (authorization !== undefined) {
    const token = /^Bearer ([\w-]{1,200})$/i.exec(authorization)?.[1]
    return token === undefined ? undefined : asSystem(db, (trx) => findTokenActor(trx, token))
  }
  return cookie === undefined ? undefined : findSessionActor(identity, new Headers({ cookie }))
}

// Who looked at whose consumption: one line per person, point and five minutes.
function recordPersonalReads(app: App, services: Services): void {
  const recent = new Map<string, number>()
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url
    if (request.method !== 'GET' || reply.statusCode >= 300) return
    if (!route?.startsWith('/api/metering-points/:id')) return
    const { id } = request.params as { id: string }
    const key = `${request.actor.subject} ${id}`
    const now = Date.now()
    if ((recent.get(key) ?? 0) > now - REPEATED_READ_MS) return
    if (recent.size >= MAX_REMEMBERED_READS) recent.clear()
    recent.set(key, now)
    await withActor(services.db, request.actor, (trx) =>
      writeAudit(trx, request.actor, 'personal-data.read', `metering-point:${id}`, {
        route,
        name: request.actor.name,
      }),
    ).catch((error: unknown) => services.log.error({ err: error }, 'audit line not written'))
  })
}
