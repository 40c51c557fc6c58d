// GHASH (NIST SP 800-38D, 6.4) in constant time: what a nibble times H gives is looked up in registers, for all sixteen
// octets of a block at once, one octet of the product at a time.

import { type Code, FunctionCode, get, i32, v128 } from './assembler.ts'
import { hashAt, slot, workAt } from './layout.ts'

type Swizzle = typeof v128.swizzle

const lanes = (lane: (index: number) => number) => Array.from({ length: 16 }, (_, index) => lane(index))
const splat = (octet: number) => v128.constant(lanes(() => octet))
const zero = splat(0)
/** Octets move to the next higher lane; the lowest is the last one of `into`. */
const carried = (value: Code, into: Code) =>
  v128.shuffle(
    into,
    value,
    lanes((lane) => lane + 15),
  )

/** `hashTables(slot)`: tables of H, which lies at `workAt`. The bits of a block begin with the most significant one. */
export function hashTables(): FunctionCode {
  const code = new FunctionCode(['i32'])
  // H·x^e for e = 0…7, in memory, whose octets are then spread one by one.
  let power = code.vector(v128.load(i32.constant(workAt)))
  for (let exponent = 1; exponent < 8; exponent++) {
    const shifted = code.vector(v128.or(v128.shiftRight8(power, 1), v128.shiftLeft8(carried(power, zero), 7)))
    // The last bit falls out and comes back as 1 + x + x² + x⁷: its octet is 0 − bit, cut to 0xE1 in lane 0.
    const lastOctet = v128.shuffle(
      power,
      zero,
      lanes((lane) => (lane === 0 ? 15 : 16)),
    )
    const bit = v128.and(lastOctet, splat(1))
    const back = code.vector(v128.and(v128.subtract8(zero, bit), splat(0xe1)))
    power = code.vector(v128.xor(shifted, back))
    code.emit(v128.store(i32.constant(workAt), exponent * 16, power))
  }
  // Entry n of a table has the parts of the nibble's bits 3…0, which are x^0…x^3 of the high nibble, x^4…x^7 of the low.
  const chosen = [8, 4, 2, 1].map((bit) =>
    code.vector(v128.constant(lanes((lane) => ((lane & bit) === 0 ? 0 : 0xff)))),
  )
  for (let table = 0; table < 32; table++) {
    const octet = table % 16
    const firstExponent = table < 16 ? 0 : 4
    const parts = chosen.map((mask, bit) =>
      v128.and(v128.load8Splat(i32.constant(workAt), (firstExponent + bit) * 16 + octet), mask),
    )
    code.emit(
      v128.store(get(0), slot.hashTables + table * 16, v128.xor(parts[0], parts[1], parts[2], parts[3])),
    )
  }
  return code
}

/** `hash(slot, address, blocks)`: goes on with GHASH over at least one whole block. */
export function hashBlocks(swizzle: Swizzle): FunctionCode {
  const code = new FunctionCode(['i32', 'i32', 'i32'])
  const [slotAt, textAt, blocks] = [0, 1, 2]
  const mask = code.vector(splat(0x0f))
  const reduction = new Reduction(code, swizzle, mask)
  const reached = code.keep('v128', v128.load(i32.constant(hashAt)))
  code.repeat(blocks, () => {
    const sum = code.vector(v128.xor(get(reached), v128.load(get(textAt))))
    const low = code.vector(v128.and(sum, mask))
    const high = code.vector(v128.and(v128.shiftRight16(sum, 4), mask))
    const product = (octet: number) => {
      const table = (index: number) => v128.load(get(slotAt), slot.hashTables + index * 16)
      return v128.xor(swizzle(table(octet), high), swizzle(table(16 + octet), low))
    }
    // Octet 15 first, and one lane further with each that follows; what leaves lane 15 is x^128 times `over`.
    let within = code.vector(product(15))
    let over = zero
    for (let octet = 14; octet >= 0; octet--) {
      over = code.vector(carried(over, within))
      within = code.vector(v128.xor(carried(within, zero), product(octet)))
    }
    code.set(reached, v128.xor(within, reduction.of(code, over)))
    code.set(textAt, i32.add(get(textAt), i32.constant(16)))
  })
  code.emit(v128.store(i32.constant(hashAt), 0, get(reached)))
  return code
}

/**
 * What the octets beyond x^127 give: x^128 = 1 + x + x² + x⁷. An octet times that is two octets, which nibbles look up.
 * At most 15 octets: no bit falls out a second time.
 */
class Reduction {
  private readonly swizzle: Swizzle
  private readonly mask: Code
  private readonly here: readonly [low: Code, high: Code]
  private readonly next: readonly [low: Code, high: Code]

  constructor(code: FunctionCode, swizzle: Swizzle, mask: Code) {
    this.swizzle = swizzle
    this.mask = mask
    const tables = (part: (octet: number) => number): readonly [Code, Code] => [
      code.vector(v128.constant(lanes((nibble) => part(nibble) & 0xff))),
      code.vector(v128.constant(lanes((nibble) => part(nibble << 4) & 0xff))),
    ]
    this.here = tables((octet) => octet ^ (octet >> 1) ^ (octet >> 2) ^ (octet >> 7))
    this.next = tables((octet) => (octet << 7) ^ (octet << 6) ^ (octet << 1))
  }

  of(code: FunctionCode, over: Code): Code {
    const { swizzle, here, next } = this
    const low = code.vector(v128.and(over, this.mask))
    const high = code.vector(v128.and(v128.shiftRight16(over, 4), this.mask))
    const spilt = code.vector(v128.xor(swizzle(next[0], low), swizzle(next[1], high)))
    return v128.xor(swizzle(here[0], low), swizzle(here[1], high), carried(spilt, zero))
  }
}
