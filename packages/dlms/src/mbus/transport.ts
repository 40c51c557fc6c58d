// DLMS over wired M-Bus (EN 13757-1; Green Book 10.5): a CI field of 00..1F announces a segment of a
// DLMS APDU, followed by the source and destination transport service access points.

import { concatAll } from '../bytes.ts'
import type { Malformed } from '../parse.ts'
import { encodeMbusFrame, type MbusFrame, maxMbusData } from './frame.ts'

const finalSegment = 0x10
const sequenceMask = 0x0f
/** Octets of STSAP and DTSAP. */
export const mbusTransportHeader = 2

/** `sequence` 0..15; `last` closes the APDU. */
export type MbusSegment = {
  readonly sequence: number
  readonly last: boolean
  readonly source: number
  readonly destination: number
  readonly data: Uint8Array
}

/** The DLMS segment a frame carries; undefined when its CI field announces something else. */
export function mbusSegment(frame: MbusFrame): MbusSegment | undefined {
  const { controlInformation: ci, data } = frame
  if (ci > 0x1f || data.length < mbusTransportHeader) return undefined
  return {
    sequence: ci & sequenceMask,
    last: (ci & finalSegment) !== 0,
    source: data[0] as number,
    destination: data[1] as number,
    data: data.subarray(mbusTransportHeader),
  }
}

export type MbusSegmentResult =
  | { readonly kind: 'ok'; readonly apdu: Uint8Array; readonly segments: number }
  | { readonly kind: 'more' }
  | { readonly kind: 'malformed'; readonly error: Malformed }

/** Joins segments in sequence from 0; bounded by `maxApdu` octets. After an error it starts afresh. */
export class MbusReassembler {
  readonly #maxApdu: number
  #parts: Uint8Array[] = []
  #length = 0

  constructor(maxApdu = 1024 * 1024) {
    this.#maxApdu = maxApdu
  }

  push(segment: MbusSegment): MbusSegmentResult {
    const expected = this.#parts.length & sequenceMask
    if (segment.sequence !== expected) {
      return this.#fail('segment-sequence', `M-Bus segment ${segment.sequence} where ${expected} was due`)
    }
    if (this.#length + segment.data.length > this.#maxApdu) {
      return this.#fail('too-large', `M-Bus segments exceed ${this.#maxApdu} octets`)
    }
    this.#parts.push(segment.data)
    this.#length += segment.data.length
    if (!segment.last) return { kind: 'more' }
    const apdu = concatAll(this.#parts)
    const segments = this.#parts.length
    this.#reset()
    return { kind: 'ok', apdu, segments }
  }

  #fail(code: string, message: string): MbusSegmentResult {
    const offset = this.#length
    this.#reset()
    return { kind: 'malformed', error: { code, message, offset } }
  }

  #reset(): void {
    this.#parts = []
    this.#length = 0
  }
}

/** Cuts an APDU into long frames as a meter pushes it (SND-UD to the broadcast address by default). */
export function encodeMbusApdu(
  apdu: Uint8Array,
  taps: { source: number; destination: number; control?: number; address?: number },
): Uint8Array[] {
  const room = maxMbusData - mbusTransportHeader
  const count = Math.max(1, Math.ceil(apdu.length / room))
  return Array.from({ length: count }, (_, index) => {
    const part = apdu.subarray(index * room, (index + 1) * room)
    const data = new Uint8Array(mbusTransportHeader + part.length)
    data.set([taps.source, taps.destination])
    data.set(part, mbusTransportHeader)
    const last = index === count - 1 ? finalSegment : 0
    return encodeMbusFrame({
      control: taps.control ?? 0x53,
      address: taps.address ?? 0xff,
      controlInformation: (index & sequenceMask) | last,
      data,
    })
  })
}
