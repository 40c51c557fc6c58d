// Our place in the exchanges of conformance/sessions/independent-*.hex: sessions made of the description in the
// header of a recording, with fixed random octets and counters, and the requests of a script.

import assert from 'node:assert/strict'
import { type Data, data } from '../axdr/data.ts'
import { decodeData } from '../axdr/decode.ts'
import { encodeData } from '../axdr/encode.ts'
import { fromHex, toHex } from '../bytes.ts'
import type { CryptoProvider } from '../crypto.ts'
import { nodeCrypto } from '../providers/node.ts'
import type { GeneralKey, SecuritySuite } from '../security/index.ts'
import type { AttributeDescriptor, DataResult, MethodDescriptor } from '../xdlms/index.ts'
import { counter, MemoryModel, profileRows } from './harness.test.ts'
import { type ClientSession, createClientSession, createServerSession } from './index.ts'
import type { ClientHdlcOptions } from './lower/index.ts'
import type { CipheringFormat } from './protection.ts'
import type { ServerSession } from './serverTypes.ts'
import type { AccessItem, ClientAuthentication, SecurityPolicy, SessionEvent, SessionKeys } from './types.ts'

/** One request of the script; `value` is encoded Data in hexadecimal. */
export type Step = {
  readonly op:
    | 'get'
    | 'get-list'
    | 'set'
    | 'set-list'
    | 'action'
    | 'access'
    | 'read'
    | 'write'
    | 'notify'
    | 'release'
  readonly of?: readonly (readonly [classId: number, obis: string, index: number])[]
  readonly services?: readonly ('get' | 'set' | 'action')[]
  readonly names?: readonly number[]
  readonly values?: readonly string[]
  /** By entry: from, to, from column, to column. */
  readonly entries?: readonly [number, number, number, number]
  /** By range on the clock column: encoded Data. */
  readonly range?: readonly [string, string]
  readonly confirmed?: boolean
}

export type Description = {
  readonly ours: 'client' | 'server'
  readonly transport: 'wrapper' | 'hdlc'
  readonly hdlc?: ClientHdlcOptions
  readonly mechanism: 'none' | 'low' | 'md5' | 'sha1' | 'gmac' | 'sha256' | 'ecdsa'
  readonly secret?: string
  readonly suite?: SecuritySuite
  readonly policy?: SecurityPolicy
  readonly ciphering?: CipheringFormat
  readonly generalKey?: GeneralKey
  readonly signed?: boolean
  readonly referencing?: 'logical-name' | 'short-name'
  readonly maxPduSize?: number
  readonly blocks?: { readonly window: number; readonly streaming?: boolean }
  readonly userId?: number
  /** Our messages hold signatures, which differ each time: only their lengths are compared. */
  readonly randomised?: boolean
  readonly script?: readonly Step[]
}

const scalar = (fill: number, suite: SecuritySuite): Uint8Array =>
  new Uint8Array(suite === 2 ? 48 : 32).fill(fill)
const run = (from: number, suite: SecuritySuite): Uint8Array =>
  Uint8Array.from({ length: suite === 2 ? 32 : 16 }, (_, i) => (from + i) & 0xff)

export const titles = {
  client: fromHex('4d4d4d0000bc614e'),
  server: fromHex('4d4d4d0000000001'),
}
const fills = { client: { signing: 0x11, agreement: 0x12 }, server: { signing: 0x21, agreement: 0x22 } }

function keysOf(own: 'client' | 'server', description: Description): SessionKeys {
  const suite = description.suite ?? 0
  const peer = own === 'client' ? 'server' : 'client'
  const pair = (purpose: 'signing' | 'agreement') => ({
    privateKey: scalar(fills[own][purpose], suite),
    peerPublicKey: nodeCrypto.ecPublicKey?.(
      suite === 2 ? 'P-384' : 'P-256',
      scalar(fills[peer][purpose], suite),
    ) as Uint8Array,
  })
  return {
    suite,
    systemTitle: titles[own],
    encryptionKey: run(0, suite),
    authenticationKey: run(0xd0, suite),
    masterKey: run(0x60, suite),
    ...(suite === 0 ? {} : { signing: pair('signing'), agreement: pair('agreement') }),
    ...(description.generalKey ? { generalKey: description.generalKey } : {}),
  }
}

/** Random octets are counted up, ephemeral keys are always the same. */
function fixedCrypto(): CryptoProvider {
  let next = 0x30
  return {
    ...nodeCrypto,
    randomBytes: (length) => Uint8Array.from({ length }, () => next++ & 0xff),
    ecKeyPair(curve) {
      const privateKey = scalar(0x33, curve === 'P-384' ? 2 : 1)
      return { privateKey, publicKey: nodeCrypto.ecPublicKey?.(curve, privateKey) as Uint8Array }
    },
  }
}

