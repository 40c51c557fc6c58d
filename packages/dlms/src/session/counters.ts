// Where a client's invocation counter may go on when the server has seen a higher one than it knows of: after a
// restore from a backup, after another client used the same key, after a meter jumped ahead. What a server
// announces is not authenticated, so that it never lowers anything and lifts only so far.

/** Bounds on what an announced counter may do. */
export type CounterBounds = {
  /**
   * Most counters that are skipped. A head-end that takes 6,000 a day makes good 170 days with the default;
   * whoever forges announcements needs 4,000 of them to use a key up. `Infinity` where the first contact with a
   * meter is watched by a person. Default 1,048,576 (2^20).
   */
  readonly maxJump?: number
  /** Least counter that is refused: the key is near its end and has to be changed. Default 0xF0000000. */
  readonly ceiling?: number
}

export const defaultCounterBounds = { maxJump: 0x10_0000, ceiling: 0xf000_0000 } as const

/** What to do about an announced counter: `floor` is the least one that may be used from here on. */
export type CounterVerdict =
  | { readonly kind: 'raise'; readonly floor: number }
  /** The own counter is above it already: the counter is not what is wrong, or not any more. */
  | { readonly kind: 'keep' }
  /** No 32 bit number, beyond the ceiling, or further than `maxJump`. */
  | { readonly kind: 'refused'; readonly reason: string }

/**
 * Judges the counter that a server expects at least.
 * @param own the next counter that would be used, 0…2^32−1
 * @param expected what the server announces: its highest accepted counter + 1
 * @param from where the jump is counted from; default `own`
 */
export function judgeCounter(
  own: number,
  expected: number,
  bounds: CounterBounds = {},
  from = own,
): CounterVerdict {
  const { maxJump = defaultCounterBounds.maxJump, ceiling = defaultCounterBounds.ceiling } = bounds
  if (!Number.isInteger(expected) || expected < 0) {
    return { kind: 'refused', reason: `the server announces no counter: ${expected}` }
  }
  if (expected <= own) return { kind: 'keep' }
  if (expected >= ceiling) {
    return { kind: 'refused', reason: `the server announces ${expected}, where ${ceiling} is the end` }
  }
  if (expected - from > maxJump) {
    return {
      kind: 'refused',
      reason: `the server announces ${expected}, more than ${maxJump} beyond the own counter ${from}`,
    }
  }
  return { kind: 'raise', floor: expected }
}
