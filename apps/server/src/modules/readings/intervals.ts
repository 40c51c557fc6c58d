// The interval values of a point, at any resolution, each with its quality and its way back.

import {
  type Channel,
  type DayBlock,
  daysBetween,
  flagsOf,
  type Resolution,
  resample,
  seriesOf,
  slotStart,
  slotsInDay,
  stateOf,
} from '@contor/intervals'
import type { Trx } from '../../platform/index.ts'
import { type SlotSource, traceRef } from './sources.ts'
import { loadDays } from './store.ts'
import { loadDaysAsOf } from './versions/asOf.ts'

/** Columns of the same length; instants in epoch ms, values in Wh or varh. */
export type IntervalColumns = {
  start: number[]
  end: number[]
  value: (number | null)[]
  quality: ('measured' | 'estimated' | 'edited' | 'missing' | 'mixed')[]
  flags: string[][]
  trace: (string | null)[]
}

/** Whole days `from … to`, both included, as they stand or as they were known at an instant (epoch ms). Coarser resolutions have no trace: many frames brought them. */
export async function loadIntervals(
  trx: Trx,
  meteringPointId: string,
  channel: Channel,
  from: string,
  to: string,
  resolution: Resolution,
  knownAt?: number,
): Promise<IntervalColumns> {
  const stored =
    knownAt === undefined
      ? await loadDays(trx, meteringPointId, from, to)
      : await loadDaysAsOf(trx, meteringPointId, from, to, knownAt)
  if (resolution === '15m') return quarterHours(stored, channel, from, to)
  const columns = emptyColumns()
  const blocks = stored.map((s) => s.block)
  for (const point of resample(blocks, resolution, channel, { from, to })) {
    columns.start.push(point.start)
    columns.end.push(point.end)
    columns.value.push(point.value)
    columns.quality.push(point.quality)
    columns.flags.push(flagsOf(point.flags))
    columns.trace.push(null)
  }
  return columns
}

function emptyColumns(): IntervalColumns {
  return { start: [], end: [], value: [], quality: [], flags: [], trace: [] }
}

function quarterHours(
  stored: readonly { day: string; block: DayBlock; sources: (SlotSource | undefined)[] }[],
  channel: Channel,
  from: string,
  to: string,
): IntervalColumns {
  const columns = emptyColumns()
  const byDay = new Map(stored.map((s) => [s.day, s]))
  const none: string[] = []
  for (const day of daysBetween(from, to)) {
    const found = byDay.get(day)
    const series = found && seriesOf(found.block, channel)
    const slots = slotsInDay(day)
    let start = slotStart(day, 0)
    for (let slot = 0; slot < slots; slot++, start += 900_000) {
      const byte = series ? series.quality[slot] : 0
      const present = (byte & 7) !== 0
      const source = found?.sources[slot]
      columns.start.push(start)
      columns.end.push(start + 900_000)
      columns.value.push(present && series ? series.values[slot] : null)
      columns.quality.push(stateOf(byte))
      columns.flags.push(byte & 0xf8 ? flagsOf(byte) : none)
      columns.trace.push(present && source ? traceRef(source) : null)
    }
  }
  return columns
}

/** The civil days that a range of instants or days touches. */
export function dayRange(
  from: string,
  to: string,
  dayOf: (at: number) => string,
): { first: string; last: string } {
  const day = (text: string, end: boolean) => {
    if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return text
    return dayOf(Date.parse(text) - (end ? 1 : 0))
  }
  return { first: day(from, false), last: day(to, true) }
}

/** The part of the columns inside [from, to), when the caller asked for instants. */
export function cutColumns(columns: IntervalColumns, from: number, to: number): IntervalColumns {
  const first = columns.end.findIndex((end) => end > from)
  if (first < 0) return emptyColumns()
  let last = columns.start.length
  while (last > first && columns.start[last - 1] >= to) last--
  const part = <T>(list: T[]) => list.slice(first, last)
  return {
    start: part(columns.start),
    end: part(columns.end),
    value: part(columns.value),
    quality: part(columns.quality),
    flags: part(columns.flags),
    trace: part(columns.trace),
  }
}
