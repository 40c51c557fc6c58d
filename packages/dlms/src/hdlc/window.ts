// The sending half of a numbered link (ISO/IEC 13239 5.6): what is to be sent, what is under way, what is
// acknowledged. Sequence numbers are modulo 8.

/** One I frame to send. */
export type HdlcSegment = {
  readonly ns: number
  readonly information: Uint8Array
  /** The information goes on in the next frame. */
  readonly segmented: boolean
}

type Sdu = { readonly bytes: Uint8Array; readonly from: number; readonly to: number; readonly more: boolean }

export class HdlcSendWindow {
  readonly #maxInformation: number
  readonly #window: number
  #segments: Sdu[] = []
  #head = 0
  #bytes = 0
  /** N(S) of the oldest segment that is not acknowledged: V(A). */
  #acknowledged = 0
  /** Segments under way, counted from V(A). */
  #sent = 0
  /** Highest number of segments ever under way, counted from V(A): a rewind does not make N(R) beyond it valid. */
  #known = 0

  constructor(maxInformation: number, window: number) {
    this.#maxInformation = maxInformation
    this.#window = window
  }

  /** Octets that are not acknowledged yet. */
  get bytes(): number {
    return this.#bytes
  }

  /** Next N(S): V(S). */
  get next(): number {
    return (this.#acknowledged + this.#sent) & 7
  }

  /** Segments sent and not acknowledged. */
  get outstanding(): number {
    return this.#sent
  }

  /** Something is left to send or to acknowledge. */
  get busy(): boolean {
    return this.#segments.length > this.#head
  }

  /** Something may be sent now. */
  get ready(): boolean {
    return this.#sent < this.#window && this.#segments.length - this.#head > this.#sent
  }

  /** Cuts an SDU into segments. */
  push(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; from += this.#maxInformation) {
      const to = Math.min(bytes.length, from + this.#maxInformation)
      this.#segments.push({ bytes, from, to, more: to < bytes.length })
      this.#bytes += to - from
    }
  }

  /** Takes an N(R); false when it acknowledges what was never sent. */
  accept(nr: number): boolean {
    const count = (nr - this.#acknowledged) & 7
    if (count > this.#known) return false
    for (let i = 0; i < count; i++) {
      const segment = this.#segments[this.#head + i] as Sdu
      this.#bytes -= segment.to - segment.from
    }
    this.#head += count
    this.#known -= count
    this.#sent = Math.max(0, this.#sent - count)
    this.#acknowledged = nr
    // Trimmed in bulk: a long value has thousands of segments.
    if (this.#head === this.#segments.length || this.#head > 256) {
      this.#segments = this.#segments.slice(this.#head)
      this.#head = 0
    }
    return true
  }

  /** All that is not acknowledged is sent anew. */
  rewind(): void {
    this.#sent = 0
  }

  /** The next segment, when the window lets it go. */
  take(): HdlcSegment | undefined {
    if (!this.ready) return undefined
    const { bytes, from, to, more } = this.#segments[this.#head + this.#sent] as Sdu
    const ns = this.next
    this.#sent += 1
    this.#known = Math.max(this.#known, this.#sent)
    return { ns, information: bytes.subarray(from, to), segmented: more }
  }
}
