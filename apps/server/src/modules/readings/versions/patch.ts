// What a change did to the slots of a day: both values of each, so that it can be undone and done again.

import { type Channel, type ChannelSeries, channels, type DayBlock, emptySeries } from '@contor/intervals'
import { VarintReader, VarintWriter } from '../varint.ts'

/** A slot before and after. Values in Wh or varh; a quality of 0 is a slot without a value. */
export type SlotChange = {
  readonly channel: Channel
  readonly slot: number
  readonly before: number
  readonly beforeQuality: number
  readonly after: number
  readonly afterQuality: number
}

const format = 1
const maxSlots = 100

/** The slots in which two states of a day differ, by channel and slot; no block counts as all missing. */
export function changesBetween(before: DayBlock | undefined, after: DayBlock | undefined): SlotChange[] {
  const changes: SlotChange[] = []
  for (const channel of channels) {
    const old = before?.channels.find((series) => series.channel === channel)
    const now = after?.channels.find((series) => series.channel === channel)
    const slots = (now ?? old)?.values.length ?? 0
    for (let slot = 0; slot < slots; slot++) {
      const beforeQuality = old?.quality[slot] ?? 0
      const afterQuality = now?.quality[slot] ?? 0
      const from = old?.values[slot] ?? 0
      const to = now?.values[slot] ?? 0
      if (from !== to || beforeQuality !== afterQuality)
        changes.push({ channel, slot, before: from, beforeQuality, after: to, afterQuality })
    }
  }
  return changes
}

/** Packs changes, ordered by channel and slot as {@link changesBetween} gives them. */
export function packPatch(changes: readonly SlotChange[]): Uint8Array {
  const out = new VarintWriter()
  out.unsigned(format)
  for (let i = 0; i < changes.length; ) {
    let end = i + 1
    while (end < changes.length && follows(changes[end - 1], changes[end])) end++
    out.unsigned(channels.indexOf(changes[i].channel))
    out.unsigned(changes[i].slot)
    out.unsigned(end - i)
    for (; i < end; i++) {
      const change = changes[i]
      out.unsigned(change.beforeQuality)
      out.signed(change.before)
      out.unsigned(change.afterQuality)
      out.signed(change.after)
    }
  }
  return out.finish()
}

const follows = (a: SlotChange, b: SlotChange) => a.channel === b.channel && a.slot + 1 === b.slot

/** Reverses {@link packPatch}. @throws RangeError on bytes that are not a patch */
export function unpackPatch(bytes: Uint8Array): SlotChange[] {
  const input = new VarintReader(bytes)
  if (input.unsigned() !== format) throw new RangeError('unknown format of a patch')
  const changes: SlotChange[] = []
  while (!input.done) {
    const channel = channels[input.unsigned()]
    const first = input.unsigned()
    const count = input.unsigned()
    if (channel === undefined || first + count > maxSlots || count === 0)
      throw new RangeError('a patch names a slot outside a civil day')
    for (let slot = first; slot < first + count; slot++) {
      const beforeQuality = input.unsigned()
      const before = input.signed()
      const afterQuality = input.unsigned()
      const after = input.signed()
      changes.push({ channel, slot, before, beforeQuality, after, afterQuality })
    }
  }
  return changes
}

/** A day whose slots may be written; channels appear when a slot of theirs is. */
export class DayCanvas {
  readonly #day: DayBlock
  readonly #series = new Map<Channel, ChannelSeries>()

  constructor(block: DayBlock) {
    this.#day = block
    for (const { channel, values, quality } of block.channels)
      this.#series.set(channel, { channel, values: values.slice(), quality: quality.slice() })
  }

  set(channel: Channel, slot: number, value: number, quality: number): void {
    let series = this.#series.get(channel)
    if (!series) {
      series = emptySeries(channel, this.#day.day, this.#day.minutes)
      this.#series.set(channel, series)
    }
    if (slot >= series.values.length) throw new RangeError(`slot ${slot} is not in ${this.#day.day}`)
    series.values[slot] = value
    series.quality[slot] = quality
  }

  undo(changes: readonly SlotChange[]): void {
    for (const change of changes) this.set(change.channel, change.slot, change.before, change.beforeQuality)
  }

  redo(changes: readonly SlotChange[]): void {
    for (const change of changes) this.set(change.channel, change.slot, change.after, change.afterQuality)
  }

  /** The day as it stands; a channel without any value is left out. */
  finish(): DayBlock {
    const series = channels
      .map((channel) => this.#series.get(channel))
      .filter((one): one is ChannelSeries => one?.quality.some((byte) => byte !== 0) ?? false)
    return { ...this.#day, channels: series }
  }
}
