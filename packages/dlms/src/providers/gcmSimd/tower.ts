// The S-box of AES without a table in memory: GF(2^8) taken as pairs over GF(2^4), where every table has 16 octets and
// lies in a register. The way through 1/i + a/k is M. Hamburg's (Accelerating AES with Vector Permute Instructions,
// CHES 2009); the tables are computed here from the fields themselves.
//
// An element is i·X + j with X² + aX + 1 = 0 over GF(2^4), kept as the octet i ‖ k, k = i + j. With the norm
// N = i² + aij + j²:   1/(1/i + a/k) + j = N/(k + ai)   and   1/(1/j + a/k) + i = N/(k + aj).
// Octets from 0x80 on stand for 1/0: added to anything they stay so, and a table gives 0 for them, which is 1/(1/0).

/** 16 octets each. `low` and `high` take the nibbles of an octet, `first` and `second` the two quotients above. */
export type NibblePair = { readonly low: Uint8Array; readonly high: Uint8Array }
export type QuotientPair = { readonly first: Uint8Array; readonly second: Uint8Array }

export interface SboxTables {
  /** Octet → i ‖ k. */
  readonly toTower: NibblePair
  /** 1/x in GF(2^4). */
  readonly inverse: Uint8Array
  /** a/x in GF(2^4). */
  readonly scaledInverse: Uint8Array
  /** S-box without its constant 0x63, as an octet. */
  readonly sbox: QuotientPair
  /** The same as i ‖ k, and the double of it, as MixColumns takes them. */
  readonly sboxTower: QuotientPair
  readonly doubleSboxTower: QuotientPair
}

/** What stands for 1/0. */
const infinity = 0x80
/** What the S-box adds at its end (FIPS 197, 5.1.1). */
export const sboxConstant = 0x63

function multiply(a: number, b: number, degree: number, polynomial: number): number {
  let product = 0
  for (let bit = degree - 1; bit >= 0; bit--) {
    product <<= 1
    if (product >> degree) product ^= polynomial
    if ((b >> bit) & 1) product ^= a
  }
  return product
}
/** GF(2^8) of AES, x⁸ + x⁴ + x³ + x + 1. */
const times8 = (a: number, b: number) => multiply(a, b, 8, 0x11b)
/** GF(2^4) with x⁴ + x + 1. */
const times4 = (a: number, b: number) => multiply(a, b, 4, 0x13)
const range = (count: number) => Array.from({ length: count }, (_, index) => index)
const nibbles = range(16)
const inverse4 = nibbles.map((x) => nibbles.find((y) => times4(x, y) === 1) ?? infinity)

/** The linear part of the S-box. */
function affine(x: number): number {
  let sum = x
  for (let turn = 1; turn <= 4; turn++) sum ^= ((x << turn) | (x >> (8 - turn))) & 0xff
  return sum
}

function found(value: number | undefined): number {
  if (value === undefined) throw new Error('the fields of AES are not what they are')
  return value
}

/** Computes the tables; all public, none depends on a key. */
export function sboxTables(): SboxTables {
  // X² + aX + 1 without a root in GF(2^4); neither a nor 1 + a is 0 then.
  const a = found(nibbles.find((c) => c > 1 && nibbles.every((x) => (times4(x, x) ^ times4(c, x) ^ 1) !== 0)))
  // GF(2^4) within the octets: an element g with g⁴ + g + 1 = 0 is its x.
  const fourth = (x: number) => times8(times8(x, x), times8(x, x))
  const g = found(range(256).find((x) => (fourth(x) ^ x ^ 1) === 0))
  const powers = [1, g, times8(g, g), times8(g, times8(g, g))]
  const embed = (x: number) => powers.reduce((sum, power, bit) => ((x >> bit) & 1 ? sum ^ power : sum), 0)
  const X = found(range(256).find((x) => (times8(x, x) ^ times8(embed(a), x) ^ 1) === 0))
  const fromPair = (i: number, j: number) => times8(embed(i), X) ^ embed(j)
  const towerOf = new Uint8Array(256)
  for (const i of nibbles) for (const j of nibbles) towerOf[fromPair(i, j)] = (i << 4) | (i ^ j)

  // 1/(iX + j) = (iX + j + ai)/N, and of the quotients p = 1/first = (j + (1+a)i)/N and q = 1/second = (i + (1+a)j)/N:
  // i/N = (q + (1+a)p)/(1 + (1+a)²), j/N = (p + (1+a)q)/(1 + (1+a)²).
  const scale = inverse4[1 ^ times4(1 ^ a, 1 ^ a)]
  const inverted = (p: number, q: number): number => {
    const i = times4(scale, q ^ times4(1 ^ a, p))
    const j = times4(scale, p ^ times4(1 ^ a, q))
    return fromPair(i, j ^ times4(a, i))
  }
  const quotients = (last: (octet: number) => number): QuotientPair => {
    // A quotient 0 cannot be; one of infinity gives 0 by itself.
    const inverseOf = (x: number) => (x === 0 ? 0 : inverse4[x])
    return {
      first: Uint8Array.from(nibbles, (x) => last(inverted(inverseOf(x), 0))),
      second: Uint8Array.from(nibbles, (x) => last(inverted(0, inverseOf(x)))),
    }
  }
  return {
    toTower: {
      low: Uint8Array.from(nibbles, (x) => towerOf[x]),
      high: Uint8Array.from(nibbles, (x) => towerOf[x << 4]),
    },
    inverse: Uint8Array.from(inverse4),
    scaledInverse: Uint8Array.from(inverse4, (x) => (x === infinity ? infinity : times4(a, x))),
    sbox: quotients(affine),
    sboxTower: quotients((x) => towerOf[affine(x)]),
    doubleSboxTower: quotients((x) => towerOf[times8(2, affine(x))]),
  }
}
