// What is loaded in bulk: days of many metering points, side by side in a few typed arrays.

import { type Channel, channels, dayNumber, hoursOfDayNumber } from '@contor/intervals'

/**
 * Days of metering points as columns. Row r is day `days[r]` of point `points[r]`; its values begin at
 * `starts[r]`: the channels of `mask` one after the other in the order of `channels`, one element per
 * quarter-hour of that day.
 */
export type ReadingBatch = {
  /** Unique within the source; the same id again changes nothing. */
  readonly id: string
  /** Bit i for `channels[i]` of the day block; the same for all rows. */
  readonly mask: number
  /** Ids of metering points; safe integers. */
  readonly points: Float64Array
  /** Civil days, days since 1970-01-01. */
  readonly days: Int32Array
  readonly starts: Int32Array
  /** Wh or varh per quarter-hour; ignored where the quality says missing. */
  readonly values: Int32Array
  /** Quality bytes; the rules may add marks to them. */
  readonly quality: Uint8Array
  /** Approved power of each row's point (putere avizată), W; 0 when not known. */
  readonly approvedPowerW: Int32Array
}

/** Where a batch comes from. */
export type LoadSource = {
  /** Who sent it; with the id of the batch it says whether a batch was loaded already. */
  readonly name: string
  /** Exchange that all rows came with, when the journal keeps one. */
  readonly exchangeId?: number
}

/** What a rule says of a run of slots of one row. */
export type LoadFinding = {
  readonly row: number
  readonly rule: string
  readonly ruleVersion: number
  readonly severity: 'info' | 'warning' | 'error'
  readonly channel: Channel
  readonly fromSlot: number
  readonly count: number
  readonly details: Readonly<Record<string, unknown>>
}

/** Looks at a batch before it is stored; may add marks to `batch.quality`. */
export type Judge = (batch: ReadingBatch) => readonly LoadFinding[]

/** What became of a batch. */
export type LoadResult = {
  /** True when the batch had been loaded before: the figures are those of that time. */
  readonly repeated: boolean
  readonly days: number
  readonly readings: number
  readonly added: number
  readonly conflicts: number
  readonly findings: number
  /** Rows that could not be stored, with the reason. Empty for a repeated batch. */
  readonly rejected: readonly { readonly row: number; readonly reason: string }[]
}

const firstDay = dayNumber('2000-01-01')
const lastDay = dayNumber('2099-12-31')
// Asked several times for every row.
const slotsByDay = Uint8Array.from({ length: lastDay + 1 }, (_, day) =>
  day < firstDay ? 0 : hoursOfDayNumber(day) * 4,
)

/** Quarter-hours of a day given as days since 1970-01-01, between 2000 and 2099. */
export const slotsOf = (day: number): number => slotsByDay[day]

/** Channels of a mask, in the order they stand in a row. */
export const channelsOf = (mask: number): Channel[] => channels.filter((_, i) => (mask >> i) & 1)

/** Why a row cannot be stored, or undefined: its key and its place, see stage.ts for what it holds. */
export function unfit(batch: ReadingBatch, row: number, width: number): string | undefined {
  const { points, days, starts, values, quality } = batch
  if (!Number.isSafeInteger(points[row]) || points[row] < 1) return `no metering point ${points[row]}`
  if (days[row] < firstDay || days[row] > lastDay) return `day ${days[row]} is outside 2000…2099`
  const from = starts[row]
  const end = from + width * slotsOf(days[row])
  if (from < 0 || end > values.length || end > quality.length) return 'values outside the columns'
  return undefined
}

/** Arrays whose memory a worker takes over instead of a copy. */
export function transferables(batch: ReadingBatch): ArrayBuffer[] {
  const { points, days, starts, values, quality, approvedPowerW } = batch
  return [points, days, starts, values, quality, approvedPowerW].map((array) => array.buffer as ArrayBuffer)
}
