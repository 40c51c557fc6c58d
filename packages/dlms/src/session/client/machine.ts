// The client side of an application association, without I/O. This file keeps time, order and bounds;
// `associate.ts` knows the handshake, `exchange.ts` the confirmed services, `../protection.ts` the ciphering.

import { DlmsError } from '../../parse.ts'
import type { AttributeDescriptor, ConformanceBit } from '../../xdlms/index.ts'
import { type FramedApdu, type Framing, Journal, wrapperFraming } from '../frames.ts'
import type { Opened } from '../protection.ts'
import {
  type ActionRequest,
  type ClientSession,
  type ClientSessionOptions,
  type ClientState,
  defaultSessionLimits,
  type EpochMs,
  type GetOptions,
  type RequestId,
  type SessionError,
  type SessionEvent,
  type SessionLimits,
  type SetRequest,
  type WireFrame,
} from '../types.ts'
import { buildAarq, buildHlsReply, buildRlrq, type Handshake, readAare, readHlsAnswer } from './associate.ts'
import { Exchange, type Service, type Step } from './exchange.ts'
import { readUnsolicited } from './incoming.ts'
import { ClientProtection } from './security.ts'
import { type ClientMove, nextClientState } from './transitions.ts'

const defaultTimeoutMs = 15_000
const defaultPduSize = 0xffff

type Pending = { readonly id: RequestId; readonly service: Service }

/** Opens a client session. Nothing is sent before `associate`. Throws `DlmsError` on keys or titles of a wrong length. */
export function createClientSession(options: ClientSessionOptions): ClientSession {
  return new ClientMachine(options)
}

class ClientMachine implements ClientSession {
  readonly #options: ClientSessionOptions
  readonly #limits: SessionLimits
  readonly #framing: Framing
  readonly #protection: ClientProtection
  readonly #timeoutMs: number
  #state: ClientState = 'idle'
  #journal: Journal
  #output: Uint8Array[] = []
  #events: SessionEvent[] = []
  #queue: Pending[] = []
  #running: { readonly id: RequestId; readonly exchange: Exchange } | undefined
  #handshake: Handshake | undefined
  #conformance: readonly ConformanceBit[] = []
  #serverMaxPdu = 0
  #deadline: EpochMs | undefined
  #releaseWanted = false
  #nextRequestId = 1
  #nextInvokeId: number
  #strays = 0

  constructor(options: ClientSessionOptions) {
    this.#options = options
    this.#limits = { ...defaultSessionLimits, ...options.limits }
    this.#framing = wrapperFraming(this.#limits.maxApduBytes)
    this.#protection = new ClientProtection(options.crypto, options.security)
    this.#timeoutMs = options.timeoutMs ?? defaultTimeoutMs
    this.#nextInvokeId = options.firstInvokeId ?? 1
    this.#journal = new Journal(this.#limits.maxFramesPerEvent)
    if (options.authentication.mechanism === 'gmac' && !options.security) {
      throw new DlmsError('usage', 'HLS with GMAC needs `security`')
    }
  }

  get state(): ClientState {
    return this.#state
  }

  associate(now: EpochMs): void {
    if (this.#state !== 'idle' && this.#state !== 'released') {
      throw new DlmsError('usage', `associate() in state '${this.#state}'`)
    }
    this.#move('associate')
    this.#handshake = buildAarq(this.#options, this.#protection, this.#options.maxPduSize ?? defaultPduSize)
    this.#send(this.#handshake.aarq, now)
  }

  get(
    attribute: AttributeDescriptor | readonly AttributeDescriptor[],
    now: EpochMs,
    options: GetOptions = {},
  ): RequestId {
    const list = Array.isArray(attribute)
    const items = list ? (attribute as readonly AttributeDescriptor[]) : [attribute as AttributeDescriptor]
    if (list && options.raw) throw new DlmsError('usage', 'a raw GET takes one attribute')
    return this.#request({ kind: 'get', items, list, raw: options.raw ?? false }, now)
  }

  set(request: SetRequest | readonly SetRequest[], now: EpochMs): RequestId {
    const list = Array.isArray(request)
    const items = list ? (request as readonly SetRequest[]) : [request as SetRequest]
    return this.#request({ kind: 'set', items, list }, now)
  }

  action(request: ActionRequest | readonly ActionRequest[], now: EpochMs): RequestId {
    const list = Array.isArray(request)
    const items = list ? (request as readonly ActionRequest[]) : [request as ActionRequest]
    return this.#request({ kind: 'action', items, list }, now)
  }

  release(now: EpochMs): void {
    if (this.#state !== 'associated' && this.#state !== 'associating' && this.#state !== 'authenticating') {
      this.#emitFailed({ code: 'not-associated', message: 'there is no association to release' }, false)
      return
    }
    this.#releaseWanted = true
    this.#advance(now)
  }

