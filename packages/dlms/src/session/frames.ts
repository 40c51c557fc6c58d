// The seam between a session and the layer below it: APDUs on one side, wire frames on the other.
// The wrapper is built in; HDLC would be a second `Framing` with its own link set-up.

import type { Malformed } from '../parse.ts'
import { encodeWrapperFrame, WrapperReader } from '../wrapper/index.ts'
import type { EpochMs, WireFrame } from './types.ts'

/** One APDU cut out of the stream, with who sent it to whom and its bytes on the wire. */
export type FramedApdu = {
  readonly kind: 'apdu'
  readonly apdu: Uint8Array
  readonly source: number
  readonly destination: number
  readonly wire: Uint8Array
}
export type FramingEvent = FramedApdu | { readonly kind: 'malformed'; readonly error: Malformed }

export interface Framing {
  /** Takes the next chunk of the stream. After a `malformed` the stream is over. */
  receive(chunk: Uint8Array): FramingEvent[]
  /** The wire frame that carries one APDU. */
  frame(source: number, destination: number, apdu: Uint8Array): Uint8Array
}

export function wrapperFraming(maxApduBytes: number): Framing {
  const reader = new WrapperReader(maxApduBytes)
  return {
    receive: (chunk) =>
      reader.push(chunk).map((event) =>
        event.kind === 'malformed'
          ? event
          : {
              kind: 'apdu',
              apdu: event.frame.payload,
              source: event.frame.source,
              destination: event.frame.destination,
              wire: event.wire,
            },
      ),
    frame: (source, destination, payload) => encodeWrapperFrame({ source, destination, payload }),
  }
}

/**
 * The frames of one exchange, bounded: of a long exchange the first half and the latest half are kept,
 * since its request and its end explain it best.
 */
export class Journal {
  readonly #half: number
  #first: WireFrame[] = []
  #last: WireFrame[] = []

  constructor(maxFrames: number) {
    this.#half = Math.max(1, Math.floor(maxFrames / 2))
  }

  add(direction: 'in' | 'out', at: EpochMs, bytes: Uint8Array): void {
    const frame: WireFrame = { direction, at, bytes }
    if (this.#first.length < this.#half) {
      this.#first.push(frame)
      return
    }
    this.#last.push(frame)
    // Trimmed in bulk: shifting one element per frame would cost the square of the block count.
    if (this.#last.length >= this.#half * 2) this.#last = this.#last.slice(-this.#half)
  }

  /** Takes back the frame added last: it belongs to another event. */
  removeLast(): WireFrame | undefined {
    return this.#last.length > 0 ? this.#last.pop() : this.#first.pop()
  }

  /** The frames so far; the journal starts anew. */
  take(): WireFrame[] {
    const all = this.#last.length === 0 ? this.#first : this.#first.concat(this.#last.slice(-this.#half))
    this.#first = []
    this.#last = []
    return all
  }
}
