// The server side of application associations over one connection, without I/O: who may speak, what is
// refused and how, and when the peer has been quiet too long. One association at a time, as meters do.

import { data } from '../../axdr/data.ts'
import { DlmsError } from '../../parse.ts'
import { type Apdu, decodeApdu, encodeApdu } from '../../xdlms/index.ts'
import { GeneralBlocks } from '../generalBlocks.ts'
import { prove, verifyProof } from '../hls.ts'
import { answerFormat, atLeast, covers, type Opened } from '../protection.ts'
import type { ActiveAssociation, ServerSession, ServerSessionOptions } from '../serverTypes.ts'
import type { EpochMs, SessionError } from '../types.ts'
import { type AarqVerdict, defaultServerPdu, judgeAarq, preEstablished } from './associate.ts'
import { ServerBroadcasts } from './broadcast.ts'
import { counterException, serviceErrors } from './link.ts'
import { answeringRead, hlsByShortName } from './read.ts'
import { type Cover, handle, roomFor, shortNamesOf, wantsAnswer } from './services.ts'
import { actionOutcome, type Handled, isHlsReply, ServiceContext } from './transfer.ts'
import type { ServerMove } from './transitions.ts'

const tags = { aarq: 0x60, rlrq: 0x62, generalBlockTransfer: 0xe0 } as const

/** Opens a server session for one connection. Throws `DlmsError` on keys of a wrong length or missing ones. */
export function createServerSession(options: ServerSessionOptions): ServerSession {
  return new ServerMachine(options)
}

type Open = Extract<Opened, { kind: 'opened' }>
type Accepted = Extract<AarqVerdict, { kind: 'accepted' }>

class ServerMachine extends ServerBroadcasts implements ServerSession {
  #open: Accepted | undefined
  #services: ServiceContext | undefined
  /** Present when general block transfer is granted. */
  #blocks: GeneralBlocks | undefined

  get association(): ActiveAssociation | undefined {
    return this.state === 'associated' ? this.#open?.association : undefined
  }

  receive(bytes: Uint8Array, now: EpochMs): void {
    if (this.state === 'closed') return
    this.stayAwake(now)
    this.receiveLower(bytes, now)
  }

  tick(now: EpochMs): void {
    this.tickLower(now)
    if (this.state !== 'closed') this.repeatNotifications(now)
    if (this.deadline === undefined || now < this.deadline || this.state === 'closed') return
    this.close({ code: 'timeout', message: 'the client has been quiet for too long' })
  }

  protected override takeLoss(error: SessionError | undefined): void {
    if (!this.#open) return
    this.#drop('lost')
    const frames = this.journal.take()
    if (error) this.emit({ kind: 'failed', error, fatal: false, frames })
    else this.emit({ kind: 'released', frames })
  }

  protected override takeApdu(apdu: Uint8Array, source: number, now: EpochMs): void {
    if (apdu[0] === tags.aarq) {
      this.#takeAarq(apdu, source, now)
      return
    }
    this.#assume(source)
    if (!this.#open && this.awaitsConfirmation && apdu[0] !== tags.rlrq) {
      this.#takeConfirmation(apdu, source, now)
      return
    }
    if (!this.#open || this.#open.association.clientAddress !== source) {
      const error: SessionError = { code: 'not-associated', message: 'a request outside of an association' }
      this.refuse(source, serviceErrors.operationNotPossible, error, now)
      return
    }
    // What the InitiateResponse limits are the services; ACSE comes before it.
    if (apdu[0] !== tags.rlrq && apdu.length > (this.options.maxPduSize ?? defaultServerPdu)) {
      this.refuse(
        source,
        serviceErrors.pduTooLong,
        { code: 'too-large', message: 'the request exceeds our PDU' },
        now,
      )
      return
    }
    if (apdu[0] === tags.rlrq) this.#takeRlrq(apdu, source, this.#open, now)
    else if (apdu[0] === tags.generalBlockTransfer && this.#blocks) {
      this.#takeBlock(apdu, source, this.#open, this.#blocks, now)
    } else this.#takeService(apdu, source, this.#open, false, now)
  }

  /** Outside of an association only the confirmation of a notification is welcome. */
  #takeConfirmation(apdu: Uint8Array, source: number, now: EpochMs): void {
    const opened = this.protection.open(apdu)
    const decoded = opened.kind === 'opened' ? decodeApdu(opened.plain) : undefined
    if (
      opened.kind === 'opened' &&
      decoded?.kind === 'ok' &&
      decoded.value.kind === 'data-notification-confirm'
    ) {
      this.confirmed(decoded.value, source, opened.protection)
      return
    }
    const error: SessionError = { code: 'not-associated', message: 'a request outside of an association' }
    this.refuse(source, serviceErrors.operationNotPossible, error, now)
  }

