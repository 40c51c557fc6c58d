// The client side of an application association, without I/O. This file keeps time, order and bounds;
// `associate.ts` knows the handshake, `exchange.ts` the confirmed services, `../protection.ts` the ciphering.

import { DlmsError } from '../../parse.ts'
import type { Opened } from '../protection.ts'
import { objectListName, ShortNames } from '../shortNames.ts'
import type {
  AssumedAssociation,
  ClientSession,
  ClientSessionOptions,
  EpochMs,
  RequestId,
  SessionError,
} from '../types.ts'
import { buildAarq, buildHlsReply, buildRlrq, type Handshake, readAare, readHlsAnswer } from './associate.ts'
import { Exchange, type Service, type Step } from './exchange.ts'
import { readUnsolicited } from './incoming.ts'
import type { Outcome } from './operation.ts'
import { hlsAnswerByShortName, hlsReplyByShortName } from './translate.ts'
import { ClientTransmission } from './transmission.ts'

const defaultPduSize = 0xffff

type Pending = { readonly id: RequestId; readonly service: Service }
/** For whom a request runs: the caller, or the machine that needs the base names first. */
type Purpose = 'caller' | 'names'

const readObjectList: Service = {
  kind: 'read',
  items: [{ name: objectListName }],
  list: false,
  options: {},
}

/** Opens a client session. Nothing is sent before `associate`. Throws `DlmsError` on keys or titles of a wrong length. */
export function createClientSession(options: ClientSessionOptions): ClientSession {
  return new ClientMachine(options)
}

class ClientMachine extends ClientTransmission implements ClientSession {
  #queue: Pending[] = []
  #running: { readonly id: RequestId; readonly exchange: Exchange; readonly purpose: Purpose } | undefined
  #handshake: Handshake | undefined
  #releaseWanted = false
  #nextRequestId = 1
  #nextInvokeId: number
  #nextLongInvokeId = 1
  #strays = 0
  /** Of an association by short names; undefined until the object list has been read. */
  #shortNames: ShortNames | undefined

  constructor(options: ClientSessionOptions) {
    super(options)
    this.#nextInvokeId = options.firstInvokeId ?? 1
    this.#shortNames = options.shortNames && new ShortNames(options.shortNames)
  }

  associate(now: EpochMs): void {
    if (this.state !== 'idle' && this.state !== 'released') {
      throw new DlmsError('usage', `associate() in state '${this.state}'`)
    }
    this.#handshake = buildAarq(this.options, this.protection, this.options.maxPduSize ?? defaultPduSize)
    this.move('associate')
    this.send(this.#handshake.aarq, now)
  }

  assume(now: EpochMs, association: AssumedAssociation): void {
    this.move('assumed')
    this.conformance = association.conformance
    this.serverMaxPdu = association.maxPduSize ?? 0
    if (association.serverSystemTitle) this.protection.peerTitle = association.serverSystemTitle
    this.#associated(now)
  }

  release(now: EpochMs): void {
    if (this.state !== 'associated' && this.state !== 'associating' && this.state !== 'authenticating') {
      this.emitFailed({ code: 'not-associated', message: 'there is no association to release' }, false)
      return
    }
    this.#releaseWanted = true
    this.#advance(now)
  }

  disconnected(): void {
    if (this.state === 'failed' || this.state === 'released') return
    this.#break({ code: 'association-lost', message: 'the connection closed' })
  }

  tick(now: EpochMs): void {
    this.tickLower(now)
    if (this.deadline === undefined || now < this.deadline) return
    if (this.state === 'releasing') {
      this.#finishRelease(false)
      return
    }
    if (this.#running && this.repeat(now)) return
    const waited = `no answer within ${this.timeoutMs} ms`
    this.#break({ code: 'timeout', message: waited })
  }

  protected request(service: Service, now: EpochMs): RequestId {
    const id = this.#nextRequestId++
    const refused = this.#refusal(service)
    if (refused) {
      this.emit({ kind: 'failed', requestId: id, error: refused, fatal: false, frames: [] })
      return id
    }
    this.#queue.push({ id, service })
    this.#advance(now)
    return id
  }

  #refusal(service: Service): SessionError | undefined {
    const open =
      this.state === 'associating' || this.state === 'authenticating' || this.state === 'associated'
    if (!open || this.#releaseWanted) {
      return { code: 'not-associated', message: `no association (state '${this.state}')` }
    }
    if (this.#queue.length >= this.limits.maxQueuedRequests) {
      return { code: 'queue-full', message: `${this.#queue.length} requests are waiting already` }
    }
    if (service.items.length > this.limits.maxListItems) {
      return { code: 'too-large', message: `more than ${this.limits.maxListItems} objects in one request` }
    }
    return undefined
  }

  /** Starts the next request, or the release, when nothing is in flight. */
  #advance(now: EpochMs): void {
    while (this.state === 'associated' && !this.#running) {
      const pending = this.#queue.shift()
      if (!pending) {
        if (this.#releaseWanted) this.#startRelease(now)
        return
      }
      const named = this.#byShortNames && this.#namesObjects(pending.service)
      if (named && !this.#shortNames) {
        this.#queue.unshift(pending)
        this.#start({ id: pending.id, service: readObjectList, purpose: 'names' }, now)
      } else this.#start({ ...pending, purpose: 'caller' }, now)
    }
  }

  /** True for services that name objects by class and logical name. */
  #namesObjects(service: Service): boolean {
    return service.kind === 'get' || service.kind === 'set' || service.kind === 'action'
  }

