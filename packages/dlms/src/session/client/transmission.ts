// How a service APDU leaves and arrives: as one PDU, or in the blocks of general block transfer around the
// (ciphered) APDU. Blocks that are lost are repeated here, without the services noticing.

import { DlmsError } from '../../parse.ts'
import { type ConformanceBit, decodeApdu, encodeApdu } from '../../xdlms/index.ts'
import { type BlocksTaken, blocksRoom, GeneralBlocks } from '../generalBlocks.ts'
import type { ClientSessionOptions, EpochMs, NotificationEvent } from '../types.ts'
import { ClientRequests } from './requests.ts'

const generalBlockTransfer = 0xe0
const defaultRetries = 2
/** More than any ciphering or signing adds to an APDU. */
const maxProtectionBytes = 512

export abstract class ClientTransmission extends ClientRequests {
  /** Granted by the server. */
  protected conformance: readonly ConformanceBit[] = []
  /** server-max-receive-pdu-size; 0 = no limit. */
  protected serverMaxPdu = 0
  /** Exchanges that we began. */
  readonly #asked: GeneralBlocks
  /** What the server sends in blocks without our blocks before it: answers to bare requests, notifications. */
  readonly #unasked: GeneralBlocks
  #repeats = 0

  constructor(options: ClientSessionOptions) {
    super(options)
    this.#asked = new GeneralBlocks(options.generalBlockTransfer ?? {}, this.limits)
    this.#unasked = new GeneralBlocks(options.generalBlockTransfer ?? {}, this.limits)
  }

  /** Longest bare APDU that can be sent, bytes. */
  protected room(): number {
    return this.#general
      ? blocksRoom(this.serverMaxPdu, this.limits) - maxProtectionBytes
      : this.protection.room(this.serverMaxPdu)
  }

  /** Sends a request that will be answered. */
  protected transmit(plain: Uint8Array, now: EpochMs): void {
    this.#repeats = 0
    const apdu = this.protection.sealService(plain)
    if (!this.#general) this.send(apdu, now)
    else for (const block of this.#asked.begin(apdu, this.serverMaxPdu)) this.send(block, now)
  }

  /** Sends a request that will not be answered; one that fits needs no blocks. */
  protected transmitUnconfirmed(plain: Uint8Array, now: EpochMs): void {
    const apdu = this.protection.sealService(plain)
    const fits = this.serverMaxPdu === 0 || apdu.length <= this.serverMaxPdu
    if (!this.#general || fits) this.send(apdu, now)
    else for (const block of this.#asked.stream(apdu, this.serverMaxPdu)) this.send(block, now)
  }

  confirm(notification: NotificationEvent, now: EpochMs): void {
    const { service, invokeId, dateTime } = notification
    if (service !== 'data-notification' || invokeId === undefined) {
      throw new DlmsError('usage', `a ${service} is not confirmed`)
    }
    if (this.state === 'failed') return
    const apdu = encodeApdu({ kind: 'data-notification-confirm', longInvokeId: invokeId, dateTime })
    // Nothing comes back for it: the deadline is that of the request in flight.
    const { deadline } = this
    this.send(this.protection.sealService(apdu), now)
    this.deadline = deadline
  }

  /** True for a block of general block transfer where that is in use. */
  protected usesBlocks(apdu: Uint8Array): boolean {
    const agreed = this.conformance.includes('general-block-transfer')
    // A push may come without an association that could have agreed to anything.
    return apdu[0] === generalBlockTransfer && (agreed || this.state === 'idle')
  }

  /** Takes a block, and sends what it calls for. */
  protected receiveBlock(apdu: Uint8Array, now: EpochMs): BlocksTaken {
    const decoded = decodeApdu(apdu)
    if (decoded.kind !== 'ok' || decoded.value.kind !== 'general-block-transfer') {
      return { send: [], stray: 'a block that cannot be read' }
    }
    const block = decoded.value
    // An answer acknowledges our blocks; what acknowledges none stands by itself.
    const mine = this.#asked.asking && block.blockNumberAck > 0
    const taken = (mine ? this.#asked : this.#unasked).receive(block)
    for (const answer of taken.send) this.send(answer, now)
    if (taken.progress) this.#repeats = 0
    if (taken.progress && this.deadline !== undefined) this.deadline = now + this.timeoutMs
    if (taken.error) (mine ? this.#asked : this.#unasked).reset()
    return taken
  }

  /** The deadline passed: repeats what may be lost; false when that has been done often enough. */
  protected repeat(now: EpochMs): boolean {
    const blocks = this.#asked.asking ? this.#asked : this.#unasked
    if (!this.#asked.asking && !blocks.receiving) return false
    if (this.#repeats >= (this.options.generalBlockTransfer?.retries ?? defaultRetries)) return false
    this.#repeats += 1
    this.deadline = now + this.timeoutMs
    for (const block of blocks.retry()) this.send(block, now)
    return true
  }

  protected get byDatagram(): boolean {
    return this.options.transport === 'udp-wrapper'
  }

  /** True where datagrams get lost and the request may be sent once more; general blocks have repetitions of their own. */
  protected mayAskAgain(): boolean {
    return this.byDatagram && !this.#general && this.#repeats < (this.options.udpRetries ?? defaultRetries)
  }

  /** Sends a request once more, with a counter of its own: the server may have seen the first one. */
  protected transmitAgain(plain: Uint8Array, now: EpochMs): void {
    this.#repeats += 1
    this.send(this.protection.sealService(plain), now)
  }

  /** What came in blocks was not the answer: the right one may follow. */
  protected forgetAnswer(): void {
    if (this.#asked.asking) this.#asked.forget()
  }

  protected endTransmission(): void {
    this.#asked.finish()
  }

  get #general(): boolean {
    return (
      this.options.generalBlockTransfer !== undefined && this.conformance.includes('general-block-transfer')
    )
  }
}
