// The server side of application associations over one connection, without I/O: who may speak, what is
// refused and how, and when the peer has been quiet too long. One association at a time, as meters do.

import { data } from '../../axdr/data.ts'
import { DlmsError } from '../../parse.ts'
import { type Apdu, type ConformanceBit, decodeApdu, encodeApdu, longInvokeIdOf } from '../../xdlms/index.ts'
import type { FramedApdu } from '../frames.ts'
import { blocksRoom, GeneralBlocks } from '../generalBlocks.ts'
import { prove, verifyProof } from '../hls.ts'
import {
  answerFormat,
  atLeast,
  type CipheringFormat,
  covers,
  type Opened,
  Protection,
} from '../protection.ts'
import type {
  ActiveAssociation,
  Notification,
  NotifyOptions,
  ServerSession,
  ServerSessionOptions,
} from '../serverTypes.ts'
import { assignShortNames, ShortNames } from '../shortNames.ts'
import { defaultSessionLimits, type EpochMs, type SecurityPolicy, type SessionError } from '../types.ts'
import { answerAccess } from './access.ts'
import { answerAction } from './action.ts'
import { type AarqVerdict, defaultServerPdu, judgeAarq, preEstablished } from './associate.ts'
import { answerGet } from './get.ts'
import { ServerLink, serviceErrors } from './link.ts'
import { answeringRead, answerRead, answerWrite, hlsByShortName } from './read.ts'
import { answerSet } from './set.ts'
import { actionOutcome, type Handled, isHlsReply, ServiceContext } from './transfer.ts'
import type { ServerMove } from './transitions.ts'

const defaultIdleMs = 120_000
const tags = { aarq: 0x60, rlrq: 0x62, generalBlockTransfer: 0xe0 } as const
const confirmedBit = 0x40
/** More than any ciphering or signing adds to an APDU. */
const maxProtectionBytes = 512

/** Opens a server session for one connection. Throws `DlmsError` on keys of a wrong length or missing ones. */
export function createServerSession(options: ServerSessionOptions): ServerSession {
  return new ServerMachine(options)
}

type Open = Extract<Opened, { kind: 'opened' }>
type Accepted = Extract<AarqVerdict, { kind: 'accepted' }>
/** How a request came, and how its answer leaves. */
type Cover = {
  readonly policy: SecurityPolicy
  readonly format: CipheringFormat
  readonly signed: boolean
  readonly inBlocks: boolean
}

const blockBits: Partial<Record<Apdu['kind'], ConformanceBit>> = {
  'get-request': 'block-transfer-with-get-or-read',
  'read-request': 'block-transfer-with-get-or-read',
  'action-request': 'block-transfer-with-action',
}

/**
 * Longest bare answer, bytes. The blocks of a service come first where it has them and they are granted;
 * general blocks carry the rest.
 */
function roomFor(apdu: Apdu, services: ServiceContext, cover: Cover): number {
  const maxPdu = services.association.clientMaxPduSize
  const bit = blockBits[apdu.kind]
  const general = services.grants('general-block-transfer')
  if (!general || (!cover.inBlocks && bit && services.grants(bit))) {
    return Protection.room(maxPdu, cover.policy, cover.format, cover.signed)
  }
  return blocksRoom(maxPdu, services.limits) - maxProtectionBytes
}

class ServerMachine extends ServerLink implements ServerSession {
  #open: Accepted | undefined
  #services: ServiceContext | undefined
  /** Present when general block transfer is granted. */
  #blocks: GeneralBlocks | undefined
  #nextNotification = 1

  get association(): ActiveAssociation | undefined {
    return this.state === 'associated' ? this.#open?.association : undefined
  }

  receive(bytes: Uint8Array, now: EpochMs): void {
    if (this.state === 'closed') return
    this.deadline = now + (this.options.idleTimeoutMs ?? defaultIdleMs)
    for (const event of this.framing.receive(bytes)) {
      if (event.kind === 'malformed') {
        this.#close({ code: 'malformed', message: event.error.message, detail: event.error.code })
        return
      }
      if (event.destination === this.address) this.#take(event, now)
    }
  }

