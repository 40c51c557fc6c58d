// Batches for tests: the same arguments give the same batch in every process.

import type { LoadSource, ReadingBatch } from '../batch.ts'
import { slotsOf } from '../batch.ts'
import { type ColumnRules, columnJudgeModule } from '../judge.ts'

export const source: LoadSource = { name: 'test' }
export const aPlus = 0b1
export const fourChannels = 0b1100_0011

export const rules: ColumnRules = {
  'missing-interval': { version: 1, severity: 'warning', parameters: {} },
  negative: { version: 1, severity: 'error', parameters: {} },
  spike: { version: 1, severity: 'warning', parameters: { factor: 3 } },
}
export const judgeModule = columnJudgeModule(rules)

/** One row; slots that `values` does not name are missing. */
export type Row = {
  point: string
  day: number
  values: Readonly<Record<number, number>>
  estimated?: boolean
}

/** A batch of channel A+ only. */
export function batchOf(id: string, rows: readonly Row[], approvedPowerW = 0): ReadingBatch {
  const total = rows.reduce((all, row) => all + slotsOf(row.day), 0)
  const batch = emptyBatch(id, aPlus, rows.length, total, approvedPowerW)
  let at = 0
  rows.forEach(({ point, day, values, estimated }, r) => {
    batch.points[r] = Number(point)
    batch.days[r] = day
    batch.starts[r] = at
    for (const [slot, value] of Object.entries(values)) {
      batch.values[at + Number(slot)] = value
      batch.quality[at + Number(slot)] = estimated ? 2 : 1
    }
    at += slotsOf(day)
  })
  return batch
}

/** Whole days of four channels with holes and spikes here and there, drawn from `seed`. */
export function wholeBatch(
  id: string,
  points: readonly string[],
  days: readonly number[],
  seed: number,
): ReadingBatch {
  const rows = points.length * days.length
  const total = points.length * days.reduce((all, day) => all + 4 * slotsOf(day), 0)
  const batch = emptyBatch(id, fourChannels, rows, total, 8_000)
  let state = seed
  const draw = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >>> 8) % below
  }
  let at = 0
  let r = 0
  for (const point of points)
    for (const day of days) {
      batch.points[r] = Number(point)
      batch.days[r] = day
      batch.starts[r++] = at
      for (const end = at + 4 * slotsOf(day); at < end; at++) {
        const isHole = draw(500) === 0
        batch.quality[at] = isHole ? 0 : 1
        batch.values[at] = isHole ? 0 : draw(400) === 0 ? 90_000 : draw(300)
      }
    }
  return batch
}

function emptyBatch(
  id: string,
  mask: number,
  rows: number,
  total: number,
  approvedPowerW: number,
): ReadingBatch {
  return {
    id,
    mask,
    points: new Float64Array(rows),
    days: new Int32Array(rows),
    starts: new Int32Array(rows),
    values: new Int32Array(total),
    quality: new Uint8Array(total),
    approvedPowerW: new Int32Array(rows).fill(approvedPowerW),
  }
}
