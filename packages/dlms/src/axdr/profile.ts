// Profile buffers (class 7, Blue Book 4.3.6): null-data compression undone, and a fast path from bytes to columns.

import { Reader } from '../bytes.ts'
import { DlmsError, defaultLimits, type Limits, malformed, type Parse } from '../parse.ts'
import { type Data, dataTypes, numberOf, type TypeDescription } from './data.ts'
import { type DeviationOf, instantFromBytes } from './dateTime.ts'
import { readData, readTypeDescription } from './decode.ts'

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

/**
 * Columns of a profile; arrays are indexed by row. `values[c]` belongs to capture object c (NaN where it is no
 * number); `present[c]` has bit r (least significant first in byte r >> 3) set where a number stands.
 */
export interface ProfileColumns {
  readonly rows: number
  /** Clock of each row, epoch ms; NaN where it is not known. */
  readonly epochMs: Float64Array
  readonly values: readonly Float64Array[]
  readonly present: readonly Uint8Array[]
}

export interface ProfileOptions {
  /** Deviation for clocks that state none. */
  readonly zone?: DeviationOf
}

const isClock = (column: ProfileColumn) => column.classId === 8 && column.attribute === 2

/** Delta types (tags 28–33) are differences to the value before. */
const firstDeltaTag = 28
const lastDeltaTag = 33

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
      epochMs = stamp.type === 'null-data' ? epochMs + capturePeriodS * 1000 : clockOf(stamp, options.zone)
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

function clockOf(cell: Data, zone: DeviationOf | undefined): number {
  const dated = cell.type === 'octet-string' || cell.type === 'date-time'
  return dated && cell.value.length === 12 ? instantFromBytes(cell.value, 0, zone) : Number.NaN
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

class Columns implements ProfileColumns {
  readonly rows: number
  readonly epochMs: Float64Array
  readonly values: Float64Array[]
  readonly present: Uint8Array[]
  /** All columns behind each other, the clock first; and all their bits. */
  readonly numbers: Float64Array
  readonly bits: Uint8Array
  /** Bytes of a column's bits. */
  readonly bitSize: number

  constructor(columns: number, rows: number) {
    this.rows = rows
    // One allocation for all columns: a buffer of its own for each costs more than filling it.
    const numbers = new Float64Array(rows * (columns + 1)).fill(Number.NaN)
    const size = (rows + 7) >> 3
    const bits = new Uint8Array(size * columns)
    this.numbers = numbers
    this.bits = bits
    this.bitSize = size
    this.epochMs = numbers.subarray(0, rows)
    this.values = []
    this.present = []
    for (let column = 0; column < columns; column++) {
      this.values.push(numbers.subarray(rows * (column + 1), rows * (column + 2)))
      this.present.push(bits.subarray(size * column, size * (column + 1)))
    }
  }

  set(column: number, row: number, value: number): void {
    this.numbers[this.rows * (column + 1) + row] = value
    this.bits[this.bitSize * column + (row >> 3)] |= 1 << (row & 7)
  }

  has(column: number, row: number): boolean {
    return (this.bits[this.bitSize * column + (row >> 3)] & (1 << (row & 7))) !== 0
  }

  /** The number one row above. */
  before(column: number, row: number): number {
    return this.numbers[this.rows * (column + 1) + row - 1]
  }

  /** What callers get. */
  get result(): ProfileColumns {
    const { rows, epochMs, values, present } = this
    return { rows, epochMs, values, present }
  }
}

/**
 * Decodes the encoded buffer (the Data of a GET of attribute 2) straight into columns: no object per cell.
 * Gives what `profileColumns(expandProfileBuffer(…))` gives. Never throws on bytes.
 */
export function decodeProfileColumns(
  bytes: Uint8Array,
  captureObjects: readonly ProfileColumn[],
  capturePeriodS: number,
  options: ProfileOptions & { readonly offset?: number; readonly limits?: Limits } = {},
): Parse<ProfileColumns> {
  const { offset = 0, limits = defaultLimits, zone } = options
  const reader = new Reader(bytes, offset, bytes.length, limits)
  try {
    const tag = reader.peek()
    const clock = captureObjects.findIndex(isClock)
    const walk = { reader, clock, width: captureObjects.length, periodMs: capturePeriodS * 1000, zone }
    if (tag === 0x01) return { kind: 'ok', value: plainRows(walk), next: reader.offset }
    if (tag === 0x13) {
      const value = compactRows(walk) ?? nestedRows(walk, captureObjects, capturePeriodS, options)
      return { kind: 'ok', value, next: reader.offset }
    }
    return malformed('malformed', 'a profile buffer is an array', offset)
  } catch (error) {
    if (!(error instanceof DlmsError)) throw error
    if (error.code === 'truncated') return { kind: 'more', need: error.need ?? 1 }
    return malformed(error.code, error.message, error.offset ?? offset)
  }
}

type Walk = {
  readonly reader: Reader
  readonly clock: number
  readonly width: number
  readonly periodMs: number
  readonly zone: DeviationOf | undefined
}

function plainRows(walk: Walk): ProfileColumns {
  const { reader, width } = walk
  reader.u8()
  const rows = reader.length()
  reader.spend(rows)
  // Every row takes two bytes at least: nothing is allocated on the word of a count alone.
  reader.need(rows * 2)
  const columns = new Columns(width, rows)
  const { source } = reader
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength)
  // Below this many bytes a row is read with every bound checked.
  const roomy = width < 0x80 ? 2 + width * longestCommonCell : Number.POSITIVE_INFINITY
  for (let row = 0; row < rows; row++) {
    const at = reader.offset
    const next = reader.remaining >= roomy ? commonRow(walk, view, columns, row, at) : unusual
    if (next !== unusual) {
      reader.spend(width)
      reader.offset = next
      continue
    }
    if (reader.u8() !== 0x02 || reader.length() !== width) {
      reader.fail('a profile entry is a structure with one cell per capture object', at)
    }
    reader.spend(width)
    for (let column = 0; column < width; column++) cell(walk, columns, row, column, reader.u8())
  }
  return columns.result
}

