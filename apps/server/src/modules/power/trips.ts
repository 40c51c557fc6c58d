// Trips by over-power out of the entries of a meter's logs. Codes as IDIS Package 2 numbers them.

/** An entry that moves a relay, or says why. */
export interface RelayEvent {
  /** The meter's own time stamp, epoch ms. */
  readonly at: number
  readonly code: number
  readonly loadW: number | null
  readonly thresholdW: number | null
  readonly exchangeId: string
  readonly row: number
}

export interface Trip {
  /** When the relay opened. */
  readonly at: number
  readonly loadW: number | null
  readonly thresholdW: number | null
  readonly exchangeId: string
  /** What moved the relay next. */
  readonly ended?: { readonly at: number; readonly code: number; readonly exchangeId: string } | undefined
}

export const relayCode = {
  readyForHand: 59,
  manualDisconnect: 60,
  manualConnect: 61,
  remoteDisconnect: 62,
  remoteConnect: 63,
  localDisconnect: 64,
  limiterExceeded: 65,
  localConnect: 69,
} as const

/** Codes that trips are made of. */
export const relayCodes: readonly number[] = Object.values(relayCode)
const closes: ReadonlySet<number> = new Set([
  relayCode.manualConnect,
  relayCode.remoteConnect,
  relayCode.localConnect,
])

/** A limiter says that it was exceeded this long before it opens the relay, or within the log's precision after. */
const beforeMs = 600_000
const afterMs = 2_000
/** The same entry in two logs, or pushed and read. */
const sameMs = 2_000

/**
 * Trips, oldest first: the meter opened its relay by itself, and its limiter had been exceeded. An entry that several
 * logs hold is one.
 */
export function tripsOf(entries: readonly RelayEvent[]): Trip[] {
  const events = withoutDoubles(entries)
  const exceeded = events.filter(({ code }) => code === relayCode.limiterExceeded)
  return events
    .filter(({ code }) => code === relayCode.localDisconnect)
    .flatMap((opened) => {
      const why = exceeded.findLast(({ at }) => at >= opened.at - beforeMs && at <= opened.at + afterMs)
      if (!why) return []
      const next = events.find(
        ({ at, code }) => at >= opened.at && (closes.has(code) || code === relayCode.remoteDisconnect),
      )
      return [
        {
          at: opened.at,
          // The relay is open when its opening is written down: the load is that of the entry before.
          loadW: why.loadW,
          thresholdW: why.thresholdW ?? opened.thresholdW,
          exchangeId: why.exchangeId,
          ...(next && { ended: { at: next.at, code: next.code, exchangeId: next.exchangeId } }),
        },
      ]
    })
}

function withoutDoubles(entries: readonly RelayEvent[]): RelayEvent[] {
  // Entries that tell the load come before those that do not.
  const rich = (event: RelayEvent) => (event.loadW === null ? 1 : 0)
  const kept: RelayEvent[] = []
  for (const event of [...entries].sort((a, b) => rich(a) - rich(b) || a.at - b.at))
    if (!kept.some(({ at, code }) => code === event.code && Math.abs(at - event.at) <= sameMs))
      kept.push(event)
  return kept.sort((a, b) => a.at - b.at || b.code - a.code)
}
