// Workbooks (ISO/IEC 29500 SpreadsheetML), written as a stream: numbers are numbers, stamps are dates in civil time
// with their offset beside them, because a spreadsheet knows no zone.
import { offsetMinutes } from '@contor/intervals'
import { strToU8, Zip, ZipDeflate } from 'fflate'
import { escapeXml } from '../../../platform/index.ts'
import { headers } from '../table/columns.ts'
import { offsetText } from '../table/values.ts'
import { type Column, columnsOf, rowsOf, type TableCell } from './rows.ts'
import type { ExportRequest, Slice } from './slices.ts'

const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const relationships = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
/** Rows that a sheet holds; then the next sheet begins. */
const mostRows = 1_048_576

const fixedParts: Readonly<Record<string, string>> = {
  '_rels/.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${relationships}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  'xl/styles.xml': `<styleSheet xmlns="${main}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="3" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>`,
}
const style = { heading: 1, time: 2, day: 3, energy: 4 } as const

/** Column letters of a position from 0: A, …, Z, AA, … */
export function columnName(index: number): string {
  return index < 26
    ? String.fromCharCode(65 + index)
    : columnName(Math.floor(index / 26) - 1) + String.fromCharCode(65 + (index % 26))
}

// Day 25569 of the 1900 date system is 1970-01-01.
const serial = (localMs: number) => Math.round((localMs / 86_400_000 + 25_569) * 1e8) / 1e8

function cellXml(cell: TableCell, column: Column, name: string, row: number, kwh: boolean): string {
  const at = `${name}${row}`
  if (cell === null) return ''
  if (column.type === 'time' && typeof cell === 'number')
    return `<c r="${at}" s="${style.time}"><v>${serial(cell + offsetMinutes(cell) * 60_000)}</v></c>`
  if (column.type === 'day')
    return `<c r="${at}" s="${style.day}"><v>${serial(Date.parse(`${cell}`))}</v></c>`
  if (typeof cell === 'number')
    return `<c r="${at}"${kwh ? '' : ` s="${style.energy}"`}><v>${kwh ? cell / 1_000 : cell}</v></c>`
  return `<c r="${at}" t="inlineStr"><is><t xml:space="preserve">${escapeXml(cell)}</t></is></c>`
}

/** The columns of the table, and the offset of the civil time after the start. */
function sheetColumns(request: ExportRequest): { columns: Column[]; offsetAfter: number } {
  const columns = columnsOf(request)
  const offsetAfter = columns.findIndex((column) => column.type === 'time')
  if (offsetAfter < 0) return { columns, offsetAfter }
  return {
    columns: columns.toSpliced(offsetAfter + 1, 0, { name: headers[request.locale].offset, type: 'text' }),
    offsetAfter,
  }
}

export async function* writeXlsx(
  slices: AsyncIterable<Slice>,
  request: ExportRequest,
): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = []
  let failure: Error | undefined
  const zip = new Zip((error, chunk) => {
    if (error) failure = error
    else ready.push(chunk)
  })
  const drain = () => {
    if (failure) throw failure
    const chunks = ready
    ready = []
    return chunks
  }
  const whole = (name: string, text: string) => {
    const part = new ZipDeflate(name, { level: 6 })
    zip.add(part)
    part.push(strToU8(declaration + text), true)
  }
  for (const [name, text] of Object.entries(fixedParts)) whole(name, text)
  const { columns, offsetAfter } = sheetColumns(request)
  const names = columns.map((_column, i) => columnName(i))
  const kwh = request.unit === 'kWh'
  let sheets = 0
  let rows = 0
  let sheet: ZipDeflate | undefined
  const beginSheet = () => {
    sheets++
    sheet = new ZipDeflate(`xl/worksheets/sheet${sheets}.xml`, { level: 1 })
    zip.add(sheet)
    rows = 1
    const widths = columns
      .map(
        (column, i) =>
          `<col min="${i + 1}" max="${i + 1}" width="${column.type === 'time' ? 17 : column.type === 'energy' ? 11 : 14}" customWidth="1"/>`,
      )
      .join('')
    const heading = columns
      .map(
        (column, i) =>
          `<c r="${names[i]}1" s="${style.heading}" t="inlineStr"><is><t>${escapeXml(column.name)}</t></is></c>`,
      )
      .join('')
    sheet.push(
      strToU8(
        `${declaration}<worksheet xmlns="${main}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${widths}</cols><sheetData><row r="1">${heading}</row>`,
      ),
    )
  }
  const endSheet = () => sheet?.push(strToU8('</sheetData></worksheet>'), true)
  beginSheet()
  for await (const slice of slices) {
    let text = ''
    for (const row of rowsOf(slice, request)) {
      if (rows === mostRows) {
        sheet?.push(strToU8(text))
        text = ''
        endSheet()
        beginSheet()
      }
      rows++
      const cells =
        offsetAfter < 0 ? row : row.toSpliced(offsetAfter + 1, 0, offsetText(Number(row[offsetAfter])))
      text += `<row r="${rows}">${cells.map((cell, i) => cellXml(cell, columns[i], names[i], rows, kwh)).join('')}</row>`
    }
    if (text !== '') sheet?.push(strToU8(text))
    yield* drain()
  }
  endSheet()
  const numbers = Array.from({ length: sheets }, (_, i) => i + 1)
  whole(
    'xl/workbook.xml',
    `<workbook xmlns="${main}" xmlns:r="${relationships}"><sheets>${numbers.map((n) => `<sheet name="${n === 1 ? 'readings' : `readings ${n}`}" sheetId="${n}" r:id="rId${n}"/>`).join('')}</sheets></workbook>`,
  )
  whole(
    'xl/_rels/workbook.xml.rels',
    `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${numbers.map((n) => `<Relationship Id="rId${n}" Type="${relationships}/worksheet" Target="worksheets/sheet${n}.xml"/>`).join('')}<Relationship Id="rId${sheets + 1}" Type="${relationships}/styles" Target="styles.xml"/></Relationships>`,
  )
  whole(
    '[Content_Types].xml',
    `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>${numbers.map((n) => `<Override PartName="/xl/worksheets/sheet${n}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`).join('')}<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`,
  )
  zip.end()
  yield* drain()
}