  receive(bytes: Uint8Array, now: EpochMs): void {
    if (this.#state === 'failed') return
    for (const event of this.#framing.receive(bytes)) {
      // The events of one chunk may include the one that broke the association: what follows it is void.
      if ((this.#state as ClientState) === 'failed') return
      if (event.kind === 'malformed') {
        this.#break({ code: 'malformed', message: event.error.message, detail: event.error.code }, now)
        return
      }
      const mine =
        event.destination === this.#options.clientAddress && event.source === this.#options.serverAddress
      if (mine) this.#take(event, now)
      else this.#stray('a frame for another address', now)
    }
  }

  disconnected(now: EpochMs): void {
    if (this.#state === 'failed' || this.#state === 'released') return
    this.#break({ code: 'association-lost', message: 'the connection closed' }, now)
  }

  tick(now: EpochMs): void {
    if (this.#deadline === undefined || now < this.#deadline) return
    if (this.#state === 'releasing') {
      this.#finishRelease(false, now)
      return
    }
    const waited = `no answer within ${this.#timeoutMs} ms`
    this.#break({ code: 'timeout', message: waited }, now)
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
    return this.#deadline
  }

  #request(service: Service, now: EpochMs): RequestId {
    const id = this.#nextRequestId++
    if (service.items.length === 0) throw new DlmsError('usage', 'a request names at least one object')
    const refused = this.#refusal(service)
    if (refused) {
      this.#events.push({ kind: 'failed', requestId: id, error: refused, fatal: false, frames: [] })
      return id
    }
    this.#queue.push({ id, service })
    this.#advance(now)
    return id
  }

  #refusal(service: Service): SessionError | undefined {
    const open =
      this.#state === 'associating' || this.#state === 'authenticating' || this.#state === 'associated'
    if (!open || this.#releaseWanted) {
      return { code: 'not-associated', message: `no association (state '${this.#state}')` }
    }
    if (this.#queue.length >= this.#limits.maxQueuedRequests) {
      return { code: 'queue-full', message: `${this.#queue.length} requests are waiting already` }
    }
    if (service.items.length > this.#limits.maxListItems) {
      return { code: 'too-large', message: `more than ${this.#limits.maxListItems} objects in one request` }
    }
    return undefined
  }

  /** Starts the next request, or the release, when nothing is in flight. */
  #advance(now: EpochMs): void {
    while (this.#state === 'associated' && !this.#running) {
      const pending = this.#queue.shift()
      if (!pending) {
        if (this.#releaseWanted) this.#startRelease(now)
        return
      }
      const exchange = new Exchange(pending.service, {
        limits: this.#limits,
        maxPlainBytes: this.#protection.room(this.#serverMaxPdu),
        multipleReferences: this.#conformance.includes('multiple-references'),
        nextInvokeId: () => this.#takeInvokeId(),
      })
      this.#running = { id: pending.id, exchange }
      this.#apply(exchange.start(), now)
    }
  }

  #takeInvokeId(): number {
    const id = this.#nextInvokeId & 0x0f
    this.#nextInvokeId = (id + 1) & 0x0f
    return id
  }

  #take(framed: FramedApdu, now: EpochMs): void {
    this.#journal.add('in', now, framed.wire)
    switch (this.#state) {
      case 'associating':
        this.#takeAare(framed.apdu, now)
        return
      case 'releasing':
        // Green Book 9.4.5: whatever the server says to an RLRQ – RLRE, exception, even garbage lengths –
        // the association is over; only its manner is reported.
        this.#takeRelease(framed.apdu, now)
        return
      default:
        this.#takeProtected(framed.apdu, now)
    }
  }

  #takeAare(apdu: Uint8Array, now: EpochMs): void {
    const handshake = this.#handshake
    if (!handshake) return
    const answer = readAare(apdu, handshake, this.#protection)
    switch (answer.kind) {
      case 'other':
        this.#takeProtected(apdu, now)
        return
      case 'failed':
        this.#break(answer.error, now)
        return
      case 'accepted':
        this.#conformance = answer.conformance
        this.#serverMaxPdu = answer.maxPduSize
        if (answer.challenge === undefined) {
          this.#move('accepted')
          this.#associated(now)
          return
        }
        this.#move('challenged')
        this.#sendProtected(
          buildHlsReply(answer.challenge, this.#takeInvokeId(), handshake, this.#protection),
          now,
        )
    }
  }

  #associated(now: EpochMs): void {
    this.#deadline = undefined
    this.#events.push({
      kind: 'associated',
      serverSystemTitle: this.#protection.peerTitle,
      conformance: this.#conformance,
      maxPduSize: this.#serverMaxPdu,
      frames: this.#journal.take(),
    })
    this.#advance(now)
  }

  #takeProtected(apdu: Uint8Array, now: EpochMs): void {
    const opened = this.#protection.open(apdu)
    if (opened.kind === 'failed') {
      this.#break(opened.error, now)
      return
    }
    const incoming = readUnsolicited(opened)
    if (incoming.kind === 'stray') this.#stray(incoming.reason, now)
    else if (incoming.kind === 'notification') this.#notification(incoming.event)
    else if (this.#state === 'authenticating') this.#takeHlsAnswer(opened, now)
    else if (this.#running) this.#answer(opened, now)
    else this.#stray('an answer that nobody asked for', now)
  }

  #notification(event: Omit<Extract<SessionEvent, { kind: 'notification' }>, 'frames'>): void {
    // The frame that brought the message belongs to it; a request in flight keeps its own.
    const frame = this.#journal.removeLast()
    this.#events.push({ ...event, frames: frame ? [frame] : [] })
  }

  #takeHlsAnswer(opened: Extract<Opened, { kind: 'opened' }>, now: EpochMs): void {
    const handshake = this.#handshake
    if (!handshake) return
    const answer = readHlsAnswer(opened, handshake, this.#protection)
    if (answer.kind === 'stray') this.#stray(answer.reason, now)
    else if (answer.kind === 'failed') this.#break(answer.error, now)
    else {
      this.#move('proven')
      this.#associated(now)
    }
  }

  #answer(opened: Extract<Opened, { kind: 'opened' }>, now: EpochMs): void {
    const running = this.#running
    if (!running) return
    const weak = this.#protection.weakness(opened)
    if (weak) {
      this.#break(weak, now)
      return
    }
    this.#apply(running.exchange.receive(opened.plain), now)
  }

  #apply(step: Step, now: EpochMs): void {
    const running = this.#running
    if (!running) return
    switch (step.kind) {
      case 'stray':
        this.#stray(step.reason, now)
        return
      case 'send':
        if (step.progress) {
          const { block, bytes } = step.progress
          this.#events.push({ kind: 'progress', requestId: running.id, block, bytes, frames: [] })
        }
        this.#strays = 0
        this.#sendProtected(step.apdu, now)
        return
      case 'failed':
        if (step.fatal) {
          this.#break(step.error, now)
          return
        }
        this.#finish()
        this.#emitFailed(step.error, false, running.id)
        break
      case 'done':
        this.#finish()
        this.#events.push({ ...step.outcome, requestId: running.id, frames: this.#journal.take() })
    }
    this.#advance(now)
  }

  #finish(): void {
    this.#running = undefined
    this.#deadline = undefined
    this.#strays = 0
  }

  #startRelease(now: EpochMs): void {
    this.#move('release')
    this.#send(buildRlrq(this.#handshake, this.#protection), now)
  }

  #takeRelease(apdu: Uint8Array, now: EpochMs): void {
    const tag = apdu[0]
    const clean = tag === 0x63
    // A push may cross the RLRQ; it is reported by `takeProtected` and the wait goes on.
    const opened = clean ? undefined : this.#protection.open(apdu)
    if (opened?.kind === 'opened') {
      const incoming = readUnsolicited(opened)
      if (incoming.kind === 'notification') {
        this.#notification(incoming.event)
        return
      }
    }
    this.#finishRelease(clean, now)
  }

  #finishRelease(clean: boolean, _now: EpochMs): void {
    this.#move('released')
    this.#deadline = undefined
    this.#releaseWanted = false
    this.#events.push({ kind: 'released', clean, frames: this.#journal.take() })
  }

  #stray(reason: string, now: EpochMs): void {
    this.#strays += 1
    if (this.#strays <= this.#limits.maxStrayApdus) return
    this.#break({ code: 'malformed', message: `too many stray APDUs, the latest: ${reason}` }, now)
  }

  #sendProtected(plain: Uint8Array, now: EpochMs): void {
    this.#send(this.#protection.sealService(plain), now)
  }

  #send(apdu: Uint8Array, now: EpochMs): void {
    const { clientAddress, serverAddress } = this.#options
    const wire = this.#framing.frame(clientAddress, serverAddress, apdu)
    this.#journal.add('out', now, wire)
    this.#output.push(wire)
    this.#deadline = now + this.#timeoutMs
  }

  /** Ends the association: the request in flight fails with the cause, the queued ones with its consequence. */
  #break(error: SessionError, _now: EpochMs): void {
    const running = this.#running
    const queued = this.#queue
    this.#queue = []
    this.#finish()
    this.#releaseWanted = false
    this.#move('broken')
    this.#emitFailed(error, true, running?.id)
    if (running) this.#emitFailed(error, true)
    for (const pending of queued) {
      const lost: SessionError = {
        code: 'association-lost',
        message: 'the association broke before',
        detail: error.code,
      }
      this.#emitFailed(lost, true, pending.id)
    }
  }

  #emitFailed(error: SessionError, fatal: boolean, requestId?: RequestId): void {
    const frames: readonly WireFrame[] = this.#journal.take()
    this.#events.push({
      kind: 'failed',
      ...(requestId === undefined ? {} : { requestId }),
      error,
      fatal,
      frames,
    })
  }

  #move(move: ClientMove): void {
    const next = nextClientState(this.#state, move)
    if (!next) throw new DlmsError('usage', `no move '${move}' from '${this.#state}'`)
    this.#state = next
  }
}
