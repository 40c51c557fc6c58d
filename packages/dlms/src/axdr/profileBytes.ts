// The bytes of a profile buffer (class 7, Blue Book 4.3.6) straight to columns: no object for a cell.

import { Reader } from '../bytes.ts'
import { defaultLimits, faultOf, type Limits, malformed, type Parse } from '../parse.ts'
import { Columns, type ProfileColumns } from './columns.ts'
import { dataTypes, type TypeDescription } from './data.ts'
import { instantFromBytes } from './dateTime.ts'
import { readData, readTypeDescription } from './decode.ts'
import {
  expandProfileBuffer,
  isClock,
  type ProfileColumn,
  type ProfileOptions,
  profileColumns,
} from './profile.ts'
import { Runs, type Walk } from './profileRuns.ts'

/** Delta types (tags 28–33) are differences to the value before. */
const firstDeltaTag = 28
const lastDeltaTag = 33

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
  const { offset = 0, limits = defaultLimits, zone, deviation } = options
  const reader = new Reader(bytes, offset, bytes.length, limits)
  try {
    const tag = reader.peek()
    const clock = captureObjects.findIndex(isClock)
    const walk = {
      reader,
      clock,
      width: captureObjects.length,
      periodMs: capturePeriodS * 1000,
      zone,
      deviation,
    }
    if (tag === 0x01) return { kind: 'ok', value: plainRows(walk), next: reader.offset }
    if (tag === 0x13) {
      const value = compactRows(walk) ?? nestedRows(walk, captureObjects, capturePeriodS, options)
      return { kind: 'ok', value, next: reader.offset }
    }
    return malformed('malformed', 'a profile buffer is an array', offset)
  } catch (error) {
    return faultOf(error, offset)
  }
}

function plainRows(walk: Walk): ProfileColumns {
  const { reader, width } = walk
  reader.u8()
  const rows = reader.length()
  reader.spend(rows)
  // Every row takes two bytes at least: nothing is allocated on the word of a count alone.
  reader.need(rows * 2)
  const columns = new Columns(width, rows)
  const runs = new Runs(walk, columns)
  let row = 0
  while (row < rows) {
    const like = runs.read(row)
    row += like
    if (like > 0) continue
    const at = reader.offset
    if (reader.u8() !== 0x02 || reader.length() !== width) {
      reader.fail('a profile entry is a structure with one cell per capture object', at)
    }
    reader.spend(width)
    for (let column = 0; column < width; column++) cell(walk, columns, row, column, reader.u8())
    row++
  }
  return columns.result
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
  const { reader, periodMs, zone, deviation } = walk
  if (tag === 0) return previous + periodMs
  if (tag !== 0x09 && tag !== 0x19) return Number.NaN
  const length = tag === 0x09 ? reader.length() : 12
  const start = reader.take(length)
  return length === 12 ? instantFromBytes(reader.source, start, zone, deviation) : Number.NaN
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
      return reader.i32() * 0x1_0000_0000 + reader.u32()
    case 21:
      return reader.u32() * 0x1_0000_0000 + reader.u32()
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
