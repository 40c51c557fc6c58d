import { Readable } from 'node:stream'
import { type Channel, civilDayOf } from '@contor/intervals'
import type { FastifyInstance } from 'fastify'
import { type Actor, type App, ContorError, type Services } from '../../../platform/index.ts'
import { isPermitted } from '../../access/index.ts'
import { checkDays, countPoints, type ExportRequest, exportSlices, type Slice } from '../export/slices.ts'
import { receiveFile } from '../import/receive.ts'
import { startImport } from '../import/routes.ts'
import { type CimRequest, readMessage, replyFrame } from './message.ts'
import { writeMeterReadings } from './meterReadings.ts'
import { channelOfReadingType } from './readingType.ts'

const bodyLimit = 8 * 1024 * 1024
const xmlType = 'application/xml; charset=utf-8'

/** What a noun answers: the ids of what it made, and what it could not take. */
export interface NounAnswer {
  readonly ids: readonly { readonly idType: string; readonly id: string }[]
  readonly errors: readonly { readonly code: string; readonly details: string }[]
}
/** Takes a whole message of its noun. @throws ContorError when nothing of it can be taken */
export type NounHandler = (actor: Actor, message: CimRequest, xml: string) => Promise<NounAnswer>
export type CimServices = Services & {
  readonly dataDir: string
  /** Nouns of other modules, by name. */
  readonly nouns?: Readonly<Record<string, NounHandler>>
}

/** `POST /cim`: messages of IEC 61968-100. `get MeterReadings` is answered, `created MeterReadings` is imported. */
export function registerCimRoutes(app: App, services: CimServices): void {
  app.register(async (scope) => {
    const plain = scope as unknown as FastifyInstance
    plain.removeAllContentTypeParsers()
    plain.addContentTypeParser('*', { parseAs: 'string', bodyLimit }, (_request, body, done) =>
      done(null, body),
    )
    plain.post(
      '/cim',
      {
        bodyLimit,
        schema: {
          tags: ['transfers'],
          summary:
            'IEC 61968-9 by IEC 61968-100 messages: get MeterReadings, created MeterReadings, create and cancel EndDeviceControls; XML in and out',
        } as object,
      },
      async (request, reply) => {
        reply.header('content-type', xmlType)
        const message = readMessage(typeof request.body === 'string' ? request.body : '')
        try {
          return reply.send(Readable.from(await answer(services, request.actor, message, `${request.body}`)))
        } catch (error) {
          if (!(error instanceof ContorError)) throw error
          const { head, tail } = replyFrame(
            message,
            { result: 'FAILED', errors: [{ code: error.code, details: error.message }] },
            Date.now(),
          )
          return reply.status(error.status).send(head + tail)
        }
      },
    )
  })
}

async function answer(
  { db, dataDir, nouns = {} }: CimServices,
  actor: Actor,
  message: CimRequest,
  body: string,
): Promise<AsyncIterable<string>> {
  const handler = Object.hasOwn(nouns, message.noun) ? nouns[message.noun] : undefined
  if (handler) {
    const { ids, errors } = await handler(actor, message, body)
    const result = errors.length === 0 ? 'OK' : ids.length === 0 ? 'FAILED' : 'PARTIAL'
    const { head, tail } = replyFrame(message, { result, errors, ids }, Date.now())
    return Readable.from([head, tail])
  }
  if (message.noun !== 'MeterReadings' && message.noun !== 'GetMeterReadings')
    throw new ContorError('invalid-request', `The noun ${message.noun} is not served`, {
      field: 'Noun',
      value: message.noun,
    })
  if (message.verb === 'get') {
    const request = requestOf(message)
    if ((await countPoints(db, actor, request)) === 0)
      throw new ContorError('not-found', 'No usage point that you may see is among those', {
        field: 'UsagePoint',
      })
    return replyWith(message, exportSlices(db, actor, request))
  }
  if (message.verb !== 'created' && message.verb !== 'create' && message.verb !== 'changed')
    throw new ContorError('invalid-request', `The verb ${message.verb} is not served`, {
      field: 'Verb',
      value: message.verb,
    })
  if (!isPermitted(actor, 'import'))
    throw new ContorError('not-allowed', 'Readings are taken from operators only', { field: 'Verb' })
  const id = await receiveFile(
    db,
    dataDir,
    { name: `${message.messageId ?? 'message'}.xml`, format: 'xml', options: {}, requestedBy: actor.subject },
    Readable.from([body]),
  )
  await startImport(db, id, actor.subject)
  const { head, tail } = replyFrame(message, { result: 'OK', ids: [{ idType: 'import', id }] }, Date.now())
  return Readable.from([head, tail])
}

function requestOf(message: CimRequest): ExportRequest {
  const { start, end } = message
  const [from, to] = [start, end].map((text) => Date.parse(text ?? ''))
  if (Number.isNaN(from) || Number.isNaN(to) || from >= to)
    throw new ContorError('invalid-request', 'The request has no StartTime before EndTime', {
      field: 'Request',
      value: `${start} … ${end}`,
    })
  const channels = message.readingTypes.map((mRID): Channel => {
    const found = channelOfReadingType(mRID)
    if (typeof found === 'string')
      throw new ContorError('invalid-request', `${mRID}: ${found}`, { field: 'ReadingType', value: mRID })
    return found.channel
  })
  const request: ExportRequest = {
    ...(message.pods.length > 0 ? { pods: message.pods } : {}),
    from: civilDayOf(from),
    to: civilDayOf(to - 1),
    channels: channels.length > 0 ? [...new Set(channels)] : ['A+'],
    resolution: '15m',
    layout: 'channels',
    unit: 'Wh',
    locale: 'en',
    separator: ',',
    decimal: '.',
  }
  checkDays(request.from, request.to)
  return request
}

async function* replyWith(message: CimRequest, slices: AsyncIterable<Slice>): AsyncGenerator<string> {
  const { head, tail } = replyFrame(message, { result: 'OK' }, Date.now())
  yield `${head}<Payload>`
  yield* writeMeterReadings(slices)
  yield `</Payload>${tail}`
}
