import type { IntervalColumns, Quality } from '../api/types.ts'
import { addDays, civilDay, dayStart, wallMinutes } from '../format/zone.ts'

/** Power that an energy unit becomes over time: kWh → kW, kvarh → kvar. */
export const powerUnit = (series: Series): string => `k${series.unit.replace(/h$/, '')}`

/** Intervals as the pictures use them; all arrays equally long, starts ascending. */
export type Series = {
  start: Float64Array
  /** energy per interval, null where missing */
  value: (number | null)[]
  quality: Quality[]
  flags: (string[] | null)[]
  trace: (string | null)[]
  stepMs: number
  /** 'Wh' or 'varh' */
  unit: string
}

const steps = { '15m': 900_000, '1h': 3_600_000, '1d': 86_400_000, '1mo': 30 * 86_400_000 }

export function toSeries(columns: IntervalColumns, now = Date.now()): Series {
  const all = Float64Array.from(columns.start, (each) => (typeof each === 'number' ? each : Date.parse(each)))
  // What has not happened yet is not missing.
  const firstFuture = all.findIndex((ms) => ms >= now)
  const start = firstFuture < 0 ? all : all.slice(0, firstFuture)
  return {
    start,
    value: columns.value.slice(0, start.length),
    quality: columns.quality.slice(0, start.length),
    flags: columns.flags ?? [],
    trace: columns.trace ?? [],
    stepMs: steps[columns.resolution] ?? steps['15m'],
    unit: columns.unit,
  }
}

export type Run = { from: number; to: number; quality: Quality }
/** Neighbouring intervals of one quality joined: a year of quarter-hours becomes a few rectangles. */
export function qualityRuns(series: Series): Run[] {
  const runs: Run[] = []
  for (let i = 0; i < series.start.length; i++) {
    const from = series.start[i]
    const last = runs.at(-1)
    if (last && last.quality === series.quality[i] && from - last.to < series.stepMs / 2) {
      last.to = from + series.stepMs
    } else runs.push({ from, to: from + series.stepMs, quality: series.quality[i] })
  }
  return runs
}

/** Index of the interval that contains the instant, or -1. */
export function indexAt(series: Series, ms: number): number {
  let low = 0
  let high = series.start.length - 1
  while (low <= high) {
    const mid = (low + high) >> 1
    if (series.start[mid] > ms) high = mid - 1
    else if (series.start[mid] + series.stepMs <= ms) low = mid + 1
    else return mid
  }
  return -1
}

export function lowerBound(series: Series, ms: number): number {
  let low = 0
  let high = series.start.length
  while (low < high) {
    const mid = (low + high) >> 1
    if (series.start[mid] < ms) low = mid + 1
    else high = mid
  }
  return low
}

/** Civil instants to label between two instants: hours inside a few days, midnights otherwise. */
export function civilTicks(from: number, to: number, most: number): { at: number[]; daily: boolean } {
  const span = to - from
  const hour = 3_600_000
  const at: number[] = []
  if (span <= 3 * 24 * hour) {
    const size = [0.25, 0.5, 1, 2, 3, 6, 12, 24].find((h) => span / (h * hour) <= most) ?? 24
    const first = Math.ceil(from / (hour / 4)) * (hour / 4)
    for (let ms = first; ms <= to; ms += hour / 4) {
      if (wallMinutes(ms) % (size * 60) === 0) at.push(ms)
    }
    return { at, daily: false }
  }
  const every = Math.max(1, Math.ceil(span / (24 * hour) / most))
  let day = civilDay(from - 1)
  for (let n = 0; n < 2000; n++) {
    day = addDays(day, 1)
    const ms = dayStart(day)
    if (ms > to) break
    if (n % every === 0) at.push(ms)
  }
  return { at, daily: true }
}

/** Saturdays and Sundays as spans of civil midnights. */
export function weekends(from: number, to: number): [number, number][] {
  const found: [number, number][] = []
  for (let day = civilDay(from); dayStart(day) < to; day = addDays(day, 1)) {
    if (new Date(`${day}T00:00:00Z`).getUTCDay() === 6) {
      found.push([Math.max(dayStart(day), from), Math.min(dayStart(addDays(day, 2)), to)])
    } else if (found.length === 0 && new Date(`${day}T00:00:00Z`).getUTCDay() === 0) {
      found.push([Math.max(dayStart(day), from), Math.min(dayStart(addDays(day, 1)), to)])
    }
  }
  return found
}
