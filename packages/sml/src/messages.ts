// The messages of SML 1.04 (annex IV b 7): each body is declared once under its tag.

import { type CrcVariant, crc16, swap } from './crc.ts'
import { defaultSmlLimits, type Fault, faultOf, type Parse, SmlError, type SmlLimits } from './parse.ts'
import {
  anyElement,
  anyInteger,
  boolean,
  choiceHead,
  integer8,
  octetString,
  optional,
  sequence,
  sequenceOf,
  type Type,
  unsigned8,
  unsigned32,
  type ValueOf,
} from './schema.ts'
import { Composer, Cursor, type SmlElement, type Trace } from './tlv.ts'
import { listEntry, periodEntry, time, tree, treePath, value } from './values.ts'

const profileRequest = sequence({
  serverId: optional(octetString),
  username: optional(octetString),
  password: optional(octetString),
  withRawdata: optional(boolean),
  beginTime: optional(time),
  endTime: optional(time),
  parameterTreePath: treePath,
  objectList: optional(sequenceOf('object', octetString)),
  dasDetails: optional(tree),
})

const close = sequence({ globalSignature: optional(octetString) })

const bodies = {
  openRequest: sequence({
    codepage: optional(octetString),
    clientId: octetString,
    reqFileId: octetString,
    serverId: optional(octetString),
    username: optional(octetString),
    password: optional(octetString),
    smlVersion: optional(unsigned8),
  }),
  openResponse: sequence({
    codepage: optional(octetString),
    clientId: optional(octetString),
    reqFileId: octetString,
    serverId: octetString,
    refTime: optional(time),
    smlVersion: optional(unsigned8),
  }),
  closeRequest: close,
  closeResponse: close,
  getProfilePackRequest: profileRequest,
  getProfilePackResponse: sequence({
    serverId: octetString,
    actTime: time,
    regPeriod: unsigned32,
    parameterTreePath: treePath,
    headerList: sequenceOf('column', sequence({ objName: octetString, unit: unsigned8, scaler: integer8 })),
    periodList: sequenceOf(
      'period',
      sequence({
        valTime: time,
        status: anyInteger,
        valueList: sequenceOf('value', sequence({ value, valueSignature: optional(octetString) })),
        periodSignature: optional(octetString),
      }),
    ),
    rawdata: optional(octetString),
    profileSignature: optional(octetString),
  }),
  getProfileListRequest: profileRequest,
  getProfileListResponse: sequence({
    serverId: octetString,
    actTime: time,
    regPeriod: unsigned32,
    parameterTreePath: treePath,
    valTime: time,
    status: anyInteger,
    periodList: sequenceOf('entry', periodEntry),
    rawdata: optional(octetString),
    periodSignature: optional(octetString),
  }),
  getProcParameterRequest: sequence({
    serverId: optional(octetString),
    username: optional(octetString),
    password: optional(octetString),
    parameterTreePath: treePath,
    attribute: optional(octetString),
  }),
  getProcParameterResponse: sequence({
    serverId: octetString,
    parameterTreePath: treePath,
    parameterTree: tree,
  }),
  setProcParameterRequest: sequence({
    serverId: optional(octetString),
    username: optional(octetString),
    password: optional(octetString),
    parameterTreePath: treePath,
    parameterTree: tree,
  }),
  getListRequest: sequence({
    clientId: octetString,
    serverId: optional(octetString),
    username: optional(octetString),
    password: optional(octetString),
    listName: optional(octetString),
  }),
  getListResponse: sequence({
    clientId: optional(octetString),
    serverId: octetString,
    listName: optional(octetString),
    actSensorTime: optional(time),
    valList: sequenceOf('entry', listEntry),
    listSignature: optional(octetString),
    actGatewayTime: optional(time),
  }),
  attentionResponse: sequence({
    serverId: octetString,
    attentionNo: octetString,
    attentionMsg: optional(octetString),
    attentionDetails: optional(tree),
  }),
}

/** Tags of the bodies, annex IV b 7.1. */
export const messageTags = {
  openRequest: 0x0100,
  openResponse: 0x0101,
  closeRequest: 0x0200,
  closeResponse: 0x0201,
  getProfilePackRequest: 0x0300,
  getProfilePackResponse: 0x0301,
  getProfileListRequest: 0x0400,
  getProfileListResponse: 0x0401,
  getProcParameterRequest: 0x0500,
  getProcParameterResponse: 0x0501,
  setProcParameterRequest: 0x0600,
  getListRequest: 0x0700,
  getListResponse: 0x0701,
  attentionResponse: 0xff01,
} as const satisfies Record<keyof typeof bodies, number>

export type SmlMessageKind = keyof typeof bodies
type Bodies = { [K in SmlMessageKind]: { readonly kind: K } & ValueOf<(typeof bodies)[K]> }

/** A body by its kind; one with a tag that is not declared here is kept as its elements. */
export type SmlBody =
  | Bodies[SmlMessageKind]
  | { readonly kind: 'other'; readonly tag: number; readonly element: SmlElement }

export type SmlMessage = {
  readonly transactionId: Uint8Array
  readonly groupNo: number
  /** 0 go on after an error, 1 next group, 2 end of this group, 255 at once. */
  readonly abortOnError: number
  readonly body: SmlBody
  /** Which check sequence matched. */
  readonly crc: CrcVariant
}

