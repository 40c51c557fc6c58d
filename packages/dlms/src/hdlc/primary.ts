// The primary station of an HDLC link: the client (Green Book 8.4.5; normal response mode, two-way alternate).
// It alone speaks unasked and alone counts time: what is lost in either direction is asked for again by a poll.

import type { HdlcAddress } from './address.ts'
import { type HdlcFrame, maxHdlcLength } from './frame.ts'
import {
  decodeHdlcParameters,
  encodeHdlcParameters,
  type HdlcParameters,
  hdlcParameters,
  isDefaultHdlc,
  negotiateHdlc,
} from './parameters.ts'
import {
  checkedHdlcAddress,
  type HdlcEnd,
  HdlcStation,
  type HdlcStationOptions,
  sameHdlcAddress,
} from './station.ts'
import { type HdlcPrimaryMove, type HdlcPrimaryState, hdlcPrimaryTransitions } from './transitions.ts'

export type HdlcPrimaryOptions = HdlcStationOptions & {
  /** Client address, 1..127. */
  readonly client: number
  readonly server: HdlcAddress
  /** Quiet time after which a poll is repeated, ms. Default 3,000. */
  readonly responseTimeoutMs?: number
  /** Repetitions without progress before the link is given up. Default 3. */
  readonly retries?: number
  /** Wait before a server that has no answer yet is polled again, ms. Default 100. */
  readonly pollDelayMs?: number
  /**
   * How a silence is ended: 'poll' asks with RR what arrived, and repeats only what did not; 'repeat' sends
   * the I frames again at once, for meters that leave an RR unanswered. Default 'poll'.
   */
  readonly recovery?: 'poll' | 'repeat'
}

const defaultResponseMs = 3_000
const defaultRetries = 3
const defaultPollDelayMs = 100
const mostOctetsOfWait = 2 * maxHdlcLength

export class HdlcPrimary extends HdlcStation {
  readonly #own: HdlcParameters
  readonly #client: HdlcAddress
  readonly #server: HdlcAddress
  readonly #responseMs: number
  readonly #mostRetries: number
  readonly #pollDelayMs: number
  readonly #repeats: boolean
  #state: HdlcPrimaryState = 'disconnected'
  /** A poll is out: the secondary has the token. */
  #polled = false
  /** An SDU is due from the secondary. */
  #answerDue = false
  /** The secondary has to be asked: a frame is missing, or more segments follow. */
  #ask = false
  /** The latest frame brought an SDU: another one may wait behind it. */
  #more = false
  #remoteBusy = false
  /** Silences, and answers that acknowledge nothing, since the latest progress: one lost frame causes one of each. */
  #retries = 0
  #rewinds = 0
  /** Octets since the latest frame. */
  #octets = 0
  #deadline: number | undefined

  constructor(options: HdlcPrimaryOptions) {
    super(options)
    this.#own = hdlcParameters(options)
    this.#client = checkedHdlcAddress({ size: 1, upper: options.client })
    this.#server = checkedHdlcAddress(options.server)
    this.#responseMs = options.responseTimeoutMs ?? defaultResponseMs
    this.#mostRetries = options.retries ?? defaultRetries
    this.#pollDelayMs = options.pollDelayMs ?? defaultPollDelayMs
    this.#repeats = options.recovery === 'repeat'
  }

  get state(): HdlcPrimaryState {
    return this.#state
  }

