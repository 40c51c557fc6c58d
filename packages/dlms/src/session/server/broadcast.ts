// What a client tells all servers at once: carried out when its association stands without an AARQ, and never
// answered, since all would speak together (Green Book 9.4.4, 9.4.6).

import { DlmsError } from '../../parse.ts'
import { type Apdu, decodeApdu } from '../../xdlms/index.ts'
import { covers, Protection } from '../protection.ts'
import type { ActiveAssociation, ServerSessionOptions } from '../serverTypes.ts'
import type { EpochMs, SessionError } from '../types.ts'
import { preEstablished } from './associate.ts'
import { ServerNotifier } from './notify.ts'
import { handle, shortNamesOf, wantsAnswer } from './services.ts'
import { type Handled, ServiceContext } from './transfer.ts'

export abstract class ServerBroadcasts extends ServerNotifier {
  /** Its own: whoever is associated on this connection has another title. */
  readonly #group: Protection

  constructor(options: ServerSessionOptions) {
    super(options)
    this.#group = new Protection(options.crypto, this.keys)
  }

  protected override takeBroadcast(apdu: Uint8Array, source: number, frames: number, now: EpochMs): void {
    const wire = this.journal.removeLast(frames)
    const refuse = (error: SessionError) => this.emit({ kind: 'failed', error, fatal: false, frames: wire })
    const assumed = preEstablished(source, this.options, this.#group)
    if (!assumed) {
      refuse({ code: 'not-associated', message: `a broadcast of client ${source}, which may send none` })
      return
    }
    const { association } = assumed
    const opened = this.#group.open(apdu)
    if (opened.kind === 'failed') {
      refuse(opened.error)
      return
    }
    // Under a key of one meter alone it was meant for that one: a copy of it must not act elsewhere.
    const grouped = opened.broadcast === true || opened.protection === 'none'
    const offer = this.options.associations.find((item) => item.clientAddress === source)
    const signed = opened.signed === true || !offer?.signed
    if (!grouped || !signed || !covers(opened.protection, association.policy)) {
      refuse({ code: 'policy', message: `a broadcast came with protection '${opened.protection}'` })
      return
    }
    const decoded = decodeApdu(opened.plain)
    if (decoded.kind !== 'ok') {
      const why = decoded.kind === 'malformed' ? decoded.error.message : 'cut short'
      refuse({ code: 'malformed', message: `a broadcast: ${why}` })
      return
    }
    const request = decoded.value
    if (request.kind === 'data-notification') {
      const { dateTime, body: data } = request
      this.emit({ kind: 'notification', dateTime, data, association, frames: wire })
      return
    }
    const handled = this.#carryOut(request, association, now)
    if (typeof handled === 'string') refuse({ code: 'exception', message: handled })
    else if (handled.report) this.emit({ kind: 'request', ...handled.report, association, frames: wire })
  }

  /** The outcome, or why there is none. */
  #carryOut(request: Apdu, association: ActiveAssociation, now: EpochMs): Handled | string {
    if (wantsAnswer(request) || ('form' in request && !['normal', 'with-list'].includes(request.form))) {
      return `a ${request.kind} that wants an answer cannot be broadcast`
    }
    const shortNames = shortNamesOf(association, this.options)
    const services = new ServiceContext(this.options.model, association, this.limits, shortNames)
    services.now = now
    services.room = this.limits.maxApduBytes
    try {
      return handle(request, services) ?? `a ${request.kind} is no service of this server`
    } catch (error) {
      if (!(error instanceof DlmsError)) throw error
      return `the outcome cannot be encoded: ${error.message}`
    }
  }
}
