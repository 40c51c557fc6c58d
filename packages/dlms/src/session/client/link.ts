// What the client machine stands on: its state, its lower layer, what it says and what it reports.

import { equalBytes } from '../../bytes.ts'
import { DlmsError } from '../../parse.ts'
import { Journal } from '../frames.ts'
import { assertCredentials } from '../hls.ts'
import {
  allStations,
  type FramedApdu,
  gatewayRoute,
  HdlcClientLower,
  type Lower,
  type OnWire,
  TcpWrapper,
  UdpWrapper,
  withoutRoute,
  withRoute,
} from '../lower/index.ts'
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
  type WireFrame,
} from '../types.ts'
import { hlsParty } from './associate.ts'
import { ClientProtection } from './security.ts'
import { type ClientMove, nextClientState } from './transitions.ts'

const defaultTimeoutMs = 15_000

export abstract class ClientLink {
  protected readonly options: ClientSessionOptions
  protected readonly limits: SessionLimits
  protected readonly protection: ClientProtection
  protected readonly journal: Journal
  protected readonly timeoutMs: number
  protected deadline: EpochMs | undefined
  #state: ClientState = 'idle'
  #output: Uint8Array[] = []
  #events: SessionEvent[] = []
  readonly #lower: Lower
  readonly #route: Uint8Array | undefined
  /** APDUs that wait for the link to come up. */
  #held: Uint8Array[] = []
  /** What is done when the link that is being closed is down. */
  #whenClosed: (() => void) | undefined
  /** Frames of the APDU that is being taken. */
  #framesTaken = 1
  #now: EpochMs = 0

