// Which messages of a meter have been taken. They come on connections of their own and may overtake one another, so that
// a counter is new when it is above the highest, or near below it and not yet seen (as RFC 4303 §3.4.3 does).

/** Counters below the highest that are remembered one by one. */
export const windowSize = 62

export interface Window {
  readonly highest: bigint
  /** Bit i: highest − i. */
  readonly seen: bigint
}

const mask = (1n << BigInt(windowSize)) - 1n

/** @returns the window after it; undefined when the counter was taken before, or is too old to tell */
export function takeCounter(window: Window, counter: number): Window | undefined {
  const at = BigInt(counter)
  if (at > window.highest) {
    const ahead = at - window.highest
    const kept = window.highest < 0n || ahead >= BigInt(windowSize) ? 0n : (window.seen << ahead) & mask
    return { highest: at, seen: kept | 1n }
  }
  const behind = window.highest - at
  if (behind >= BigInt(windowSize)) return undefined
  const bit = 1n << behind
  return (window.seen & bit) === 0n ? { highest: window.highest, seen: window.seen | bit } : undefined
}
