// Frame format type 3 of the HDLC profile (Green Book 8.4.1; ISO/IEC 13239 annex H.4):
// 7E | format and length (2) | destination | source | control | HCS (2) | information | FCS (2) | 7E.
// The length makes 7E an ordinary octet inside the frame; no octet is stuffed.

import type { Malformed, Parse } from '../parse.ts'
import { decodeHdlcAddress, encodeHdlcAddress, type HdlcAddress } from './address.ts'
import { decodeHdlcControl, encodeHdlcControl, type HdlcControl } from './control.ts'
import { fcs16, readFcs } from './crc.ts'

export const hdlcFlag = 0x7e
/** Longest frame between its flags: eleven bits of length. */
export const maxHdlcLength = 0x7ff

export type HdlcFrame = {
  readonly destination: HdlcAddress
  readonly source: HdlcAddress
  readonly control: HdlcControl
  /** The information goes on in the next frame. */
  readonly segmented: boolean
  readonly information: Uint8Array
}

/** Where the parts of a frame lie; offsets count from the first byte of the buffer. */
export type HdlcLayout = {
  readonly format: number
  readonly length: number
  readonly segmented: boolean
  readonly destination: HdlcAddress
  readonly destinationOffset: number
  readonly source: HdlcAddress
  readonly sourceOffset: number
  readonly control: HdlcControl
  readonly controlOffset: number
  /** Absent in frames without information, whose header the FCS covers. */
  readonly hcsOffset: number | undefined
  readonly informationOffset: number
  readonly informationLength: number
  readonly fcsOffset: number
}

/**
 * Reads the header whose format field is at `offset` and verifies its HCS when there is one.
 * Every check is made as soon as its octets are there, so a corrupted header is never waited on.
 */
export function decodeHdlcHeader(bytes: Uint8Array, offset: number): Parse<HdlcLayout> {
  const header = layoutOf(bytes, offset)
  if (header.kind !== 'ok' || header.value.hcsOffset === undefined) return header
  const { hcsOffset } = header.value
  if (bytes.length < hcsOffset + 2) return { kind: 'more', need: hcsOffset + 2 - bytes.length }
  const fault = checkSequenceFault(bytes, offset, hcsOffset, 'hcs')
  return fault ? { kind: 'malformed', error: fault } : header
}

/** Header fields without verifying the HCS: for inspection, which shows what can be understood. */
export function layoutOf(bytes: Uint8Array, offset: number): Parse<HdlcLayout> {
  const available = bytes.length - offset
  if (available < 1) return { kind: 'more', need: 2 }
  const first = bytes[offset] as number
  if (first >> 4 !== 0xa) {
    return malformed('format', 'HDLC frame format is not type 3 (1010)', offset)
  }
  if (available < 2) return { kind: 'more', need: 1 }
  const length = ((first & 0x07) << 8) | (bytes[offset + 1] as number)
  if (length < 7) return malformed('length', `HDLC length ${length} is shorter than any frame`, offset)
  const limit = offset + length - 3
  const destinationOffset = offset + 2
  const destination = addressAt(bytes, destinationOffset, limit, 'destination')
  if (destination.kind !== 'ok') return destination
  const sourceOffset = destination.next
  const source = addressAt(bytes, sourceOffset, limit, 'source')
  if (source.kind !== 'ok') return source
  const controlOffset = source.next
  if (controlOffset >= bytes.length) return { kind: 'more', need: 1 }
  const control = decodeHdlcControl(bytes[controlOffset] as number)
  if (!control) return malformed('control', 'unknown HDLC frame type', controlOffset)
  const fcsOffset = offset + length - 2
  const afterControl = controlOffset + 1
  // Between the control field and the FCS: nothing, or an HCS and at least one octet of information.
  const bare = afterControl === fcsOffset
  if (!bare && afterControl + 2 > fcsOffset) {
    return malformed('length', `HDLC length ${length} leaves no room for the HCS`, offset)
  }
  const informationOffset = bare ? fcsOffset : afterControl + 2
  return {
    kind: 'ok',
    value: {
      format: offset,
      length,
      segmented: (first & 0x08) !== 0,
      destination: destination.value,
      destinationOffset,
      source: source.value,
      sourceOffset,
      control,
      controlOffset,
      hcsOffset: bare ? undefined : afterControl,
      informationOffset,
      informationLength: fcsOffset - informationOffset,
      fcsOffset,
    },
    next: informationOffset,
  }
}

