// How many sessions may start: bounds per line and in total, with room kept for a person who waits.

/** Sessions running on a line and what the line bears. */
export type LineLoad = { readonly lineId: string; readonly running: number; readonly maxSessions: number }

export type SlotBounds = {
  readonly total: number
  /** Of the total, how many only an on-demand read may take. */
  readonly reserved: number
}

/** Free places now. On-demand reads may also go one over a line's bulk share, never over its bound. */
export type FreeSlots = {
  readonly onDemand: number
  readonly bulk: number
  readonly bulkByLine: ReadonlyMap<string, number>
  readonly onDemandByLine: ReadonlyMap<string, number>
}

/**
 * @param running sessions running in total, on-demand ones included
 * @returns free places; a line with two or more places keeps one of them for on-demand reads
 */
export function freeSlots(lines: readonly LineLoad[], running: number, bounds: SlotBounds): FreeSlots {
  const bulkByLine = new Map<string, number>()
  const onDemandByLine = new Map<string, number>()
  for (const line of lines) {
    const kept = line.maxSessions > 1 ? 1 : 0
    onDemandByLine.set(line.lineId, Math.max(0, line.maxSessions - line.running))
    bulkByLine.set(line.lineId, Math.max(0, line.maxSessions - kept - line.running))
  }
  return {
    onDemand: Math.max(0, bounds.total - running),
    bulk: Math.max(0, bounds.total - bounds.reserved - running),
    bulkByLine,
    onDemandByLine,
  }
}
