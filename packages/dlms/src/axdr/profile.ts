// Profile buffers (class 7, Blue Book 4.3.6) as rows of values: null-data compression and deltas undone.

import { DlmsError } from '../parse.ts'
import { Columns, type ProfileColumns } from './columns.ts'
import { type Data, numberOf } from './data.ts'
import { type DeviationOf, type DeviationSign, instantFromBytes } from './dateTime.ts'

/** What of a capture object matters here: class 8 attribute 2 is a clock column. */
export interface ProfileColumn {
  readonly classId: number
  readonly attribute: number
}

/** One entry: its clock (NaN when there is none) and one cell per capture object, in their order. */
export interface ProfileRow {
  readonly epochMs: number
  readonly cells: readonly Data[]
}

export interface ProfileOptions {
  /** Deviation for clocks that state none. */
  readonly zone?: DeviationOf
  /** Of the clocks that state one. Default 'standard'. */
  readonly deviation?: DeviationSign
}

export const isClock = (column: ProfileColumn) => column.classId === 8 && column.attribute === 2

/**
 * Undoes the compression of a buffer: a null clock is the previous one plus the capture period, another null
 * cell repeats the one before it, a delta is added to it. Cells before the first value stay null-data.
 * Deltas come out as the type of the value they start from.
 * @param capturePeriodS seconds; 0 (asynchronous capture) repeats the clock
 * @throws DlmsError 'malformed' when the buffer is no array of structures with one cell per column
 */
export function expandProfileBuffer(
  buffer: Data,
  captureObjects: readonly ProfileColumn[],
  capturePeriodS: number,
  options: ProfileOptions = {},
): ProfileRow[] {
  if (buffer.type !== 'array' && buffer.type !== 'compact-array') {
    throw new DlmsError('malformed', `a profile buffer is an array, not ${buffer.type}`)
  }
  const clock = captureObjects.findIndex(isClock)
  let previous: Data[] = captureObjects.map(() => ({ type: 'null-data', value: null }))
  let epochMs = Number.NaN
  return buffer.value.map((entry) => {
    if (entry.type !== 'structure' || entry.value.length !== captureObjects.length) {
      throw new DlmsError('malformed', 'a profile entry is a structure with one cell per capture object')
    }
    const cells = entry.value.map((cell, column) => follow(previous[column], cell))
    if (clock >= 0) {
      const stamp = entry.value[clock]
      epochMs = stamp.type === 'null-data' ? epochMs + capturePeriodS * 1000 : clockOf(stamp, options)
    }
    previous = cells
    return { epochMs, cells }
  })
}

function follow(before: Data, cell: Data): Data {
  if (cell.type === 'null-data') return before
  if (!cell.type.startsWith('delta-')) return cell
  if (typeof before.value === 'bigint') {
    return { type: before.type, value: before.value + BigInt(cell.value as number) } as Data
  }
  if (typeof before.value === 'number') {
    return { type: before.type, value: before.value + (cell.value as number) } as Data
  }
  return before
}

function clockOf(cell: Data, { zone, deviation }: ProfileOptions): number {
  const dated = cell.type === 'octet-string' || cell.type === 'date-time'
  return dated && cell.value.length === 12 ? instantFromBytes(cell.value, 0, zone, deviation) : Number.NaN
}

/** Columns of rows that are expanded already: the slow path to the shape of `decodeProfileColumns`. */
export function profileColumns(rows: readonly ProfileRow[], columns: number): ProfileColumns {
  const result = new Columns(columns, rows.length)
  for (const [row, { epochMs, cells }] of rows.entries()) {
    result.epochMs[row] = epochMs
    for (const [column, cell] of cells.entries()) {
      const value = numberOf(cell)
      if (value !== undefined) result.set(column, row, value)
    }
  }
  return result.result
}
