// Octets as M-Bus sends them: least significant first.

import { Stop } from './parse.ts'

const digits = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'))

/** Lower-case hexadecimal in the order of the octets. */
export function hexOf(bytes: Uint8Array): string {
  let text = ''
  for (const octet of bytes) text += digits[octet]
  return text
}

/** Most significant octet first, as people read identifications. */
export const reversedHex = (bytes: Uint8Array) => hexOf(Uint8Array.from(bytes).reverse())

/** ISO 8859-1, last character first (EN 13757-3 6.3.3). */
export function reversedText(bytes: Uint8Array): string {
  let text = ''
  for (let i = bytes.length - 1; i >= 0; i--) text += String.fromCharCode(bytes[i] as number)
  return text
}

/** Type A: F in the highest digit is a minus sign. Undefined when a digit is none; a bigint beyond 2^53. */
export function bcdOf(bytes: Uint8Array): number | bigint | undefined {
  const text = reversedHex(bytes)
  const negative = text.startsWith('f')
  const magnitude = negative ? text.slice(1) : text
  if (!/^\d+$/.test(magnitude)) return undefined
  const value = Number(magnitude)
  if (!Number.isSafeInteger(value)) return negative ? -BigInt(magnitude) : BigInt(magnitude)
  return negative && value !== 0 ? -value : value
}

/** Types B and C: a number where it is exact, a bigint beyond 2^53. */
export function integerOf(bytes: Uint8Array, signed: boolean): number | bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number)
  if (signed) value = BigInt.asIntN(8 * bytes.length, value)
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** The three letters of EN 13757-3 5.6; bit 15 of the field marks a soft address and is left out. */
export function manufacturerOf(low: number, high: number): string {
  const code = low | (high << 8)
  return [10, 5, 0].map((shift) => String.fromCharCode(((code >> shift) & 31) + 64)).join('')
}

/** A place in octets that ends at `end`; reading past it stops as truncated. */
export class Cursor {
  readonly bytes: Uint8Array
  readonly end: number
  at: number

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  get left(): number {
    return this.end - this.at
  }

  u8(): number {
    return this.take(1)[0] as number
  }

  peek(): number {
    return this.bytes[this.at] as number
  }

  take(length: number): Uint8Array {
    if (length > this.left) {
      throw new Stop('truncated', `${length} octets are needed, ${this.left} are left`, this.at)
    }
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }
}
