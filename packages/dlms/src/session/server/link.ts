// What the server machine stands on: its state, its lower layer, its refusals and what it reports.

import { DlmsError } from '../../parse.ts'
import { encodeApdu } from '../../xdlms/index.ts'
import { type Framing, Journal, wrapperFraming } from '../frames.ts'
import { assertCredentials } from '../hls.ts'
import { Protection } from '../protection.ts'
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

export class ServerLink {
  protected readonly options: ServerSessionOptions
  protected readonly limits: SessionLimits
  protected readonly framing: Framing
  protected readonly protection: Protection
  protected readonly address: number
  protected readonly journal: Journal
  protected deadline: EpochMs | undefined
  #state: ServerState = 'idle'
  #output: Uint8Array[] = []
  #events: ServerEvent[] = []

  constructor(options: ServerSessionOptions) {
    this.options = options
    this.limits = { ...defaultSessionLimits, ...options.limits }
    this.framing = wrapperFraming(this.limits.maxApduBytes)
    this.address = options.serverAddress ?? 1
    this.journal = new Journal(this.limits.maxFramesPerEvent)
    const { security } = options
    this.protection = new Protection(
      options.crypto,
      security && {
        ...security,
        lastPeerCounter: security.lastClientCounter,
        acceptPeerCounter: security.acceptClientCounter,
      },
    )
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
    return this.deadline
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
    const wire = this.framing.frame(this.address, destination, apdu)
    this.journal.add('out', now, wire)
    this.#output.push(wire)
  }

  /** An unasked message: no part of the exchange that may be running, hence not journalled. */
  protected sendAside(destination: number, apdu: Uint8Array): void {
    this.#output.push(this.framing.frame(this.address, destination, apdu))
  }

  /** Answers with an exception-response, which is never protected; the association stays as it is. */
  protected refuse(
    destination: number,
    serviceError: number,
    error: SessionError,
    now: EpochMs,
    invocationCounter?: number,
  ): void {
    const unknown = serviceError === serviceErrors.serviceNotSupported
    const exception = encodeApdu({
      kind: 'exception-response',
      stateError: unknown ? stateErrors.serviceUnknown : stateErrors.serviceNotAllowed,
      serviceError,
      ...(invocationCounter !== undefined && { invocationCounter }),
    })
    this.send(destination, exception, now)
    this.emit({ kind: 'failed', error, fatal: false, frames: this.journal.take() })
  }
}
