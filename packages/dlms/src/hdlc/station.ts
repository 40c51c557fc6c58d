// What both stations of an HDLC link share: the stream, the frames that wait to be looked at, what goes out.
// A station is sans-I/O: octets and times go in, frames leave through `onWire`, events are pulled one by one so
// that an answer given to one event leaves before the next frame is looked at.

import type { Malformed } from '../parse.ts'
import { encodeHdlcAddress, type HdlcAddress } from './address.ts'
import type { HdlcControl } from './control.ts'
import { decodeHdlcFrame, encodeHdlcFrame, type HdlcFrame } from './frame.ts'
import { defaultHdlcParameters, type HdlcParameters } from './parameters.ts'
import { HdlcReader } from './reader.ts'
import { HdlcReassembler } from './reassembly.ts'
import { HdlcSendWindow } from './window.ts'

/**
 * Why a link ended: `requested` by either side in order, `refused` with DM, `rejected` with FRMR, `no-answer`
 * after all repetitions or all inactivity, `sequence` numbers that cannot be, `replaced` by a new SNRM,
 * `too-large` for our bounds.
 */
export type HdlcEnd =
  | 'requested'
  | 'refused'
  | 'rejected'
  | 'no-answer'
  | 'sequence'
  | 'replaced'
  | 'too-large'

export type HdlcLinkEvent =
  | { readonly kind: 'connected'; readonly parameters: HdlcParameters; readonly client: number }
  /** Whole information, LLC header included. `numbered` false: it came in UI frames. */
  | {
      readonly kind: 'sdu'
      readonly information: Uint8Array
      readonly numbered: boolean
      readonly source: HdlcAddress
      readonly destination: HdlcAddress
      /** Frames it came in. */
      readonly frames: number
    }
  /** The link moved: a frame in sequence came, or one of ours was acknowledged. */
  | { readonly kind: 'progress' }
  | { readonly kind: 'disconnected'; readonly reason: HdlcEnd }
  /** Octets that are no frame, or a frame that had to be thrown away; the link recovers by itself. */
  | { readonly kind: 'discarded'; readonly error: Malformed }

export type HdlcStationOptions = Partial<HdlcParameters> & {
  /** Longest information that is put together, octets. Default 65,538. */
  readonly maxSduBytes?: number
  /** Quiet time inside a frame after which its beginning is thrown away, ms. Default: none. */
  readonly interOctetTimeoutMs?: number
  /** The peer stuffs octets. */
  readonly octetStuffing?: boolean
  /** Sees each frame as it is on the wire, in order; frames out are to be sent. */
  readonly onWire: (direction: 'in' | 'out', bytes: Uint8Array, at: number, aside: boolean) => void
}

const defaultMaxSdu = 65_538
const none = new Uint8Array(0)

export abstract class HdlcStation {
  protected readonly maxSdu: number
  protected parameters: HdlcParameters = defaultHdlcParameters
  protected window = new HdlcSendWindow(128, 1)
  /** V(R): the N(S) awaited. */
  protected expected = 0
  protected numbered: HdlcReassembler
  protected readonly unnumbered: HdlcReassembler
  readonly #options: HdlcStationOptions
  #reader: HdlcReader
  #frames: { readonly frame: HdlcFrame; readonly wire: Uint8Array }[] = []
  #at = 0
  #events: HdlcLinkEvent[] = []
  #octetDeadline: number | undefined

  constructor(options: HdlcStationOptions) {
    this.#options = options
    this.maxSdu = options.maxSduBytes ?? defaultMaxSdu
    this.numbered = new HdlcReassembler(this.maxSdu)
    this.unnumbered = new HdlcReassembler(this.maxSdu)
    this.#reader = this.#openReader()
  }

