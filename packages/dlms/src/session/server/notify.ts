// What the server says unasked (Green Book 9.3.10–9.3.12, 9.3.17): data-notification, with or without
// confirmation, event-notification and, by short names, information-report.

import { DlmsError } from '../../parse.ts'
import {
  type Apdu,
  type DataNotificationConfirm,
  encodeApdu,
  longInvokeId,
  longInvokeIdOf,
} from '../../xdlms/index.ts'
import { GeneralBlocks } from '../generalBlocks.ts'
import { covers } from '../protection.ts'
import type { ActiveAssociation, Notification, NotifyOptions } from '../serverTypes.ts'
import type { EpochMs, SecurityPolicy } from '../types.ts'
import { ServerLink } from './link.ts'

const defaultConfirmMs = 15_000
const defaultConfirmRetries = 2
const maxNotificationId = 0xff_ffff

/** A notification whose confirmation is due. */
type Awaited = {
  readonly plain: Uint8Array
  readonly clientAddress: number
  readonly policy: SecurityPolicy
  readonly timeoutMs: number
  readonly retries: number
  attempts: number
  deadline: EpochMs
}

export abstract class ServerNotifier extends ServerLink {
  #nextNotification = 1
  readonly #awaited = new Map<number, Awaited>()

  abstract get association(): ActiveAssociation | undefined

  /** True while a confirmation may come. */
  protected get awaitsConfirmation(): boolean {
    return this.#awaited.size > 0
  }

  notify(notification: Notification, now: EpochMs, options: NotifyOptions = {}): number | undefined {
    const clientAddress =
      options.clientAddress ?? this.association?.clientAddress ?? this.options.associations[0]?.clientAddress
    if (clientAddress === undefined) throw new DlmsError('usage', 'a notification needs a client address')
    const { confirm } = options
    if (confirm && notification.service !== 'data-notification') {
      throw new DlmsError('usage', `a ${notification.service} has no confirmation`)
    }
    if (confirm && this.#awaited.size >= this.limits.maxQueuedRequests) {
      throw new DlmsError('usage', `${this.#awaited.size} notifications wait for their confirmation already`)
    }
    const offer = this.options.associations.find((candidate) => candidate.clientAddress === clientAddress)
    const policy = options.policy ?? offer?.policy ?? 'none'
    const id = notification.service === 'data-notification' ? this.#takeId() : undefined
    const plain = encodeApdu(apduOf(notification, id ?? 0, confirm !== undefined))
    this.#send(plain, clientAddress, policy, now)
    if (this.deadline !== undefined) this.stayAwake(now)
    if (confirm && id !== undefined) {
      const { timeoutMs = defaultConfirmMs, retries = defaultConfirmRetries } = confirm
      const awaited = { plain, clientAddress, policy, timeoutMs, retries, attempts: 1 }
      this.#awaited.set(id, { ...awaited, deadline: now + timeoutMs })
    }
    return id
  }

  override nextDeadline(): EpochMs | undefined {
    const below = super.nextDeadline()
    if (this.state === 'closed') return below
    const deadlines = [...this.#awaited.values()].map((awaited) => awaited.deadline)
    if (below !== undefined) deadlines.push(below)
    return deadlines.length === 0 ? undefined : Math.min(...deadlines)
  }

  /** Sends again what was not confirmed in time, each anew ciphered, or gives it up. */
  protected repeatNotifications(now: EpochMs): void {
    for (const [id, awaited] of this.#awaited) {
      if (now < awaited.deadline) continue
      if (awaited.attempts > awaited.retries) {
        this.#awaited.delete(id)
        this.emit({
          kind: 'notified',
          notificationId: id,
          confirmed: false,
          attempts: awaited.attempts,
          frames: [],
        })
        continue
      }
      awaited.attempts += 1
      awaited.deadline = now + awaited.timeoutMs
      this.#send(awaited.plain, awaited.clientAddress, awaited.policy, now)
    }
  }

  /** Takes a confirmation; one that nothing waits for, or with too little protection, changes nothing. */
  protected confirmed(apdu: DataNotificationConfirm, source: number, protection: SecurityPolicy): void {
    const { id } = longInvokeIdOf(apdu.longInvokeId)
    const awaited = this.#awaited.get(id)
    const frames = this.journal.take()
    if (!awaited || awaited.clientAddress !== source || !covers(protection, awaited.policy)) return
    this.#awaited.delete(id)
    this.emit({ kind: 'notified', notificationId: id, confirmed: true, attempts: awaited.attempts, frames })
  }

  /** A message longer than the client's PDU leaves in blocks where that was agreed. */
  #send(plain: Uint8Array, clientAddress: number, policy: SecurityPolicy, now: EpochMs): void {
    const apdu = this.protection.seal(plain, policy, 'general-global')
    const association = this.association?.clientAddress === clientAddress ? this.association : undefined
    const maxPdu = association?.clientMaxPduSize ?? 0
    const inBlocks = association?.conformance.includes('general-block-transfer')
    if (!inBlocks || maxPdu === 0 || apdu.length <= maxPdu) {
      this.sendAside(clientAddress, apdu, now)
      return
    }
    const blocks = new GeneralBlocks(this.options.generalBlockTransfer ?? {}, this.limits)
    for (const block of blocks.stream(apdu, maxPdu)) this.sendAside(clientAddress, block, now)
  }

  #takeId(): number {
    const id = this.#nextNotification
    this.#nextNotification = id >= maxNotificationId ? 1 : id + 1
    return id
  }
}

function apduOf(notification: Notification, id: number, confirm: boolean): Apdu {
  const dateTime = notification.dateTime ?? new Uint8Array(0)
  const time = dateTime.length > 0 ? { time: dateTime } : {}
  switch (notification.service) {
    case 'data-notification': {
      const invoke = longInvokeId(id, { confirmed: confirm, high: false })
      return { kind: 'data-notification', longInvokeId: invoke, dateTime, body: notification.data }
    }
    case 'event-notification': {
      const { attribute, data } = notification
      return { kind: 'event-notification-request', ...time, attribute, data }
    }
    case 'information-report': {
      const { variables, data } = notification
      return { kind: 'information-report', ...time, variables, data }
    }
  }
}
