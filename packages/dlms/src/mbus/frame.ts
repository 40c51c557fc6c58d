// Long frames of the wired M-Bus link layer (EN 13757-2 5.2): 68 L L 68 | C A CI … | CS 16, where L
// counts from C to the octet before the checksum and CS is the sum of those octets modulo 256.

import type { Malformed, Parse } from '../parse.ts'

export const mbusStart = 0x68
export const mbusStop = 0x16
/** Longest user data (after CI) of one long frame. */
export const maxMbusData = 252

export type MbusFrame = {
  readonly control: number
  readonly address: number
  readonly controlInformation: number
  /** What follows the CI field. */
  readonly data: Uint8Array
}

/**
 * Decodes the long frame at `offset`.
 * Some meters send 257 to 508 counted octets and let L wrap modulo 256; when the frame does not close
 * at the stated length, checksum and stop octet are tried 256 octets further on, if those are there.
 */
export function decodeMbusFrame(
  bytes: Uint8Array,
  offset = 0,
): Parse<MbusFrame & { readonly wrapped: boolean }> {
  const available = bytes.length - offset
  if (available < 1) return { kind: 'more', need: 9 }
  if (bytes[offset] !== mbusStart)
    return malformed('start', 'M-Bus long frame does not begin with 68', offset)
  if (available >= 3 && bytes[offset + 1] !== bytes[offset + 2]) {
    return malformed('length', 'the two M-Bus length octets differ', offset + 1)
  }
  if (available >= 4 && bytes[offset + 3] !== mbusStart) {
    return malformed('start', 'M-Bus length is not followed by a second 68', offset + 3)
  }
  if (available < 4) return { kind: 'more', need: 9 - available }
  const stated = bytes[offset + 1] as number
  const plain = closes(bytes, offset, stated)
  if (plain === 'ok') return frameOf(bytes, offset, stated, false)
  if (stated + 256 <= 2 * 254 && closes(bytes, offset, stated + 256) === 'ok') {
    return frameOf(bytes, offset, stated + 256, true)
  }
  if (stated < 3) return malformed('length', `M-Bus length ${stated} is shorter than C, A and CI`, offset + 1)
  if (plain === 'more') return { kind: 'more', need: offset + stated + 6 - bytes.length }
  const at = offset + 4 + stated
  return plain === 'checksum'
    ? malformed(
        'checksum',
        `M-Bus checksum is ${hex(bytes[at])}, computed ${hex(sum(bytes, offset, stated))}`,
        at,
      )
    : malformed('stop', 'M-Bus frame does not end with 16', at + 1)
}

/** @throws RangeError when the data exceeds 252 octets */
export function encodeMbusFrame(frame: MbusFrame): Uint8Array {
  if (frame.data.length > maxMbusData) throw new RangeError(`M-Bus long frames carry ${maxMbusData} octets`)
  const length = 3 + frame.data.length
  const out = new Uint8Array(length + 6)
  out.set([mbusStart, length, length, mbusStart, frame.control, frame.address, frame.controlInformation])
  out.set(frame.data, 7)
  out[length + 4] = sum(out, 0, length)
  out[length + 5] = mbusStop
  return out
}

function closes(bytes: Uint8Array, offset: number, length: number): 'ok' | 'more' | 'checksum' | 'stop' {
  const checksum = offset + 4 + length
  if (length < 3 || checksum >= bytes.length) return 'more'
  if (bytes[checksum] !== sum(bytes, offset, length)) return 'checksum'
  if (checksum + 1 >= bytes.length) return 'more'
  return bytes[checksum + 1] === mbusStop ? 'ok' : 'stop'
}

function sum(bytes: Uint8Array, offset: number, length: number): number {
  let total = 0
  for (let i = offset + 4; i < offset + 4 + length; i++) total += bytes[i] as number
  return total & 0xff
}

function frameOf(
  bytes: Uint8Array,
  offset: number,
  length: number,
  wrapped: boolean,
): Parse<MbusFrame & { readonly wrapped: boolean }> {
  const value = {
    control: bytes[offset + 4] as number,
    address: bytes[offset + 5] as number,
    controlInformation: bytes[offset + 6] as number,
    data: bytes.subarray(offset + 7, offset + 4 + length),
    wrapped,
  }
  return { kind: 'ok', value, next: offset + length + 6 }
}

function malformed(code: string, message: string, offset: number): { kind: 'malformed'; error: Malformed } {
  return { kind: 'malformed', error: { code, message, offset } }
}

function hex(octet: number | undefined): string {
  return (octet ?? 0).toString(16).padStart(2, '0')
}
