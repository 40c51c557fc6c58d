// When a meter that failed is tried again.

export type BackoffPolicy = { readonly baseMs: number; readonly capMs: number }

export const defaultBackoff: BackoffPolicy = { baseMs: 5_000, capMs: 15 * 60_000 }

/**
 * Exponential backoff with full jitter: a uniform draw from 0 to min(cap, base·2^(failures−1)). Full jitter
 * spreads a street of meters that all failed in the same second; the lower bound of a fifth of the window
 * keeps one unlucky draw from hammering a dead line.
 * @param failures failures in a row, at least 1
 * @param random uniform in [0, 1)
 * @returns milliseconds to wait, between window/5 and window
 */
export function backoffMs(failures: number, random: number, policy: BackoffPolicy = defaultBackoff): number {
  const exponent = Math.min(Math.max(failures, 1) - 1, 30)
  const window = Math.min(policy.capMs, policy.baseMs * 2 ** exponent)
  return Math.round(window / 5 + random * window * 0.8)
}