export const objects = {
  name: { classId: 1, obis: '0.0.42.0.0.255', attribute: 2 },
  energy: { classId: 3, obis: '1.0.1.8.0.255', attribute: 2 },
  scaler: { classId: 3, obis: '1.0.1.8.0.255', attribute: 3 },
  clock: { classId: 8, obis: '0.0.1.0.0.255', attribute: 2 },
  long: { classId: 1, obis: '0.0.96.1.0.255', attribute: 2 },
  profile: { classId: 7, obis: '1.0.99.1.0.255', attribute: 2 },
} as const satisfies Record<string, AttributeDescriptor>

const clockColumn = { classId: 8, obis: '0.0.1.0.0.255', attribute: 2, dataIndex: 0 } as const
export const profileLength = 60

/** The objects of the other implementation, with rows by entry and by range of the clock. */
class PeerModel extends MemoryModel {
  constructor() {
    super()
    const put = (attribute: AttributeDescriptor, value: Data) =>
      this.values.set(MemoryModel.key(attribute), value)
    put(objects.name, data.octets(new TextEncoder().encode('CTR0000000000009')))
    put(objects.energy, data.u32(123456))
    put(objects.scaler, data.structure(data.i8(-1), data.enum(30)))
    put(objects.clock, data.octets(fromHex('07ea0101040c0000ffff8800')))
    put(objects.long, data.octets(Uint8Array.from({ length: 700 }, (_, i) => i & 0xff)))
    put(objects.profile, profileRows(profileLength))
  }
  override get(attribute: AttributeDescriptor) {
    const found: DataResult = super.get(attribute)
    const selection = attribute.selection
    if (!selection || !found.ok || found.data.type !== 'array' || selection.kind === 'other')
      return found as never
    const rows = found.data.value as readonly { readonly value: readonly Data[] }[]
    if (selection.kind === 'by-entry') {
      const { fromEntry, toEntry, fromColumn, toColumn } = selection
      const chosen = rows.slice(fromEntry - 1, toEntry || undefined)
      const cut = chosen.map((row) =>
        data.structure(...row.value.slice(fromColumn - 1, toColumn || undefined)),
      )
      return { ok: true, data: data.array(...cut) } as never
    }
    const clock = (value: Data | undefined) => (value?.type === 'octet-string' ? toHex(value.value) : '')
    const { from, to } = selection
    const chosen = rows.filter(({ value: [time] }) => clock(time) >= clock(from) && clock(time) <= clock(to))
    return { ok: true, data: data.array(...(chosen as Data[])) } as never
  }
}

export const shortNames = [
  { baseName: 0xfa00, classId: 12, version: 1, obis: '0.0.40.0.0.255' },
  { baseName: 0x0100, classId: 1, version: 0, obis: '0.0.42.0.0.255' },
  { baseName: 0x0200, classId: 3, version: 0, obis: '1.0.1.8.0.255' },
  { baseName: 0x0300, classId: 1, version: 0, obis: '0.0.96.1.0.255' },
  { baseName: 0x0400, classId: 7, version: 1, obis: '1.0.99.1.0.255' },
] as const

export function serverOf(description: Description): ServerSession {
  const { mechanism, secret, policy = 'none', referencing = 'logical-name', blocks, suite } = description
  const seen = new Map<string, number>()
  return createServerSession({
    transport: description.transport,
    ...(description.hdlc ? { hdlc: description.hdlc } : {}),
    associations: [
      {
        clientAddress: 1,
        mechanism,
        policy,
        referencing,
        shortNames,
        ...(secret === undefined ? {} : mechanism === 'low' ? { password: secret } : { secret }),
        ...(description.signed === undefined ? {} : { signed: description.signed }),
      },
    ],
    ...(suite === undefined
      ? { systemTitle: titles.server }
      : {
          security: {
            ...keysOf('server', description),
            nextInvocationCounter: counter(5000),
            lastClientCounter: (key) => seen.get(key),
            acceptClientCounter: (value, key) => {
              seen.set(key, value)
            },
          },
        }),
    crypto: fixedCrypto(),
    model: new PeerModel(),
    ...(description.maxPduSize === undefined ? {} : { maxPduSize: description.maxPduSize }),
    ...(blocks ? { generalBlockTransfer: blocks } : {}),
    idleTimeoutMs: 600_000,
  })
}

