// Slices as rows of a table: the columns and cells that CSV, TXT, XLSX, JSON and Parquet share.
import { civilDayOf } from '@contor/intervals'
import { energyHeader, headers, stateHeader, stateWord } from '../table/columns.ts'
import type { ExportRequest, Slice } from './slices.ts'

/** A column of the table; cells of an 'energy' column are Wh, of a 'time' column epoch ms. */
export interface Column {
  readonly name: string
  readonly type: 'text' | 'time' | 'energy' | 'day'
}

export type TableCell = string | number | null

const mostSlots = 100

/** Whether days stand in rows with their quarter-hours beside each other. */
const isWide = (request: ExportRequest) => request.layout === 'wide' && request.resolution === '15m'

/**
 * The columns of an export. `channels`: pod, start, end, then energy and quality of each channel. `wide`: pod, day,
 * channel, unit in the name of the value columns q1 … q100, the n-th quarter-hour of the civil day.
 */
export function columnsOf(request: ExportRequest): Column[] {
  const names = headers[request.locale]
  if (isWide(request))
    return [
      { name: names.pod, type: 'text' },
      { name: names.day, type: 'day' },
      { name: names.channel, type: 'text' },
      { name: names.quality, type: 'text' },
      ...Array.from({ length: mostSlots }, (_, i) => ({ name: `q${i + 1}`, type: 'energy' as const })),
    ]
  return [
    { name: names.pod, type: 'text' },
    { name: names.start, type: 'time' },
    { name: names.end, type: 'time' },
    ...request.channels.flatMap((channel) => [
      { name: energyHeader(channel, request.unit), type: 'energy' as const },
      { name: stateHeader(channel, request.locale), type: 'text' as const },
    ]),
  ]
}

export function* rowsOf(slice: Slice, request: ExportRequest): Generator<TableCell[]> {
  if (isWide(request)) {
    yield* wideRows(slice, request)
    return
  }
  const words = new Map(
    (['measured', 'estimated', 'edited', 'missing', 'mixed'] as const).map((s) => [
      s,
      stateWord(s, request.locale),
    ]),
  )
  for (let i = 0; i < slice.start.length; i++) {
    const row: TableCell[] = [slice.pod, slice.start[i], slice.end[i]]
    for (const { value, quality } of slice.channels) row.push(value[i], words.get(quality[i]) ?? quality[i])
    yield row
  }
}

// The unit of a wide row is in its channel cell: `A+ [Wh]`.
function* wideRows(slice: Slice, request: ExportRequest): Generator<TableCell[]> {
  for (const { channel, value, quality } of slice.channels) {
    for (let i = 0; i < slice.start.length; ) {
      const day = civilDayOf(slice.start[i])
      let next = i
      while (next < slice.start.length && civilDayOf(slice.start[next]) === day) next++
      const states = new Set(quality.slice(i, next).filter((s) => s !== 'missing'))
      const state = states.size === 0 ? 'missing' : states.size === 1 ? [...states][0] : 'mixed'
      const cells: TableCell[] = value.slice(i, next)
      while (cells.length < mostSlots) cells.push(null)
      yield [slice.pod, day, energyHeader(channel, request.unit), stateWord(state, request.locale), ...cells]
      i = next
    }
  }
}
