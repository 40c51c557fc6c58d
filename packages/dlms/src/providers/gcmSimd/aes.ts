// AES (FIPS 197) in counter mode, four blocks at once in constant time: vectors hold rows of the state, lane 4·b + c is
// column c of block b. ShiftRows turns lanes, MixColumns adds rows to each other.

import { type Code, call, FunctionCode, get, i32, v128 } from './assembler.ts'
import { slot, vectorAt } from './layout.ts'
import { type NibblePair, type QuotientPair, sboxConstant, sboxTables } from './tower.ts'

type Swizzle = typeof v128.swizzle
type Pair<T> = { readonly [K in keyof T]: Code }
/** Number of a function of the module. */
type FunctionNumber = number

const tables = sboxTables()
const four = [0, 1, 2, 3] as const
const lanes = (lane: (index: number) => number) => Array.from({ length: 16 }, (_, index) => lane(index))
const splat = (octet: number) => v128.constant(lanes(() => octet))
const zero = splat(0)
/** Bytes of one round key. */
const roundSize = 64

/** The S-box inside one function, its tables in local variables. */
class Substitution {
  private readonly code: FunctionCode
  private readonly swizzle: Swizzle
  private readonly mask: Code
  private readonly inverse: Code
  private readonly scaledInverse: Code
  private readonly toTower: Pair<NibblePair>

  constructor(code: FunctionCode, swizzle: Swizzle) {
    this.code = code
    this.swizzle = swizzle
    this.mask = code.vector(splat(0x0f))
    this.inverse = code.vector(v128.constant(tables.inverse))
    this.scaledInverse = code.vector(v128.constant(tables.scaledInverse))
    this.toTower = {
      low: code.vector(v128.constant(tables.toTower.low)),
      high: code.vector(v128.constant(tables.toTower.high)),
    }
  }

  table({ first, second }: QuotientPair): Pair<QuotientPair> {
    return { first: this.code.vector(v128.constant(first)), second: this.code.vector(v128.constant(second)) }
  }

  /** Octets → i ‖ k. */
  enter(octets: Code): Code {
    const low = this.swizzle(this.toTower.low, v128.and(octets, this.mask))
    return v128.xor(low, this.swizzle(this.toTower.high, this.highNibbles(octets)))
  }

  /** Shifted by pairs of octets and cut: one instruction on x64, where shifts of single octets take five. */
  private highNibbles(octets: Code): Code {
    return v128.and(v128.shiftRight16(octets, 4), this.mask)
  }

  /** The two quotients that `leave` takes; `tower` is i ‖ k in a local variable. */
  quotients(tower: Code): Pair<QuotientPair> {
    const { code, swizzle } = this
    const i = code.vector(this.highNibbles(tower))
    const k = code.vector(v128.and(tower, this.mask))
    const j = code.vector(v128.xor(i, k))
    const scaled = code.vector(swizzle(this.scaledInverse, k))
    const overI = v128.xor(swizzle(this.inverse, i), scaled)
    const overJ = v128.xor(swizzle(this.inverse, j), scaled)
    return {
      first: code.vector(v128.xor(swizzle(this.inverse, overI), j)),
      second: code.vector(v128.xor(swizzle(this.inverse, overJ), i)),
    }
  }

  leave(table: Pair<QuotientPair>, quotients: Pair<QuotientPair>): Code {
    const { swizzle } = this
    return v128.xor(swizzle(table.first, quotients.first), swizzle(table.second, quotients.second))
  }
}

/** `substitute(octets)`: the S-box on each of 16 octets. */
export function substitute(swizzle: Swizzle): FunctionCode {
  const code = new FunctionCode(['v128'], 'v128')
  const sbox = new Substitution(code, swizzle)
  const quotients = sbox.quotients(code.vector(sbox.enter(get(0))))
  code.emit(v128.xor(sbox.leave(sbox.table(tables.sbox), quotients), splat(sboxConstant)))
  return code
}

