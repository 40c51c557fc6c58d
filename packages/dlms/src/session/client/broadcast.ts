// Sending to all servers: under the broadcast key, without an association of this session's and without an answer.

import { DlmsError } from '../../parse.ts'
import { encodeApdu, longInvokeId } from '../../xdlms/index.ts'
import type { BroadcastMessage, BroadcastOptions } from '../broadcasts.ts'
import type { EpochMs, RequestId } from '../types.ts'
import { Exchange, type Service } from './exchange.ts'
import { listed } from './requests.ts'
import { ClientTurns } from './turns.ts'

/** What the wrapper carries, without the most that ciphering adds. */
const maxPlainBytes = 0xffff - 64

export abstract class ClientBroadcasts extends ClientTurns {
  #nextNotification = 1

  broadcast(message: BroadcastMessage, now: EpochMs, options: BroadcastOptions = {}): RequestId {
    if (this.state === 'failed') throw new DlmsError('usage', "broadcast() in state 'failed'")
    const policy = options.policy ?? this.protection.policy
    const sealed = this.#plain(message).map((plain) =>
      policy === 'none' ? plain : this.protection.sealBroadcast(plain, policy),
    )
    const frames = sealed.flatMap((apdu) => this.sendToAll(apdu, now))
    const requestId = this.takeRequestId()
    this.emit({ kind: 'sent', requestId, frames })
    return requestId
  }

  #plain(message: BroadcastMessage): readonly Uint8Array[] {
    if (message.service === 'data-notification') {
      const { dateTime = new Uint8Array(0), data: body } = message
      const invoke = longInvokeId(this.#nextNotification, { confirmed: false, high: false })
      this.#nextNotification = (this.#nextNotification + 1) & 0xff_ffff
      return [encodeApdu({ kind: 'data-notification', longInvokeId: invoke, dateTime, body })]
    }
    const options = { confirmed: false }
    const service: Service =
      message.service === 'set'
        ? { kind: 'set', ...listed(message.requests), options }
        : { kind: 'action', ...listed(message.requests), options }
    if (service.items.length === 0) throw new DlmsError('usage', 'a request names at least one object')
    const step = new Exchange(service, {
      limits: this.limits,
      maxPlainBytes,
      multipleReferences: true,
      nextInvokeId: () => this.takeInvokeId(),
      nextLongInvokeId: () => 0,
    }).start()
    if (step.kind === 'sent') return step.apdus
    throw new DlmsError('usage', step.kind === 'failed' ? step.error.message : 'the request needs an answer')
  }
}
