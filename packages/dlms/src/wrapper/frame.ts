// The wrapper sub-layer of the TCP-UDP/IP profile (Green Book 7.3.3; IEC 62056-47): an eight byte
// header – version, source wPort, destination wPort, length – in front of every xDLMS APDU.

import type { Malformed, Parse } from '../parse.ts'

/** Bytes of a wrapper header. */
export const wrapperHeaderLength = 8
/** The only version the standard defines. */
export const wrapperVersion = 0x0001
/** Longest payload the sixteen bit length can state. */
export const maxWrapperPayload = 0xffff

/** One wrapper protocol data unit; `source` and `destination` are wPorts (client or logical device addresses). */
export type WrapperFrame = {
  readonly source: number
  readonly destination: number
  readonly payload: Uint8Array
}

/**
 * Encodes one WPDU.
 * @throws RangeError when a wPort is not a 16 bit number or the payload exceeds 65,535 bytes
 */
export function encodeWrapperFrame(frame: WrapperFrame): Uint8Array {
  assertU16('source', frame.source)
  assertU16('destination', frame.destination)
  assertU16('payload length', frame.payload.length)
  const out = new Uint8Array(wrapperHeaderLength + frame.payload.length)
  const view = new DataView(out.buffer)
  view.setUint16(0, wrapperVersion)
  view.setUint16(2, frame.source)
  view.setUint16(4, frame.destination)
  view.setUint16(6, frame.payload.length)
  out.set(frame.payload, wrapperHeaderLength)
  return out
}

/**
 * Decodes the WPDU that starts at `offset`. The payload is a view of `bytes`, not a copy.
 * A wrong version is malformed from its first wrong byte: waiting for the rest of the header would
 * let corruption look like a slow peer.
 * @param maxPayload longest payload accepted; a longer stated length is malformed, it is not waited for
 */
export function decodeWrapperFrame(
  bytes: Uint8Array,
  offset = 0,
  maxPayload = maxWrapperPayload,
): Parse<WrapperFrame> {
  const available = bytes.length - offset
  if (available >= 1 && bytes[offset] !== wrapperVersion >> 8) return versionError(offset)
  if (available >= 2 && bytes[offset + 1] !== (wrapperVersion & 0xff)) return versionError(offset + 1)
  if (available < wrapperHeaderLength) return { kind: 'more', need: wrapperHeaderLength - available }
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, wrapperHeaderLength)
  const length = view.getUint16(6)
  if (length === 0) return malformed('length', 'wrapper length is zero: a WPDU carries an APDU', offset + 6)
  if (length > maxPayload) {
    return malformed('too-large', `wrapper length ${length} exceeds the limit of ${maxPayload}`, offset + 6)
  }
  const next = offset + wrapperHeaderLength + length
  if (next > bytes.length) return { kind: 'more', need: next - bytes.length }
  const payload = bytes.subarray(offset + wrapperHeaderLength, next)
  return {
    kind: 'ok',
    value: { source: view.getUint16(2), destination: view.getUint16(4), payload },
    next,
  }
}

function versionError(offset: number): { kind: 'malformed'; error: Malformed } {
  return malformed('version', 'not a wrapper header: its version is 0001', offset)
}

function malformed(code: string, message: string, offset: number): { kind: 'malformed'; error: Malformed } {
  return { kind: 'malformed', error: { code, message, offset } }
}

function assertU16(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff) {
    throw new RangeError(`wrapper ${name} must be within 0..65535`)
  }
}
