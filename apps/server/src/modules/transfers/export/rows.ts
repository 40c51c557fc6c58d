// Slices as rows of a table: the columns and cells that CSV, TXT, XLSX, JSON and Parquet share.
import { civilDayOf } from '@contor/intervals'
import {
  energyHeader,
  headers,
  marksHeader,
  marksText,
  methodHeader,
  stateHeader,
  stateWord,
} from '../table/columns.ts'
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
 * channel, unit in the name of the value columns q1 … q100, the n-th quarter-hour of the civil day. With marks a
 * column of marks and one of methods stand after each quality.
 */
export function columnsOf(request: ExportRequest): Column[] {
  const names = headers[request.locale]
  if (isWide(request))
    return [
      { name: names.pod, type: 'text' },
      { name: names.day, type: 'day' },
      { name: names.channel, type: 'text' },
      { name: names.quality, type: 'text' },
      ...(request.marks
        ? [
            { name: names.marks, type: 'text' as const },
            { name: names.method, type: 'text' as const },
          ]
        : []),
      ...Array.from({ length: mostSlots }, (_, i) => ({ name: `q${i + 1}`, type: 'energy' as const })),
    ]
  return [
    { name: names.pod, type: 'text' },
    { name: names.start, type: 'time' },
    { name: names.end, type: 'time' },
    ...request.channels.flatMap((channel) => [
      { name: energyHeader(channel, request.unit), type: 'energy' as const },
      { name: stateHeader(channel, request.locale), type: 'text' as const },
      ...(request.marks
        ? [
            { name: marksHeader(channel, request.locale), type: 'text' as const },
            { name: methodHeader(channel, request.locale), type: 'text' as const },
          ]
        : []),
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
    for (const { value, quality, flags, method } of slice.channels) {
      row.push(value[i], words.get(quality[i]) ?? quality[i])
      if (request.marks) row.push(marksText(flags[i], request.locale), method?.[i] ?? '')
    }
    yield row
  }
}

// The unit of a wide row is in its channel cell: `A+ [Wh]`. With marks a day has a row for each quality that occurs in
// it, with the quarter-hours that are of this quality.
function* wideRows(slice: Slice, request: ExportRequest): Generator<TableCell[]> {
  for (const column of slice.channels) {
    for (let i = 0; i < slice.start.length; ) {
      const day = civilDayOf(slice.start[i])
      let next = i
      while (next < slice.start.length && civilDayOf(slice.start[next]) === day) next++
      const head = [slice.pod, day, energyHeader(column.channel, request.unit)]
      yield* request.marks
        ? markedRows(head, column, i, next, request)
        : [wideRow(head, column, i, next, request)]
      i = next
    }
  }
}

type SliceColumn = Slice['channels'][number]

function wideRow(
  head: readonly TableCell[],
  { value, quality }: SliceColumn,
  from: number,
  to: number,
  { locale }: ExportRequest,
): TableCell[] {
  const states = new Set(quality.slice(from, to).filter((s) => s !== 'missing'))
  const state = states.size === 0 ? 'missing' : states.size === 1 ? [...states][0] : 'mixed'
  return [...head, stateWord(state, locale), ...filled(value.slice(from, to))]
}

function* markedRows(
  head: readonly TableCell[],
  { value, quality, flags, method }: SliceColumn,
  from: number,
  to: number,
  { locale }: ExportRequest,
): Generator<TableCell[]> {
  const places = Array.from({ length: to - from }, (_, n) => from + n)
  const groups = Map.groupBy(
    places.filter((i) => quality[i] !== 'missing'),
    (i) => `${quality[i]}/${flags[i]}/${method?.[i] ?? ''}`,
  )
  if (groups.size === 0) yield [...head, stateWord('missing', locale), '', '', ...filled([])]
  for (const group of groups.values()) {
    const [first] = group
    const cells: TableCell[] = new Array(to - from).fill(null)
    for (const i of group) cells[i - from] = value[i]
    const words = [stateWord(quality[first], locale), marksText(flags[first], locale), method?.[first] ?? '']
    yield [...head, ...words, ...filled(cells)]
  }
}

function filled(cells: TableCell[]): TableCell[] {
  while (cells.length < mostSlots) cells.push(null)
  return cells
}
