import {
  type Channel,
  type ChannelSeries,
  channels,
  checkDayBlock,
  type DayBlock,
  seriesOf,
} from './block.ts'
import { IntervalError } from './errors.ts'
import { isPresent } from './quality.ts'

/** A slot that both sides hold with different values. Values in Wh or varh. */
export interface Conflict {
  readonly channel: Channel
  readonly slot: number
  readonly old: number
  readonly new: number
  readonly oldQuality: number
  readonly newQuality: number
}

export interface MergeResult {
  readonly block: DayBlock
  /** Slots that were missing and have a value in `block`, over all channels. */
  readonly added: number
  /** Slots left as they were although the incoming value differs. */
  readonly conflicts: readonly Conflict[]
  /**
   * Slots left as they were: the same value arrived in another state (an estimate that a measurement
   * confirms). The caller may raise them with `replaceSlots`.
   */
  readonly confirmed: readonly Conflict[]
}

export interface SlotReplacement {
  readonly channel: Channel
  readonly slot: number
  readonly value: number
  readonly quality: number
}

const order = (a: ChannelSeries, b: ChannelSeries) =>
  channels.indexOf(a.channel) - channels.indexOf(b.channel)

const copySeries = (s: ChannelSeries): ChannelSeries => ({
  channel: s.channel,
  values: s.values.slice(),
  quality: s.quality.slice(),
})

/**
 * Adds to a day the slots it misses. A slot already present is never overwritten: the same value is
 * nothing (merging twice changes nothing), another value is reported as a conflict. Neither argument is
 * changed; channels of the result stand in the order of `channels`.
 * @throws IntervalError 'invalid-day' | 'invalid-block'; 'mismatch' for another day or interval length
 */
export function mergeDay(existing: DayBlock | undefined, incoming: DayBlock): MergeResult {
  checkDayBlock(incoming)
  const { day, minutes } = incoming
  if (existing !== undefined) {
    checkDayBlock(existing)
    if (existing.day !== day || existing.minutes !== minutes)
      throw new IntervalError('mismatch', `${existing.day}/${existing.minutes} met ${day}/${minutes}`)
  }
  const merged: ChannelSeries[] = existing ? existing.channels.map(copySeries) : []
  const conflicts: Conflict[] = []
  const confirmed: Conflict[] = []
  let added = 0
  for (const from of incoming.channels) {
    const into = merged.find((series) => series.channel === from.channel)
    if (into === undefined) {
      merged.push(copySeries(from))
      for (const q of from.quality) if (isPresent(q)) added++
      continue
    }
    for (let slot = 0; slot < from.values.length; slot++) {
      const newQuality = from.quality[slot]
      if (!isPresent(newQuality)) continue
      const oldQuality = into.quality[slot]
      if (!isPresent(oldQuality)) {
        into.values[slot] = from.values[slot]
        into.quality[slot] = newQuality
        added++
        continue
      }
      const old = into.values[slot]
      const sameValue = old === from.values[slot]
      if (sameValue && (oldQuality & 7) === (newQuality & 7)) continue
      const found = { channel: from.channel, slot, old, new: from.values[slot], oldQuality, newQuality }
      if (sameValue) confirmed.push(found)
      else conflicts.push(found)
    }
  }
  return { block: { day, minutes, channels: merged.sort(order) }, added, conflicts, confirmed }
}

/**
 * A new version of a day with some slots replaced (or removed: a quality of state 0 with value 0). The
 * given block is not changed; keeping both versions is the caller's duty.
 * @throws IntervalError 'invalid-slot' | 'invalid-block' (also for a channel the block does not carry)
 */
export function replaceSlots(block: DayBlock, replacements: readonly SlotReplacement[]): DayBlock {
  checkDayBlock(block)
  const next: DayBlock = { ...block, channels: block.channels.map(copySeries) }
  for (const { channel, slot, value, quality } of replacements) {
    const series = seriesOf(next, channel)
    if (series === undefined)
      throw new IntervalError('invalid-block', `${block.day} has no channel ${channel}`)
    if (!Number.isInteger(slot) || slot < 0 || slot >= series.values.length)
      throw new IntervalError('invalid-slot', `slot ${slot} is not in ${block.day}`)
    if (value !== (value | 0) || !Number.isInteger(quality) || quality < 0 || quality > 255)
      throw new IntervalError('invalid-block', `slot ${slot}: value ${value}, quality ${quality}`)
    series.values[slot] = value
    series.quality[slot] = quality
  }
  checkDayBlock(next)
  return next
}
