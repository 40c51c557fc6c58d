// Integers that add up: what a share loses to rounding goes to the largest remainders.

/** Products up to this are exact in a double. */
const exact = 2 ** 53

/**
 * Cuts `total` into whole parts in proportion to weights (method of the largest remainder; of equal
 * remainders at the edge, ones spread evenly). The parts add up to `total` exactly.
 * @param total ≥ 0, integer
 * @param weights integers ≥ 0; when all are 0 the parts are as equal as integers can be
 * @throws RangeError for a total or weight that is no integer ≥ 0, and for a total without any part
 */
export function distribute(total: number, weights: ArrayLike<number>): Int32Array {
  const count = weights.length
  if (!Number.isSafeInteger(total) || total < 0) throw new RangeError(`total ${total} is no integer ≥ 0`)
  if (count === 0 && total > 0) throw new RangeError('a total needs at least one part')
  let all = 0
  let largest = 0
  for (let i = 0; i < count; i++) {
    const weight = weights[i]
    if (!Number.isSafeInteger(weight) || weight < 0) throw new RangeError(`weight ${weight} of part ${i}`)
    all += weight
    if (weight > largest) largest = weight
  }
  if (!Number.isSafeInteger(all)) throw new RangeError('the weights add up to more than 2^53')
  if (all === 0) return distributeEvenly(total, count)
  const parts = new Int32Array(count)
  const remainders = new Float64Array(count)
  let given = 0
  const wide = total * largest >= exact
  for (let i = 0; i < count; i++) {
    const [part, remainder] = wide ? divideWide(total, weights[i], all) : divide(total, weights[i], all)
    if (part > 0x7fffffff) throw new RangeError(`part ${i} does not fit 32 bits`)
    parts[i] = part
    remainders[i] = remainder
    given += part
  }
  giveRest(parts, remainders, total - given)
  return parts
}

// Of equal remainders at the edge not the first ones, which would heap up, but ones spread over all of them.
function giveRest(parts: Int32Array, remainders: Float64Array, rest: number): void {
  if (rest === 0) return
  const sorted = remainders.slice().sort()
  const edge = sorted[sorted.length - rest]
  const equal: number[] = []
  let left = rest
  for (let i = 0; i < parts.length; i++) {
    if (remainders[i] === edge) equal.push(i)
    else if (remainders[i] > edge) {
      parts[i]++
      left--
    }
  }
  for (let i = 0; i < left; i++) parts[equal[Math.floor((i * equal.length) / left)]]++
}

function divide(total: number, weight: number, all: number): [number, number] {
  const product = total * weight
  const remainder = product % all
  return [(product - remainder) / all, remainder]
}

function divideWide(total: number, weight: number, all: number): [number, number] {
  const product = BigInt(total) * BigInt(weight)
  return [Number(product / BigInt(all)), Number(product % BigInt(all))]
}

// The odd ones lie spread over the parts, not heaped at their beginning.
function distributeEvenly(total: number, count: number): Int32Array {
  const parts = new Int32Array(count)
  let given = 0
  for (let i = 0; i < count; i++) {
    const through = Number((BigInt(total) * BigInt(i + 1)) / BigInt(count))
    parts[i] = through - given
    given = through
  }
  return parts
}
