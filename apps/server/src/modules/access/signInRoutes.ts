import type { FastifyReply, FastifyRequest } from 'fastify'
import { type App, asSystem, ContorError, type Services, systemActor } from '../../platform/index.ts'
import { writeAudit } from './audit.ts'
import type { Identity } from './identity.ts'
import { createSignInLimit } from './signInLimit.ts'

/** better-auth's own routes under /api/auth, behind our limit and audit. */
export function registerSignInRoutes(app: App, services: Services, identity: Identity): void {
  const limit = createSignInLimit()
  app.route({
    method: ['GET', 'POST'],
    url: '/auth/*',
    schema: { hide: true },
    config: { public: true },
    handler: async (request, reply) => {
      const isSignIn = request.url.split('?')[0] === '/api/auth/sign-in/email'
      const account = isSignIn ? accountOf(request) : ''
      if (isSignIn) limit.check(request.ip, account)
      const answer = await identity.handler(toWebRequest(request))
      if (isSignIn) {
        if (!answer.ok) limit.failed(account)
        await audit(services, request, account, answer)
      }
      return send(reply, answer)
    },
  })
}

function accountOf(request: FastifyRequest): string {
  const email = (request.body as { email?: unknown } | null)?.email
  if (typeof email !== 'string' || email.length === 0 || email.length > 320)
    throw new ContorError('invalid-request', 'email: an e-mail address is needed', {
      field: 'email',
      value: email,
      remedy: 'Send {"email": "…", "password": "…"}.',
    })
  return email.toLowerCase()
}

function toWebRequest(request: FastifyRequest): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    if (name === 'content-length' || value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one)
  }
  const hasBody = request.method === 'POST' && request.body !== undefined && request.body !== null
  return new Request(new URL(request.url, `${request.protocol}://${request.host || 'localhost'}`), {
    method: request.method,
    headers,
    ...(hasBody ? { body: JSON.stringify(request.body) } : {}),
  })
}

async function send(reply: FastifyReply, answer: Response): Promise<FastifyReply> {
  reply.status(answer.status)
  for (const [name, value] of answer.headers)
    if (name !== 'set-cookie' && name !== 'content-length') reply.header(name, value)
  const cookies = answer.headers.getSetCookie()
  if (cookies.length > 0) reply.header('set-cookie', cookies)
  const body = Buffer.from(await answer.arrayBuffer())
  return reply.send(answer.ok ? body : inOurForm(answer.status, body))
}

/** The library's `{code, message}` as our `{error: …}`; its own fields stay for its client. */
function inOurForm(status: number, body: Buffer): unknown {
  let own: { code?: string; message?: string } = {}
  try {
    own = JSON.parse(body.toString()) as typeof own
  } catch {
    // An answer without a body, such as 404.
  }
  const wrongPassword = own.code === 'INVALID_EMAIL_OR_PASSWORD'
  const code =
    status === 401
      ? 'not-signed-in'
      : status === 403
        ? 'not-allowed'
        : status === 404
          ? 'not-found'
          : 'invalid-request'
  return {
    ...own,
    error: {
      code,
      message: own.message ?? 'Sign-in refused',
      ...(wrongPassword ? { remedy: 'Check the e-mail address and the password.' } : {}),
    },
  }
}

async function audit(
  services: Services,
  request: FastifyRequest,
  account: string,
  answer: Response,
): Promise<void> {
  const action = answer.ok ? 'sign-in' : 'sign-in.refused'
  await asSystem(services.db, (trx) =>
    writeAudit(trx, systemActor, action, `account:${account}`, { address: request.ip }),
  )
}