export type SmlFile = {
  readonly messages: readonly SmlMessage[]
  /** What stopped the reading; the messages before it are good. */
  readonly error?: Fault
}

const kindOf = new Map<number, SmlMessageKind>(
  Object.entries(messageTags).map(([kind, tag]) => [tag, kind as SmlMessageKind]),
)

function readBody(cursor: Cursor): SmlBody {
  return cursor.within(() => {
    const tag = choiceHead(cursor)
    const kind = kindOf.get(tag)
    const name = kind ?? 'element'
    cursor.trace?.enter(name, cursor.offset)
    const body =
      kind === undefined
        ? ({ kind: 'other', tag, element: anyElement.read(cursor) } as const)
        : ({ kind, ...(bodies[kind] as Type<object>).read(cursor) } as SmlBody)
    cursor.trace?.leave(cursor.offset)
    return body
  })
}

/** Runs a part of a message under a name of the tree. */
function field<T>(cursor: Cursor, name: string, read: () => T): T {
  cursor.trace?.enter(name, cursor.offset)
  const found = read()
  cursor.trace?.leave(cursor.offset)
  return found
}

/** Reads one message. Throws SmlError. */
export function readMessage(cursor: Cursor): SmlMessage {
  const start = cursor.offset
  const length = cursor.expect('list')
  if (length !== 6) throw new SmlError('list-length', `a message has 6 elements, ${length} found`, start)
  return cursor.within(() => {
    const transactionId = field(cursor, 'transactionId', () => octetString.read(cursor))
    const groupNo = field(cursor, 'groupNo', () => unsigned8.read(cursor))
    const abortOnError = field(cursor, 'abortOnError', () => unsigned8.read(cursor))
    const body = field(cursor, 'messageBody', () => readBody(cursor))
    const end = cursor.offset
    const crc = field(cursor, 'crc16', () => readCrc(cursor, start, end))
    field(cursor, 'endOfSmlMsg', () => {
      const at = cursor.offset
      if (cursor.head().type !== 'end')
        throw new SmlError('malformed', 'the message does not end with 00', at)
    })
    return { transactionId, groupNo, abortOnError, body, crc }
  })
}

function readCrc(cursor: Cursor, from: number, to: number): CrcVariant {
  const { value: sent } = anyInteger.read(cursor)
  for (const variant of ['x25', 'kermit'] as const) {
    if (BigInt(swap(crc16(cursor.bytes, from, to, variant))) === sent) return variant
  }
  throw new SmlError('crc', 'the check sequence of the message does not match', to)
}

/** Decodes one message that may be followed by others. */
export function decodeMessage(
  bytes: Uint8Array,
  offset = 0,
  limits: SmlLimits = defaultSmlLimits,
): Parse<SmlMessage> {
  const cursor = new Cursor(bytes, offset, limits)
  try {
    const message = readMessage(cursor)
    return { kind: 'ok', value: message, next: cursor.offset }
  } catch (error) {
    if (!(error instanceof SmlError)) throw error
    if (error.code === 'truncated') return { kind: 'more', need: error.need }
    return { kind: 'malformed', error: faultOf(error) }
  }
}

/** Decodes the content of a transport frame, or messages that came without one. Never throws on any octets. */
export function decodeFile(bytes: Uint8Array, limits: SmlLimits = defaultSmlLimits, trace?: Trace): SmlFile {
  const messages: SmlMessage[] = []
  if (bytes.length > limits.maxFile) {
    const message = `the file is longer than ${limits.maxFile} octets`
    return { messages, error: { code: 'too-large', message, offset: 0 } }
  }
  const cursor = new Cursor(bytes, 0, limits, trace)
  try {
    while (!cursor.atEnd) {
      // Padding that a meter counted wrongly.
      if (bytes[cursor.offset] === 0) {
        cursor.offset++
        continue
      }
      trace?.enter('message', cursor.offset)
      messages.push(readMessage(cursor))
      trace?.leave(cursor.offset)
    }
  } catch (error) {
    if (!(error instanceof SmlError)) throw error
    return { messages, error: faultOf(error) }
  }
  return { messages }
}

/** @throws SmlError 'out-of-range' for numbers that do not fit */
export function encodeMessage(message: Omit<SmlMessage, 'crc'> & { crc?: CrcVariant }): Uint8Array {
  const composer = new Composer()
  composer.head('list', 6)
  octetString.write(composer, message.transactionId)
  unsigned8.write(composer, message.groupNo)
  unsigned8.write(composer, message.abortOnError)
  composer.head('list', 2)
  const { body } = message
  const tag = body.kind === 'other' ? body.tag : messageTags[body.kind]
  // An Unsigned32 whose leading octets are left out, as meters send it.
  composer.integer({ type: 'unsigned', octets: tag > 0xffff ? 4 : 2, value: BigInt(tag) })
  if (body.kind === 'other') composer.element(body.element)
  else (bodies[body.kind] as Type<unknown>).write(composer, body)
  const crc = swap(crc16(composer.finish(), 0, composer.length, message.crc ?? 'x25'))
  composer.integer({ type: 'unsigned', octets: 2, value: BigInt(crc) })
  composer.end()
  return composer.finish()
}

export function encodeFile(messages: readonly SmlMessage[]): Uint8Array {
  const parts = messages.map((message) => encodeMessage(message))
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