function authenticationOf({ mechanism, secret = '' }: Description): ClientAuthentication {
  if (mechanism === 'low') return { mechanism, password: secret }
  if (mechanism === 'md5' || mechanism === 'sha1' || mechanism === 'sha256') return { mechanism, secret }
  return { mechanism }
}

export function clientOf(description: Description): ClientSession {
  const { suite, policy, ciphering, signed, blocks, referencing } = description
  return createClientSession({
    transport: description.transport,
    ...(description.hdlc ? { hdlc: description.hdlc } : {}),
    clientAddress: 1,
    serverAddress: 1,
    authentication: authenticationOf(description),
    ...(suite === undefined
      ? { systemTitle: titles.client }
      : {
          security: {
            ...keysOf('client', description),
            policy: policy ?? 'none',
            ...(ciphering ? { ciphering } : {}),
            ...(signed === undefined ? {} : { signed }),
            nextInvocationCounter: counter(1000),
          },
        }),
    crypto: fixedCrypto(),
    ...(description.maxPduSize === undefined ? {} : { maxPduSize: description.maxPduSize }),
    ...(description.userId === undefined ? {} : { userId: description.userId }),
    ...(blocks ? { generalBlockTransfer: blocks } : {}),
    ...(referencing ? { referencing } : {}),
    ...(referencing === 'short-name' ? { shortNames } : {}),
  })
}

function decodedValue(hex: string | undefined): Data | undefined {
  if (hex === undefined) return undefined
  const decoded = decodeData(fromHex(hex))
  assert.ok(decoded.kind === 'ok', hex)
  return decoded.value
}

/** Queues one step of the script. */
export function perform(client: ClientSession, step: Step, now: number): void {
  const attributes: AttributeDescriptor[] = (step.of ?? []).map(([classId, obis, attribute]) => ({
    classId,
    obis,
    attribute,
    ...selectionOf(step),
  }))
  const methods: MethodDescriptor[] = (step.of ?? []).map(([classId, obis, method]) => ({
    classId,
    obis,
    method,
  }))
  const values = (step.values ?? []).map((hex) => decodedValue(hex) as Data)
  const names = step.names ?? []
  switch (step.op) {
    case 'get':
      client.get(attributes[0] as AttributeDescriptor, now)
      break
    case 'get-list':
      client.get(attributes, now)
      break
    case 'set':
    case 'set-list': {
      const requests = attributes.map((attribute, i) => ({ attribute, data: values[i] as Data }))
      const asked = step.op === 'set' ? (requests[0] as (typeof requests)[0]) : requests
      client.set(asked, now, { confirmed: step.confirmed ?? true })
      break
    }
    case 'action': {
      const method = methods[0] as MethodDescriptor
      client.action(values[0] ? { method, data: values[0] } : { method }, now)
      break
    }
    case 'access': {
      const items = (step.services ?? []).map((service, i): AccessItem => {
        const attribute = attributes[i] as AttributeDescriptor
        if (service === 'get') return { service, attribute }
        const value = values[i] as Data
        return service === 'set'
          ? { service, attribute, data: value }
          : { service, method: methods[i] as MethodDescriptor, data: value }
      })
      client.access(items, now)
      break
    }
    case 'read': {
      const items = names.map((name) => ({ name }))
      client.read(items, now)
      break
    }
    case 'write': {
      const items = names.map((name, i) => ({ name, data: values[i] as Data }))
      client.write(items, now)
      break
    }
    case 'notify':
      break
    case 'release':
      client.release(now)
  }
}

function selectionOf({ entries, range }: Step): Pick<AttributeDescriptor, 'selection'> {
  if (entries) {
    const [fromEntry, toEntry, fromColumn, toColumn] = entries
    return { selection: { kind: 'by-entry', fromEntry, toEntry, fromColumn, toColumn } }
  }
  if (!range) return {}
  const [from, to] = range.map((hex) => decodedValue(hex) as Data) as [Data, Data]
  return { selection: { kind: 'by-range', restricting: clockColumn, from, to, selected: [] } }
}

/** What a step came to, in the words of the recordings: encoded Data, or the name of the refusal. */
export function outcome(event: SessionEvent): string {
  if (event.kind === 'failed') return `failed ${event.error.code}: ${event.error.message}`
  if (event.kind === 'notification') return `${event.service} ${toHex(encodeData(event.data))}`
  if (event.kind === 'released') return `released ${event.clean}`
  if (event.kind !== 'response') return event.kind
  const one = (result: { ok: boolean; data?: Data; result?: string }): string =>
    result.data ? toHex(encodeData(result.data)) : result.ok ? 'success' : String(result.result)
  return (event.results as readonly { ok: boolean; data?: Data; result?: string }[]).map(one).join(',')
}