  constructor(options: ClientSessionOptions) {
    this.options = options
    this.limits = { ...defaultSessionLimits, ...options.limits }
    this.protection = new ClientProtection(options.crypto, options.security)
    this.timeoutMs = options.timeoutMs ?? defaultTimeoutMs
    this.journal = new Journal(this.limits.maxFramesPerEvent)
    this.#lower = this.#openLower()
    this.#route = options.gateway && gatewayRoute(options.gateway)
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
    if (this.#state === 'failed') return undefined
    const below = this.#lower.nextDeadline()
    if (below === undefined) return this.deadline
    return this.deadline === undefined ? below : Math.min(below, this.deadline)
  }

  receive(bytes: Uint8Array, now: EpochMs): void {
    if (this.#state === 'failed') return
    this.#lower.receive(bytes, now)
    this.#pump(now)
  }

  /** An APDU of our server. */
  protected abstract takeApdu(apdu: Uint8Array, now: EpochMs): void
  /** Something that nobody asked for. */
  protected abstract takeStray(reason: string): void
  /** The lower layer is gone. */
  protected abstract takeLoss(error: SessionError, now: EpochMs): void

  /** Checks the deadlines of the lower layer. */
  protected tickLower(now: EpochMs): void {
    if (this.#state === 'failed') return
    this.#lower.tick(now)
    this.#pump(now)
  }

  protected move(move: ClientMove): void {
    const next = nextClientState(this.#state, move)
    if (!next) throw new DlmsError('usage', `no move '${move}' from '${this.#state}'`)
    // A server that keeps the link of a broken association would refuse the next one.
    if (move === 'broken' && this.#lower.connected) this.#lower.disconnect(this.#now)
    this.#state = next
  }

  /** Sends an APDU as it is and starts the wait for its answer; brings the link up first. */
  protected send(apdu: Uint8Array, now: EpochMs): void {
    this.#now = now
    this.deadline = now + this.timeoutMs
    const framed = this.#route ? withRoute(this.#route, apdu, 'request') : apdu
    if (this.#lower.connected) this.#sendNow(framed, now)
    else {
      this.#held.push(framed)
      this.#lower.connect(now)
    }
  }

  /** Sends an APDU to all servers, apart from what is in flight; needs no link. @returns its frames */
  protected sendToAll(apdu: Uint8Array, now: EpochMs): WireFrame[] {
    const framed = this.#route ? withRoute(this.#route, apdu, 'request') : apdu
    const before = this.#output.length
    this.#lower.sendAside(this.options.clientAddress, allStations, framed, now)
    return this.journal.removeLast(this.#output.length - before)
  }

  /** Ends with the link alone, without RLRQ. */
  protected get releasesByLink(): boolean {
    return this.options.transport === 'hdlc' && this.options.hdlc?.release === 'disc'
  }

  /** Closes the link, when it does not outlive the association, and then goes on. */
  protected closeLink(then: () => void): void {
    if (this.#whenClosed) return
    const keeps = this.options.transport !== 'hdlc' || this.options.hdlc?.release === 'rlrq'
    if (keeps || !this.#lower.connected) {
      then()
      return
    }
    this.deadline = undefined
    this.#whenClosed = then
    this.#lower.disconnect(this.#now)
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

  /** The frames that brought the message belong to it; a request in flight keeps its own. */
  protected emitNotification(event: Omit<NotificationEvent, 'frames'>): void {
    this.emit({ ...event, frames: this.journal.removeLast(this.#framesTaken) })
  }

  #openLower(): Lower {
    const { transport, hdlc, clientAddress, serverAddress } = this.options
    const onWire: OnWire = (direction, bytes, at) => {
      this.journal.add(direction, at, bytes)
      if (direction === 'out') this.#output.push(bytes)
    }
    if (transport === 'hdlc') {
      return new HdlcClientLower(
        clientAddress,
        serverAddress,
        hdlc ?? {},
        this.timeoutMs,
        this.limits,
        onWire,
      )
    }
    const Wrapper = transport === 'udp-wrapper' ? UdpWrapper : TcpWrapper
    return new Wrapper(this.limits.maxApduBytes, onWire)
  }

  #sendNow(framed: Uint8Array, now: EpochMs): void {
    const { clientAddress, serverAddress } = this.options
    this.#lower.send(clientAddress, serverAddress, framed, now)
  }

  #pump(now: EpochMs): void {
    this.#now = now
    // The events of one chunk may include the one that broke the association: what follows it is void.
    while (this.#state !== 'failed') {
      // Asked before each step: what the session has got need not be polled for.
      this.#lower.expect(this.deadline !== undefined)
      const event = this.#lower.next(now)
      if (!event) break
      switch (event.kind) {
        case 'apdu':
          if (!this.#whenClosed) this.#takeFramed(event, now)
          break
        case 'connected':
        case 'progress':
          if (this.deadline !== undefined) this.deadline = now + this.timeoutMs
          if (event.kind === 'connected') this.#release(now)
          break
        case 'disconnected':
          this.#takeEnd(event.reason, event.silent, now)
          break
        case 'malformed':
          this.takeLoss({ code: 'malformed', message: event.error.message, detail: event.error.code }, now)
          break
        case 'discarded':
          // HDLC and UDP live with losses; only what takes the place of an answer is counted.
          break
      }
    }
  }

  #release(now: EpochMs): void {
    const held = this.#held
    this.#held = []
    for (const apdu of held) this.#sendNow(apdu, now)
  }

  #takeFramed(event: FramedApdu, now: EpochMs): void {
    const { clientAddress, serverAddress } = this.options
    this.#framesTaken = event.frames
    if (event.destination !== clientAddress || event.source !== serverAddress) {
      this.takeStray('a frame for another address')
      return
    }
    const prefixed = withoutRoute(event.apdu, 'answer')
    if (this.#route && prefixed && !equalBytes(prefixed.route, this.#route)) {
      this.takeStray('an answer of another device behind the gateway')
      return
    }
    this.takeApdu(this.#route && prefixed ? prefixed.apdu : event.apdu, now)
  }

  #takeEnd(reason: string, silent: boolean, now: EpochMs): void {
    const closed = this.#whenClosed
    this.#whenClosed = undefined
    this.#held = []
    if (closed) closed()
    else if (this.#state !== 'idle' && this.#state !== 'released') {
      this.takeLoss({ code: silent ? 'timeout' : 'association-lost', message: reason, detail: 'link' }, now)
    }
  }
}
