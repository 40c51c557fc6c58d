import { ContorError } from '../../platform/index.ts'

const WINDOW_MS = 60_000
const ATTEMPTS_PER_ADDRESS = 20
const FAILURES_PER_ACCOUNT = 5
const MAX_KEYS = 10_000

/** Slows down guessing: attempts of an address and failures of an account, per minute, in this process. */
export interface SignInLimit {
  /** @throws ContorError 'too-many-requests' */
  check(address: string, account: string): void
  failed(account: string): void
}

export function createSignInLimit(now: () => number = Date.now): SignInLimit {
  const counts = new Map<string, { count: number; until: number }>()
  const bump = (key: string): number => {
    const at = now()
    if (counts.size >= MAX_KEYS) for (const [k, v] of counts) if (v.until <= at) counts.delete(k)
    // Full of living keys: an attack from very many addresses. The oldest makes room.
    if (counts.size >= MAX_KEYS) counts.delete(counts.keys().next().value!)
    const found = counts.get(key)
    if (!found || found.until <= at) {
      counts.set(key, { count: 1, until: at + WINDOW_MS })
      return 1
    }
    return ++found.count
  }
  const refuse = (): never => {
    throw new ContorError('too-many-requests', 'Too many attempts to sign in', { remedy: 'Wait one minute.' })
  }
  return {
    check(address, account) {
      const failures = counts.get(`account ${account}`)
      if (failures && failures.until > now() && failures.count >= FAILURES_PER_ACCOUNT) refuse()
      if (bump(`address ${address}`) > ATTEMPTS_PER_ADDRESS) refuse()
    },
    failed(account) {
      bump(`account ${account}`)
    },
  }
}
