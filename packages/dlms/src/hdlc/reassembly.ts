// Segmentation of the HDLC profile (Green Book 8.4.3.6): the S bit of the format field says that the
// information goes on in the next frame of the same sender.

import { concatAll } from '../bytes.ts'
import type { Malformed } from '../parse.ts'
import { encodeHdlcAddress } from './address.ts'
import type { HdlcFrame } from './frame.ts'

export type HdlcSegmentResult =
  | { readonly kind: 'ok'; readonly information: Uint8Array; readonly segments: number }
  | { readonly kind: 'more' }
  | { readonly kind: 'malformed'; readonly error: Malformed }

/**
 * Joins segments. Total information is bounded by `maxInformation` octets; I frames must follow
 * each other modulo 8. After an error it starts afresh. Offsets in errors count segments' octets.
 */
export class HdlcReassembler {
  readonly #maxInformation: number
  #parts: Uint8Array[] = []
  #length = 0
  #last: HdlcFrame | undefined

  constructor(maxInformation = 1024 * 1024) {
    this.#maxInformation = maxInformation
  }

  push(frame: HdlcFrame): HdlcSegmentResult {
    const fault = this.#last && continuationFault(this.#last, frame)
    if (fault) return this.#fail(fault[0], fault[1])
    if (this.#length + frame.information.length > this.#maxInformation) {
      return this.#fail('too-large', `HDLC segments exceed ${this.#maxInformation} octets`)
    }
    this.#parts.push(frame.information)
    this.#length += frame.information.length
    if (frame.segmented) {
      this.#last = frame
      return { kind: 'more' }
    }
    const information = concatAll(this.#parts)
    const segments = this.#parts.length
    this.#reset()
    return { kind: 'ok', information, segments }
  }

  #fail(code: string, message: string): HdlcSegmentResult {
    const offset = this.#length
    this.#reset()
    return { kind: 'malformed', error: { code, message, offset } }
  }

  #reset(): void {
    this.#parts = []
    this.#length = 0
    this.#last = undefined
  }
}

function continuationFault(last: HdlcFrame, next: HdlcFrame): [string, string] | undefined {
  const same = (a: HdlcFrame['source'], b: HdlcFrame['source']) =>
    encodeHdlcAddress(a).join() === encodeHdlcAddress(b).join()
  if (!same(last.source, next.source) || !same(last.destination, next.destination)) {
    return ['segment-address', 'HDLC segment of another sender or receiver between two segments']
  }
  if (last.control.kind !== next.control.kind)
    return ['segment-kind', 'HDLC segments of different frame types']
  if (
    last.control.kind === 'i' &&
    next.control.kind === 'i' &&
    next.control.ns !== (last.control.ns + 1) % 8
  ) {
    return ['segment-sequence', `HDLC segment N(S) ${next.control.ns} after ${last.control.ns}`]
  }
  return undefined
}
