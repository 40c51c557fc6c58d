// What is fuzzed: each takes any bytes and says in a word what came of them. Whatever it throws is a finding.
import {
  apduFromJson,
  apduFromXml,
  apduToXml,
  createClientSession,
  createServerSession,
  data,
  decodeApdu,
  decodeData,
  decodeProfileColumns,
  encodeApdu,
  HdlcReader,
  inspect,
  readCapture,
  type ServerModel,
  unprotect,
  WrapperReader,
} from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import { inspectTelegram } from '@contor/iec62056-21'
import { recogniseAndInspect } from '@contor/inspect'
import { decodeTelegram, decodeWireless } from '@contor/mbus'
import { inspectModbus } from '@contor/modbus'
import { createSmlReader } from '@contor/sml'
import type { Random } from './random.ts'

export interface Target {
  readonly name: string
  /** Share of the inputs: cheap parsers get more of them. */
  readonly weight: number
  /** Outcome class, e.g. 'ok', 'more', 'malformed truncated'. */
  readonly run: (bytes: Uint8Array, random: Random) => string
}

type Outcome =
  | { readonly kind: 'ok' }
  | { readonly kind: 'more' }
  | { readonly kind: 'malformed'; readonly error: { readonly code: string; readonly offset: number } }

/** Class of a parse; offsets in steps, so that coverage counts places and not every single one. */
function classOf(parse: Outcome): string {
  if (parse.kind === 'ok' || parse.kind === 'more') return parse.kind
  const { code, offset } = parse.error
  if (!Number.isInteger(offset) || offset < 0) throw new Error(`malformed at offset ${offset}`)
  return `malformed ${code} ${offset < 16 ? offset : Math.round(Math.log2(offset)) * 100}`
}

const columns = [
  { classId: 8, attribute: 2 },
  ...Array.from({ length: 4 }, () => ({ classId: 3, attribute: 2 })),
]
const keys = {
  encryptionKey: Uint8Array.from({ length: 16 }, (_, i) => i),
  authenticationKey: Uint8Array.from({ length: 16 }, (_, i) => 0xd0 + i),
}
const systemTitle = Uint8Array.of(0x4d, 0x4d, 0x4d, 0, 0, 0, 0, 1)

/** A value that the round trip must bring back: decode, encode, decode. */
function apduRoundTrip(bytes: Uint8Array): string {
  const parsed = decodeApdu(bytes)
  if (parsed.kind !== 'ok') return classOf(parsed)
  const again = decodeApdu(encodeApdu(parsed.value))
  if (again.kind !== 'ok') throw new Error(`what was encoded does not decode: ${JSON.stringify(again)}`)
  return `ok ${parsed.value.kind}`
}

function xmlRoundTrip(bytes: Uint8Array): string {
  const parsed = decodeApdu(bytes)
  if (parsed.kind !== 'ok') return parsed.kind
  const xml = apduToXml(parsed.value, { redact: false })
  const back = apduFromXml(xml)
  return back.kind === 'ok' ? `ok ${parsed.value.kind}` : classOf(back)
}

/** Bytes as a document: strings that are almost one. */
function documents(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1')
  return `${apduFromXml(text).kind} ${apduFromJson(text).kind}`
}

/** The same stream in one chunk and in pieces gives the same events; `last` is one that ends the stream. */
function chunked<E extends { readonly kind: string }>(
  make: () => { push(chunk: Uint8Array): E[] },
  name: (event: E) => string,
  last?: E['kind'],
) {
  return (bytes: Uint8Array, random: Random): string => {
    const whole = make().push(bytes).map(name).join('|')
    const reader = make()
    const pieces: string[] = []
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + random.below(64)
      const events = reader.push(bytes.subarray(at, at + size))
      pieces.push(...events.map(name))
      if (events.some((event) => event.kind === last)) break
      at += size
    }
    const joined = pieces.join('|')
    if (joined !== whole) throw new Error(`in pieces: ${joined}; in one: ${whole}`)
    return whole.slice(0, 60)
  }
}

const model: ServerModel = {
  get: () => ({ ok: true, data: data.array(...Array.from({ length: 40 }, (_, i) => data.u32(i))) }),
  set: () => 'success',
  invoke: () => ({ result: 'success', data: data.u8(1) }),
}

