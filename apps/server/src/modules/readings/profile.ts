// From the rows of a load profile to civil days: slot by slot, with the marks that the meter gave.

import { type Channel, type DayBlock, emptySeries, flag, locate, quality } from '@contor/intervals'
import type { SlotSource } from './sources.ts'

/** Rows of a load profile in the order of the answer. */
export type ProfileRows = {
  readonly exchangeId: number
  /** Number of the first row here among the rows of its exchange. */
  readonly firstRow: number
  /** The clock column, which stamps the END of an interval: epoch ms, NaN where not specified. */
  readonly ends: Float64Array
  /** The status register 0.0.96.10.1 of each row. */
  readonly status?: Float64Array
  /** Energy of the interval, Wh or varh; NaN where the row carries none. */
  readonly channels: readonly { readonly channel: Channel; readonly values: Float64Array }[]
}

/** A civil day as one exchange (or several) brought it. */
export type IncomingDay = {
  readonly day: string
  readonly block: DayBlock
  /** One entry per slot. */
  readonly sources: (SlotSource | undefined)[]
}

/** What could not be taken as it came. */
export type ProfileOddity = {
  readonly kind: 'no-clock' | 'misaligned' | 'duplicate' | 'out-of-range'
  readonly row: number
  readonly at: number
}

export type InterpretedProfile = {
  readonly days: readonly IncomingDay[]
  readonly oddities: readonly ProfileOddity[]
  /** Oldest and newest interval end taken, epoch ms; NaN when none was. */
  readonly firstEnd: number
  readonly lastEnd: number
}

const quarterMs = 900_000
const maxValue = 0x7fffffff

// Bits of the status column 0.0.96.10.1 as this profile's meters give it (IDIS Package 2, load profile 1).
const statusFlags: readonly (readonly [number, number])[] = [
  [0x01, flag.meterError], // critical error
  [0x02, flag.clockDeviated], // clock invalid
  [0x04, flag.suspect], // data not valid
  [0x20, flag.clockDeviated], // clock adjusted
  [0x80, flag.powerDown], // power down
]

/** The quality byte of a measured interval with this status. */
export function qualityOfStatus(status: number): number {
  let byte: number = quality.measured
  for (const [bit, mark] of statusFlags) if (status & bit) byte |= mark
  return byte
}

/**
 * Places rows on civil days. A stamp within `toleranceMs` of a quarter-hour belongs to the interval that ends
 * there; another stamp is placed by truncating (end − 15 min) and marked clock-deviated. A slot that the
 * answer brings twice keeps its first value.
 * @param toleranceMs how far from the quarter a stamp may stand, milliseconds
 * @param deviated the meter's clock is outside its tolerance: every slot is marked so
 */
export function interpretProfile(
  rows: ProfileRows,
  options: { readonly toleranceMs: number; readonly deviated?: boolean },
): InterpretedProfile {
  const days = new Map<string, IncomingDay>()
  const oddities: ProfileOddity[] = []
  let firstEnd = Number.NaN
  let lastEnd = Number.NaN
  for (let i = 0; i < rows.ends.length; i++) {
    const row = rows.firstRow + i
    const end = rows.ends[i]
    if (Number.isNaN(end)) {
      oddities.push({ kind: 'no-clock', row, at: end })
      continue
    }
    const nearest = Math.round(end / quarterMs) * quarterMs
    const aligned = Math.abs(end - nearest) <= options.toleranceMs
    const start = (aligned ? nearest : Math.floor(end / quarterMs) * quarterMs) - quarterMs
    if (!aligned) oddities.push({ kind: 'misaligned', row, at: end })
    const day = dayAt(days, start, rows.channels)
    if (!day) {
      oddities.push({ kind: 'out-of-range', row, at: end })
      continue
    }
    const { slot } = locate(start)
    if (day.sources[slot]) {
      oddities.push({ kind: 'duplicate', row, at: end })
      continue
    }
    let mark = qualityOfStatus(rows.status ? rows.status[i] : 0)
    if (!aligned || options.deviated) mark |= flag.clockDeviated
    if (!placeRow(day, slot, rows, i, mark)) {
      oddities.push({ kind: 'out-of-range', row, at: end })
      continue
    }
    day.sources[slot] = { exchangeId: rows.exchangeId, row }
    if (!(firstEnd <= start + quarterMs)) firstEnd = start + quarterMs
    if (!(lastEnd >= start + quarterMs)) lastEnd = start + quarterMs
  }
  const sorted = [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1))
  return { days: sorted, oddities, firstEnd, lastEnd }
}

function dayAt(days: Map<string, IncomingDay>, start: number, channels: ProfileRows['channels']) {
  let found: { day: string } | undefined
  try {
    found = locate(start)
  } catch {
    return undefined // a clock far outside the calendar
  }
  const known = days.get(found.day)
  if (known) return known
  const series = channels.map(({ channel }) => emptySeries(channel, found.day))
  const incoming: IncomingDay = {
    day: found.day,
    block: { day: found.day, minutes: 15, channels: series },
    sources: new Array(series[0]?.values.length ?? 0).fill(undefined),
  }
  days.set(found.day, incoming)
  return incoming
}

function placeRow(day: IncomingDay, slot: number, rows: ProfileRows, i: number, mark: number): boolean {
  let placed = false
  for (const [c, { values }] of rows.channels.entries()) {
    const value = values[i]
    if (!Number.isInteger(value) || Math.abs(value) > maxValue) continue
    const series = day.block.channels[c]
    series.values[slot] = value
    series.quality[slot] = mark
    placed = true
  }
  return placed
}