const unusual = -1
/** Tag, length and contents of a date-time as octet-string. */
const longestCommonCell = 14

/**
 * The row at `at` when its cells are what they mostly are: numbers up to four bytes, null-data and a date-time
 * for the clock. The bytes of the longest such row must be there.
 * @returns the offset behind it, or `unusual`: then the row is to be read again, cell by cell
 */
function commonRow(walk: Walk, view: DataView, columns: Columns, row: number, start: number): number {
  const { clock, width, periodMs, zone } = walk
  const { rows, numbers, bits, bitSize } = columns
  const { source } = walk.reader
  if (source[start] !== 0x02 || source[start + 1] !== width) return unusual
  let at = start + 2
  let index = row
  let bit = row >> 3
  const mask = 1 << (row & 7)
  for (let column = 0; column < width; column++) {
    index += rows
    const tag = source[at]
    if (column === clock) {
      if (tag === 0x09 && source[at + 1] === 12) {
        numbers[row] = instantFromBytes(source, at + 2, zone)
        at += 14
      } else if (tag === 0x00) {
        if (row > 0) {
          numbers[row] = numbers[row - 1] + periodMs
          if (columns.has(column, row - 1)) return unusual
        }
        at += 1
      } else {
        return unusual
      }
      bit += bitSize
      continue
    }
    switch (tag) {
      case 6:
        numbers[index] = view.getUint32(at + 1)
        at += 5
        break
      case 18:
        numbers[index] = view.getUint16(at + 1)
        at += 3
        break
      case 17:
      case 22:
        numbers[index] = source[at + 1]
        at += 2
        break
      case 5:
        numbers[index] = view.getInt32(at + 1)
        at += 5
        break
      case 16:
        numbers[index] = view.getInt16(at + 1)
        at += 3
        break
      case 0:
        at += 1
        if (row === 0 || !columns.has(column, row - 1)) {
          bit += bitSize
          continue
        }
        numbers[index] = numbers[index - 1]
        break
      default:
        return unusual
    }
    bits[bit] |= mask
    bit += bitSize
  }
  return at
}

/** Compact rows with nested cells: through Data, as they are rare. */
function nestedRows(
  walk: Walk,
  captureObjects: readonly ProfileColumn[],
  capturePeriodS: number,
  options: ProfileOptions,
): ProfileColumns {
  const rows = expandProfileBuffer(readData(walk.reader), captureObjects, capturePeriodS, options)
  return profileColumns(rows, walk.width)
}

