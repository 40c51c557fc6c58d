import { Readable } from 'node:stream'
import { type Channel, channels, isCivilDay, type Resolution } from '@contor/intervals'
import { z } from 'zod'
import { type App, ContorError, errorSchema, idSchema, type Services } from '../../../platform/index.ts'
import { type FormatName, formatNames, formats } from './formats.ts'
import { checkDays, countPoints, type ExportRequest, exportSlices } from './slices.ts'

const tags = ['transfers']
const day = z.string().refine(isCivilDay, 'a civil day YYYY-MM-DD')
const list = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
const channelList = z
  .string()
  .default('A+')
  .transform((text) => list(text.replaceAll(' ', '+')))
  .pipe(z.array(z.enum(channels as [Channel, ...Channel[]])).min(1))

const query = z.object({
  points: z.string().max(100_000).transform(list).pipe(z.array(idSchema)).optional(),
  pods: z.string().max(100_000).transform(list).optional(),
  station: idSchema.optional(),
  supplier: z.string().max(100).optional(),
  from: day,
  to: day,
  channel: channelList,
  resolution: z.enum(['15m', '1h', '1d', '1mo'] as [Resolution, ...Resolution[]]).default('15m'),
  layout: z.enum(['channels', 'wide']).default('channels'),
  unit: z.enum(['Wh', 'kWh']).default('Wh'),
  locale: z.enum(['ro', 'en']).default('en'),
  separator: z.enum(['comma', 'semicolon', 'tab']).optional(),
  decimal: z.enum(['comma', 'point']).optional(),
  marks: z.enum(['true', 'false']).default('false'),
})

const separators = { comma: ',', semicolon: ';', tab: '\t' } as const

/** Options of the query as an export; the Romanian locale writes semicolons and decimal commas. */
function requestOf(asked: z.output<typeof query>): ExportRequest {
  const romanian = asked.locale === 'ro'
  const { points, pods, station, supplier } = asked
  return {
    ...(points ? { points } : {}),
    ...(pods ? { pods } : {}),
    ...(station ? { station } : {}),
    ...(supplier ? { supplier } : {}),
    from: asked.from,
    to: asked.to,
    channels: [...new Set(asked.channel)],
    resolution: asked.resolution,
    layout: asked.layout,
    unit: asked.unit,
    locale: asked.locale,
    separator: separators[asked.separator ?? (romanian ? 'semicolon' : 'comma')],
    decimal: (asked.decimal ?? (romanian ? 'comma' : 'point')) === 'comma' ? ',' : '.',
    marks: asked.marks === 'true',
  }
}

/** `GET /readings.{format}`: streamed, under the rights of the asker. */
export function registerExportRoutes(app: App, { db, log }: Services): void {
  for (const name of formatNames) registerFormat(app, { db, log }, name)
}

function registerFormat(app: App, { db, log }: Pick<Services, 'db' | 'log'>, name: FormatName): void {
  app.get(
    `/readings.${name}`,
    {
      schema: {
        tags,
        summary: `Interval values of many points as ${name.toUpperCase()}; civil days from … to, both included`,
        querystring: query,
        produces: [formats[name].contentType],
        response: { '4xx': errorSchema },
      },
    },
    async (incoming, reply) => {
      const request = requestOf(incoming.query)
      checkDays(request.from, request.to)
      const points = await countPoints(db, incoming.actor, request)
      if (points === 0)
        throw new ContorError('not-found', 'No metering point that you may see is among those', {
          remedy:
            'Name points by points=, pods=, station= or supplier=, or leave all out for every point that you see.',
        })
      const body = Readable.from(formats[name].write(exportSlices(db, incoming.actor, request), request), {
        objectMode: false,
        highWaterMark: 256 * 1024,
      })
      body.on('error', (err) => log.error({ err, url: incoming.url }, 'export failed'))
      return reply
        .header('content-type', formats[name].contentType)
        .header(
          'content-disposition',
          `attachment; filename="readings_${request.from}_${request.to}.${name}"`,
        )
        .header('x-points', `${points}`)
        .send(body as never) // the schema describes errors; the body is a stream
    },
  )
}
