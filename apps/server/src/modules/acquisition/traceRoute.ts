import { z } from 'zod'
import {
  type App,
  ContorError,
  errorSchema,
  notFound,
  type Services,
  withActor,
} from '../../platform/index.ts'
import { parseTraceRef } from '../readings/index.ts'
import { decodeExchange, findRow, findStored, loadExchange, prune, shownFrames } from './trace.ts'

const schema = z.object({
  ref: z.string(),
  meterId: z.string(),
  meteringPointId: z.string(),
  serial: z.string(),
  at: z.string(),
  purpose: z.string(),
  frames: z.array(z.object({ direction: z.enum(['sent', 'received']), at: z.string(), hex: z.string() })),
  decoded: z.unknown(),
  focus: z
    .object({ path: z.array(z.number()), offset: z.number(), length: z.number(), meaning: z.string() })
    .optional(),
  value: z.unknown().optional(),
})

/** GET /traces/{ref}: the exchange behind a value, byte for byte and decoded. */
export function registerTraceRoute(app: App, { db, keys }: Services): void {
  app.get(
    '/traces/:ref',
    {
      config: { permission: 'trace' },
      schema: {
        tags: ['traces'],
        summary: 'The frames that brought a value, with the decoded tree; `full=true` keeps every row',
        params: z.object({ ref: z.string().max(24) }),
        querystring: z.object({
          full: z.enum(['true', 'false']).default('false'),
          language: z.enum(['ro', 'en']).optional(),
        }),
        response: { 200: schema, '4xx': errorSchema },
      },
    },
    async ({ actor, params, query }) => {
      const source = parseTraceRef(params.ref)
      if (!source) {
        throw new ContorError(
          'invalid-request',
          'A trace reference is the number of an exchange and a row, as in 1234.56',
          {
            field: 'ref',
            value: params.ref,
          },
        )
      }
      const found = await withActor(db, actor, async (trx) => {
        const exchange = await loadExchange(trx, source.exchangeId)
        return exchange && { exchange, value: await findStored(trx, exchange, source) }
      })
      if (!found) throw notFound('trace', params.ref)
      const { exchange, value } = found
      const whole = await decodeExchange(db, keys, exchange, query.language ?? actor.locale)
      const shown = shownFrames(exchange, whole)
      const row = findRow(whole, source.row, `${exchange.purpose} #${source.row + 1}`)
      const { tree, focus } = query.full === 'true' ? { tree: whole, focus: row } : prune(whole, row)
      return {
        ref: params.ref,
        meterId: exchange.meterId,
        meteringPointId: exchange.meteringPointId,
        serial: exchange.serial,
        at: exchange.at.toISOString(),
        purpose: exchange.purpose,
        frames: exchange.frames.map((f, index) => ({
          direction: f.direction,
          at: new Date(f.at).toISOString(),
          hex: shown[index] ?? '',
        })),
        decoded: tree,
        ...(focus ? { focus: { ...focus, path: [...focus.path] } } : {}),
        ...(value ? { value } : {}),
      }
    },
  )
}