  notify(notification: Notification, now: EpochMs, options: NotifyOptions = {}): void {
    const clientAddress =
      options.clientAddress ?? this.association?.clientAddress ?? this.options.associations[0]?.clientAddress
    if (clientAddress === undefined) throw new DlmsError('usage', 'a notification needs a client address')
    const offer = this.options.associations.find((candidate) => candidate.clientAddress === clientAddress)
    const dateTime = notification.dateTime ?? new Uint8Array(0)
    const apdu: Apdu =
      notification.service === 'data-notification'
        ? {
            kind: 'data-notification',
            longInvokeId: this.#nextNotification++ & 0xff_ffff,
            dateTime,
            body: notification.data,
          }
        : {
            kind: 'event-notification-request',
            ...(dateTime.length > 0 && { time: dateTime }),
            attribute: notification.attribute,
            data: notification.data,
          }
    const policy = options.policy ?? offer?.policy ?? 'none'
    this.sendAside(clientAddress, this.protection.seal(encodeApdu(apdu), policy, 'general-global'))
    if (this.deadline !== undefined) this.deadline = now + (this.options.idleTimeoutMs ?? defaultIdleMs)
  }

  tick(now: EpochMs): void {
    if (this.deadline === undefined || now < this.deadline || this.state === 'closed') return
    this.#close({ code: 'timeout', message: 'the client has been quiet for too long' })
  }

  #take(framed: FramedApdu, now: EpochMs): void {
    const { apdu, source } = framed
    this.journal.add('in', now, framed.wire)
    if (apdu[0] === tags.aarq) {
      this.#takeAarq(apdu, source, now)
      return
    }
    this.#assume(source)
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
    this.send(source, verdict.aare, now)
    if (verdict.kind === 'rejected') {
      this.emit({ kind: 'rejected', error: verdict.error, frames: this.journal.take() })
      return
    }
    this.#open = verdict
    if (verdict.hls) {
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
    const granted = association.conformance.includes('general-block-transfer')
    this.#blocks = granted
      ? new GeneralBlocks(this.options.generalBlockTransfer ?? {}, this.limits)
      : undefined
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
      this.refuse(source, serviceErrors.otherReason, { code: 'malformed', message: `a request: ${why}` }, now)
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
      handled = this.#handle(apdu, services)
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

  #handle(apdu: Apdu, services: ServiceContext): Handled | undefined {
    if (itemsOf(apdu) > this.limits.maxListItems) return undefined
    if (services.shortNames) {
      switch (apdu.kind) {
        case 'read-request':
          return answerRead(apdu, services)
        case 'write-request':
        case 'unconfirmed-write-request':
          return answerWrite(apdu, services)
        default:
          return undefined
      }
    }
    switch (apdu.kind) {
      case 'get-request':
        return answerGet(apdu, services)
      case 'set-request':
        return answerSet(apdu, services)
      case 'action-request':
        return answerAction(apdu, services)
      case 'access-request':
        return services.grants('access') ? answerAccess(apdu, services) : undefined
      default:
        return undefined
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
      this.refuse(source, serviceErrors.invocationCounter, error, now, (lastCounter + 1) >>> 0)
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

  #close(error: SessionError): void {
    this.move('closed')
    this.#open = undefined
    this.#services = undefined
    this.#blocks = undefined
    this.deadline = undefined
    this.emit({ kind: 'failed', error, fatal: true, frames: this.journal.take() })
  }
}

/** Objects that a request names. */
function itemsOf(apdu: Apdu): number {
  if ('attributes' in apdu) return apdu.attributes.length
  if ('methods' in apdu) return apdu.methods.length
  if ('variables' in apdu) return apdu.variables.length
  return 'specifications' in apdu ? (apdu.specifications?.length ?? 0) : 0
}

/** Service-class 1; a GET and a Read are pointless without their answer, whatever the bit says. */
function wantsAnswer(apdu: Apdu): boolean {
  switch (apdu.kind) {
    case 'set-request':
    case 'action-request':
      return (apdu.invokeIdAndPriority & confirmedBit) !== 0
    case 'access-request':
      return longInvokeIdOf(apdu.longInvokeId).confirmed
    case 'unconfirmed-write-request':
      return false
    default:
      return true
  }
}

/** The names of an association by short names: those of its offer, or made of the model's object list. */
function shortNamesOf(association: ActiveAssociation, options: ServerSessionOptions): ShortNames | undefined {
  if (association.referencing !== 'short-name') return undefined
  const offer = options.associations.find((item) => item.clientAddress === association.clientAddress)
  if (offer?.shortNames) return new ShortNames(offer.shortNames)
  const objectList = { classId: 15, obis: '0.0.40.0.0.255', attribute: 2 } as const
  const result = new ServiceContext(options.model, association, defaultSessionLimits).get(objectList)
  return assignShortNames(result.ok ? result.data : data.array())
}
