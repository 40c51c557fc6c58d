// Lines of text: CSV (RFC 4180), tabulated and fixed-width text, JSON and JSON lines.
import { civilStamp, energyText } from '../table/values.ts'
import { type Column, columnsOf, rowsOf, type TableCell } from './rows.ts'
import type { ExportRequest, Slice } from './slices.ts'

/** A cell as text. */
function cellText(cell: TableCell, column: Column, request: ExportRequest): string {
  if (cell === null) return ''
  if (typeof cell === 'string') return cell
  return column.type === 'time' ? civilStamp(cell) : energyText(cell, request.unit, request.decimal)
}

/** RFC 4180: quoted when it holds the separator, a quote or a line break; a cell that a spreadsheet would run is quoted with a leading apostrophe. */
export function csvCell(text: string, separator: string): string {
  const safe =
    /^[=@\t\r]/.test(text) || (/^[+-]/.test(text) && !/^[+-][\d.,]+$/.test(text)) ? `'${text}` : text
  return safe.includes('"') || safe.includes(separator) || safe.includes('\n') || safe.includes('\r')
    ? `"${safe.replaceAll('"', '""')}"`
    : safe
}

/** CSV in UTF-8; in Romanian with a byte order mark, without which spreadsheets guess another alphabet. */
export async function* writeCsv(
  slices: AsyncIterable<Slice>,
  request: ExportRequest,
): AsyncGenerator<string> {
  const columns = columnsOf(request)
  const { separator } = request
  yield `${request.locale === 'ro' ? '\uFEFF' : ''}${columns.map((c) => csvCell(c.name, separator)).join(separator)}\r\n`
  for await (const slice of slices) {
    let text = ''
    for (const row of rowsOf(slice, request))
      text += `${row.map((cell, i) => csvCell(cellText(cell, columns[i], request), separator)).join(separator)}\r\n`
    if (text !== '') yield text
  }
}

const widths = { text: 24, time: 26, energy: 12, day: 11 } as const

/** Columns of fixed width, the widths in the first line as a ruler; energies stand right. */
export async function* writeFixed(
  slices: AsyncIterable<Slice>,
  request: ExportRequest,
): AsyncGenerator<string> {
  const columns = columnsOf(request)
  const line = (cells: string[]) =>
    `${cells
      .map((cell, i) => {
        const width = Math.max(widths[columns[i].type], columns[i].name.length + 1)
        return columns[i].type === 'energy' ? `${cell.padStart(width - 1)} ` : cell.padEnd(width)
      })
      .join('')
      .trimEnd()}\r\n`
  yield line(columns.map((c) => c.name))
  for await (const slice of slices) {
    let text = ''
    for (const row of rowsOf(slice, request))
      text += line(row.map((cell, i) => cellText(cell, columns[i], request)))
    if (text !== '') yield text
  }
}

/** One JSON object a row, keyed by the column names; energies are numbers, in kWh as exact decimal text. */
function* jsonRows(slice: Slice, request: ExportRequest, columns: readonly Column[]): Generator<string> {
  for (const row of rowsOf(slice, request)) {
    const object: Record<string, string | number | null> = {}
    for (const [i, cell] of row.entries())
      object[columns[i].name] =
        typeof cell === 'number' && (columns[i].type === 'time' || request.unit === 'kWh')
          ? cellText(cell, columns[i], { ...request, decimal: '.' })
          : cell
    yield JSON.stringify(object)
  }
}

export async function* writeJsonLines(
  slices: AsyncIterable<Slice>,
  request: ExportRequest,
): AsyncGenerator<string> {
  const columns = columnsOf(request)
  for await (const slice of slices) {
    const text = [...jsonRows(slice, request, columns)].join('\n')
    if (text !== '') yield `${text}\n`
  }
}

/** An array of the same objects, one a line. */
export async function* writeJson(
  slices: AsyncIterable<Slice>,
  request: ExportRequest,
): AsyncGenerator<string> {
  const columns = columnsOf(request)
  let first = true
  yield '['
  for await (const slice of slices) {
    const text = [...jsonRows(slice, request, columns)].join(',\n')
    if (text === '') continue
    yield `${first ? '\n' : ',\n'}${text}`
    first = false
  }
  yield '\n]\n'
}
