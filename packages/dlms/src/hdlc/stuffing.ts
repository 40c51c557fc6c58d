// Octet transparency of start/stop transmission (ISO/IEC 13239 4.3.2.2). The DLMS profile does
// without it, yet some meters stuff: 7E becomes 7D 5E and 7D becomes 7D 5D between the flags. Any other
// octet may be escaped the same way.

import { hdlcFlag, maxHdlcLength } from './frame.ts'

const escapeOctet = 0x7d
const complement = 0x20

/**
 * Undoes the stuffing of the frame whose opening flag is at `offset`.
 * @returns the frame with both flags and its ordinary octets, and where the next one may begin;
 * undefined when no closing flag follows, nothing was stuffed, or an escape is cut off by the flag
 */
export function unstuff(bytes: Uint8Array, offset = 0): { frame: Uint8Array; next: number } | undefined {
  const close = bytes.indexOf(hdlcFlag, offset + 1)
  if (close < 0 || close - offset > 2 * maxHdlcLength + 1) return undefined
  const out = new Uint8Array(close - offset + 1)
  let length = 0
  let escaped = false
  for (let i = offset; i <= close; i++) {
    let octet = bytes[i] as number
    if (octet === escapeOctet) {
      if (++i >= close) return undefined
      octet = (bytes[i] as number) ^ complement
      escaped = true
    }
    out[length++] = octet
  }
  return escaped ? { frame: out.slice(0, length), next: close + 1 } : undefined
}

/** Stuffs what lies between the first and the last octet of a whole frame. */
export function stuff(frame: Uint8Array): Uint8Array {
  const out: number[] = []
  frame.forEach((octet, index) => {
    const inside = index > 0 && index < frame.length - 1
    if (inside && (octet === hdlcFlag || octet === escapeOctet)) out.push(escapeOctet, octet ^ complement)
    else out.push(octet)
  })
  return new Uint8Array(out)
}
