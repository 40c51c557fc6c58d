// What the server machine stands on: its state, its lower layer, its refusals and what it reports.

import { DlmsError } from '../../parse.ts'
import { encodeApdu } from '../../xdlms/index.ts'
import { Journal } from '../frames.ts'
import { assertCredentials } from '../hls.ts'
import {
  HdlcServerLower,
  isAllStations,
  type Lower,
  type OnWire,
  TcpWrapper,
  UdpWrapper,
  withoutRoute,
  withRoute,
} from '../lower/index.ts'
import { Protection, type ProtectionOptions } from '../protection.ts'
import type { ServerEvent, ServerSessionOptions, ServerState } from '../serverTypes.ts'
import { defaultSessionLimits, type EpochMs, type SessionError, type SessionLimits } from '../types.ts'
import { hlsParty } from './associate.ts'
import { nextServerState, type ServerMove } from './transitions.ts'

const stateErrors = { serviceNotAllowed: 1, serviceUnknown: 2 } as const
export const serviceErrors = {
  operationNotPossible: 1,
  serviceNotSupported: 2,
  otherReason: 3,
  pduTooLong: 4,
  deciphering: 5,
  invocationCounter: 6,
} as const

/** The answer to a counter that is not above `lastCounter`: it names the least that will do, while there is one. */
export function counterException(lastCounter: number): Uint8Array {
  return encodeApdu({
    kind: 'exception-response',
    stateError: stateErrors.serviceNotAllowed,
    serviceError: serviceErrors.invocationCounter,
    invocationCounter: Math.min(lastCounter + 1, 0xffff_ffff),
  })
}

const defaultIdleMs = 120_000

export abstract class ServerLink {
  protected readonly options: ServerSessionOptions
  protected readonly limits: SessionLimits
  protected readonly keys: ProtectionOptions | undefined
  protected readonly protection: Protection
  protected readonly address: number
  protected readonly journal: Journal
  protected deadline: EpochMs | undefined
  #state: ServerState = 'idle'
  #output: Uint8Array[] = []
  #events: ServerEvent[] = []
  readonly #lower: Lower
  /** Gateway prefix of the request that is being answered. */
  #route: Uint8Array | undefined
  #now: EpochMs = 0

  constructor(options: ServerSessionOptions) {
    this.options = options
    this.limits = { ...defaultSessionLimits, ...options.limits }
    this.address = options.serverAddress ?? 1
    this.journal = new Journal(this.limits.maxFramesPerEvent)
    this.#lower = this.#openLower()
    const { security } = options
    this.keys = security && {
      ...security,
      lastPeerCounter: security.lastClientCounter,
      acceptPeerCounter: security.acceptClientCounter,
    }
    this.protection = new Protection(options.crypto, this.keys)
    const needsKeys = options.associations.some(({ policy, signed }) => policy !== 'none' || signed)
    if (needsKeys && !security) throw new DlmsError('usage', 'an association needs `security`')
    for (const offer of options.associations) {
      const party = hlsParty(offer, options, this.protection)
      if (party) assertCredentials(party)
    }
  }

  get state(): ServerState {
    return this.#state
  }

  takeOutput(): Uint8Array[] {
    const output = this.#output
    this.#output = []
    return output
  }

  takeEvents(): ServerEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }

  nextDeadline(): EpochMs | undefined {
    if (this.#state === 'closed') return undefined
    const below = this.#lower.nextDeadline()
    if (below === undefined) return this.deadline
    return this.deadline === undefined ? below : Math.min(below, this.deadline)
  }

  /** An APDU for our address. */
  protected abstract takeApdu(apdu: Uint8Array, source: number, now: EpochMs): void
  /** An APDU for all servers, of so many frames. */
  protected abstract takeBroadcast(apdu: Uint8Array, source: number, frames: number, now: EpochMs): void
  /** The link under an association is gone; undefined: the client closed it. */
  protected abstract takeLoss(error: SessionError | undefined): void
  /** The stream is beyond repair. */
  protected abstract close(error: SessionError): void

  protected receiveLower(bytes: Uint8Array, now: EpochMs): void {
    this.#lower.receive(bytes, now)
    this.#pump(now)
  }

  protected tickLower(now: EpochMs): void {
    if (this.#state === 'closed') return
    this.#lower.tick(now)
    this.#pump(now)
  }

  /** Starts the quiet time anew. */
  protected stayAwake(now: EpochMs): void {
    const { idleTimeoutMs, transport } = this.options
    const idle = idleTimeoutMs ?? (transport === 'hdlc' ? undefined : defaultIdleMs)
    if (idle !== undefined) this.deadline = now + idle
  }

  protected move(move: ServerMove): void {
    const next = nextServerState(this.#state, move)
    if (!next) throw new DlmsError('usage', `no move '${move}' from '${this.#state}'`)
    this.#state = next
  }

  protected emit(event: ServerEvent): void {
    this.#events.push(event)
  }

  /** An answer: part of the running exchange. */
  protected send(destination: number, apdu: Uint8Array, now: EpochMs): void {
    const framed = this.#route ? withRoute(this.#route, apdu, 'answer') : apdu
    this.#lower.send(this.address, destination, framed, now)
  }

  /** An unasked message: no part of the exchange that may be running, hence not journalled. */
  protected sendAside(destination: number, apdu: Uint8Array, now: EpochMs = this.#now): void {
    this.#lower.sendAside(this.address, destination, apdu, now)
  }

  /** Answers with an exception-response, which is never protected; the association stays as it is. */
  protected refuse(destination: number, serviceError: number, error: SessionError, now: EpochMs): void {
    const unknown = serviceError === serviceErrors.serviceNotSupported
    const exception = encodeApdu({
      kind: 'exception-response',
      stateError: unknown ? stateErrors.serviceUnknown : stateErrors.serviceNotAllowed,
      serviceError,
    })
    this.send(destination, exception, now)
    this.emit({ kind: 'failed', error, fatal: false, frames: this.journal.take() })
  }

  #openLower(): Lower {
    const { transport, hdlc } = this.options
    const onWire: OnWire = (direction, bytes, at, aside) => {
      if (!aside) this.journal.add(direction, at, bytes)
      if (direction === 'out') this.#output.push(bytes)
    }
    if (transport === 'hdlc') return new HdlcServerLower(this.address, hdlc ?? {}, this.limits, onWire)
    const Wrapper = transport === 'udp-wrapper' ? UdpWrapper : TcpWrapper
    return new Wrapper(this.limits.maxApduBytes, onWire)
  }

  #pump(now: EpochMs): void {
    this.#now = now
    while (this.#state !== 'closed') {
      const event = this.#lower.next(now)
      if (!event) return
      switch (event.kind) {
        case 'apdu': {
          const hdlc = this.options.transport === 'hdlc'
          if (isAllStations(event.destination, hdlc)) {
            const bare = withoutRoute(event.apdu, 'request')?.apdu ?? event.apdu
            this.takeBroadcast(bare, event.source, event.frames, now)
            break
          }
          // HDLC has looked at the address.
          if (event.destination !== this.address && !hdlc) break
          const prefixed = withoutRoute(event.apdu, 'request')
          this.#route = prefixed?.route
          this.takeApdu(prefixed?.apdu ?? event.apdu, event.source, now)
          break
        }
        case 'disconnected':
          this.takeLoss(event.orderly ? undefined : { code: 'association-lost', message: event.reason })
          break
        case 'malformed':
          this.close({ code: 'malformed', message: event.error.message, detail: event.error.code })
          break
        default:
          break
      }
    }
  }
}
