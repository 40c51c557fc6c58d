// Cuts a TCP byte stream into WPDUs, whatever the chunks it arrives in.

import type { Malformed } from '../parse.ts'
import { decodeWrapperFrame, maxWrapperPayload, type WrapperFrame, wrapperHeaderLength } from './frame.ts'

/** What a pushed chunk produced: whole frames in order; at most one error, always last. */
export type WrapperEvent =
  | { readonly kind: 'frame'; readonly frame: WrapperFrame; readonly wire: Uint8Array }
  | { readonly kind: 'malformed'; readonly error: Malformed }

/**
 * Stream reader. Memory is bounded by one frame (header + `maxPayload`), since a frame leaves the
 * buffer as soon as it is complete and a longer stated length is refused from its header.
 * The wrapper has no synchronisation mark, so the first malformed header ends the stream: every
 * later push reports the same error, and the connection must be closed.
 * Offsets in errors count from the first byte of the stream.
 */
export class WrapperReader {
  readonly #maxPayload: number
  #pending: Uint8Array = new Uint8Array(0)
  #used = 0
  #consumed = 0
  #failed: Malformed | undefined

  constructor(maxPayload: number = maxWrapperPayload) {
    this.#maxPayload = Math.min(maxPayload, maxWrapperPayload)
  }

  /** Bytes held that do not make a frame yet. */
  get buffered(): number {
    return this.#used
  }

  /** The error that ended the stream, if any. */
  get failed(): Malformed | undefined {
    return this.#failed
  }

  /** Takes the next chunk. Frames are copies: the caller may reuse its buffer. */
  push(chunk: Uint8Array): WrapperEvent[] {
    if (this.#failed) return [{ kind: 'malformed', error: this.#failed }]
    const events: WrapperEvent[] = []
    let position = 0
    while (!this.#failed) {
      if (this.#used === 0) {
        const end = this.#drain(chunk, position, events)
        this.#hold(chunk, end, chunk.length)
        return events
      }
      // A frame began in an earlier chunk: take only what it lacks, so that large chunks are not recopied.
      const parsed = decodeWrapperFrame(this.#pending.subarray(0, this.#used), 0, this.#maxPayload)
      if (parsed.kind === 'more') {
        const take = Math.min(parsed.need, chunk.length - position)
        if (take === 0) return events
        this.#hold(chunk, position, position + take)
        position += take
      } else if (parsed.kind === 'malformed') {
        this.#fail(parsed.error, 0, events)
      } else {
        events.push(frameEvent(this.#pending.slice(0, parsed.next)))
        this.#consumed += parsed.next
        this.#used = 0
      }
    }
    return events
  }

  #drain(chunk: Uint8Array, start: number, events: WrapperEvent[]): number {
    let position = start
    while (position < chunk.length) {
      const parsed = decodeWrapperFrame(chunk, position, this.#maxPayload)
      if (parsed.kind === 'more') return position
      if (parsed.kind === 'malformed') {
        this.#fail(parsed.error, position, events)
        return chunk.length
      }
      events.push(frameEvent(chunk.slice(position, parsed.next)))
      this.#consumed += parsed.next - position
      position = parsed.next
    }
    return position
  }

  #hold(chunk: Uint8Array, from: number, to: number): void {
    const wanted = this.#used + to - from
    if (wanted > this.#pending.length) {
      const limit = wrapperHeaderLength + this.#maxPayload
      const grown = new Uint8Array(Math.min(limit, Math.max(wanted, this.#pending.length * 2, 256)))
      grown.set(this.#pending.subarray(0, this.#used))
      this.#pending = grown
    }
    this.#pending.set(chunk.subarray(from, to), this.#used)
    this.#used = wanted
  }

  #fail(error: Malformed, base: number, events: WrapperEvent[]): void {
    this.#failed = { ...error, offset: this.#consumed + error.offset - base }
    this.#used = 0
    this.#pending = new Uint8Array(0)
    events.push({ kind: 'malformed', error: this.#failed })
  }
}

function frameEvent(wire: Uint8Array): WrapperEvent {
  const view = new DataView(wire.buffer, wire.byteOffset, wire.byteLength)
  const frame = {
    source: view.getUint16(2),
    destination: view.getUint16(4),
    payload: wire.subarray(wrapperHeaderLength),
  }
  return { kind: 'frame', frame, wire }
}