/**
 * `putRoundKey(address, key, constant)`: the sum of a round key and the constant that the S-box before it has left
 * out, as rows for four blocks, each i ‖ k.
 */
export function putRoundKey(swizzle: Swizzle): FunctionCode {
  const code = new FunctionCode(['i32', 'v128', 'v128'])
  const sbox = new Substitution(code, swizzle)
  putRows(code, get(0), code.vector(sbox.enter(code.vector(v128.xor(get(1), get(2))))))
  return code
}

function putRows(code: FunctionCode, address: Code, key: Code): void {
  for (const row of four) {
    const rows = v128.shuffle(
      key,
      key,
      lanes((lane) => (lane % 4) * 4 + row),
    )
    code.emit(v128.store(address, row * 16, rows))
  }
}

/** `expand…(slot)`: round keys of the key in the slot (FIPS 197, 5.2), four words at a time. */
export function expandKey(
  octets: 16 | 32,
  substituteNumber: FunctionNumber,
  putNumber: FunctionNumber,
): FunctionCode {
  const code = new FunctionCode(['i32'])
  const keyWords = octets / 16
  const rounds = octets === 16 ? 10 : 14
  code.emit(i32.store(get(0), slot.middleRounds, i32.constant(rounds - 1)))
  const keys = Array.from({ length: keyWords }, (_, index) =>
    code.vector(v128.load(get(0), slot.key + index * 16)),
  )
  let roundConstant = 1
  for (let round = 0; round <= rounds; round++) {
    if (round >= keyWords) {
      const before = keys[round - 1]
      const rotated = round % keyWords === 0
      // The last word for all four: turned by an octet before the S-box where a whole key length begins.
      const word = lanes((lane) => 12 + (rotated ? (lane + 1) % 4 : lane % 4))
      let mixed = call(substituteNumber, v128.shuffle(before, before, word))
      if (rotated) {
        const constant = roundConstant
        mixed = v128.xor(mixed, v128.constant(lanes((lane) => (lane % 4 === 0 ? constant : 0))))
        roundConstant = (roundConstant << 1) ^ (roundConstant >> 7 ? 0x11b : 0)
      }
      // Each word takes the sum of those before it.
      const shifted = (value: Code, by: number) =>
        v128.shuffle(
          zero,
          value,
          lanes((lane) => lane + 16 - by),
        )
      const old = keys[round - keyWords]
      const pairs = code.vector(v128.xor(old, shifted(old, 4)))
      keys.push(code.vector(v128.xor(pairs, shifted(pairs, 8), mixed)))
    }
    const address = i32.add(get(0), i32.constant(slot.roundKeys + round * roundSize))
    // The first stands before all S-boxes; the last is for plain octets.
    if (round < rounds)
      code.emit(call(putNumber, address, keys[round], round === 0 ? zero : splat(sboxConstant)))
    else putRows(code, address, code.vector(v128.xor(keys[round], splat(sboxConstant))))
  }
  return code
}

/**
 * `count(slot, counter, address, batches)`: adds the key stream of `batches` × 4 blocks, at least one, to memory; the
 * first block has the given counter behind the initialization vector (NIST SP 800-38D, 6.5).
 */
