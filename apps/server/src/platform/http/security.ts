import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'

const strict = {
  'default-src': "'self'",
  'script-src': "'self'",
  // Component libraries write style elements at run time; scripts stay strict.
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data: blob:",
  'font-src': "'self' data:",
  'connect-src': "'self'",
  'worker-src': "'self' blob:",
  'object-src': "'none'",
  'base-uri': "'self'",
  'form-action': "'self'",
  'frame-ancestors': "'none'",
}

/** Content-Security-Policy of the console; inline scripts of its page are admitted by their digest. */
export function consolePolicy(html = ''): string {
  const digests = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(
    (match) => `'sha256-${createHash('sha256').update(match[1]!).digest('base64')}'`,
  )
  return serialise({ ...strict, 'script-src': ["'self'", ...digests].join(' ') })
}

/** The API reference brings its own inline start-up script; it still reaches nothing but this server. */
export const docsPolicy = serialise({ ...strict, 'script-src': "'self' 'unsafe-inline'" })

const apiPolicy = "default-src 'none'; frame-ancestors 'none'"

function serialise(policy: Record<string, string>): string {
  return Object.entries(policy)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ')
}

/** Headers of every answer. A route that needs another policy sets its own before. */
export function addSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff')
    reply.header('x-frame-options', 'DENY')
    reply.header('referrer-policy', 'same-origin')
    reply.header('cross-origin-opener-policy', 'same-origin')
    reply.header('cross-origin-resource-policy', 'same-origin')
    reply.header('permissions-policy', 'camera=(), microphone=(), geolocation=()')
    const path = request.url.split('?')[0]!
    if (!reply.hasHeader('content-security-policy'))
      reply.header('content-security-policy', path.startsWith('/api/docs') ? docsPolicy : apiPolicy)
    if (path.startsWith('/api/') && !path.startsWith('/api/docs') && !reply.hasHeader('cache-control'))
      reply.header('cache-control', 'no-store')
  })
}
