// The server side of application associations over one connection, without I/O: who may speak, what is
// refused and how, and when the peer has been quiet too long. One association at a time, as meters do.

import { data } from '../../axdr/data.ts'
import { DlmsError } from '../../parse.ts'
import { type Apdu, decodeApdu, encodeApdu } from '../../xdlms/index.ts'
import type { FramedApdu } from '../frames.ts'
import { atLeast, type CipheringFormat, covers, type Opened, Protection } from '../protection.ts'
import type {
  ActiveAssociation,
  Notification,
  NotifyOptions,
  ServerSession,
  ServerSessionOptions,
} from '../serverTypes.ts'
import type { EpochMs, SecurityPolicy, SessionError } from '../types.ts'
import { answerAction } from './action.ts'
import { type AarqVerdict, defaultServerPdu, judgeAarq } from './associate.ts'
import { answerGet } from './get.ts'
import { ServerLink, serviceErrors } from './link.ts'
import { answerSet } from './set.ts'
import { actionOutcome, type Handled, isHlsReply, ServiceContext } from './transfer.ts'
import type { ServerMove } from './transitions.ts'

const defaultIdleMs = 120_000
const tags = { aarq: 0x60, rlrq: 0x62 } as const
const confirmedBit = 0x40

/** Opens a server session for one connection. Throws `DlmsError` on keys of a wrong length or missing ones. */
export function createServerSession(options: ServerSessionOptions): ServerSession {
  return new ServerMachine(options)
}

type Open = Extract<Opened, { kind: 'opened' }>
type Accepted = Extract<AarqVerdict, { kind: 'accepted' }>

class ServerMachine extends ServerLink implements ServerSession {
  #open: Accepted | undefined
  #services: ServiceContext | undefined
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
    else this.#takeService(apdu, source, this.#open, now)
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
    this.#services = new ServiceContext(this.options.model, association, this.limits)
    this.emit({ kind: 'associated', association, frames: this.journal.take() })
  }

  #takeService(apdu: Uint8Array, source: number, open: Accepted, now: EpochMs): void {
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
    const decoded = decodeApdu(opened.plain)
    if (decoded.kind !== 'ok') {
      const why = decoded.kind === 'malformed' ? decoded.error.message : 'cut short'
      this.refuse(source, serviceErrors.otherReason, { code: 'malformed', message: `a request: ${why}` }, now)
      return
    }
    const policy = atLeast(opened.protection, open.association.policy)
    const format: CipheringFormat = opened.format === 'global' ? 'global' : 'general-global'
    const reply = (plain: Uint8Array) => this.send(source, this.protection.seal(plain, policy, format), now)
    if (this.state === 'authenticating') this.#takeHlsReply(decoded.value, source, open, reply, now)
    else this.#serve(decoded.value, opened, source, open, { policy, format }, reply, now)
  }

  #serve(
    apdu: Apdu,
    opened: Open,
    source: number,
    open: Accepted,
    cover: { readonly policy: SecurityPolicy; readonly format: CipheringFormat },
    reply: (plain: Uint8Array) => void,
    now: EpochMs,
  ): void {
    const services = this.#services
    if (!services) return
    services.room = Protection.room(open.association.clientMaxPduSize, cover.policy, cover.format)
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
    const confirmed = 'invokeIdAndPriority' in apdu && (apdu.invokeIdAndPriority & confirmedBit) !== 0
    if (confirmed || apdu.kind === 'get-request') reply(handled.answer)
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
    const objects = 'attributes' in apdu ? apdu.attributes : 'methods' in apdu ? apdu.methods : []
    if (objects.length > this.limits.maxListItems) return undefined
    switch (apdu.kind) {
      case 'get-request':
        return answerGet(apdu, services)
      case 'set-request':
        return answerSet(apdu, services)
      case 'action-request':
        return answerAction(apdu, services)
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
    if (!this.protection.verifyProof(proof, open.hls.serverChallenge)) {
      reply(encodeApdu({ ...head, outcome: actionOutcome('read-write-denied') }))
      this.#drop('refused')
      const error: SessionError = { code: 'authentication-failed', message: "the client's proof is wrong" }
      this.emit({ kind: 'rejected', error, frames: this.journal.take() })
      return
    }
    const returned = {
      ok: true,
      data: data.octets(this.protection.prove(open.hls.clientChallenge)),
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
  }

  #close(error: SessionError): void {
    this.move('closed')
    this.#open = undefined
    this.#services = undefined
    this.deadline = undefined
    this.emit({ kind: 'failed', error, fatal: true, frames: this.journal.take() })
  }
}
