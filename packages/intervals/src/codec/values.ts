import { IntervalError } from '../errors.ts'
import type { BitReader, BitWriter } from './bits.ts'
import {
  firstContext,
  lastRate,
  mantissaPrior,
  mantissaShift,
  prior,
  rates,
  tokenOf,
  tokens,
} from './model.ts'
import { probabilityBits, type RangeEncoder } from './rangeEncoder.ts'

/** How a value is turned into the unsigned number that is coded. */
export const transforms = { level: 0, signed: 1, delta: 2, slope: 3 } as const
export type Transform = (typeof transforms)[keyof typeof transforms]

// Working tables, shared by all calls: coding is synchronous and resets them first.
const table = new Uint16Array(tokens * tokens)
const mantissa = new Uint16Array(tokens)
const visits = new Uint8Array(tokens)

function resetTables(): void {
  table.set(prior)
  mantissa.fill(mantissaPrior)
  visits.fill(0)
}

const zigzag = (value: number) => (value << 1) ^ (value >> 31)

function encodeNumber(coder: RangeEncoder, raw: BitWriter, context: number, u: number, skip: number): void {
  const token = tokenOf(u)
  const rate = rates[visits[context]]
  if (visits[context] < lastRate) visits[context]++
  let node = 1 << skip
  for (let at = 5 - skip; at >= 0; at--) {
    const bit = (token >> at) & 1
    const index = context * tokens + node
    const zero = table[index]
    coder.bit(bit, zero)
    table[index] = zero + ((((bit ? 96 : 32_672) - zero) * rate) >> 16)
    node = 2 * node + bit
  }
  if (token < 4) return
  const below = (token >> 1) - 2
  const bit = (u >>> below) & 1
  const zero = mantissa[token]
  coder.bit(bit, zero)
  mantissa[token] = zero + (((bit ? 96 : 32_672) - zero) >> mantissaShift)
  raw.write(u, below)
}

function transformed(value: number, last: number, beforeLast: number, transform: Transform): number {
  if (transform === 0) return value
  if (transform === 1) return zigzag(value)
  if (transform === 2) return zigzag((value - last) | 0)
  return zigzag((value - ((2 * last - beforeLast) | 0)) | 0)
}

/** What the numbers to be coded look like: a cheap sign of which transform suits. */
interface Outline {
  /** Significant bits of all numbers together. */
  readonly bits: number
  /** Upper levels of the token tree (0…3) where every token goes to the 0 side. */
  readonly skip: number
}

export function outline(values: Int32Array, count: number, transform: Transform): Outline {
  let bits = 0
  let any = 0
  let last = 0
  let beforeLast = 0
  for (let i = 0; i < count; i++) {
    const u = transformed(values[i], last, beforeLast, transform)
    bits += 32 - Math.clz32(u)
    any |= u
    beforeLast = last
    last = values[i]
  }
  // Tokens 8, 16 and 32 begin at 2⁴, 2⁸ and 2¹⁶.
  return { bits, skip: any >>> 4 === 0 ? 3 : any >>> 8 === 0 ? 2 : any >>> 16 === 0 ? 1 : 0 }
}

/** Encodes the first `count` values (int32) with one transform. */
export function encodeValues(
  coder: RangeEncoder,
  raw: BitWriter,
  values: Int32Array,
  count: number,
  transform: Transform,
): void {
  resetTables()
  const { skip } = outline(values, count, transform)
  raw.write(skip, 2)
  let context = firstContext
  let mean = 8
  let last = 0
  let beforeLast = 0
  for (let i = 0; i < count; i++) {
    const value = values[i]
    const u = transformed(value, last, beforeLast, transform)
    encodeNumber(coder, raw, context, u, skip)
    beforeLast = last
    last = value
    // A residual says more about its scale together with those before it; a level speaks for itself.
    mean = (u >>> 1) + (mean >>> 1)
    context = tokenOf(transform >= 2 ? mean : u)
  }
}

/** Two bytes as one number, the first the higher; zeros past the end. */
export function pairAt(bytes: Uint8Array, at: number): number {
  if (at + 1 < bytes.length) return (bytes[at] << 8) | bytes[at + 1]
  return at < bytes.length ? bytes[at] << 8 : 0
}

/**
 * Reads `count` values into `out` from the range coder's bytes at `position`.
 * The coder's state is carried between channels in `state`: [position, value, range, bits].
 * @throws IntervalError 'malformed' when the bytes run out
 */
export function decodeValues(
  bytes: Uint8Array,
  state: Int32Array,
  raw: BitReader,
  out: Int32Array,
  count: number,
  transform: Transform,
): void {
  resetTables()
  const top = 1 << raw.read(2)
  let position = state[0]
  let value = state[1]
  let range = state[2]
  let bits = state[3]
  let context = firstContext
  let mean = 8
  let last = 0
  let beforeLast = 0
  for (let i = 0; i < count; i++) {
    const rate = rates[visits[context]]
    if (visits[context] < lastRate) visits[context]++
    const base = context * tokens
    let node = top
    while (node < tokens) {
      const index = base + node
      const zero = table[index]
      const split = (range * zero) >>> probabilityBits
      const scaled = split << bits
      // Without branches, for the bit is as good as random: −1 for a 0, 0 for a 1.
      const isZero = (value - scaled) >> 31
      value -= scaled & ~isZero
      range = (split & isZero) | ((range - split) & ~isZero)
      table[index] = zero + (((96 + (32_576 & isZero) - zero) * rate) >> 16)
      node = 2 * node + 1 + isZero
      const shift = Math.clz32(range) - 16
      range <<= shift
      bits -= shift
      if (bits < 0) {
        value = (value << 16) | pairAt(bytes, position)
        position += 2
        bits += 16
      }
    }
    let u = node - tokens
    if (u >= 4) {
      const token = u
      const below = (token >> 1) - 2
      const zero = mantissa[token]
      const split = (range * zero) >>> probabilityBits
      const scaled = split << bits
      const isZero = (value - scaled) >> 31
      value -= scaled & ~isZero
      range = (split & isZero) | ((range - split) & ~isZero)
      mantissa[token] = zero + ((96 + (32_576 & isZero) - zero) >> mantissaShift)
      u = ((2 | (token & 1)) << 1) + 1 + isZero
      const shift = Math.clz32(range) - 16
      range <<= shift
      bits -= shift
      if (bits < 0) {
        value = (value << 16) | pairAt(bytes, position)
        position += 2
        bits += 16
      }
      if (below > 0) u = (u << below) | (below <= 16 ? raw.readShort(below) : raw.read(below))
    }
    const plain = transform === 0 ? u : (u >>> 1) ^ -(u & 1)
    const current =
      transform < 2 ? plain : transform === 2 ? (last + plain) | 0 : (2 * last - beforeLast + plain) | 0
    out[i] = current
    beforeLast = last
    last = current
    mean = (u >>> 1) + (mean >>> 1)
    context = tokenOf(transform >= 2 ? mean : u)
  }
  // The decoder looks at most four bytes ahead of what the encoder needed.
  if (position > raw.position + 4) throw new IntervalError('malformed', 'the day block ends too early')
  state[0] = position
  state[1] = value
  state[2] = range
  state[3] = bits
}
