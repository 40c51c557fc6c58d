// Frame formats A and B of wireless M-Bus (EN 13757-4 clause 12.3): blocks with CRCs, and frames without them.

import { malformed, more, ok, type Parse } from './parse.ts'

export type RadioFormat = 'A' | 'B' | 'none'

export type RadioFrame = {
  readonly format: RadioFormat
  /** L field, C field, addresses and data with the CRCs taken out; L counts what follows it. */
  readonly octets: Uint8Array
}

/** CRC of EN 13757-4 (CRC-16/EN-13757): polynomial 3D65, start 0, result inverted. */
export function crc16(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = 0
  for (let i = from; i < to; i++) {
    crc ^= (bytes[i] as number) << 8
    for (let bit = 0; bit < 8; bit++)
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x3d65) & 0xffff : (crc << 1) & 0xffff
  }
  return ~crc & 0xffff
}

const crcAt = (bytes: Uint8Array, at: number) => ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
const shortest = 10

/** Octets of a frame of format A with this L field: a CRC after 10 octets and after every 16 that follow. */
export function lengthA(l: number): number {
  return l + 1 + 2 * (1 + Math.ceil(Math.max(0, l - 9) / 16))
}

/** Format A: L counts neither itself nor CRCs. */
export function decodeFormatA(bytes: Uint8Array, offset = 0): Parse<RadioFrame> {
  const l = bytes[offset]
  if (l === undefined) return more(1)
  if (l < 9) return malformed('length', `L field ${l} is shorter than a link header`, offset)
  const octets = new Uint8Array(l + 1)
  let at = offset
  let written = 0
  while (written < octets.length) {
    const size = Math.min(written === 0 ? shortest : 16, octets.length - written)
    if (at + size + 2 > bytes.length) return more(offset + lengthA(l) - bytes.length)
    if (crc16(bytes, at, at + size) !== crcAt(bytes, at + size)) {
      return malformed('crc', 'a block does not match its CRC', at + size)
    }
    octets.set(bytes.subarray(at, at + size), written)
    written += size
    at += size + 2
  }
  return ok({ format: 'A', octets }, at)
}

/** Format B: L counts CRCs too; the first two blocks share one CRC, further octets have another. */
export function decodeFormatB(bytes: Uint8Array, offset = 0): Parse<RadioFrame> {
  const l = bytes[offset]
  if (l === undefined) return more(1)
  if (l < 11) return malformed('length', `L field ${l} is shorter than a link header and CRC`, offset)
  const end = offset + l + 1
  if (end > bytes.length) return more(end - bytes.length)
  const first = Math.min(end, offset + 128)
  // A third block of one or two octets would be a CRC of nothing.
  if (end > first && end - first < 3) return malformed('length', 'the last block has no octet', first)
  const blocks: readonly (readonly [number, number])[] =
    end > first ? [[offset, first] as const, [first, end] as const] : [[offset, first] as const]
  const octets = new Uint8Array(l + 1 - 2 * blocks.length)
  let written = 0
  for (const [from, to] of blocks) {
    if (crc16(bytes, from, to - 2) !== crcAt(bytes, to - 2)) {
      return malformed('crc', 'a block does not match its CRC', to - 2)
    }
    octets.set(bytes.subarray(from, to - 2), written)
    written += to - 2 - from
  }
  octets[0] = octets.length - 1
  return ok({ format: 'B', octets }, end)
}

/** A frame whose receiver has taken the CRCs out, as most do. */
export function decodeBare(bytes: Uint8Array, offset = 0): Parse<RadioFrame> {
  const l = bytes[offset]
  if (l === undefined) return more(1)
  if (l < 9) return malformed('length', `L field ${l} is shorter than a link header`, offset)
  const end = offset + l + 1
  if (end > bytes.length) return more(end - bytes.length)
  return ok({ format: 'none', octets: Uint8Array.from(bytes.subarray(offset, end)) }, end)
}

/** Takes one whole frame of unknown format: CRCs decide between A and B; without any, L must fit. */
export function decodeRadioFrame(bytes: Uint8Array): Parse<RadioFrame> {
  for (const decode of [decodeFormatA, decodeFormatB]) {
    const result = decode(bytes)
    if (result.kind === 'ok' && result.next === bytes.length) return result
  }
  const bare = decodeBare(bytes)
  if (bare.kind === 'ok' && bare.next !== bytes.length) {
    return malformed('crc', 'the blocks match neither format A nor B', bare.next)
  }
  return bare
}

/** @param octets L field to last octet, L counting what follows it; 10 to 256 octets */
export function encodeFormatA(octets: Uint8Array): Uint8Array {
  if (octets.length < shortest || octets[0] !== octets.length - 1) {
    throw new RangeError('the L field counts the octets after it, at least 9')
  }
  const bytes = new Uint8Array(lengthA(octets.length - 1))
  let at = 0
  for (let read = 0; read < octets.length; ) {
    const size = Math.min(read === 0 ? shortest : 16, octets.length - read)
    const block = octets.subarray(read, read + size)
    const crc = crc16(block)
    bytes.set(block, at)
    bytes.set([crc >> 8, crc & 0xff], at + size)
    read += size
    at += size + 2
  }
  return bytes
}
