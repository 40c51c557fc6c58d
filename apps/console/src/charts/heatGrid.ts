import { addDays, civilDay, wallMinutes } from '../format/zone.ts'
import type { Series } from './series.ts'

/** Days from newest to oldest; each cell holds the indexes of its intervals: two on the repeated hour of the
 *  October day, none on the skipped hour of March. */
export type HeatGrid = { days: string[]; cells: Map<string, number[]>; top: number }

export const columnsPerDay = 96

export function heatGrid(series: Series): HeatGrid {
  const cells = new Map<string, number[]>()
  const values: number[] = []
  const count = series.start.length
  if (count === 0) return { days: [], cells, top: 1 }
  for (let i = 0; i < count; i++) {
    const ms = series.start[i]
    const key = cellKey(civilDay(ms), Math.floor(wallMinutes(ms) / 15))
    const cell = cells.get(key)
    if (cell) cell.push(i)
    else cells.set(key, [i])
    const wh = series.value[i]
    if (wh !== null) values.push(wh)
  }
  const days: string[] = []
  const first = civilDay(series.start[0])
  for (let day = civilDay(series.start[count - 1]); day >= first; day = addDays(day, -1)) days.push(day)
  values.sort((a, b) => a - b)
  // The 99th percentile: one spike must not wash the picture out.
  const top = values[Math.floor((values.length - 1) * 0.99)] ?? 1
  return { days, cells, top: Math.max(top, 1) }
}

export const cellKey = (day: string, column: number): string => `${day}#${column}`

/** 0 … 1 → colour between the steps of the sequential scale. */
export function scaleColour(share: number, steps: string[]): string {
  const at = Math.min(Math.max(share, 0), 1) * (steps.length - 1)
  const low = Math.min(Math.floor(at), steps.length - 2)
  return mix(rgb(steps[low]), rgb(steps[low + 1]), at - low)
}

function rgb(hex: string): [number, number, number] {
  const n = Number.parseInt(hex.replace('#', ''), 16)
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255]
}

function mix(a: [number, number, number], b: [number, number, number], share: number): string {
  const part = (i: 0 | 1 | 2) => Math.round(a[i] + (b[i] - a[i]) * share)
  return `rgb(${part(0)},${part(1)},${part(2)})`
}
