// A small neighbourhood on free ports without line delays, and a client that drives real sessions over sockets.

import { connect as openSocket, type Socket } from 'node:net'
import {
  type AttributeDescriptor,
  type ClientSession,
  type ClientSessionOptions,
  createClientSession,
  type SessionEvent,
} from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import type { FaultKind } from './faults.ts'
import { freePorts } from './freePorts.ts'
import { buildNeighbourhood, type Neighbourhood, type SimulatedMeter } from './neighbourhood.ts'

/** One meter for each kind of fault, one good single-phase, one good three-phase meter and the balance meter. */
export async function smallNeighbourhood(): Promise<Neighbourhood> {
  const whole = buildNeighbourhood({ meters: 90, seed: 7, basePort: await freePorts(91) })
  const seen = new Set<string>()
  const points = whole.points.filter((point) => {
    const kind = point.meter?.fault?.kind ?? (point.meter ? `good ${point.phases} ${point.kind}` : 'none')
    return seen.has(kind) ? false : seen.add(kind)
  })
  return {
    ...whole,
    points,
    lines: whole.lines.map((line) => ({ ...line, latencyMs: [0, 0], loss: 0 })),
  }
}

export function meterWith(neighbourhood: Neighbourhood, wanted: FaultKind | 1 | 3): SimulatedMeter {
  const found = neighbourhood.points.find(({ meter, kind }) =>
    typeof wanted === 'number'
      ? meter && !meter.fault && meter.phases === wanted && kind === 'household'
      : meter?.fault?.kind === wanted,
  )?.meter
  if (found === undefined) throw new Error(`no meter ${wanted}`)
  return found
}

export type Access = 'public' | 'reading' | 'management'

export interface Client {
  readonly session: ClientSession
  readonly socket: Socket
  /** Server counters that came, in order. */
  readonly serverCounters: readonly number[]
  /** Does something and waits for the event that ends it; progress is passed over. */
  ask(what: (session: ClientSession, now: number) => void): Promise<SessionEvent>
  /** Values or names of errors, one per attribute. */
  get(...attributes: AttributeDescriptor[]): Promise<unknown[]>
  close(): void
}

let nextCounter = 1

/** Connects; the caller associates. Answers that do not come within `timeoutMs` end in an event 'failed'. */
export function client(
  meter: SimulatedMeter,
  access: Access,
  options: {
    timeoutMs?: number
    maxPduSize?: number
    password?: Uint8Array
    nextInvocationCounter?: () => number
  } = {},
): Client {
  const serverCounters: number[] = []
  const authentication: Record<Access, Partial<ClientSessionOptions>> = {
    public: { clientAddress: 16, authentication: { mechanism: 'none' } },
    reading: {
      clientAddress: 2,
      authentication: { mechanism: 'low', password: options.password ?? meter.keys.password },
    },
    management: {
      clientAddress: 1,
      authentication: { mechanism: 'gmac' },
      security: {
        systemTitle: new TextEncoder().encode('CTRtest1'),
        encryptionKey: meter.keys.encryption,
        authenticationKey: meter.keys.authentication,
        suite: meter.suite,
        policy: 'authenticated-encrypted',
        nextInvocationCounter: options.nextInvocationCounter ?? (() => nextCounter++),
        onServerCounter: (counter) => serverCounters.push(counter),
      },
    },
  }
  const session = createClientSession({
    transport: meter.transport,
    ...(meter.transport === 'hdlc' && {
      hdlc: {
        physicalAddress: meter.physicalAddress,
        windowReceive: 7,
        windowTransmit: 7,
        maxInfoReceive: 2_030,
        maxInfoTransmit: 2_030,
      },
    }),
    referencing: meter.referencing,
    serverAddress: 1,
    crypto: nodeCrypto,
    timeoutMs: options.timeoutMs ?? 20_000,
    maxPduSize: options.maxPduSize ?? 65_535,
    ...authentication[access],
  } as ClientSessionOptions)
  const socket = openSocket(meter.port, meter.host)
  const waiting: ((event: SessionEvent) => void)[] = []
  const pump = () => {
    for (const frame of session.takeOutput()) if (socket.writable) socket.write(frame)
    for (const event of session.takeEvents()) if (event.kind !== 'progress') waiting.shift()?.(event)
  }
  const timer = setInterval(() => {
    session.tick(Date.now())
    pump()
  }, 50)
  socket.on('data', (bytes) => {
    session.receive(bytes, Date.now())
    pump()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    session.disconnected(Date.now())
    pump()
    clearInterval(timer)
  })
  const ask: Client['ask'] = (what) =>
    new Promise((resolve) => {
      waiting.push(resolve)
      what(session, Date.now())
      pump()
    })
  return {
    session,
    socket,
    serverCounters,
    ask,
    async get(...attributes) {
      const event = await ask(
        (s, now) => void s.get(attributes.length === 1 ? attributes[0] : attributes, now),
      )
      if (event.kind === 'failed') throw new Error(`${event.error.code}: ${event.error.message}`)
      if (event.kind !== 'response' || event.service !== 'get') throw new Error(`event ${event.kind}`)
      return event.results.map((result) => (result.ok ? result.data.value : result.result))
    },
    close() {
      clearInterval(timer)
      socket.destroy()
    },
  }
}
