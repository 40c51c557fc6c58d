// What the client machine stands on: its state, its lower layer, what it says and what it reports.

import { DlmsError } from '../../parse.ts'
import { type Framing, Journal, wrapperFraming } from '../frames.ts'
import { assertCredentials } from '../hls.ts'
import {
  type ClientSessionOptions,
  type ClientState,
  defaultSessionLimits,
  type EpochMs,
  type NotificationEvent,
  type RequestId,
  type SessionError,
  type SessionEvent,
  type SessionLimits,
} from '../types.ts'
import { hlsParty } from './associate.ts'
import { ClientProtection } from './security.ts'
import { type ClientMove, nextClientState } from './transitions.ts'

const defaultTimeoutMs = 15_000

export class ClientLink {
  protected readonly options: ClientSessionOptions
  protected readonly limits: SessionLimits
  protected readonly framing: Framing
  protected readonly protection: ClientProtection
  protected readonly journal: Journal
  protected readonly timeoutMs: number
  protected deadline: EpochMs | undefined
  #state: ClientState = 'idle'
  #output: Uint8Array[] = []
  #events: SessionEvent[] = []

  constructor(options: ClientSessionOptions) {
    this.options = options
    this.limits = { ...defaultSessionLimits, ...options.limits }
    this.framing = wrapperFraming(this.limits.maxApduBytes)
    this.protection = new ClientProtection(options.crypto, options.security)
    this.timeoutMs = options.timeoutMs ?? defaultTimeoutMs
    this.journal = new Journal(this.limits.maxFramesPerEvent)
    const party = hlsParty(options, this.protection)
    if (party) assertCredentials(party)
  }

  get state(): ClientState {
    return this.#state
  }

  takeOutput(): Uint8Array[] {
    const output = this.#output
    this.#output = []
    return output
  }

  takeEvents(): SessionEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }

  nextDeadline(): EpochMs | undefined {
    return this.deadline
  }

  protected move(move: ClientMove): void {
    const next = nextClientState(this.#state, move)
    if (!next) throw new DlmsError('usage', `no move '${move}' from '${this.#state}'`)
    this.#state = next
  }

  /** Sends an APDU as it is and starts the wait for its answer. */
  protected send(apdu: Uint8Array, now: EpochMs): void {
    const { clientAddress, serverAddress } = this.options
    const wire = this.framing.frame(clientAddress, serverAddress, apdu)
    this.journal.add('out', now, wire)
    this.#output.push(wire)
    this.deadline = now + this.timeoutMs
  }

  protected sendService(plain: Uint8Array, now: EpochMs): void {
    this.send(this.protection.sealService(plain), now)
  }

  protected emit(event: SessionEvent): void {
    this.#events.push(event)
  }

  protected emitFailed(error: SessionError, fatal: boolean, requestId?: RequestId): void {
    const id = requestId === undefined ? {} : { requestId }
    this.emit({ kind: 'failed', ...id, error, fatal, frames: this.journal.take() })
  }

  /** The frame that brought the message belongs to it; a request in flight keeps its own. */
  protected emitNotification(event: Omit<NotificationEvent, 'frames'>): void {
    const frame = this.journal.removeLast()
    this.emit({ ...event, frames: frame ? [frame] : [] })
  }
}
