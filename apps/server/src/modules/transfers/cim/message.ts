// The message envelope of IEC 61968-100: what a request asks, and what the answer looks like.
import { randomUUID } from 'node:crypto'
import { SaxesParser } from 'saxes'
import { ContorError, escapeXml } from '../../../platform/index.ts'

const messageNamespace = 'http://iec.ch/TC57/2011/schema/message'

export interface CimRequest {
  readonly verb: string
  readonly noun: string
  readonly correlationId: string | undefined
  readonly messageId: string | undefined
  readonly start: string | undefined
  readonly end: string | undefined
  /** Codes of points named in GetMeterReadings. */
  readonly pods: readonly string[]
  readonly readingTypes: readonly string[]
}

/** Reads header and request; a payload is left to the import. @throws ContorError 'invalid-request' */
export function readMessage(xml: string): CimRequest {
  const found: Record<string, string> = {}
  const pods: string[] = []
  const readingTypes: string[] = []
  const path: string[] = []
  let text = ''
  const parser = new SaxesParser()
  const plain = (name: string) => name.slice(name.indexOf(':') + 1)
  parser.on('doctype', () => {
    throw new RangeError('a document type declaration is not taken')
  })
  parser.on('opentag', ({ name, attributes }) => {
    path.push(plain(name))
    text = ''
    if (plain(name) === 'ReadingType' && path.includes('Request') && attributes['ref'])
      readingTypes.push(`${attributes['ref']}`)
  })
  parser.on('text', (part) => {
    text += part
  })
  parser.on('closetag', ({ name }) => {
    const parent = path[path.length - 2]
    const value = text.trim()
    if (parent === 'Header' || parent === 'Request') found[`${parent}.${plain(name)}`] = value
    else if (path.includes('Request') && parent === 'Names' && plain(name) === 'name') pods.push(value)
    else if (path.includes('Request') && parent === 'UsagePoint' && plain(name) === 'mRID') pods.push(value)
    path.pop()
    text = ''
  })
  try {
    parser.write(xml).close()
  } catch (cause) {
    throw new ContorError('invalid-request', `Not a message: ${(cause as Error).message}`, {
      field: 'body',
      cause,
    })
  }
  const verb = found['Header.Verb']
  const noun = found['Header.Noun']
  if (!verb || !noun)
    throw new ContorError('invalid-request', 'The message has no Header with Verb and Noun', {
      field: 'Header',
      remedy: 'Send a RequestMessage or EventMessage of IEC 61968-100.',
    })
  return {
    verb,
    noun,
    correlationId: found['Header.CorrelationID'],
    messageId: found['Header.MessageID'],
    start: found['Request.StartTime'],
    end: found['Request.EndTime'],
    pods,
    readingTypes,
  }
}

/** The beginning of an answer, up to where its payload goes, and its end. */
export function replyFrame(
  to: Pick<CimRequest, 'correlationId' | 'messageId' | 'noun'>,
  reply: {
    readonly result: 'OK' | 'PARTIAL' | 'FAILED'
    readonly errors?: readonly { readonly code: string; readonly details: string }[]
    /** Of what was made. */
    readonly ids?: readonly { readonly idType: string; readonly id: string }[]
  },
  at: number,
): { readonly head: string; readonly tail: string } {
  // A sender without ids gets one of ours: profiles of the envelope ask for both.
  const id = randomUUID()
  const correlation = to.correlationId ?? to.messageId ?? id
  const errors = (reply.errors ?? []).map(
    ({ code, details }) =>
      `<Error><code>${escapeXml(code)}</code><level>FATAL</level><details>${escapeXml(details)}</details></Error>`,
  )
  const ids = (reply.ids ?? []).map((made) => `<ID idType="${made.idType}">${escapeXml(made.id)}</ID>`)
  return {
    head: `<?xml version="1.0" encoding="UTF-8"?>\n<ResponseMessage xmlns="${messageNamespace}"><Header><Verb>reply</Verb><Noun>${escapeXml(to.noun)}</Noun><Timestamp>${new Date(at).toISOString()}</Timestamp><Source>Contor</Source><MessageID>${id}</MessageID><CorrelationID>${escapeXml(correlation)}</CorrelationID></Header><Reply><Result>${reply.result}</Result>${errors.join('')}${ids.join('')}</Reply>`,
    tail: '</ResponseMessage>\n',
  }
}