export function countBlocks(swizzle: Swizzle): FunctionCode {
  const code = new FunctionCode(['i32', 'i32', 'i32', 'i32'])
  const [slotAt, first, textAt, batches] = four
  const sbox = new Substitution(code, swizzle)
  const tower = sbox.table(tables.sboxTower)
  const double = sbox.table(tables.doubleSboxTower)
  const plain = sbox.table(tables.sbox)
  const vector = code.vector(v128.load(i32.constant(vectorAt)))
  // Columns 0…2 of each block are the vector's, column 3 is the counter's.
  const fixed = four.map((row) =>
    code.vector(
      v128.shuffle(
        vector,
        zero,
        lanes((lane) => (lane % 4 === 3 ? 16 : (lane % 4) * 4 + row)),
      ),
    ),
  )
  const upTo3 = v128.constant(lanes((lane) => (lane % 4 === 0 ? lane / 4 : 0)))
  const counters = code.keep('v128', v128.add32(v128.splat32(get(first)), upTo3))
  const columnOf3 = code.vector(v128.constant(lanes((lane) => (lane % 4 === 3 ? 0xff : 0))))
  const keyAt = code.keep('i32', i32.constant(0))
  const left = code.keep('i32', i32.constant(0))
  const key = (row: number) => v128.load(get(keyAt), row * 16)

  code.repeat(batches, () => {
    code.set(keyAt, i32.add(get(slotAt), i32.constant(slot.roundKeys)))
    const state = four.map((row) => {
      // The counter's octet `row`, the most significant one first, moves to the top of its 32 bits.
      const top = v128.and(v128.shiftLeft32(get(counters), 8 * row), columnOf3)
      const octets = code.vector(v128.or(fixed[row], top))
      return code.keep('v128', v128.xor(sbox.enter(octets), key(row)))
    })
    const nextKey = () => code.set(keyAt, i32.add(get(keyAt), i32.constant(roundSize)))
    code.set(left, i32.load(get(slotAt), slot.middleRounds))
    code.repeat(left, () => {
      nextKey()
      middleRound(code, sbox, state, tower, double, key)
    })
    nextKey()
    const rows = four.map((row) => {
      const quotients = sbox.quotients(code.vector(shiftRow(get(state[row]), row)))
      return code.vector(v128.xor(sbox.leave(plain, quotients), key(row)))
    })
    blocksOf(code, rows).forEach((block, index) => {
      const at = index * 16
      code.emit(v128.store(get(textAt), at, v128.xor(v128.load(get(textAt), at), block)))
    })
    code.set(counters, v128.add32(get(counters), v128.constant(lanes((lane) => (lane % 4 === 0 ? 4 : 0)))))
    code.set(textAt, i32.add(get(textAt), i32.constant(64)))
  })
  return code
}

function shiftRow(row: Code, by: number): Code {
  if (by === 0) return row
  return v128.shuffle(
    row,
    row,
    lanes((lane) => lane - (lane % 4) + ((lane + by) % 4)),
  )
}

/** SubBytes, ShiftRows, MixColumns and AddRoundKey: row r is 2(s_r + s_r+1) + s_r + the sum of all rows. */
function middleRound(
  code: FunctionCode,
  sbox: Substitution,
  state: readonly number[],
  tower: Pair<QuotientPair>,
  double: Pair<QuotientPair>,
  key: (row: number) => Code,
): void {
  const once: Code[] = []
  const twice: Code[] = []
  for (const row of four) {
    const quotients = sbox.quotients(code.vector(shiftRow(get(state[row]), row)))
    once.push(code.vector(sbox.leave(tower, quotients)))
    twice.push(code.vector(sbox.leave(double, quotients)))
  }
  const sum = code.vector(v128.xor(once[0], once[1], once[2], once[3]))
  for (const row of four) {
    const mixed = v128.xor(v128.xor(sum, once[row]), v128.xor(twice[row], twice[(row + 1) % 4]))
    code.set(state[row], v128.xor(mixed, key(row)))
  }
}

/** Rows of four blocks → the blocks. */
function blocksOf(code: FunctionCode, rows: readonly Code[]): Code[] {
  const interleave = (a: Code, b: Code, size: 1 | 2, half: 0 | 1): Code => {
    const lane = (index: number) => {
      const element = Math.floor(index / size)
      return (element % 2) * 16 + half * 8 + Math.floor(element / 2) * size + (index % size)
    }
    return code.vector(v128.shuffle(a, b, lanes(lane)))
  }
  return ([0, 1] as const).flatMap((half) => {
    const upper = interleave(rows[0], rows[1], 1, half)
    const lower = interleave(rows[2], rows[3], 1, half)
    return [interleave(upper, lower, 2, 0), interleave(upper, lower, 2, 1)]
  })
}
