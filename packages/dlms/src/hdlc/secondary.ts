// The secondary station of an HDLC link: the server (Green Book 8.4.5; normal response mode, two-way alternate).
// It speaks when polled, repeats only what the primary says it did not get, and holds one link at a time: an
// SNRM of another client ends the link before it.

import type { HdlcAddress } from './address.ts'
import { encodeHdlcControl } from './control.ts'
import type { HdlcFrame } from './frame.ts'
import {
  decodeHdlcParameters,
  encodeHdlcParameters,
  type HdlcParameters,
  hdlcParameters,
  negotiateHdlc,
} from './parameters.ts'
import { type HdlcEnd, HdlcStation, type HdlcStationOptions } from './station.ts'
import { type HdlcSecondaryMove, type HdlcSecondaryState, hdlcSecondaryTransitions } from './transitions.ts'

export type HdlcSecondaryOptions = HdlcStationOptions & {
  /** Logical device: the upper address. */
  readonly logical: number
  /** Physical device: the lower address; absent: any is taken. */
  readonly physical?: number
  /** Quiet time after which the link is down, ms; 0 = never. Default 120,000. */
  readonly inactivityTimeoutMs?: number
}

const defaultInactivityMs = 120_000
/** Shorter than the wait of a primary before it repeats. */
const defaultInterOctetMs = 1_000
/** An SDU may wait behind another one or two; more only pile up when the primary never acknowledges. */
const mostWaitingSdus = 4

const reasons = { undefinedControl: 1, forbiddenInformation: 3, tooLong: 4, invalidNr: 8 } as const

export class HdlcSecondary extends HdlcStation {
  readonly #own: HdlcParameters
  readonly #logical: number
  readonly #physical: number | undefined
  readonly #inactivityMs: number
  #state: HdlcSecondaryState = 'disconnected'
  #client: HdlcAddress | undefined
  /** Our address as the primary writes it: answers repeat its form. */
  #self: HdlcAddress
  #token = false
  #remoteBusy = false
  #rejected: Uint8Array | undefined
  #deadline: number | undefined

  constructor(options: HdlcSecondaryOptions) {
    super({ ...options, interOctetTimeoutMs: options.interOctetTimeoutMs ?? defaultInterOctetMs })
    this.#own = hdlcParameters(options)
    this.#logical = options.logical
    this.#physical = options.physical
    this.#inactivityMs = options.inactivityTimeoutMs ?? defaultInactivityMs
    this.#self =
      options.physical === undefined
        ? { size: 1, upper: options.logical }
        : {
            size: options.physical > 0x7f || options.logical > 0x7f ? 4 : 2,
            upper: options.logical,
            lower: options.physical,
          }
  }

  get state(): HdlcSecondaryState {
    return this.#state
  }

  /** The client of the link. */
  get client(): number | undefined {
    return this.#state === 'disconnected' ? undefined : this.#client?.upper
  }