  /** Takes octets of the stream, in any chunking; `next` then tells what they brought. */
  receive(chunk: Uint8Array, now: number): void {
    const stale = this.#octetDeadline !== undefined && now >= this.#octetDeadline
    // A frame that was cut short would swallow those behind it, as long as its stated length is.
    if (this.#reader.buffered > 1 && (stale || decodeHdlcFrame(chunk).kind === 'ok')) this.resetReader()
    for (const event of this.#reader.push(chunk)) {
      if (event.kind === 'frame') this.#frames.push({ frame: event.frame, wire: event.wire })
      else this.emit({ kind: 'discarded', error: event.error })
    }
    const { interOctetTimeoutMs } = this.#options
    // One octet is the flag that may open the next frame.
    const inside = this.#reader.buffered > 1
    this.#octetDeadline = inside && interOctetTimeoutMs ? now + interOctetTimeoutMs : undefined
  }

  /** The next event; undefined when all that came is dealt with. */
  next(now: number): HdlcLinkEvent | undefined {
    for (;;) {
      const event = this.#events.shift()
      if (event) return event
      const waiting = this.#frames[this.#at]
      if (waiting) {
        this.#at += 1
        if (this.#at === this.#frames.length) {
          this.#frames = []
          this.#at = 0
        }
        this.take(waiting.frame, waiting.wire, now)
      } else {
        this.settle(now)
        if (this.#events.length === 0) return undefined
      }
    }
  }

  tick(now: number): void {
    if (this.#octetDeadline !== undefined && now >= this.#octetDeadline) this.resetReader()
  }

  nextDeadline(): number | undefined {
    return this.#octetDeadline
  }

  /** A frame whose check sequence holds. */
  protected abstract take(frame: HdlcFrame, wire: Uint8Array, now: number): void
  /** All that came is dealt with: whoever holds the token speaks or gives it back. */
  protected abstract settle(now: number): void

  protected emit(event: HdlcLinkEvent): void {
    this.#events.push(event)
  }

  protected resetReader(): void {
    this.#octetDeadline = undefined
    this.#reader = this.#openReader()
  }

  protected seen(wire: Uint8Array, now: number): void {
    this.#options.onWire('in', wire, now, false)
  }

  protected write(
    source: HdlcAddress,
    destination: HdlcAddress,
    control: HdlcControl,
    now: number,
    information: Uint8Array = none,
    segmented = false,
    aside = false,
  ): void {
    const wire = encodeHdlcFrame({ source, destination, control, segmented, information })
    this.#options.onWire('out', wire, now, aside)
  }

  /** Starts the numbers of a fresh link. */
  protected openLink(parameters: HdlcParameters): void {
    this.parameters = parameters
    this.window = new HdlcSendWindow(parameters.maxInfoTransmit, parameters.windowTransmit)
    this.expected = 0
    this.numbered = new HdlcReassembler(this.maxSdu)
  }

  /** Takes the information of an I frame in sequence; false when it passes our bounds. */
  protected takeInformation(frame: HdlcFrame): boolean {
    this.expected = (this.expected + 1) & 7
    const joined = this.numbered.push(frame)
    if (joined.kind === 'malformed') return false
    this.emit({ kind: 'progress' })
    if (joined.kind === 'ok') this.emitSdu(frame, joined.information, joined.segments, true)
    return true
  }

  protected takeUnnumbered(frame: HdlcFrame): void {
    // Some meters push I frames without any link; their numbers mean nothing.
    const joined = this.unnumbered.push({ ...frame, control: { kind: 'ui', pf: false } })
    if (joined.kind === 'ok') this.emitSdu(frame, joined.information, joined.segments, false)
    else if (joined.kind === 'malformed') this.emit({ kind: 'discarded', error: joined.error })
  }

  protected emitSdu(frame: HdlcFrame, information: Uint8Array, frames: number, numbered: boolean): void {
    const { source, destination } = frame
    this.emit({ kind: 'sdu', information, numbered, source, destination, frames })
  }

  #openReader(): HdlcReader {
    return new HdlcReader({ octetStuffing: this.#options.octetStuffing ?? false })
  }
}

/** Two spellings of one address: the sizes may differ, and a lower part that is not named fits any. */
export function sameHdlcAddress(a: HdlcAddress, b: HdlcAddress): boolean {
  if (a.upper !== b.upper) return false
  return a.lower === undefined || b.lower === undefined || a.lower === b.lower
}

/** @throws RangeError when the address cannot be written */
export function checkedHdlcAddress(address: HdlcAddress): HdlcAddress {
  encodeHdlcAddress(address)
  return address
}
