// The slots that differ between two states of a channel, as kept with an edit.

import type { Channel, DayBlock, SlotReplacement } from '@contor/intervals'
import { emptySeries, seriesOf } from '@contor/intervals'
import { ContorError } from '../../../platform/index.ts'

/** Value and quality byte. */
type Slot = readonly [value: number, quality: number]
/** Slots in a row with both states; arrays of equal length. */
export type SlotRunChange = {
  readonly fromSlot: number
  readonly before: readonly Slot[]
  readonly after: readonly Slot[]
}

/** Runs in which two series of a day differ. */
export function changesOf(
  before: { readonly values: Int32Array; readonly quality: Uint8Array },
  after: { readonly values: Int32Array; readonly quality: Uint8Array },
): SlotRunChange[] {
  const runs: { fromSlot: number; before: Slot[]; after: Slot[] }[] = []
  for (let slot = 0; slot < after.values.length; slot++) {
    const old: Slot = [before.values[slot], before.quality[slot]]
    const next: Slot = [after.values[slot], after.quality[slot]]
    if (old[0] === next[0] && old[1] === next[1]) continue
    const last = runs[runs.length - 1]
    if (last && last.fromSlot + last.before.length === slot) {
      last.before.push(old)
      last.after.push(next)
    } else runs.push({ fromSlot: slot, before: [old], after: [next] })
  }
  return runs
}

/** The other way round: what undoes them. */
export function reversed(runs: readonly SlotRunChange[]): SlotRunChange[] {
  return runs.map(({ fromSlot, before, after }) => ({ fromSlot, before: after, after: before }))
}

/**
 * The replacements that bring a day from `before` to `after`.
 * @throws ContorError 'conflict' when the day no longer is as it was
 */
export function replacementsOf(
  block: DayBlock,
  channel: Channel,
  runs: readonly SlotRunChange[],
): SlotReplacement[] {
  const series = seriesOf(block, channel) ?? emptySeries(channel, block.day)
  return runs.flatMap(({ fromSlot, before, after }) =>
    after.map(([value, byte], i) => {
      const slot = fromSlot + i
      if (series.values[slot] !== before[i][0] || series.quality[slot] !== before[i][1])
        throw new ContorError('conflict', `Day ${block.day} has changed since, in slot ${slot}`, {
          field: 'day',
          value: block.day,
          remedy: 'Look at the day again and make the change anew; later changes are undone first.',
        })
      return { channel, slot, value, quality: byte }
    }),
  )
}
