// The requests of a client, one after another: the queue, the one in flight, what its answers lead to and what
// the machine itself has to ask before.

import { objectListName, ShortNames } from '../shortNames.ts'
import type { ClientSessionOptions, EpochMs, RequestId, SessionError } from '../types.ts'
import { Exchange, type Service, type Step } from './exchange.ts'
import type { Outcome } from './operation.ts'
import { ClientTransmission } from './transmission.ts'

type Pending = { readonly id: RequestId; readonly service: Service }
/** For whom a request runs: the caller, or the machine that needs the base names first. */
type Purpose = 'caller' | 'names'
type Running = { readonly id: RequestId; readonly exchange: Exchange; readonly purpose: Purpose }

const readObjectList: Service = {
  kind: 'read',
  items: [{ name: objectListName }],
  list: false,
  options: {},
}

export abstract class ClientTurns extends ClientTransmission {
  /** The association ends when the queue is empty. */
  protected releaseWanted = false
  #queue: Pending[] = []
  #running: Running | undefined
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

  /** All requests are answered and a release was asked for. */
  protected abstract startRelease(now: EpochMs): void

  protected get running(): Running | undefined {
    return this.#running
  }

  protected get byShortNames(): boolean {
    return this.options.referencing === 'short-name'
  }

  protected request(service: Service, now: EpochMs): RequestId {
    const id = this.takeRequestId()
    const refused = this.#refusal(service)
    if (refused) {
      this.emit({ kind: 'failed', requestId: id, error: refused, fatal: false, frames: [] })
      return id
    }
    this.#queue.push({ id, service })
    this.advance(now)
    return id
  }

  #refusal(service: Service): SessionError | undefined {
    const open =
      this.state === 'associating' || this.state === 'authenticating' || this.state === 'associated'
    if (!open || this.releaseWanted) {
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
  protected advance(now: EpochMs): void {
    while (this.state === 'associated' && !this.#running) {
      const pending = this.#queue.shift()
      if (!pending) {
        if (this.releaseWanted) this.startRelease(now)
        return
      }
      const named = this.byShortNames && this.#namesObjects(pending.service)
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
      nextInvokeId: () => this.takeInvokeId(),
      nextLongInvokeId: () => {
        this.#nextLongInvokeId = (this.#nextLongInvokeId + 1) & 0xff_ffff
        return this.#nextLongInvokeId
      },
      ...(this.#shortNames && { shortNames: this.#shortNames }),
    })
    this.#running = { id, exchange, purpose }
    this.apply(exchange.start(), now)
  }

  protected takeRequestId(): RequestId {
    return this.#nextRequestId++
  }

  protected takeInvokeId(): number {
    const id = this.#nextInvokeId & 0x0f
    this.#nextInvokeId = (id + 1) & 0x0f
    return id
  }

  protected apply(step: Step, now: EpochMs): void {
    const running = this.#running
    if (!running) return
    switch (step.kind) {
      case 'stray':
        this.forgetAnswer()
        this.stray(step.reason)
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
          this.breakOff(step.error)
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
    this.advance(now)
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

  /** No answer came: asks again what may be asked twice. False when it may not, or has been asked often enough. */
  protected askAgain(now: EpochMs): boolean {
    if (!this.#running || !this.mayAskAgain()) return false
    const apdu = this.#running.exchange.repeat()
    if (apdu) this.transmitAgain(apdu, now)
    return apdu !== undefined
  }

  /** A block of the answer came: the peer is at work on it. */
  protected progressed(progress: { readonly block: number; readonly bytes: number }): void {
    if (!this.#running) return
    this.#strays = 0
    this.emit({ kind: 'progress', requestId: this.#running.id, ...progress, frames: [] })
  }

  /** Something that nobody asked for; too many of them are an end too. */
  protected stray(reason: string): void {
    this.#strays += 1
    if (this.#strays <= this.limits.maxStrayApdus) return
    this.breakOff({ code: 'malformed', message: `too many stray APDUs, the latest: ${reason}` })
  }

  /** Ends the association: the request in flight fails with the cause, the queued ones with its consequence. */
  protected breakOff(error: SessionError): void {
    const running = this.#running
    // While the base names are read, the request that waits for them is the one in flight.
    const queued = running?.purpose === 'names' ? this.#queue.slice(1) : this.#queue
    this.#queue = []
    this.#finish()
    this.releaseWanted = false
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