  /** A client with a pre-established association is associated by its first request. */
  #assume(source: number): void {
    const assumed = this.#open ? undefined : preEstablished(source, this.options, this.protection)
    if (!assumed) return
    this.#open = assumed
    this.move('accepted')
    this.#serveAs(assumed.association)
  }

  #takeAarq(apdu: Uint8Array, source: number, now: EpochMs): void {
    // A client that asks anew has forgotten its association: so does the server.
    if (this.#open) this.#drop('lost')
    const decoded = decodeApdu(apdu)
    if (decoded.kind !== 'ok' || decoded.value.kind !== 'aarq') {
      const why = decoded.kind === 'malformed' ? decoded.error.message : 'cut short'
      this.refuse(source, serviceErrors.otherReason, { code: 'malformed', message: `the AARQ: ${why}` }, now)
      return
    }
    const verdict = judgeAarq(decoded.value, source, this.options, this.protection)
    if (verdict.kind === 'rejected') {
      // An AARE has no diagnostic for it: the exception tells the client from where to go on (Green Book 9.5).
      const { lastCounter } = verdict
      this.send(source, lastCounter === undefined ? verdict.aare : counterException(lastCounter), now)
      this.emit({ kind: 'rejected', error: verdict.error, frames: this.journal.take() })
      return
    }
    this.send(source, verdict.aare, now)
    this.#open = verdict
    if (verdict.hls) {
      // Pass 3 is an ACTION like any other: it may come in blocks.
      this.#blocks = this.#blocksOf(verdict.association)
      this.move('challenged')
      return
    }
    this.move('accepted')
    this.#associated(verdict)
  }

  #associated({ association }: Accepted): void {
    this.#serveAs(association)
    this.emit({ kind: 'associated', association, frames: this.journal.take() })
  }

  #serveAs(association: ActiveAssociation): void {
    const shortNames = shortNamesOf(association, this.options)
    this.#services = new ServiceContext(this.options.model, association, this.limits, shortNames)
    this.#blocks ??= this.#blocksOf(association)
  }

  #blocksOf({ conformance }: ActiveAssociation): GeneralBlocks | undefined {
    if (!conformance.includes('general-block-transfer')) return undefined
    return new GeneralBlocks(this.options.generalBlockTransfer ?? {}, this.limits)
  }

  #takeBlock(apdu: Uint8Array, source: number, open: Accepted, blocks: GeneralBlocks, now: EpochMs): void {
    const decoded = decodeApdu(apdu)
    if (decoded.kind !== 'ok' || decoded.value.kind !== 'general-block-transfer') {
      const error: SessionError = { code: 'malformed', message: 'a block that cannot be read' }
      this.refuse(source, serviceErrors.otherReason, error, now)
      return
    }
    const taken = blocks.receive(decoded.value)
    for (const block of taken.send) this.send(source, block, now)
    if (taken.error) {
      blocks.reset()
      this.refuse(source, serviceErrors.otherReason, taken.error, now)
    }
    if (taken.apdu) this.#takeService(taken.apdu, source, open, true, now)
  }

  /** An answer as it leaves: in blocks when the request came so, or when it needs them. */
  #answer(apdu: Uint8Array, source: number, open: Accepted, inBlocks: boolean, now: EpochMs): void {
    const { clientMaxPduSize } = open.association
    const tooLong = clientMaxPduSize !== 0 && apdu.length > clientMaxPduSize
    if (!this.#blocks || !(inBlocks || tooLong)) {
      this.send(source, apdu, now)
      return
    }
    if (!inBlocks) this.#blocks.reset()
    for (const block of this.#blocks.reply(apdu, clientMaxPduSize)) this.send(source, block, now)
  }

  #takeService(apdu: Uint8Array, source: number, open: Accepted, inBlocks: boolean, now: EpochMs): void {
    const opened = this.protection.open(apdu)
    if (opened.kind === 'failed') {
      this.#refuseProtection(opened, source, now)
      return
    }
    if (opened.broadcast) {
      const message = 'a request to this server alone came under the broadcast key'
      this.refuse(source, serviceErrors.operationNotPossible, { code: 'policy', message }, now)
      return
    }
    if (!covers(opened.protection, open.association.policy)) {
      const message = `a request came with protection '${opened.protection}'`
      this.refuse(source, serviceErrors.operationNotPossible, { code: 'policy', message }, now)
      return
    }
    const offer = this.options.associations.find((item) => item.clientAddress === source)
    const signed = opened.signed ?? false
    // The proofs of HLS are given before there is an association whose policy could ask for signatures.
    if (offer?.signed && !signed && this.state === 'associated') {
      const message = 'a request came without a digital signature'
      this.refuse(source, serviceErrors.operationNotPossible, { code: 'policy', message }, now)
      return
    }
    const decoded = decodeApdu(opened.plain)
    if (decoded.kind !== 'ok') {
      const why = decoded.kind === 'malformed' ? decoded.error.message : 'cut short'
      const { kind } = decoded
      const unknown =
        kind === 'malformed' && decoded.error.code === 'unknown-tag' && decoded.error.offset === 0
      const answer = unknown ? serviceErrors.serviceNotSupported : serviceErrors.otherReason
      this.refuse(source, answer, { code: 'malformed', message: `a request: ${why}` }, now)
      return
    }
    if (decoded.value.kind === 'data-notification-confirm') {
      this.confirmed(decoded.value, source, opened.protection)
      return
    }
    const policy = atLeast(opened.protection, open.association.policy)
    const format = answerFormat(opened.format)
    const reply = (plain: Uint8Array) =>
      this.#answer(this.protection.seal(plain, policy, format, signed), source, open, inBlocks, now)
    if (this.state === 'authenticating') {
      const request = decoded.value
      const byName = open.association.referencing === 'short-name'
      if (byName) this.#takeHlsReply(hlsByShortName(request), source, open, answeringRead(reply), now)
      else this.#takeHlsReply(request, source, open, reply, now)
    } else this.#serve(decoded.value, opened, source, open, { policy, format, signed, inBlocks }, reply, now)
  }

  #serve(
    apdu: Apdu,
    opened: Open,
    source: number,
    open: Accepted,
    cover: Cover,
    reply: (plain: Uint8Array) => void,
    now: EpochMs,
  ): void {
    const services = this.#services
    if (!services) return
    services.room = roomFor(apdu, services, cover)
    services.now = now
    let handled: Handled | undefined
    try {
      handled = handle(apdu, services)
    } catch (error) {
      // The model gave a value that cannot be encoded: no reason to lose the connection.
      if (!(error instanceof DlmsError)) throw error
      services.transfer = undefined
      const message = `the answer cannot be encoded: ${error.message}`
      this.refuse(source, serviceErrors.otherReason, { code: 'exception', message }, now)
      return
    }
    if (!handled) {
      const message = `a ${apdu.kind} is no service of this server (tag ${opened.plain[0]})`
      this.refuse(source, serviceErrors.serviceNotSupported, { code: 'exception', message }, now)
      return
    }
    if (wantsAnswer(apdu)) {
      // ACCESS has no blocks of its own: an answer that does not fit cannot be cut.
      if (apdu.kind === 'access-request' && handled.answer.length > services.room) {
        const error: SessionError = { code: 'too-large', message: "the answer exceeds the client's PDU" }
        this.refuse(source, serviceErrors.pduTooLong, error, now)
        return
      }
      reply(handled.answer)
    }
    if (handled.report) {
      this.emit({
        kind: 'request',
        ...handled.report,
        association: open.association,
        frames: this.journal.take(),
      })
    }
  }

  /** Pass 3 of HLS: the client's f(StoC); answered with our f(CtoS). */
  #takeHlsReply(
    apdu: Apdu,
    source: number,
    open: Accepted,
    reply: (plain: Uint8Array) => void,
    now: EpochMs,
  ): void {
    if (apdu.kind !== 'action-request' || apdu.form !== 'normal' || !isHlsReply(apdu.method) || !open.hls) {
      const message = 'a request before the client proved itself'
      this.refuse(source, serviceErrors.operationNotPossible, { code: 'not-associated', message }, now)
      return
    }
    const proof = apdu.data?.type === 'octet-string' ? apdu.data.value : new Uint8Array(0)
    const head = {
      kind: 'action-response',
      form: 'normal',
      invokeIdAndPriority: apdu.invokeIdAndPriority,
    } as const
    const { party, challenges } = open.hls
    if (!verifyProof(party, proof, challenges)) {
      reply(encodeApdu({ ...head, outcome: actionOutcome('read-write-denied') }))
      this.#drop('refused')
      const error: SessionError = { code: 'authentication-failed', message: "the client's proof is wrong" }
      this.emit({ kind: 'rejected', error, frames: this.journal.take() })
      return
    }
    const returned = {
      ok: true,
      data: data.octets(prove(party, challenges)),
    } as const
    reply(encodeApdu({ ...head, outcome: { ...actionOutcome('success'), returned } }))
    this.move('proven')
    this.#associated(open)
  }

  #takeRlrq(apdu: Uint8Array, source: number, open: Accepted, now: EpochMs): void {
    const decoded = decodeApdu(apdu)
    const rlrq = decoded.kind === 'ok' && decoded.value.kind === 'rlrq' ? decoded.value : undefined
    const information = rlrq?.userInformation
    const opened = information && this.protection.open(information)
    if (opened?.kind === 'failed') {
      this.#refuseProtection(opened, source, now)
      return
    }
    const protection = opened?.protection ?? 'none'
    // Anyone could end a ciphered association with a bare RLRQ.
    if (!rlrq || !covers(protection, open.association.policy)) {
      const message = 'a release without the protection of its association'
      this.refuse(source, serviceErrors.serviceNotSupported, { code: 'policy', message }, now)
      return
    }
    const rlre = encodeApdu({
      kind: 'rlre',
      reason: 0,
      ...(opened && { userInformation: this.protection.seal(open.initiate, protection, 'global') }),
    })
    this.send(source, rlre, now)
    this.#drop('released')
    this.emit({ kind: 'released', frames: this.journal.take() })
  }

  #refuseProtection(opened: Extract<Opened, { kind: 'failed' }>, source: number, now: EpochMs): void {
    const { error, lastCounter } = opened
    if (error.code === 'counter-replayed' && lastCounter !== undefined) {
      // A datagram that came twice, or late, must not look like the answer to the request behind it. Without an
      // AARQ the exception is the only way for a client to learn where to go on.
      const duplicate = this.options.transport === 'udp-wrapper' && this.#open?.aare.length !== 0
      if (!duplicate) this.send(source, counterException(lastCounter), now)
      this.emit({ kind: 'failed', error, fatal: false, frames: this.journal.take() })
    } else {
      this.refuse(source, serviceErrors.deciphering, error, now)
    }
  }

  #drop(move: ServerMove): void {
    this.move(move)
    this.#open = undefined
    this.#services = undefined
    this.#blocks = undefined
  }

  protected override close(error: SessionError): void {
    this.move('closed')
    this.#open = undefined
    this.#services = undefined
    this.#blocks = undefined
    this.deadline = undefined
    this.emit({ kind: 'failed', error, fatal: true, frames: this.journal.take() })
  }
}