  /** Sends SNRM; no effect unless the link is down. Answer: 'connected' or 'disconnected'. */
  connect(now: number): void {
    if (!this.#move('connect')) return
    this.#retries = 0
    this.#sayUnnumbered('snrm', now)
  }

  /** Sends DISC. Answer: 'disconnected', at once when there is no link. */
  disconnect(now: number): void {
    if (this.#state === 'disconnected') {
      this.emit({ kind: 'disconnected', reason: 'requested' })
    } else if (this.#move('disconnect')) {
      this.#retries = 0
      this.#sayUnnumbered('disc', now)
    }
  }

  /** Queues an SDU on the link; false when there is none. */
  send(sdu: Uint8Array, now: number, answerDue = true): boolean {
    if (this.#state !== 'connected') return false
    this.window.push(sdu)
    this.#answerDue = answerDue
    this.settle(now)
    return true
  }

  /** Whether (more) SDUs are due from the secondary, which has to be polled for them. */
  expect(answer: boolean): void {
    this.#answerDue = answer
    if (!answer && !this.#polled && !this.#remoteBusy && this.#state === 'connected')
      this.#deadline = undefined
  }

  /** Sends an SDU in a UI frame, which is never repeated. @throws RangeError when it fits no frame */
  sendUnnumbered(sdu: Uint8Array, now: number): void {
    this.write(this.#client, this.#server, { kind: 'ui', pf: false }, now, sdu)
  }

  override receive(chunk: Uint8Array, now: number): void {
    super.receive(chunk, now)
    this.#octets += chunk.length
    // A slow line: the wait counts from the latest octet, for as many octets as frames could have.
    if (this.#polled && this.#octets <= mostOctetsOfWait) this.#deadline = now + this.#responseMs
  }

  override tick(now: number): void {
    super.tick(now)
    if (this.#deadline === undefined || now < this.#deadline) return
    this.#deadline = undefined
    if (this.#state === 'connected' && !this.#polled) {
      // Not a silence: the server asked for time.
      this.#poll(now)
      return
    }
    this.#retries += 1
    if (this.#retries > this.#mostRetries) {
      this.#end('lost', this.#state === 'disconnecting' ? 'requested' : 'no-answer')
      return
    }
    // The beginning of a frame that never ended would swallow the answer to the repetition.
    this.resetReader()
    if (this.#state === 'connecting') this.#sayUnnumbered('snrm', now)
    else if (this.#state === 'disconnecting') this.#sayUnnumbered('disc', now)
    else if (this.#repeats && this.window.outstanding > 0 && !this.#remoteBusy) {
      this.window.rewind()
      this.#transmit(now)
    } else this.#poll(now)
  }

  override nextDeadline(): number | undefined {
    const octets = super.nextDeadline()
    if (octets === undefined) return this.#deadline
    return this.#deadline === undefined ? octets : Math.min(octets, this.#deadline)
  }

  protected override take(frame: HdlcFrame, wire: Uint8Array, now: number): void {
    const { control } = frame
    if (!this.#isMine(frame)) {
      const message = `an HDLC frame between other stations (${control.kind})`
      this.emit({ kind: 'discarded', error: { code: 'address', message, offset: 0 } })
      return
    }
    this.seen(wire, now)
    this.#octets = 0
    switch (control.kind) {
      case 'ui':
        this.takeUnnumbered(frame)
        return
      case 'ua':
        this.#takeUa(frame)
        return
      case 'dm':
        if (this.#state !== 'disconnected') {
          this.#end('dm', this.#state === 'disconnecting' ? 'requested' : 'refused')
        }
        return
      case 'frmr':
        if (this.#state === 'connected') this.#end('frmr', 'rejected')
        return
      case 'snrm':
      case 'disc':
        return
      default:
        if (this.#state === 'connected') this.#takeNumbered(frame, now)
        else if (this.#state === 'disconnected' && control.kind === 'i') this.takeUnnumbered(frame)
    }
  }

  protected override settle(now: number): void {
    if (this.#state !== 'connected' || this.#polled) return
    if (this.window.busy && !this.#remoteBusy) this.#transmit(now)
    else if (this.#ask) this.#poll(now)
    else if ((this.#answerDue || this.#remoteBusy) && this.#deadline === undefined) {
      // A server that just spoke may have more to say; one that had nothing is given time.
      if (this.#more) this.#poll(now)
      else this.#deadline = now + this.#pollDelayMs
    }
  }

  #isMine({ source, destination }: HdlcFrame): boolean {
    // A listener without a link hears whoever pushes.
    if (this.#state === 'disconnected') return true
    return destination.upper === this.#client.upper && sameHdlcAddress(source, this.#server)
  }

  #takeUa(frame: HdlcFrame): void {
    if (this.#state === 'connecting') {
      this.#move('ua')
      this.#quiet()
      const peer = decodeHdlcParameters(frame.information)
      this.openLink(negotiateHdlc(this.#own, peer))
      this.emit({ kind: 'connected', parameters: this.parameters, client: this.#client.upper })
    } else if (this.#state === 'disconnecting') this.#end('ua', 'requested')
    // A second UA answers an SNRM that had been repeated: it tells nothing.
  }

  #takeNumbered(frame: HdlcFrame, now: number): void {
    const { control } = frame
    if (!('nr' in control)) return
    const before = this.window.bytes
    // A late frame acknowledges what was acknowledged before. A server that is out of step is found out by the
    // polls that nothing valid answers.
    if (!this.window.accept(control.nr)) return
    if (this.window.bytes < before) this.#progress()
    if (control.kind === 'i') {
      // A repetition of what is here already is a late frame; its final bit answers an earlier poll.
      if (((this.expected - 1) & 7) === control.ns) return
      if (control.ns !== this.expected) this.#ask = true
      else if (!this.#accept(frame)) return
      this.#remoteBusy = false
    } else {
      this.#remoteBusy = control.kind === 'rnr'
      if (control.kind === 'rej') this.window.rewind()
    }
    if (control.pf && this.#polled) this.#takeToken(now)
    else if (this.#polled) this.#deadline = now + this.#responseMs
  }

  #accept(frame: HdlcFrame): boolean {
    if (frame.information.length === 0) return true
    this.#progress()
    if (!this.takeInformation(frame)) {
      this.#end('lost', 'too-large')
      return false
    }
    this.#ask = frame.segmented
    if (!frame.segmented) this.#more = true
    return true
  }

  /** The final bit: what it does not acknowledge did not arrive. */
  #takeToken(now: number): void {
    this.#polled = false
    this.#deadline = undefined
    if (this.window.outstanding > 0 && !this.#remoteBusy) {
      this.#rewinds += 1
      if (this.#rewinds > this.#mostRetries) {
        this.#end('lost', 'no-answer')
        return
      }
      this.window.rewind()
    }
    if (this.#remoteBusy) this.#deadline = now + this.#pollDelayMs
  }

  #progress(): void {
    this.#retries = 0
    this.#rewinds = 0
  }

  /** Sends what the window lets go; the last frame polls. */
  #transmit(now: number): void {
    let segment = this.window.take()
    if (!segment) {
      this.#poll(now)
      return
    }
    while (segment) {
      const following = this.window.take()
      this.write(
        this.#client,
        this.#server,
        { kind: 'i', ns: segment.ns, nr: this.expected, pf: following === undefined },
        now,
        segment.information,
        segment.segmented,
      )
      segment = following
    }
    this.#wait(now)
  }

  #poll(now: number): void {
    this.write(this.#client, this.#server, { kind: 'rr', nr: this.expected, pf: true }, now)
    this.#wait(now)
  }

  #sayUnnumbered(kind: 'snrm' | 'disc', now: number): void {
    const proposes = kind === 'snrm' && !isDefaultHdlc(this.#own)
    const information = proposes ? encodeHdlcParameters(this.#own) : undefined
    this.write(this.#client, this.#server, { kind, pf: true }, now, information)
    this.#wait(now)
  }

  #wait(now: number): void {
    this.#polled = true
    this.#ask = false
    this.#more = false
    this.#deadline = now + this.#responseMs
  }

  #quiet(): void {
    this.#polled = false
    this.#ask = false
    this.#more = false
    this.#answerDue = false
    this.#remoteBusy = false
    this.#retries = 0
    this.#rewinds = 0
    this.#deadline = undefined
  }

  #end(move: HdlcPrimaryMove, reason: HdlcEnd): void {
    this.#move(move)
    this.#quiet()
    this.emit({ kind: 'disconnected', reason })
  }

  #move(move: HdlcPrimaryMove): boolean {
    const next = hdlcPrimaryTransitions[this.#state][move]
    if (!next) return false
    this.#state = next
    return true
  }
}
