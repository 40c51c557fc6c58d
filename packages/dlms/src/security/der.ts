// DER (ITU-T X.690) as far as certificates and requests need it.

import { concat, type Reader, Writer } from '../bytes.ts'

export const derTags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** One element: `whole` with tag and length, `contents` a reader of what is inside. */
export type Element = { readonly tag: number; readonly whole: Uint8Array; readonly contents: Reader }

/** Next element; throws `DlmsError` when it does not fit. `bytes` is what the reader reads. */
export function readElement(reader: Reader, bytes: Uint8Array): Element {
  const start = reader.offset
  const tag = reader.u8()
  const contents = reader.within(reader.length())
  return { tag, whole: bytes.subarray(start, reader.offset), contents }
}

export function expect(reader: Reader, bytes: Uint8Array, tag: number, what: string): Element {
  const at = reader.offset
  const element = readElement(reader, bytes)
  if (element.tag !== tag) reader.fail(`${what} expected`, at)
  return element
}

export function rest(reader: Reader): Uint8Array {
  return reader.copy(reader.remaining)
}

export function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  return new Writer()
    .u8(tag)
    .prefixed(concat(...contents))
    .finish()
}

/** INTEGER of an unsigned big-endian number. */
export function unsignedInteger(bytes: Uint8Array): Uint8Array {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const number = bytes.subarray(start)
  const negative = ((number[0] ?? 0) & 0x80) !== 0
  return element(derTags.integer, negative ? Uint8Array.of(0) : new Uint8Array(0), number)
}

/** BIT STRING of whole octets. */
export function bitString(bytes: Uint8Array): Uint8Array {
  return element(derTags.bitString, Uint8Array.of(0), bytes)
}

/** ECDSA-Sig-Value { r, s } → r ‖ s with `length` octets each. Undefined when one of them does not fit. */
export function rawSignature(reader: Reader, bytes: Uint8Array, length: number): Uint8Array | undefined {
  const { contents } = expect(reader, bytes, derTags.sequence, 'a signature')
  const raw = new Uint8Array(2 * length)
  for (const at of [0, length]) {
    let number = rest(expect(contents, bytes, derTags.integer, 'a number of a signature').contents)
    while (number.length > 0 && number[0] === 0) number = number.subarray(1)
    if (number.length > length) return undefined
    raw.set(number, at + length - number.length)
  }
  return raw
}

/** r ‖ s → ECDSA-Sig-Value. */
export function derSignature(raw: Uint8Array): Uint8Array {
  const half = raw.length / 2
  return element(
    derTags.sequence,
    unsignedInteger(raw.subarray(0, half)),
    unsignedInteger(raw.subarray(half)),
  )
}
