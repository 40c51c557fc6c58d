// Where each interval of a day block came from: runs of slots that one exchange brought in row order.
// Stored beside the block, so that any quarter-hour leads back to its frame.

import { VarintReader, VarintWriter } from './varint.ts'

/** Slots `fromSlot … fromSlot+count−1` came from rows `row … row+count−1` of the exchange. */
export type SourceRun = {
  readonly fromSlot: number
  readonly count: number
  readonly exchangeId: number
  readonly row: number
}

/** The exchange and row of one slot. */
export type SlotSource = { readonly exchangeId: number; readonly row: number }

const format = 1
const maxSlots = 100

/** Packs runs, ascending by slot and not overlapping; a usual day takes about ten bytes. */
export function packSources(runs: readonly SourceRun[]): Uint8Array {
  const out = new VarintWriter()
  out.unsigned(format)
  let slot = 0
  let exchange = 0
  for (const run of runs) {
    if (run.count < 1 || run.fromSlot < slot) throw new RangeError('source runs must ascend and not overlap')
    out.unsigned(run.fromSlot - slot)
    out.unsigned(run.count)
    out.signed(run.exchangeId - exchange)
    out.unsigned(run.row)
    slot = run.fromSlot + run.count
    exchange = run.exchangeId
  }
  return out.finish()
}

/** Reverses {@link packSources}; throws RangeError on bytes that are not a packed column. */
export function unpackSources(bytes: Uint8Array): SourceRun[] {
  if (bytes.length === 0) return []
  const input = new VarintReader(bytes)
  if (input.unsigned() !== format) throw new RangeError('unknown format of a sources column')
  const runs: SourceRun[] = []
  let slot = 0
  let exchange = 0
  while (!input.done) {
    const fromSlot = slot + input.unsigned()
    const count = input.unsigned()
    exchange += input.signed()
    const row = input.unsigned()
    slot = fromSlot + count
    if (count < 1 || slot > maxSlots || exchange < 0) throw new RangeError('source run outside a civil day')
    runs.push({ fromSlot, count, exchangeId: exchange, row })
  }
  return runs
}

/** One entry per slot; undefined where nothing was read. */
export function expandSources(runs: readonly SourceRun[], slots: number): (SlotSource | undefined)[] {
  const out: (SlotSource | undefined)[] = new Array(slots).fill(undefined)
  for (const run of runs) {
    for (let i = 0; i < run.count; i++)
      out[run.fromSlot + i] = { exchangeId: run.exchangeId, row: run.row + i }
  }
  return out
}

/** The shortest runs that say the same. */
export function runsOf(slots: readonly (SlotSource | undefined)[]): SourceRun[] {
  const runs: { fromSlot: number; count: number; exchangeId: number; row: number }[] = []
  for (let slot = 0; slot < slots.length; slot++) {
    const source = slots[slot]
    if (!source) continue
    const last = runs.at(-1)
    const continues =
      last &&
      last.exchangeId === source.exchangeId &&
      last.fromSlot + last.count === slot &&
      last.row + last.count === source.row
    if (continues) last.count++
    else runs.push({ fromSlot: slot, count: 1, ...source })
  }
  return runs
}

/** `${exchangeId}.${row}`: what an interface shows and `/api/traces/{ref}` accepts. */
export function traceRef(source: SlotSource): string {
  return `${source.exchangeId}.${source.row}`
}

/** Reverses {@link traceRef}; undefined for anything else. */
export function parseTraceRef(ref: string): SlotSource | undefined {
  const match = /^(\d{1,15})\.(\d{1,10})$/.exec(ref)
  return match ? { exchangeId: Number(match[1]), row: Number(match[2]) } : undefined
}
