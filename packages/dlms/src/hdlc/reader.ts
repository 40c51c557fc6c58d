// Cuts a serial or TCP byte stream into HDLC frames, whatever the chunks it arrives in.

import type { Malformed } from '../parse.ts'
import { decodeHdlcFrame, type HdlcFrame, hdlcFlag, maxHdlcLength } from './frame.ts'
import { unstuff } from './stuffing.ts'

/** Offsets in errors count from the first byte of the stream. */
export type HdlcEvent =
  | { readonly kind: 'frame'; readonly frame: HdlcFrame; readonly wire: Uint8Array }
  | { readonly kind: 'malformed'; readonly error: Malformed }

export type HdlcReaderOptions = {
  /** The peer stuffs octets; frames are then cut at flags. Default false, as the profile has it. */
  readonly octetStuffing?: boolean
}

/**
 * Stream reader. Flags may be shared between frames and idle flags are skipped. After a malformed
 * frame it hunts for the next flag: one error per frame lost, then the stream goes on.
 * Holds at most one frame: 2,049 octets, twice that when the peer stuffs.
 */
export class HdlcReader {
  readonly #octetStuffing: boolean
  #buffer: Uint8Array = new Uint8Array(0)
  #consumed = 0
  #hunting = false

  constructor(options: HdlcReaderOptions = {}) {
    this.#octetStuffing = options.octetStuffing ?? false
  }

  /** Bytes held that do not make a frame yet. */
  get buffered(): number {
    return this.#buffer.length
  }

  push(chunk: Uint8Array): HdlcEvent[] {
    const bytes = new Uint8Array(this.#buffer.length + chunk.length)
    bytes.set(this.#buffer)
    bytes.set(chunk, this.#buffer.length)
    const events: HdlcEvent[] = []
    let start = 0
    for (;;) {
      start = this.#findFlag(bytes, start, events)
      if (start >= bytes.length) break
      const parsed = this.#octetStuffing ? decodeStuffed(bytes, start) : decodeHdlcFrame(bytes, start)
      if (parsed.kind === 'more') break
      if (parsed.kind === 'malformed') {
        events.push(this.#error(parsed.error))
        this.#hunting = true
        start++
      } else {
        events.push({ kind: 'frame', frame: parsed.value, wire: bytes.slice(start, parsed.next) })
        // The closing flag may open the next frame.
        start = parsed.next - 1
      }
    }
    this.#buffer = bytes.slice(start)
    this.#consumed += start
    return events
  }

  /** Index of the last flag of the first run of flags at or after `start`. */
  #findFlag(bytes: Uint8Array, start: number, events: HdlcEvent[]): number {
    let at = start
    if (at < bytes.length && bytes[at] !== hdlcFlag) {
      if (!this.#hunting) {
        this.#hunting = true
        events.push(this.#error({ code: 'flag', message: 'octets outside of any HDLC frame', offset: at }))
      }
      const flag = bytes.indexOf(hdlcFlag, at)
      if (flag < 0) return bytes.length
      at = flag
    }
    if (at < bytes.length) this.#hunting = false
    while (bytes[at + 1] === hdlcFlag) at++
    return at
  }

  #error(error: Malformed): HdlcEvent {
    return { kind: 'malformed', error: { ...error, offset: error.offset + this.#consumed } }
  }
}

function decodeStuffed(bytes: Uint8Array, start: number): ReturnType<typeof decodeHdlcFrame> {
  const close = bytes.indexOf(hdlcFlag, start + 1)
  if (close < 0) {
    if (bytes.length - start <= 2 * maxHdlcLength + 1) return { kind: 'more', need: 1 }
    return outOfFrame('no closing 7E within the longest frame', start)
  }
  const plain = unstuff(bytes, start)
  const frame = plain?.frame ?? bytes.slice(start, close + 1)
  const parsed = decodeHdlcFrame(frame)
  if (parsed.kind === 'malformed') return { kind: 'malformed', error: { ...parsed.error, offset: start } }
  if (parsed.kind === 'more') return outOfFrame('HDLC length exceeds the octets between the flags', start)
  return { kind: 'ok', value: parsed.value, next: close + 1 }
}

function outOfFrame(message: string, offset: number): ReturnType<typeof decodeHdlcFrame> {
  return { kind: 'malformed', error: { code: 'length', message, offset } }
}