/**
 * Decodes the frame whose opening flag is at `offset`; `next` is after its closing flag.
 * The information is a view of `bytes`.
 */
export function decodeHdlcFrame(bytes: Uint8Array, offset = 0): Parse<HdlcFrame> {
  if (offset >= bytes.length) return { kind: 'more', need: 9 }
  if (bytes[offset] !== hdlcFlag) return malformed('flag', 'HDLC frame does not begin with 7E', offset)
  const header = decodeHdlcHeader(bytes, offset + 1)
  if (header.kind !== 'ok') return header
  const layout = header.value
  const end = layout.fcsOffset + 2
  if (bytes.length < end) return { kind: 'more', need: end + 1 - bytes.length }
  const fault = checkSequenceFault(bytes, offset + 1, layout.fcsOffset, 'fcs')
  if (fault) return { kind: 'malformed', error: fault }
  if (bytes.length === end) return { kind: 'more', need: 1 }
  if (bytes[end] !== hdlcFlag) return malformed('flag', 'HDLC frame does not end with 7E', end)
  return { kind: 'ok', value: frameOf(bytes, layout), next: end + 1 }
}

/** The frame a verified layout describes. */
export function frameOf(bytes: Uint8Array, layout: HdlcLayout): HdlcFrame {
  const { destination, source, control, segmented, informationOffset, fcsOffset } = layout
  const information = bytes.subarray(informationOffset, fcsOffset)
  return { destination, source, control, segmented, information }
}

/** Error when the sequence at `at` does not match the octets `[from, at)`. */
export function checkSequenceFault(
  bytes: Uint8Array,
  from: number,
  at: number,
  code: 'hcs' | 'fcs',
): Malformed | undefined {
  const found = readFcs(bytes, at)
  const computed = fcs16(bytes, from, at)
  if (found === computed) return undefined
  const hex = (n: number) =>
    `${(n & 0xff).toString(16).padStart(2, '0')}${(n >> 8).toString(16).padStart(2, '0')}`
  return { code, message: `${code.toUpperCase()} is ${hex(found)}, computed ${hex(computed)}`, offset: at }
}

/**
 * Encodes one frame with both flags.
 * @throws RangeError when the frame exceeds 2,047 octets or an address part does not fit
 */
export function encodeHdlcFrame(frame: HdlcFrame): Uint8Array {
  const addresses = [...encodeHdlcAddress(frame.destination), ...encodeHdlcAddress(frame.source)]
  const hasInformation = frame.information.length > 0
  const length = 2 + addresses.length + 1 + (hasInformation ? 2 + frame.information.length : 0) + 2
  if (length > maxHdlcLength) throw new RangeError(`HDLC frames carry at most ${maxHdlcLength} octets`)
  const out = new Uint8Array(length + 2)
  out[0] = hdlcFlag
  out[1] = 0xa0 | (frame.segmented ? 0x08 : 0) | (length >> 8)
  out[2] = length & 0xff
  out.set(addresses, 3)
  let at = 3 + addresses.length
  out[at++] = encodeHdlcControl(frame.control)
  if (hasInformation) {
    writeFcs(out, at, fcs16(out, 1, at))
    out.set(frame.information, at + 2)
    at += 2 + frame.information.length
  }
  writeFcs(out, at, fcs16(out, 1, at))
  out[at + 2] = hdlcFlag
  return out
}

function addressAt(bytes: Uint8Array, offset: number, limit: number, name: string): Parse<HdlcAddress> {
  const address = decodeHdlcAddress(bytes, offset, Math.min(limit, bytes.length))
  if (address === 'short') {
    if (bytes.length < limit) return { kind: 'more', need: 1 }
    return malformed('address', `HDLC ${name} address runs past the frame`, offset)
  }
  if (address === 'too-long') return malformed('address', `HDLC ${name} address exceeds four octets`, offset)
  if (address === 'three-octets') {
    return malformed('address', `HDLC ${name} address has three octets`, offset)
  }
  return { kind: 'ok', value: address, next: offset + address.size }
}

function writeFcs(out: Uint8Array, at: number, value: number): void {
  out[at] = value & 0xff
  out[at + 1] = value >> 8
}

function malformed(code: string, message: string, offset: number): { kind: 'malformed'; error: Malformed } {
  return { kind: 'malformed', error: { code, message, offset } }
}
