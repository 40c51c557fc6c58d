// Whether one more may go dark. Pure: counts and limits in, a verdict out.

export const limitScopes = ['all', 'station', 'feeder', 'person', 'supplier'] as const
export type LimitScope = (typeof limitScopes)[number]

/** So many in a window: `maxCount` always, more where the place is large enough for its share. */
export interface Limit {
  readonly scope: LimitScope
  readonly windowS: number
  readonly maxCount: number
  /** Of the customers of the scope, 0 … 1. */
  readonly maxShare: number
  /** Of the approved power of the scope, 0 … 1. */
  readonly maxPowerShare: number
}

/** What the guard let through in a window, and how large the place is. The asked command is not in it. */
export interface Usage {
  readonly count: number
  readonly powerW: number
  readonly customers: number
  readonly totalPowerW: number
}

/** @returns why not, or undefined */
export function exceeded(limit: Limit, usage: Usage, powerW: number): string | undefined {
  const allowed = Math.max(limit.maxCount, Math.floor(limit.maxShare * usage.customers))
  const hours = limit.windowS % 3_600 === 0 ? `${limit.windowS / 3_600} h` : `${limit.windowS} s`
  if (usage.count + 1 > allowed)
    return `${limit.scope}: ${usage.count} in ${hours}, ${allowed} allowed of ${usage.customers} customers`
  // As many ordinary customers as the count allows have their power too; the first goes by its count alone, or a place
  // with one large consumer could never act.
  const ordinary = usage.customers > 0 ? usage.totalPowerW / usage.customers : 0
  const allowedPower = Math.floor(
    Math.max(limit.maxPowerShare * usage.totalPowerW, limit.maxCount * ordinary),
  )
  if (usage.count > 0 && usage.powerW + powerW > allowedPower)
    return `${limit.scope}: ${usage.powerW + powerW} W in ${hours}, ${allowedPower} W allowed of ${usage.totalPowerW} W`
  return undefined
}

/** Freezes when an hour is unlike the weeks before. */
export interface RateLimit {
  readonly windowS: number
  /** Fewer than this in a window never freeze. */
  readonly minimum: number
  /** How many times the usual. */
  readonly factor: number
}

/**
 * @param count of the window that ends with the asked command, it included
 * @param usual mean of such windows in the history
 */
export function unusual({ minimum, factor }: RateLimit, count: number, usual: number): boolean {
  return count > minimum && count > usual * factor
}

/** Shipped limits: a place of any size can work through its ordinary days; none can go dark at once. */
export const shippedLimits: readonly Limit[] = [
  { scope: 'all', windowS: 3_600, maxCount: 20, maxShare: 0.005, maxPowerShare: 0.01 },
  { scope: 'all', windowS: 86_400, maxCount: 40, maxShare: 0.02, maxPowerShare: 0.04 },
  { scope: 'station', windowS: 86_400, maxCount: 10, maxShare: 0.1, maxPowerShare: 0.15 },
  { scope: 'feeder', windowS: 86_400, maxCount: 6, maxShare: 0.15, maxPowerShare: 0.25 },
  { scope: 'person', windowS: 3_600, maxCount: 15, maxShare: 0.002, maxPowerShare: 1 },
  { scope: 'person', windowS: 86_400, maxCount: 60, maxShare: 0.01, maxPowerShare: 1 },
  { scope: 'supplier', windowS: 86_400, maxCount: 20, maxShare: 0.02, maxPowerShare: 0.05 },
]
export const shippedRate: RateLimit = { windowS: 3_600, minimum: 12, factor: 5 }