function server(transport: 'wrapper' | 'hdlc', hex: string) {
  const opening = Buffer.from(hex, 'hex')
  return (bytes: Uint8Array): string => {
    const session = createServerSession({
      transport,
      associations: [{ clientAddress: 16, mechanism: 'none', policy: 'none' }],
      crypto: nodeCrypto,
      model,
      maxPduSize: 128,
    })
    session.receive(opening, 0)
    session.receive(bytes, 1)
    session.tick(1_000)
    const said = session.takeOutput().reduce((sum, frame) => sum + frame.length, 0)
    if (said > 2_000_000) throw new Error(`${said} bytes of answers`)
    return `${session.state} ${session
      .takeEvents()
      .map((event) => event.kind)
      .join(',')
      .slice(0, 60)}`
  }
}

/** AARQ without security, and the AARE that accepts it, both in the wrapper. */
const aarq = '000100100001001f601da109060760857405080101be10040e01000000065f1f0400621e5dffff'
const aare =
  '0001000100100 02b6129a109060760857405080101a203020100a305a103020100be10040e0800065f1f040000121d02000007'.replace(
    ' ',
    '',
  )

function client(bytes: Uint8Array): string {
  const session = createClientSession({
    clientAddress: 16,
    serverAddress: 1,
    authentication: { mechanism: 'none' },
    crypto: nodeCrypto,
    limits: { maxStrayApdus: 8 },
  })
  session.associate(0)
  session.receive(Buffer.from(aare, 'hex'), 1)
  if (session.state !== 'associated') throw new Error('the accepting AARE was not taken')
  session.get({ classId: 7, obis: '1.0.99.1.0.255', attribute: 2 }, 2)
  session.receive(bytes, 3)
  session.tick(100_000)
  return `${session.state} ${session
    .takeEvents()
    .map((event) => event.kind)
    .join(',')
    .slice(0, 60)}`
}

export const targets: readonly Target[] = [
  { name: 'decodeApdu', weight: 30, run: apduRoundTrip },
  { name: 'decodeData', weight: 20, run: (bytes) => classOf(decodeData(bytes)) },
  {
    name: 'decodeProfileColumns',
    weight: 12,
    run: (bytes) => classOf(decodeProfileColumns(bytes, columns, 900)),
  },
  {
    name: 'HdlcReader',
    weight: 8,
    run: chunked(
      () => new HdlcReader(),
      (event) => (event.kind === 'malformed' ? event.error.code : event.kind),
    ),
  },
  {
    name: 'WrapperReader',
    weight: 8,
    run: chunked(
      () => new WrapperReader(65_535),
      (event) => (event.kind === 'malformed' ? event.error.code : event.kind),
      'malformed',
    ),
  },
  {
    name: 'unprotect',
    weight: 3,
    run: (bytes) => classOf(unprotect(bytes, { keys, systemTitle, crypto: nodeCrypto })),
  },
  { name: 'M-Bus telegram', weight: 8, run: (bytes) => classOf(decodeTelegram(bytes)) },
  { name: 'wireless M-Bus', weight: 4, run: (bytes) => classOf(decodeWireless(bytes)) },
  { name: 'Modbus', weight: 1, run: (bytes) => String(inspectModbus(bytes, { language: 'en' }).ok) },
  {
    name: 'SML',
    weight: 4,
    run: (bytes) => {
      const reader = createSmlReader()
      return reader
        .receive(bytes)
        .map((event) => event.kind)
        .join('|')
        .slice(0, 60)
    },
  },
  {
    name: 'IEC 62056-21',
    weight: 2,
    run: (bytes) => String(inspectTelegram(bytes, { language: 'en' }).ok),
  },
  { name: 'DLMS inspect', weight: 1, run: (bytes) => String(inspect(bytes, { crypto: nodeCrypto }).ok) },
  {
    name: 'recognise and inspect',
    weight: 1,
    run: (bytes) => {
      const result = recogniseAndInspect([bytes], { crypto: nodeCrypto, language: 'en' })
      return `${result.ok} ${result.protocol}`
    },
  },
  { name: 'XML', weight: 1, run: xmlRoundTrip },
  { name: 'documents', weight: 1, run: documents },
  {
    name: 'capture file',
    weight: 2,
    run: (bytes) => classOf(readCapture(bytes)),
  },
  { name: 'client session', weight: 1, run: client },
  { name: 'server session', weight: 1, run: server('wrapper', aarq) },
  { name: 'server session on HDLC', weight: 1, run: server('hdlc', '7ea0070321930f017e') },
]
