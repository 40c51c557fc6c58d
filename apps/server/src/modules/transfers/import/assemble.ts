// Collects values of quarter-hours into days of metering points, and stores them.
import { type Channel, channels, slotsInDay } from '@contor/intervals'
import type pg from 'pg'
import type { Trx } from '../../../platform/index.ts'
import { type IncomingDay, type PointDay, type SlotSource, storeManyDays } from '../../readings/index.ts'

const mostSlots = 100

type Series = { readonly values: Int32Array; readonly quality: Uint8Array; readonly lines: Float64Array }

type Draft = {
  readonly pointId: string
  readonly day: string
  readonly slots: number
  /** By the index of the channel. */
  readonly series: (Series | undefined)[]
}

export interface StoredConflict {
  readonly line: number
  readonly channel: Channel
  readonly value: number
  readonly stored: number
}

export interface StoreResult {
  /** Values that were not there, or only as an estimate. */
  readonly added: number
  /** Values that were there already, the same. */
  readonly repeated: number
  readonly conflicts: readonly StoredConflict[]
  /** Days that cannot be stored: the first line of each, and the reason. */
  readonly refused: readonly { readonly line: number; readonly day: string; readonly reason: string }[]
}

/** Days under construction; bounded by whoever calls `size`. */
export class DayAssembler {
  #drafts = new Map<string, Draft>()
  #repeated = 0
  #last: Draft | undefined
  /** Arrays of days that are stored, to be used again: fresh ones would wait for the collector by the megabyte. */
  #spare: Series[] = []

  /** Days in it. */
  get size(): number {
    return this.#drafts.size
  }

  /** @returns the value that the slot has from an earlier line, when it is another one */
  add(
    pointId: string,
    channel: Channel,
    day: string,
    slot: number,
    value: number,
    quality: number,
    line: number,
  ): number | undefined {
    const draft = this.#draft(pointId, day)
    const index = channels.indexOf(channel)
    let series = draft.series[index]
    if (!series) {
      series = this.#emptySeries(draft.slots)
      draft.series[index] = series
    }
    if (series.quality[slot] !== 0) {
      if (series.values[slot] !== value) return series.values[slot]
      this.#repeated++
      return undefined
    }
    series.values[slot] = value
    series.quality[slot] = quality
    series.lines[slot] = line
    return undefined
  }

  #draft(pointId: string, day: string): Draft {
    const last = this.#last
    if (last && last.day === day && last.pointId === pointId) return last
    const key = `${pointId}/${day}`
    let draft = this.#drafts.get(key)
    if (!draft) {
      draft = { pointId, day, slots: slotsInDay(day), series: new Array(channels.length).fill(undefined) }
      this.#drafts.set(key, draft)
    }
    this.#last = draft
    return draft
  }

  #emptySeries(slots: number): Series {
    const { values, quality, lines } = this.#spare.pop() ?? {
      values: new Int32Array(mostSlots),
      quality: new Uint8Array(mostSlots),
      lines: new Float64Array(mostSlots),
    }
    quality.fill(0)
    values.fill(0)
    return {
      values: whole(values).subarray(0, slots),
      quality: whole(quality).subarray(0, slots),
      lines: whole(lines).subarray(0, slots),
    }
  }

  /**
   * Stores all days in the caller's transaction. The drafts stay until `clear`: a transaction may fail.
   * @param exchangeId what every value carries as its source, with its line (for wide rows line × 128 + quarter-hour)
   */
  async store(client: pg.PoolClient, trx: Trx, exchangeId: number, wide: boolean): Promise<StoreResult> {
    const drafts = [...this.#drafts.values()]
    const days = new Map<PointDay, Draft>()
    for (const draft of drafts)
      days.set({ ...draft, sources: () => sourcesOf(draft, exchangeId, wide) }, draft)
    const stored = await storeManyDays(client, trx, [...days.keys()])
    const refused = stored.refused.map(({ day, reason }) => {
      const draft = days.get(day)
      return {
        line: draft ? firstLine(draft) : 0,
        day: day.day,
        reason,
        values: draft ? countValues(draft) : 0,
      }
    })
    const conflicts = stored.conflicts.map(({ day, channel, slot, old, new: value }) => ({
      line: days.get(day)?.series[channels.indexOf(channel)]?.lines[slot] ?? 0,
      channel,
      value,
      stored: old,
    }))
    let values = 0
    for (const draft of drafts) values += countValues(draft)
    for (const one of refused) values -= one.values
    const added = stored.added + stored.superseded
    return { added, repeated: this.#repeated + values - added - conflicts.length, conflicts, refused }
  }

  /** The days as the store would be given them, to be compared with what is stored. */
  incoming(exchangeId: number, wide: boolean): IncomingDay[] {
    return [...this.#drafts.values()].map((draft) => ({
      day: draft.day,
      block: {
        day: draft.day,
        minutes: 15,
        channels: channels.flatMap((channel, c) => {
          const series = draft.series[c]
          return series ? [{ channel, values: series.values, quality: series.quality }] : []
        }),
      },
      sources: sourcesOf(draft, exchangeId, wide),
    }))
  }

  clear(): void {
    for (const { series } of this.#drafts.values())
      for (const one of series) if (one && this.#spare.length < spareMost) this.#spare.push(one)
    this.#drafts.clear()
    this.#repeated = 0
    this.#last = undefined
  }
}

const spareMost = 20_000

/** The whole array behind a part of it. */
const whole = <T extends Int32Array | Uint8Array | Float64Array>(part: T): T =>
  new (part.constructor as new (buffer: ArrayBufferLike) => T)(part.buffer)

function countValues({ series }: Draft): number {
  let count = 0
  for (const one of series) if (one) for (const byte of one.quality) if (byte !== 0) count++
  return count
}

function firstLine({ series }: Draft): number {
  let first = Number.POSITIVE_INFINITY
  for (const one of series)
    one?.quality.forEach((byte, slot) => {
      if (byte !== 0) first = Math.min(first, one.lines[slot])
    })
  return first
}

/** Of each quarter-hour the line of its first channel. */
function sourcesOf({ series, slots }: Draft, exchangeId: number, wide: boolean): (SlotSource | undefined)[] {
  const sources: (SlotSource | undefined)[] = new Array(slots).fill(undefined)
  for (const one of series) {
    if (!one) continue
    for (let slot = 0; slot < slots; slot++) {
      if (one.quality[slot] === 0 || sources[slot]) continue
      const line = one.lines[slot]
      sources[slot] = { exchangeId, row: wide ? line * 128 + slot : line }
    }
  }
  return sources
}
