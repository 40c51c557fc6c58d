// When the slots of a day got their first measured value. Kept in the row of the day itself: a meter that is read
// each quarter-hour would otherwise leave 96 version rows a day.

import { type Channel, channels } from '@contor/intervals'
import { VarintReader, VarintWriter } from '../varint.ts'
import type { SlotChange } from './patch.ts'

/** Slots `fromSlot … fromSlot+count−1` of the channels of `mask` (bit i for `channels[i]`). */
export type GrownRun = { readonly fromSlot: number; readonly count: number; readonly mask: number }
/** What one write added; `at` in epoch ms. */
export type Growth = { readonly at: number; readonly runs: readonly GrownRun[] }

const format = 1
const maxSlots = 100

/** The runs of slots that changes took from missing to present. */
export function grownRuns(changes: readonly SlotChange[]): GrownRun[] {
  const masks = new Uint8Array(maxSlots)
  for (const change of changes) masks[change.slot] |= 1 << channels.indexOf(change.channel)
  const runs: { fromSlot: number; count: number; mask: number }[] = []
  for (let slot = 0; slot < maxSlots; slot++) {
    const last = runs.at(-1)
    if (masks[slot] === 0) continue
    if (last && last.mask === masks[slot] && last.fromSlot + last.count === slot) last.count++
    else runs.push({ fromSlot: slot, count: 1, mask: masks[slot] })
  }
  return runs
}

/** Packs entries in the order of time; a usual one takes eight bytes. */
export function packGrowth(entries: readonly Growth[]): Uint8Array {
  if (entries.length === 0) return new Uint8Array()
  const out = new VarintWriter()
  out.unsigned(format)
  let at = 0
  for (const entry of entries) {
    if (entry.at < at) throw new RangeError('growth must be in the order of time')
    out.unsigned(entry.at - at)
    out.unsigned(entry.runs.length)
    at = entry.at
    let slot = 0
    for (const run of entry.runs) {
      out.unsigned(run.fromSlot - slot)
      out.unsigned(run.count)
      out.unsigned(run.mask)
      slot = run.fromSlot + run.count
    }
  }
  return out.finish()
}

/** Reverses {@link packGrowth}. @throws RangeError on bytes that are not a growth column */
export function unpackGrowth(bytes: Uint8Array): Growth[] {
  if (bytes.length === 0) return []
  const input = new VarintReader(bytes)
  if (input.unsigned() !== format) throw new RangeError('unknown format of a growth column')
  const entries: Growth[] = []
  let at = 0
  while (!input.done) {
    at += input.unsigned()
    const count = input.unsigned()
    if (count > maxSlots) throw new RangeError('more runs than slots in a growth column')
    const runs: GrownRun[] = []
    let slot = 0
    for (let i = 0; i < count; i++) {
      const fromSlot = slot + input.unsigned()
      const length = input.unsigned()
      const mask = input.unsigned()
      slot = fromSlot + length
      if (length < 1 || slot > maxSlots || mask < 1 || mask > 255)
        throw new RangeError('growth outside a civil day')
      runs.push({ fromSlot, count: length, mask })
    }
    entries.push({ at, runs })
  }
  return entries
}

/** The channels of a mask. */
export const channelsOfMask = (mask: number): Channel[] => channels.filter((_, i) => (mask >> i) & 1)
