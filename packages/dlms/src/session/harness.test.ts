// A client and a server in memory, for the tests of this folder: bytes cross in chunks of any size.

import assert from 'node:assert/strict'
import { type Data, data } from '../axdr/data.ts'
import { nodeCrypto } from '../providers/node.ts'
import type { AttributeDescriptor, MethodDescriptor } from '../xdlms/index.ts'
import { createClientSession, createServerSession } from './index.ts'
import type {
  ServerAssociation,
  ServerEvent,
  ServerModel,
  ServerSession,
  ServerSessionOptions,
} from './serverTypes.ts'
import type {
  ClientSecurity,
  ClientSession,
  ClientSessionOptions,
  SecurityPolicy,
  SessionEvent,
} from './types.ts'

export { nodeCrypto }

export const encryptionKey = Uint8Array.from({ length: 16 }, (_, i) => i)
export const authenticationKey = Uint8Array.from({ length: 16 }, (_, i) => 0xd0 + i)
export const clientTitle = Uint8Array.from([0x4d, 0x4d, 0x4d, 0, 0, 0, 0, 1])
export const serverTitle = Uint8Array.from([0x43, 0x54, 0x52, 0, 0, 0, 0, 9])

export function counter(first: number): () => number {
  let next = first
  return () => next++
}

export function security(policy: SecurityPolicy, more: Partial<ClientSecurity> = {}): ClientSecurity {
  return {
    systemTitle: clientTitle,
    encryptionKey,
    authenticationKey,
    policy,
    nextInvocationCounter: counter(1000),
    ...more,
  }
}

/** Attributes by 'class/obis/attribute'; method calls are kept in `calls` and echo their parameter. */
export class MemoryModel implements ServerModel {
  readonly values = new Map<string, Data>()
  readonly calls: { method: MethodDescriptor; data: Data | undefined }[] = []
  readonly asked: AttributeDescriptor[] = []

  static key({ classId, obis, attribute }: AttributeDescriptor): string {
    return `${classId}/${obis}/${attribute}`
  }
  get(attribute: AttributeDescriptor) {
    this.asked.push(attribute)
    const value = this.values.get(MemoryModel.key(attribute))
    if (value) return { ok: true, data: value } as const
    return { ok: false, result: 'object-undefined', code: 4 } as const
  }
  set(attribute: AttributeDescriptor, value: Data) {
    if (!this.values.has(MemoryModel.key(attribute))) return 'read-write-denied' as const
    this.values.set(MemoryModel.key(attribute), value)
    return 'success' as const
  }
  invoke(method: MethodDescriptor, value: Data | undefined) {
    this.calls.push({ method, data: value })
    if (method.method > 9) return { result: 'object-undefined' } as const
    return value ? ({ result: 'success', data: value } as const) : ({ result: 'success' } as const)
  }
}

export const energy: AttributeDescriptor = { classId: 3, obis: '1.0.1.8.0.255', attribute: 2 }
export const name: AttributeDescriptor = { classId: 1, obis: '0.0.42.0.0.255', attribute: 2 }
export const profile: AttributeDescriptor = { classId: 7, obis: '1.0.99.1.0.255', attribute: 2 }
export const missing: AttributeDescriptor = { classId: 3, obis: '1.0.99.9.9.255', attribute: 2 }

export function filledModel(): MemoryModel {
  const model = new MemoryModel()
  model.values.set(MemoryModel.key(energy), data.u32(123456))
  model.values.set(MemoryModel.key(name), data.octets(new TextEncoder().encode('CTR0000000000009')))
  return model
}

/** `rows` rows of clock, status and four energies, as a load profile with 15 minutes would hold. */
export function profileRows(rows: number): Data {
  const list: Data[] = []
  for (let row = 0; row < rows; row++) {
    const clock = Uint8Array.from([7, 234, 1, 1, 4, 0, 15, 0, 0, 0xff, 0x88, 0])
    new DataView(clock.buffer).setUint16(5, row)
    const energies = [row, row + 1, row + 2, row + 3].map((value) => data.u32(value))
    list.push(data.structure(data.octets(clock), data.u8(row & 0xff), ...energies))
  }
  return data.array(...list)
}

