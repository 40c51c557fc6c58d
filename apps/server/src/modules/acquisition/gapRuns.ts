// The gap ledger's arithmetic for one point and civil day: what is missing against what the ledger says.

export type SlotRun = { readonly fromSlot: number; readonly count: number }

export type GapCause =
  | 'not-read-yet'
  | 'unreachable'
  | 'refused'
  | 'bad-answer'
  | 'not-in-meter'
  | 'no-smart-meter'
  | 'meter-removed'

/** An open or lost row of the ledger. */
export type GapRow = SlotRun & {
  readonly id: string
  readonly cause: GapCause
  readonly state: 'open' | 'lost'
}

export type GapChange = {
  /** Rows whose every slot is present: they close as recovered. */
  readonly recovered: readonly string[]
  /** Rows that shrink, split or merge: they close as recovered and `opened` carries what is still missing. */
  readonly replaced: readonly string[]
  readonly opened: readonly (SlotRun & { readonly cause: GapCause; readonly state: 'open' | 'lost' })[]
}

/** Runs of slots for which `missing` is true, ascending. */
export function runsWhere(missing: (slot: number) => boolean, from: number, to: number): SlotRun[] {
  const runs: { fromSlot: number; count: number }[] = []
  for (let slot = from; slot < to; slot++) {
    if (!missing(slot)) continue
    const last = runs.at(-1)
    if (last && last.fromSlot + last.count === slot) last.count++
    else runs.push({ fromSlot: slot, count: 1 })
  }
  return runs
}

/**
 * Brings a day's rows to what is true: afterwards the open and lost rows cover exactly the missing slots,
 * no two rows of one cause and state touch, and a row that already says the truth is left alone.
 * @param missing expected slots without a value
 * @param causeOf cause and state of a slot that is missing; called with the row that held it before, if any
 */
export function reconcileGaps(
  rows: readonly GapRow[],
  missing: readonly SlotRun[],
  causeOf: (slot: number, before: GapRow | undefined) => { cause: GapCause; state: 'open' | 'lost' },
): GapChange {
  const before = new Map<number, GapRow>()
  for (const row of rows) for (let i = 0; i < row.count; i++) before.set(row.fromSlot + i, row)
  const wanted: { fromSlot: number; count: number; cause: GapCause; state: 'open' | 'lost' }[] = []
  const stillMissing = new Set<number>()
  for (const run of missing) {
    for (let slot = run.fromSlot; slot < run.fromSlot + run.count; slot++) {
      stillMissing.add(slot)
      const { cause, state } = causeOf(slot, before.get(slot))
      const last = wanted.at(-1)
      if (last && last.fromSlot + last.count === slot && last.cause === cause && last.state === state)
        last.count++
      else wanted.push({ fromSlot: slot, count: 1, cause, state })
    }
  }
  const key = (r: SlotRun & { cause: GapCause; state: string }) =>
    `${r.fromSlot}/${r.count}/${r.cause}/${r.state}`
  const kept = new Set<string>()
  const recovered: string[] = []
  const replaced: string[] = []
  const wantedKeys = new Set(wanted.map(key))
  for (const row of rows) {
    if (wantedKeys.has(key(row)) && !kept.has(key(row))) {
      kept.add(key(row))
      continue
    }
    let any = false
    for (let i = 0; i < row.count; i++) any ||= stillMissing.has(row.fromSlot + i)
    if (any) replaced.push(row.id)
    else recovered.push(row.id)
  }
  return { recovered, replaced, opened: wanted.filter((w) => !kept.has(key(w))) }
}

/** Merges touching or overlapping time ranges and cuts them into slices, oldest first. */
export function slicesOf(
  ranges: readonly { readonly from: number; readonly to: number }[],
  maxLengthMs: number,
): { from: number; to: number }[] {
  const merged: { from: number; to: number }[] = []
  for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last && range.from <= last.to) last.to = Math.max(last.to, range.to)
    else merged.push({ from: range.from, to: range.to })
  }
  const slices: { from: number; to: number }[] = []
  for (const range of merged) {
    for (let from = range.from; from < range.to; from += maxLengthMs) {
      slices.push({ from, to: Math.min(range.to, from + maxLengthMs) })
    }
  }
  return slices
}
