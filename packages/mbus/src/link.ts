// Link frames of wired M-Bus (EN 13757-2 clause 5): acknowledgement, short, control and long frames.

import { defaultMbusLimits, malformed, more, ok, type Parse } from './parse.ts'

export type LinkFrame =
  | { readonly kind: 'acknowledgement' }
  | { readonly kind: 'short'; readonly control: number; readonly address: number }
  | {
      /** A control frame is a long frame without data behind CI. */
      readonly kind: 'control' | 'long'
      readonly control: number
      readonly address: number
      readonly controlInformation: number
      /** What follows the CI field; a view on the given octets. */
      readonly data: Uint8Array
      /** Offset of the CI field in the given octets. */
      readonly ciOffset: number
    }

/** Longest user data behind CI in one frame. */
export const maxUserData = 252
export const acknowledgement = 0xe5

export function checksum(bytes: Uint8Array, from: number, to: number): number {
  let total = 0
  for (let i = from; i < to; i++) total += bytes[i] as number
  return total & 0xff
}

const hex = (octet: number | undefined) => (octet ?? 0).toString(16).padStart(2, '0')

/** Reads the frame at `offset`. Errors: start, length, checksum, stop. */
export function decodeFrame(bytes: Uint8Array, offset = 0): Parse<LinkFrame> {
  const first = bytes[offset]
  if (first === undefined) return more(1)
  if (first === acknowledgement) return ok({ kind: 'acknowledgement' }, offset + 1)
  if (first === 0x10) return shortFrame(bytes, offset)
  if (first === 0x68) return longFrame(bytes, offset)
  return malformed('start', 'no M-Bus frame begins like this', offset)
}

function shortFrame(bytes: Uint8Array, offset: number): Parse<LinkFrame> {
  const fault = trailer(bytes, offset + 1, offset + 3)
  if (fault) return fault
  const frame = {
    kind: 'short',
    control: bytes[offset + 1] as number,
    address: bytes[offset + 2] as number,
  } as const
  return ok(frame, offset + 5)
}

function longFrame(bytes: Uint8Array, offset: number): Parse<LinkFrame> {
  const available = bytes.length - offset
  const length = bytes[offset + 1]
  if (length === undefined) return more(8)
  if (length < 3) return malformed('length', `length ${length} is shorter than C, A and CI`, offset + 1)
  if (available > 2 && bytes[offset + 2] !== length) {
    return malformed('length', 'the two length octets differ', offset + 1)
  }
  if (available > 3 && bytes[offset + 3] !== 0x68) return malformed('start', 'no second 68', offset + 3)
  if (length + 6 > defaultMbusLimits.maxFrame) return malformed('length', 'the frame is too long', offset + 1)
  if (available < length + 6) return more(length + 6 - available)
  const from = offset + 4
  const fault = trailer(bytes, from, from + length)
  if (fault) return fault
  return ok(
    {
      kind: length === 3 ? 'control' : 'long',
      control: bytes[from] as number,
      address: bytes[from + 1] as number,
      controlInformation: bytes[from + 2] as number,
      data: bytes.subarray(from + 3, from + length),
      ciOffset: from + 2,
    },
    from + length + 2,
  )
}

/** Checksum and stop octet; nothing is read as a value before they hold. */
function trailer(bytes: Uint8Array, from: number, to: number): Parse<LinkFrame> | undefined {
  if (bytes.length < to + 2) return more(to + 2 - bytes.length)
  const sum = checksum(bytes, from, to)
  if (bytes[to] !== sum) return malformed('checksum', `checksum is ${hex(bytes[to])}, not ${hex(sum)}`, to)
  if (bytes[to + 1] !== 0x16) return malformed('stop', 'the frame does not end with 16', to + 1)
  return undefined
}

/** SND_NKE, REQ_UD1, REQ_UD2 and their like. */
export function encodeShort(control: number, address: number): Uint8Array {
  return Uint8Array.of(0x10, control, address, (control + address) & 0xff, 0x16)
}

/** @throws RangeError when the data exceeds 252 octets */
export function encodeLong(
  control: number,
  address: number,
  controlInformation: number,
  data: Uint8Array = new Uint8Array(),
): Uint8Array {
  if (data.length > maxUserData) throw new RangeError(`M-Bus long frames carry ${maxUserData} octets`)
  const length = 3 + data.length
  const bytes = new Uint8Array(length + 6)
  bytes.set([0x68, length, length, 0x68, control, address, controlInformation])
  bytes.set(data, 7)
  bytes[length + 4] = checksum(bytes, 4, length + 4)
  bytes[length + 5] = 0x16
  return bytes
}