function compactRows(walk: Walk): ProfileColumns | undefined {
  const { reader, width } = walk
  reader.u8()
  const at = reader.offset
  reader.enter()
  const description = readTypeDescription(reader)
  const tags = rowTags(description, width)
  if (!tags) {
    reader.leave()
    reader.offset = at - 1
    return undefined
  }
  const contents = reader.within(reader.length())
  if (contents.remaining > 0 && tags.every((tag) => tag === 0)) {
    return contents.fail('compact array whose elements take no bytes has contents')
  }
  reader.leave()
  // Two walks over the contents: the first counts the rows, so that the columns are allocated once.
  const start = contents.offset
  let rows = 0
  for (; contents.remaining > 0; rows++) {
    contents.spend(1 + width)
    for (const tag of tags) skipSimple(contents, tag)
  }
  contents.offset = start
  const columns = new Columns(width, rows)
  const inside: Walk = { ...walk, reader: contents }
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) cell(inside, columns, row, column, tags[column])
  }
  return columns.result
}

// Columns of compact profiles are simple types as a rule.
function rowTags(description: TypeDescription, width: number): number[] | undefined {
  if (description.type !== 'structure' || description.elements.length !== width) return undefined
  const tags = description.elements.map((element) =>
    element.type === 'array' || element.type === 'structure' ? -1 : dataTypes.indexOf(element.type),
  )
  return tags.includes(-1) ? undefined : tags
}

/** Takes one cell behind its tag into the columns, with the meaning that null and delta have there. */
function cell(walk: Walk, columns: Columns, row: number, column: number, tag: number): void {
  const { reader, clock } = walk
  if (column === clock) {
    columns.epochMs[row] = clockCell(walk, tag, row === 0 ? Number.NaN : columns.epochMs[row - 1])
    // The clock column holds a number only when a meter captures its clock as one.
    if (tag === 0x09 || tag === 0x19) return
  }
  if (tag === 0) {
    if (row > 0 && columns.has(column, row - 1)) columns.set(column, row, columns.before(column, row))
    return
  }
  const value = numberCell(reader, tag)
  if (value === undefined) return
  if (tag >= firstDeltaTag && tag <= lastDeltaTag) {
    if (row > 0 && columns.has(column, row - 1)) {
      columns.set(column, row, columns.before(column, row) + value)
    }
  } else {
    columns.set(column, row, value)
  }
}

function clockCell(walk: Walk, tag: number, previous: number): number {
  const { reader, periodMs, zone } = walk
  if (tag === 0) return previous + periodMs
  if (tag !== 0x09 && tag !== 0x19) return Number.NaN
  const length = tag === 0x09 ? reader.length() : 12
  const start = reader.take(length)
  return length === 12 ? instantFromBytes(reader.source, start, zone) : Number.NaN
}

/** The number behind a numeric tag; other types are stepped over. */
function numberCell(reader: Reader, tag: number): number | undefined {
  switch (tag) {
    case 6:
    case 33:
      return reader.u32()
    case 5:
    case 30:
      return reader.i32()
    case 18:
    case 32:
      return reader.u16()
    case 16:
    case 29:
      return reader.i16()
    case 13:
    case 17:
    case 22:
    case 31:
      return reader.u8()
    case 15:
    case 28:
      return reader.i8()
    case 20:
      return Number(reader.i64())
    case 21:
      return Number(reader.u64())
    case 23:
      return reader.f32()
    case 24:
      return reader.f64()
    default:
      skipOther(reader, tag)
      return undefined
  }
}

const fixedSizes: Readonly<Record<number, number>> = { 0: 0, 3: 1, 25: 12, 26: 5, 27: 4 }

function skipOther(reader: Reader, tag: number): void {
  const size = fixedSizes[tag]
  if (size !== undefined) {
    reader.take(size)
  } else if (tag === 4) {
    reader.take(Math.ceil(reader.length() / 8))
  } else if (tag === 9 || tag === 10 || tag === 12) {
    reader.take(reader.length())
  } else {
    // Nested or unknown: let the full decoder bound and judge it.
    reader.offset -= 1
    readData(reader)
  }
}

function skipSimple(reader: Reader, tag: number): void {
  if (tag !== 0) numberCell(reader, tag)
}