export type Pair = {
  readonly client: ClientSession
  readonly server: ServerSession
  readonly model: MemoryModel
  readonly clientEvents: SessionEvent[]
  readonly serverEvents: ServerEvent[]
  /** Highest client counter that the server accepted. */
  readonly seen: { clientCounter: number | undefined }
  now: number
}

export type PairOptions = {
  readonly association?: Partial<ServerAssociation>
  readonly client?: Partial<ClientSessionOptions>
  readonly server?: Partial<ServerSessionOptions>
  readonly model?: MemoryModel
}

/** Client 1 against a server that offers it one association; by default HLS-GMAC, fully protected. */
export function pair(options: PairOptions = {}): Pair {
  const model = options.model ?? filledModel()
  const seen: { clientCounter: number | undefined } = { clientCounter: undefined }
  const association: ServerAssociation = {
    clientAddress: 1,
    mechanism: 'gmac',
    policy: 'authenticated-encrypted',
    ...options.association,
  }
  const client = createClientSession({
    clientAddress: 1,
    serverAddress: 1,
    authentication: { mechanism: 'gmac' },
    security: security('authenticated-encrypted'),
    crypto: nodeCrypto,
    ...options.client,
  })
  const server = createServerSession({
    associations: [association],
    security: {
      systemTitle: serverTitle,
      encryptionKey,
      authenticationKey,
      nextInvocationCounter: counter(50),
      lastClientCounter: () => seen.clientCounter,
      acceptClientCounter: (value) => {
        seen.clientCounter = value
      },
    },
    crypto: nodeCrypto,
    model,
    ...options.server,
  })
  return { client, server, model, clientEvents: [], serverEvents: [], seen, now: 1_000 }
}

/** How a chunk of the stream is cut further; the default leaves it whole. */
export type Chunking = (bytes: Uint8Array) => Uint8Array[]
export const whole: Chunking = (bytes) => [bytes]

/** Lets both talk until neither has anything to say. */
export function run(both: Pair, chunking: Chunking = whole): void {
  for (let round = 0; round < 50_000; round++) {
    const up = both.client.takeOutput()
    for (const frame of up) for (const chunk of chunking(frame)) both.server.receive(chunk, both.now)
    const down = both.server.takeOutput()
    for (const frame of down) for (const chunk of chunking(frame)) both.client.receive(chunk, both.now)
    both.clientEvents.push(...both.client.takeEvents())
    both.serverEvents.push(...both.server.takeEvents())
    if (up.length === 0 && down.length === 0) return
  }
  assert.fail('the two never came to rest')
}

/** Associates, and fails the test when that does not succeed. */
export function associated(options: PairOptions = {}, chunking: Chunking = whole): Pair {
  const both = pair(options)
  both.client.associate(both.now)
  run(both, chunking)
  assert.deepEqual(kinds(both.clientEvents), ['associated'], JSON.stringify(both.clientEvents))
  assert.equal(both.client.state, 'associated')
  both.clientEvents.length = 0
  both.serverEvents.length = 0
  return both
}

export function kinds(events: readonly { readonly kind: string }[]): string[] {
  return events.map((event) => event.kind)
}

/** The only event of a kind. */
export function only<K extends SessionEvent['kind']>(
  events: readonly SessionEvent[],
  kind: K,
): Extract<SessionEvent, { kind: K }> {
  const found = events.filter((event) => event.kind === kind)
  assert.equal(found.length, 1, `one '${kind}' among ${kinds(events).join(', ')}: ${JSON.stringify(events)}`)
  return found[0] as Extract<SessionEvent, { kind: K }>
}