  #start(pending: Pending & { readonly purpose: Purpose }, now: EpochMs): void {
    const { id, service, purpose } = pending
    const exchange = new Exchange(service, {
      limits: this.limits,
      maxPlainBytes: this.room(),
      multipleReferences: this.conformance.includes('multiple-references'),
      nextInvokeId: () => this.#takeInvokeId(),
      nextLongInvokeId: () => {
        this.#nextLongInvokeId = (this.#nextLongInvokeId + 1) & 0xff_ffff
        return this.#nextLongInvokeId
      },
      ...(this.#shortNames && { shortNames: this.#shortNames }),
    })
    this.#running = { id, exchange, purpose }
    this.#apply(exchange.start(), now)
  }

  #takeInvokeId(): number {
    const id = this.#nextInvokeId & 0x0f
    this.#nextInvokeId = (id + 1) & 0x0f
    return id
  }

  protected override takeApdu(apdu: Uint8Array, now: EpochMs): void {
    switch (this.state) {
      case 'associating':
        this.#takeAare(apdu, now)
        return
      case 'releasing':
        // Green Book 9.4.5: whatever the server says to an RLRQ – RLRE, exception, even garbage lengths –
        // the association is over; only its manner is reported.
        this.#takeRelease(apdu)
        return
      default:
        if (this.usesBlocks(apdu)) this.#takeBlock(apdu, now)
        else this.#takeProtected(apdu, now)
    }
  }

  protected override takeStray(reason: string): void {
    this.#stray(reason)
  }

  protected override takeLoss(error: SessionError): void {
    if (this.state === 'releasing') this.#finishRelease(false)
    else this.#break(error)
  }

  #takeBlock(block: Uint8Array, now: EpochMs): void {
    const taken = this.receiveBlock(block, now)
    if (taken.stray) this.#stray(taken.stray)
    if (taken.error) this.#break(taken.error)
    const running = this.#running
    if (taken.progress && running) {
      this.#strays = 0
      this.emit({ kind: 'progress', requestId: running.id, ...taken.progress, frames: [] })
    }
    // A peer that only makes us repeat ourselves must not do so for ever.
    if (taken.send.length > 0 && !taken.progress) this.#stray('a block that came before')
    if (taken.apdu) this.#takeProtected(taken.apdu, now)
  }

  #takeAare(apdu: Uint8Array, now: EpochMs): void {
    const handshake = this.#handshake
    if (!handshake) return
    const answer = readAare(apdu, handshake, this.protection)
    switch (answer.kind) {
      case 'other':
        this.#takeProtected(apdu, now)
        return
      case 'failed':
        this.#break(answer.error)
        return
      case 'accepted':
        this.conformance = answer.conformance
        this.serverMaxPdu = answer.maxPduSize
        if (answer.challenge === undefined) {
          this.move('accepted')
          this.#associated(now)
          return
        }
        this.move('challenged')
        this.#sendHlsReply(buildHlsReply(answer.challenge, this.#takeInvokeId(), handshake), now)
    }
  }

  #sendHlsReply(reply: Uint8Array, now: EpochMs): void {
    this.sendService(this.#byShortNames ? hlsReplyByShortName(reply) : reply, now)
  }

  get #byShortNames(): boolean {
    return this.options.referencing === 'short-name'
  }

  #associated(now: EpochMs): void {
    this.deadline = undefined
    this.emit({
      kind: 'associated',
      serverSystemTitle: this.protection.peerTitle,
      conformance: this.conformance,
      maxPduSize: this.serverMaxPdu,
      frames: this.journal.take(),
    })
    this.#advance(now)
  }

  #takeProtected(apdu: Uint8Array, now: EpochMs): void {
    const opened = this.protection.open(apdu)
    if (opened.kind === 'failed') {
      this.#break(opened.error)
      return
    }
    const incoming = readUnsolicited(opened)
    if (incoming.kind === 'stray') this.#stray(incoming.reason)
    else if (incoming.kind === 'notification') this.emitNotification(incoming.event)
    else if (this.state === 'authenticating') this.#takeHlsAnswer(opened, now)
    else if (this.#running) this.#answer(opened, now)
    else this.#stray('an answer that nobody asked for')
  }

  #takeHlsAnswer(opened: Extract<Opened, { kind: 'opened' }>, now: EpochMs): void {
    const handshake = this.#handshake
    if (!handshake) return
    const plain = this.#byShortNames
      ? hlsAnswerByShortName(opened.plain, handshake.replyInvokeId ?? 0)
      : opened.plain
    const answer = readHlsAnswer({ ...opened, plain }, handshake, this.protection)
    if (answer.kind === 'stray') this.#stray(answer.reason)
    else if (answer.kind === 'failed') this.#break(answer.error)
    else {
      this.move('proven')
      this.#associated(now)
    }
  }

  #answer(opened: Extract<Opened, { kind: 'opened' }>, now: EpochMs): void {
    const running = this.#running
    if (!running) return
    const weak = this.protection.weakness(opened)
    if (weak) {
      this.#break(weak)
      return
    }
    this.#apply(running.exchange.receive(opened.plain), now)
  }

  #apply(step: Step, now: EpochMs): void {
    const running = this.#running
    if (!running) return
    switch (step.kind) {
      case 'stray':
        this.forgetAnswer()
        this.#stray(step.reason)
        return
      case 'send':
        if (step.progress) {
          const { block, bytes } = step.progress
          this.emit({ kind: 'progress', requestId: running.id, block, bytes, frames: [] })
        }
        this.#strays = 0
        this.transmit(step.apdu, now)
        return
      case 'failed':
        if (step.fatal) {
          this.#break(step.error)
          return
        }
        this.#finish()
        if (running.purpose === 'names') this.#queue.shift()
        this.emitFailed(step.error, false, running.id)
        break
      case 'sent':
        for (const apdu of step.apdus) this.transmitUnconfirmed(apdu, now)
        this.#finish()
        this.emit({ kind: 'sent', requestId: running.id, frames: this.journal.take() })
        break
      case 'done':
        this.#finish()
        if (running.purpose === 'names') this.#learnNames(step.outcome, running.id)
        else this.emit({ ...step.outcome, requestId: running.id, frames: this.journal.take() })
    }
    this.#advance(now)
  }

  /** Takes the object list; the request that waits for it fails when there is none. Its frames stay with that request. */
  #learnNames(outcome: Outcome, waiting: RequestId): void {
    const [result] = outcome.service === 'read' ? outcome.results : []
    this.#shortNames = result?.ok ? ShortNames.fromObjectList(result.data) : undefined
    if (this.#shortNames) return
    this.#queue.shift()
    const detail = result && !result.ok ? result.result : undefined
    const message = 'the object list of the association cannot be read'
    this.emitFailed({ code: 'malformed', message, ...(detail && { detail }) }, false, waiting)
  }

  #finish(): void {
    this.#running = undefined
    this.deadline = undefined
    this.#strays = 0
    this.endTransmission()
  }

  #startRelease(now: EpochMs): void {
    this.move('release')
    if (this.releasesByLink) {
      this.#finishRelease(true)
      return
    }
    this.send(buildRlrq(this.#handshake, this.protection), now)
  }

  #takeRelease(apdu: Uint8Array): void {
    const tag = apdu[0]
    const clean = tag === 0x63
    // A push may cross the RLRQ; it is reported by `takeProtected` and the wait goes on.
    const opened = clean ? undefined : this.protection.open(apdu)
    if (opened?.kind === 'opened') {
      const incoming = readUnsolicited(opened)
      if (incoming.kind === 'notification') {
        this.emitNotification(incoming.event)
        return
      }
    }
    this.#finishRelease(clean)
  }

  #finishRelease(clean: boolean): void {
    this.closeLink(() => {
      this.move('released')
      this.deadline = undefined
      this.#releaseWanted = false
      this.emit({ kind: 'released', clean, frames: this.journal.take() })
    })
  }

  #stray(reason: string): void {
    this.#strays += 1
    if (this.#strays <= this.limits.maxStrayApdus) return
    this.#break({ code: 'malformed', message: `too many stray APDUs, the latest: ${reason}` })
  }

  /** Ends the association: the request in flight fails with the cause, the queued ones with its consequence. */
  #break(error: SessionError): void {
    const running = this.#running
    // While the base names are read, the request that waits for them is the one in flight.
    const queued = running?.purpose === 'names' ? this.#queue.slice(1) : this.#queue
    this.#queue = []
    this.#finish()
    this.#releaseWanted = false
    this.move('broken')
    this.emitFailed(error, true, running?.id)
    if (running) this.emitFailed(error, true)
    for (const pending of queued) {
      const lost: SessionError = {
        code: 'association-lost',
        message: 'the association broke before',
        detail: error.code,
      }
      this.emitFailed(lost, true, pending.id)
    }
  }
}