  /** Queues an SDU for the client of the link; it leaves when the client polls. False when there is no link. */
  send(sdu: Uint8Array, now: number): boolean {
    if (this.#state !== 'connected') return false
    if (this.window.bytes > mostWaitingSdus * this.maxSdu) {
      this.#end('lost', 'too-large')
      return false
    }
    this.window.push(sdu)
    if (this.#token) this.#speak(now)
    return true
  }

  /** Sends an SDU in UI frames, link or no link; it is never repeated. */
  sendUnnumbered(sdu: Uint8Array, client: number, now: number): void {
    const size = Math.max(this.parameters.maxInfoTransmit, this.#own.maxInfoTransmit)
    const destination: HdlcAddress = { size: 1, upper: client }
    for (let from = 0; from < sdu.length; from += size) {
      const part = sdu.subarray(from, from + size)
      const more = from + size < sdu.length
      this.write(this.#self, destination, { kind: 'ui', pf: false }, now, part, more, true)
    }
  }

  override tick(now: number): void {
    super.tick(now)
    if (this.#deadline !== undefined && now >= this.#deadline) this.#end('lost', 'no-answer')
  }

  override nextDeadline(): number | undefined {
    const octets = super.nextDeadline()
    if (octets === undefined) return this.#deadline
    return this.#deadline === undefined ? octets : Math.min(octets, this.#deadline)
  }

  protected override take(frame: HdlcFrame, wire: Uint8Array, now: number): void {
    const { control, destination, source } = frame
    const addressed = this.#addressed(destination)
    if (addressed === 'no' || (addressed === 'all' && control.kind !== 'ui')) return
    this.seen(wire, now)
    if (control.kind === 'ui') {
      this.takeUnnumbered(frame)
      return
    }
    const linked = this.#state !== 'disconnected' && this.#client?.upper === source.upper
    if (linked) this.#awake(now)
    switch (control.kind) {
      case 'snrm':
        this.#takeSnrm(frame, now)
        return
      case 'disc':
        this.write(destination, source, { kind: linked ? 'ua' : 'dm', pf: control.pf }, now)
        if (linked) this.#end('disc', 'requested')
        return
      case 'i':
      case 'rr':
      case 'rnr':
      case 'rej':
        if (linked) this.#takeNumbered(frame, now)
        else if (control.pf) this.write(destination, source, { kind: 'dm', pf: true }, now)
        return
      default:
        return
    }
  }

  protected override settle(now: number): void {
    if (this.#token) this.#speak(now)
  }

  #addressed({ upper, lower, size }: HdlcAddress): 'me' | 'all' | 'no' {
    const all = size === 4 ? 0x3fff : 0x7f
    if (upper === all || lower === all) return 'all'
    if (upper !== this.#logical) return 'no'
    return this.#physical === undefined || lower === undefined || lower === this.#physical ? 'me' : 'no'
  }

  #takeSnrm(frame: HdlcFrame, now: number): void {
    if (this.#state !== 'disconnected') this.emit({ kind: 'disconnected', reason: 'replaced' })
    this.#move('snrm')
    this.#client = frame.source
    this.#self = frame.destination
    this.#token = false
    this.#remoteBusy = false
    this.#rejected = undefined
    this.openLink(negotiateHdlc(this.#own, decodeHdlcParameters(frame.information)))
    this.#awake(now)
    const information = encodeHdlcParameters(this.parameters)
    this.write(this.#self, frame.source, { kind: 'ua', pf: frame.control.pf }, now, information)
    this.emit({ kind: 'connected', parameters: this.parameters, client: frame.source.upper })
  }

  #takeNumbered(frame: HdlcFrame, now: number): void {
    const { control } = frame
    if (!('nr' in control)) return
    if (this.#state === 'rejecting') {
      if (control.pf) this.#reject(now)
      return
    }
    if (!this.window.accept(control.nr)) {
      // A late copy of a frame that is here already acknowledges what was acknowledged then.
      if (control.kind === 'i' && control.ns !== this.expected) return
      this.#rejectFrame(frame, reasons.invalidNr, now)
      return
    }
    if (control.kind === 'i') {
      // What is here already came twice: its poll counts, its information does not, so that no request acts twice.
      if (control.ns === this.expected && frame.information.length > 0 && !this.takeInformation(frame)) {
        this.#end('lost', 'too-large')
        return
      }
      this.#remoteBusy = false
    } else {
      this.#remoteBusy = control.kind === 'rnr'
      if (control.kind === 'rej') this.window.rewind()
    }
    if (!control.pf) return
    this.#token = true
    // Checkpoint: the primary polls with all that it got acknowledged; the rest was lost.
    this.window.rewind()
  }

  /** Holding the token: sends what the window lets go, or an empty answer; the last frame gives the token back. */
  #speak(now: number): void {
    const client = this.#client
    if (!client || this.#state !== 'connected') return
    this.#token = false
    let segment = this.#remoteBusy ? undefined : this.window.take()
    if (!segment) {
      this.write(this.#self, client, { kind: 'rr', nr: this.expected, pf: true }, now)
      return
    }
    while (segment) {
      const following = this.window.take()
      const control = { kind: 'i', ns: segment.ns, nr: this.expected, pf: following === undefined } as const
      this.write(this.#self, client, control, now, segment.information, segment.segmented)
      segment = following
    }
  }

  /** FRMR: the rejected control field, V(S), V(R) and why (ISO/IEC 13239 5.5.3.4.2). */
  #rejectFrame(frame: HdlcFrame, reason: number, now: number): void {
    const numbers = (this.window.next << 1) | (this.expected << 5)
    this.#rejected = Uint8Array.from([encodeHdlcControl(frame.control), numbers, reason])
    this.#token = false
    this.#move('reject')
    this.#reject(now)
  }

  #reject(now: number): void {
    if (!this.#client || !this.#rejected) return
    this.write(this.#self, this.#client, { kind: 'frmr', pf: true }, now, this.#rejected)
  }

  #awake(now: number): void {
    this.#deadline = this.#inactivityMs > 0 ? now + this.#inactivityMs : undefined
  }

  #end(move: HdlcSecondaryMove, reason: HdlcEnd): void {
    this.#move(move)
    this.#client = undefined
    this.#token = false
    this.#deadline = undefined
    this.emit({ kind: 'disconnected', reason })
  }

  #move(move: HdlcSecondaryMove): void {
    this.#state = hdlcSecondaryTransitions[this.#state][move] ?? this.#state
  }
}
