// What the coder believes about a load curve before it has seen one value.
//
// A value is split into a token (0…3 themselves, above that two tokens per octave) and the bits below.
// The token is coded as six binary decisions down a tree, in the context of the token before it, with
// probabilities that adapt within the day. A day has only 96 values, so the beginning decides the size:
// the prior says that the next token is near the last one, with a sharp peak, a broad shoulder and a
// little weight on zero. It is computed with +, × and ÷ only, which IEEE 754 fixes to the last bit: the
// same table on every machine, for ever, is part of the format.

/** Tokens of a 32-bit unsigned value, and nodes of the token tree. */
export const tokens = 64
/** Starting probability that the highest bit below the token is 0, in 1/32768. */
export const mantissaPrior = 17_040
/** How fast that bit adapts: 1/16 per value. */
export const mantissaShift = 4
/** Token before the first value. */
export const firstContext = 6

const sharpUp = 0.51
const sharpDown = 0.61
const shoulder = 0.846
const shoulderWeight = 0.3
const sameWeight = 0.5
const zeroWeight = 0.02
const leastWeight = 0.0001
const least = 160

function power(base: number, exponent: number): number {
  let result = 1
  for (let i = 0; i < exponent; i++) result *= base
  return result
}

function weight(context: number, token: number): number {
  const away = Math.abs(token - context)
  const sharp = power(token > context ? sharpUp : sharpDown, away)
  let total = sharp + shoulderWeight * power(shoulder, away) + leastWeight
  if (away === 0) total += sameWeight
  if (token === 0) total += zeroWeight
  return total
}

function buildPrior(): Uint16Array {
  const prior = new Uint16Array(tokens * tokens)
  const sums = new Float64Array(2 * tokens)
  for (let context = 0; context < tokens; context++) {
    for (let token = 0; token < tokens; token++) sums[tokens + token] = weight(context, token)
    for (let node = tokens - 1; node > 0; node--) {
      sums[node] = sums[2 * node] + sums[2 * node + 1]
      const zero = Math.floor((sums[2 * node] / sums[node]) * 32_768)
      prior[context * tokens + node] = Math.min(32_768 - least, Math.max(least, zero))
    }
  }
  return prior
}

/** Probability of a 0 at each tree node, by context: `prior[context * tokens + node]`, in 1/32768. */
export const prior: Uint16Array = buildPrior()

/** Adaptation by number of visits to the context, in 1/65536: 1/(visits + 5), at least 0.09. */
export const rates: Int32Array = Int32Array.from({ length: 8 }, (_, visits) =>
  Math.max(5_900, Math.floor(65_536 / (visits + 5))),
)
export const lastRate: number = rates.length - 1

/** The token of a 32-bit unsigned value (given as any int32 bit pattern). */
export function tokenOf(value: number): number {
  const top = 31 - Math.clz32(value)
  return top < 2 ? value : 2 * top + ((value >>> (top - 1)) & 1)
}
