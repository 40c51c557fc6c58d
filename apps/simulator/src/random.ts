// Numbers that look random and are the same for the same words: the whole neighbourhood hangs on one seed.

/** 32 mixed bits of a list of integers. */
export function hash(...words: readonly number[]): number {
  let h = 0x9e3779b9
  for (const word of words) {
    h = Math.imul(h ^ (word | 0), 0x85ebca6b)
    h = (h ^ (h >>> 13)) | 0
    h = Math.imul(h, 0xc2b2ae35)
    h = (h ^ (h >>> 16)) | 0
  }
  return h >>> 0
}

/** A generator of its own for each thing that needs a run of numbers. */
export interface Random {
  /** 0 ≤ x < 1 */
  next(): number
  /** a ≤ x < b */
  between(a: number, b: number): number
  /** integer, 0 ≤ x < n */
  below(n: number): number
  /** mean 0, deviation about 1, within ±3 */
  normal(): number
  pick<T>(list: readonly T[]): T
}

/** @param words what the run is of: seed, meter, day … */
export function random(...words: readonly number[]): Random {
  let state = hash(...words)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    next,
    between: (a, b) => a + (b - a) * next(),
    below: (n) => Math.floor(next() * n),
    normal: () => (next() + next() + next() + next() - 2) * 1.73,
    pick: (list) => list[Math.floor(next() * list.length)],
  }
}
