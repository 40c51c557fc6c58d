import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { ContorError, errorBody } from '../errors.ts'

/** Every failure of a route becomes `{error: {code, message, field?, value?, remedy?}}`. */
export function handleError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const shown = translate(error, request)
  if (shown.status >= 500) request.log.error({ err: error, url: request.url }, 'request failed')
  reply.status(shown.status).send(errorBody(shown))
}

/** For a server without pages. */
export function answerNotFound(request: FastifyRequest, reply: FastifyReply): void {
  const error = handleNotFound(request)
  reply.status(error.status).send(errorBody(error))
}

function handleNotFound(request: FastifyRequest): ContorError {
  return new ContorError('not-found', `There is no ${request.method} ${request.url.split('?')[0]}`, {
    remedy: 'The routes are listed at /api/docs.',
  })
}

function translate(error: FastifyError, request: FastifyRequest): ContorError {
  if (error instanceof ContorError) return error
  if (hasZodFastifySchemaValidationErrors(error)) return invalidInput(error, request)
  if (unstorable.has(error.code)) return nulCharacter(request)
  switch (error.statusCode) {
    case 413:
      return new ContorError('too-large', 'The request body is too large', {
        remedy: 'Send at most 256 KiB.',
      })
    case 400:
    case 415:
      return new ContorError('invalid-request', error.message, {
        remedy: 'Send a JSON object with content-type application/json.',
      })
    case 404:
      return handleNotFound(request)
    default:
      return new ContorError('internal', 'Something failed on our side', {
        cause: error,
        remedy: 'Try again; if it stays, give the request id to the administrator.',
        value: request.id,
      })
  }
}

// PostgreSQL keeps no U+0000, neither in text nor in jsonb.
const unstorable: ReadonlySet<string> = new Set(['22021', '22P05'])

function nulCharacter({ params, query, body }: FastifyRequest): ContorError {
  const found = [params, query, body].map((source) => nulPath(source)).find((path) => path !== undefined)
  const field = found?.join('.') || 'body'
  return new ContorError('invalid-request', `${field}: holds a character that cannot be stored (U+0000)`, {
    field,
    value: '\u0000',
    remedy: `Send ${field} without it.`,
  })
}

function nulPath(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return value.includes('\0') ? [] : undefined
  if (value === null || typeof value !== 'object') return undefined
  for (const [key, one] of Object.entries(value)) {
    const rest = nulPath(one)
    if (rest) return [key, ...rest]
  }
  return undefined
}

function invalidInput(
  error: FastifyError & {
    validation: { instancePath: string; message?: string; params?: { keys?: unknown } }[]
    validationContext?: string
  },
  request: FastifyRequest,
): ContorError {
  const first = error.validation[0]
  const unknown = Array.isArray(first?.params?.keys) ? [String(first.params.keys[0])] : []
  const path = [...(first?.instancePath ?? '').split('/').filter(Boolean), ...unknown]
  const context = error.validationContext ?? 'body'
  const source =
    context === 'querystring' ? request.query : context === 'params' ? request.params : request.body
  const value = path.reduce<unknown>(
    (at, key) => (at !== null && typeof at === 'object' ? (at as Record<string, unknown>)[key] : undefined),
    source,
  )
  const field = path.join('.') || context
  const problem = first?.message ?? 'not valid'
  return new ContorError('invalid-request', `${field}: ${problem}`, {
    field,
    value: typeof value === 'string' ? value.slice(0, 200) : value,
    remedy: `Correct ${field} in the ${context === 'querystring' ? 'query' : context === 'params' ? 'address' : 'body'}; its form is at /api/docs.`,
  })
}
