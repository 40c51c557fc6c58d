// The client side of an application association, without I/O. This file makes and ends the association and tells
// apart what arrives; `associate.ts` knows the handshake, `turns.ts` the order of the requests, `exchange.ts` the
// confirmed services, `../protection.ts` the ciphering.

import { DlmsError } from '../../parse.ts'
import type { Opened } from '../protection.ts'
import type {
  AssumedAssociation,
  ClientSession,
  ClientSessionOptions,
  EpochMs,
  SessionError,
} from '../types.ts'
import { buildAarq, buildHlsReply, buildRlrq, type Handshake, readAare, readHlsAnswer } from './associate.ts'
import { ClientBroadcasts } from './broadcast.ts'
import { readUnsolicited } from './incoming.ts'
import { hlsAnswerByShortName, hlsReplyByShortName } from './translate.ts'

const defaultPduSize = 0xffff

/** Opens a client session. Nothing is sent before `associate`. Throws `DlmsError` on keys or titles of a wrong length. */
export function createClientSession(options: ClientSessionOptions): ClientSession {
  return new ClientMachine(options)
}

class ClientMachine extends ClientBroadcasts implements ClientSession {
  #handshake: Handshake | undefined

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
    this.releaseWanted = true
    this.advance(now)
  }

  disconnected(): void {
    if (this.state === 'failed' || this.state === 'released') return
    this.breakOff({ code: 'association-lost', message: 'the connection closed' })
  }

  tick(now: EpochMs): void {
    this.tickLower(now)
    if (this.deadline === undefined || now < this.deadline) return
    if (this.state === 'releasing') {
      this.#finishRelease(false)
      return
    }
    if (this.running && (this.repeat(now) || this.askAgain(now))) return
    const waited = `no answer within ${this.timeoutMs} ms`
    this.breakOff({ code: 'timeout', message: waited })
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
    this.stray(reason)
  }

  protected override takeLoss(error: SessionError): void {
    if (this.state === 'releasing') this.#finishRelease(false)
    else this.breakOff(error)
  }

  #takeBlock(block: Uint8Array, now: EpochMs): void {
    const taken = this.receiveBlock(block, now)
    if (taken.stray) this.stray(taken.stray)
    if (taken.error) this.breakOff(taken.error)
    if (taken.progress) this.progressed(taken.progress)
    // A peer that only makes us repeat ourselves must not do so for ever.
    if (taken.send.length > 0 && !taken.progress) this.stray('a block that came before')
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
        this.breakOff(answer.error)
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
        this.#sendHlsReply(buildHlsReply(answer.challenge, this.takeInvokeId(), handshake), now)
    }
  }

  #sendHlsReply(reply: Uint8Array, now: EpochMs): void {
    this.sendService(this.byShortNames ? hlsReplyByShortName(reply) : reply, now)
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
    this.advance(now)
  }

  #takeProtected(apdu: Uint8Array, now: EpochMs): void {
    const opened = this.protection.open(apdu)
    if (opened.kind === 'failed') {
      // Datagrams come twice and overtake one another: an old one is dropped like any duplicate.
      const overtaken = this.byDatagram && opened.error.code === 'counter-replayed'
      if (overtaken) this.stray(opened.error.message)
      else this.breakOff(opened.error)
      return
    }
    const incoming = readUnsolicited(opened)
    if (incoming.kind === 'stray') this.stray(incoming.reason)
    // Every meter of the group could have sent it in the name of this one.
    else if (incoming.kind === 'notification' && opened.broadcast)
      this.stray('a notification under the broadcast key')
    else if (incoming.kind === 'notification') this.emitNotification(incoming.event)
    else if (this.state === 'authenticating') this.#takeHlsAnswer(opened, now)
    else if (this.running) this.#answer(opened, now)
    else this.stray('an answer that nobody asked for')
  }

  #takeHlsAnswer(opened: Extract<Opened, { kind: 'opened' }>, now: EpochMs): void {
    const handshake = this.#handshake
    if (!handshake) return
    const plain = this.byShortNames
      ? hlsAnswerByShortName(opened.plain, handshake.replyInvokeId ?? 0)
      : opened.plain
    const answer = readHlsAnswer({ ...opened, plain }, handshake, this.protection)
    if (answer.kind === 'stray') this.stray(answer.reason)
    else if (answer.kind === 'failed') this.breakOff(answer.error)
    else {
      this.move('proven')
      this.#associated(now)
    }
  }

  #answer(opened: Extract<Opened, { kind: 'opened' }>, now: EpochMs): void {
    const running = this.running
    if (!running) return
    const weak = this.protection.weakness(opened)
    if (weak) {
      this.breakOff(weak)
      return
    }
    this.apply(running.exchange.receive(opened.plain), now)
  }

  protected override startRelease(now: EpochMs): void {
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
      this.releaseWanted = false
      this.emit({ kind: 'released', clean, frames: this.journal.take() })
    })
  }
}
