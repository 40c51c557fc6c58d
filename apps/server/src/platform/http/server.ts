import swagger from '@fastify/swagger'
import apiReference from '@scalar/fastify-api-reference'
import Fastify, { LogController } from 'fastify'
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { ContorError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { App } from './app.ts'
import { type BodyTimes, limitBodyTime } from './bodyTime.ts'
import { handleError } from './errorHandler.ts'
import { addSecurityHeaders } from './security.ts'

const BODY_LIMIT_BYTES = 256 * 1024

/** A server without routes: Zod validation, error form, security headers, OpenAPI, limits. */
export async function createHttp(log: Log, times?: BodyTimes): Promise<App> {
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: true, // live streams never end by themselves
    routerOptions: { maxParamLength: 300 },
  }).withTypeProvider<ZodTypeProvider>() as unknown as App
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(handleError)
  addSecurityHeaders(app as never)
  limitBodyTime(app, times)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Contor',
        version: '0.1.0',
        description:
          'Open advanced metering infrastructure. Energies are whole Wh, instants ISO 8601 in UTC, civil days those of Europe/Bucharest. Errors are `{error: {code, message, field?, value?, remedy?}}`.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description: '`contor token --role operator` prints one.',
          },
          session: { type: 'apiKey', in: 'cookie', name: 'contor.session_token' },
        },
      },
      security: [{ bearer: [] }, { session: [] }],
    },
    transform: jsonSchemaTransform,
  })
  return app
}

/** `/api/openapi.json` and the browsable page `/api/docs`, whose assets come from here: it works offline. */
export async function registerDocs(app: App): Promise<void> {
  app.get('/api/openapi.json', { schema: { hide: true }, config: { public: true } }, async () =>
    app.swagger(),
  )
  await app.register(apiReference, {
    routePrefix: '/api/docs',
    configuration: {
      url: '/api/openapi.json',
      title: 'Contor API',
      withDefaultFonts: false,
      telemetry: false,
      showDeveloperTools: 'never',
      agent: { disabled: true },
      mcp: { disabled: true },
    },
  })
}

/** @throws ContorError 'port-in-use' */
export async function listen(app: App, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (cause) {
    throw portError(cause, host, port)
  }
}

export function portError(cause: unknown, host: string, port: number): unknown {
  const code = (cause as NodeJS.ErrnoException).code
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return cause
  const why = code === 'EADDRINUSE' ? 'is in use by another program' : 'needs more rights than we have'
  return new ContorError('port-in-use', `Port ${port} of ${host} ${why}`, {
    field: 'PORT',
    value: port,
    remedy: `Stop that program, or choose another port: PORT=${port + 1} npm start`,
    cause,
  })
}
