// Collects values of quarter-hours into days of metering points, and stores them.
import { type Channel, channels, emptySeries, slotsInDay } from '@contor/intervals'
import type { Trx } from '../../../platform/index.ts'
import { type IncomingDay, storeDays } from '../../readings/index.ts'

type Draft = {
  readonly pointId: string
  readonly day: string
  readonly series: (
    | { readonly values: Int32Array; readonly quality: Uint8Array; readonly lines: Int32Array }
    | undefined
  )[]
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
}

/** Days under construction; bounded by whoever calls `size`. */
export class DayAssembler {
  #drafts = new Map<string, Draft>()
  #repeated = 0
  #last: Draft | undefined

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
      const slots = slotsInDay(day)
      series = { values: new Int32Array(slots), quality: new Uint8Array(slots), lines: new Int32Array(slots) }
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
      draft = { pointId, day, series: new Array(channels.length).fill(undefined) }
      this.#drafts.set(key, draft)
    }
    this.#last = draft
    return draft
  }

  /**
   * Stores all days in the caller's transaction. The drafts stay until `clear`: a transaction may fail.
   * @param exchangeId what every value carries as its source, with its line (for wide rows line × 128 + quarter-hour)
   */
  async store(trx: Trx, exchangeId: number, wide: boolean): Promise<StoreResult> {
    const byPoint = new Map<string, Draft[]>()
    for (const draft of this.#drafts.values()) {
      const days = byPoint.get(draft.pointId)
      if (days) days.push(draft)
      else byPoint.set(draft.pointId, [draft])
    }
    return storeBatch(trx, byPoint, exchangeId, wide, this.#repeated)
  }

  clear(): void {
    this.#drafts.clear()
    this.#repeated = 0
    this.#last = undefined
  }
}

/** The seam to the store: all that an import changes goes through here, points in the order of their number. */
async function storeBatch(
  trx: Trx,
  byPoint: ReadonlyMap<string, readonly Draft[]>,
  exchangeId: number,
  wide: boolean,
  repeatedBefore: number,
): Promise<StoreResult> {
  let added = 0
  let repeated = repeatedBefore
  const conflicts: StoredConflict[] = []
  const points = [...byPoint].sort(([a], [b]) => Number(a) - Number(b))
  for (const [pointId, drafts] of points) {
    const byDay = new Map(drafts.map((draft) => [draft.day, draft]))
    const stored = await storeDays(
      trx,
      pointId,
      drafts.map((draft) => incomingOf(draft, exchangeId, wide)),
    )
    for (const result of stored) {
      const draft = byDay.get(result.day)
      if (!draft) continue
      added += result.added + result.superseded
      repeated += countValues(draft) - result.added - result.superseded - result.conflicts.length
      for (const conflict of result.conflicts) {
        const series = draft.series[channels.indexOf(conflict.channel)]
        conflicts.push({
          line: series ? series.lines[conflict.slot] : 0,
          channel: conflict.channel,
          value: conflict.new,
          stored: conflict.old,
        })
      }
    }
  }
  return { added, repeated, conflicts }
}

function countValues(draft: Draft): number {
  let count = 0
  for (const series of draft.series) if (series) for (const byte of series.quality) if (byte !== 0) count++
  return count
}

function incomingOf(draft: Draft, exchangeId: number, wide: boolean): IncomingDay {
  const slots = slotsInDay(draft.day)
  const sources: IncomingDay['sources'] = new Array(slots).fill(undefined)
  const block = {
    day: draft.day,
    minutes: 15 as const,
    channels: draft.series.flatMap((series, index) => {
      if (!series) return []
      for (let slot = 0; slot < slots; slot++) {
        if (series.quality[slot] === 0 || sources[slot]) continue
        const line = series.lines[slot]
        sources[slot] = { exchangeId, row: wide ? line * 128 + slot : line }
      }
      return [{ ...emptySeries(channels[index], draft.day), values: series.values, quality: series.quality }]
    }),
  }
  return { day: draft.day, block, sources }
}
