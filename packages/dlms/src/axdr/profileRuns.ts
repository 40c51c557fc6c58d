// Rows of a profile that follow each other in one shape – the same types at the same distances – are read column
// by column: one look at the types of each row, then a plain loop for each column.

import type { Reader } from '../bytes.ts'
import type { Columns } from './columns.ts'
import { type DeviationOf, type DeviationSign, instantFromBytes } from './dateTime.ts'

/** A profile buffer being read. */
export type Walk = {
  readonly reader: Reader
  /** Index of the clock column, −1 without one. */
  readonly clock: number
  readonly width: number
  readonly periodMs: number
  readonly zone: DeviationOf | undefined
  readonly deviation: DeviationSign | undefined
}

/** Bytes of a cell by its tag, the tag included; 0: such a cell takes a row out of every run. */
const cellSizes = new Uint8Array(256)
for (const [size, tags] of [
  [1, [0]],
  [2, [15, 17, 22, 13]],
  [3, [16, 18]],
  [5, [5, 6, 23]],
  [9, [20, 21, 24]],
] as const) {
  for (const tag of tags) cellSizes[tag] = size
}
const structureTag = 0x02
const octetStringTag = 0x09
const dateTimeLength = 12
const clockSize = dateTimeLength + 2
const fourGiga = 0x1_0000_0000

/** Reads runs of rows of one buffer into its columns. */
export class Runs {
  private readonly walk: Walk
  private readonly columns: Columns
  private readonly view: DataView
  /** Of the run being read: where each cell's tag lies from the start of its row, and which tag. */
  private readonly offsets: number[] = []
  private readonly tags: number[] = []
  private stride = 0

  constructor(walk: Walk, columns: Columns) {
    const { source } = walk.reader
    this.walk = walk
    this.columns = columns
    this.view = new DataView(source.buffer, source.byteOffset, source.byteLength)
  }

  /**
   * Reads the rows from `row` on, as many as have the shape of the first one, and steps behind them.
   * @returns how many; 0 with nothing read when the first has a cell of another kind, or is not whole
   */
  read(row: number): number {
    const { reader, width, clock } = this.walk
    if (!this.shape(reader.offset)) return 0
    const start = reader.offset
    const count = this.count(start, this.columns.rows - row)
    reader.spend(count * width)
    for (let column = 0; column < width; column++) {
      const at = start + this.offsets[column]
      const tag = this.tags[column]
      if (column === clock) this.clock(tag, at, row, count)
      if (tag === 0) this.repeat(column, row, count)
      else if (tag !== octetStringTag) {
        this.numbers(tag, at + 1, this.columns.rows * (column + 1) + row, count)
        this.columns.mark(column, row, count)
      }
    }
    reader.offset = start + count * this.stride
    return count
  }

  /** Takes the types of the row at `start`; false when it cannot begin a run. */
  private shape(start: number): boolean {
    const { reader, width, clock } = this.walk
    const { source, end } = reader
    const { offsets, tags } = this
    if (width > 0x7f || end - start < 2 || source[start] !== structureTag || source[start + 1] !== width) {
      return false
    }
    let offset = 2
    for (let column = 0; column < width; column++) {
      const at = start + offset
      if (at + 1 >= end) return false
      const tag = source[at]
      let size = cellSizes[tag]
      if (column === clock) {
        if (tag === octetStringTag && source[at + 1] === dateTimeLength) size = clockSize
        // A clock that is a number belongs to its column as well; the reading by cells knows what that means.
        else if (tag !== 0) return false
      }
      if (size === 0) return false
      offsets[column] = offset
      tags[column] = tag
      offset += size
    }
    this.stride = offset
    return start + offset <= end
  }

  /** Whole rows of the present shape from `start` on, at most `most`; the first is known to be one. */
  private count(start: number, most: number): number {
    const { reader, width } = this.walk
    const { source, end } = reader
    const { offsets, tags, stride } = this
    const whole = Math.min(most, Math.floor((end - start) / stride))
    // Column by column, each down to the first row that is of another shape in those before: a plain loop each.
    let rows = alike(source, start, stride, structureTag, whole)
    rows = alike(source, start + 1, stride, width, rows)
    for (let column = 0; column < width; column++) {
      const at = start + offsets[column]
      rows = alike(source, at, stride, tags[column], rows)
      if (tags[column] === octetStringTag) rows = alike(source, at + 1, stride, dateTimeLength, rows)
    }
    return rows
  }

  private clock(tag: number, at: number, row: number, count: number): void {
    const { epochMs } = this.columns
    const { reader, periodMs, zone, deviation } = this.walk
    const { stride } = this
    let instant = row === 0 ? Number.NaN : epochMs[row - 1]
    for (let i = 0; i < count; i++) {
      instant =
        tag === 0 ? instant + periodMs : instantFromBytes(reader.source, at + 2 + i * stride, zone, deviation)
      epochMs[row + i] = instant
    }
  }

  /** null-data repeats the cell above. */
  private repeat(column: number, row: number, count: number): void {
    const { columns } = this
    if (row === 0 || !columns.has(column, row - 1)) return
    const index = columns.rows * (column + 1) + row
    columns.numbers.fill(columns.numbers[index - 1], index, index + count)
    columns.mark(column, row, count)
  }

  /** Numbers of one type, `stride` bytes from each other, behind each other into the columns. */
  private numbers(tag: number, first: number, index: number, count: number): void {
    const { view, stride } = this
    const { numbers } = this.columns
    let at = first
    const end = index + count
    switch (tag) {
      case 6:
        for (let i = index; i < end; i++, at += stride) numbers[i] = view.getUint32(at)
        return
      case 5:
        for (let i = index; i < end; i++, at += stride) numbers[i] = view.getInt32(at)
        return
      case 18:
        for (let i = index; i < end; i++, at += stride) numbers[i] = view.getUint16(at)
        return
      case 16:
        for (let i = index; i < end; i++, at += stride) numbers[i] = view.getInt16(at)
        return
      case 15:
        for (let i = index; i < end; i++, at += stride) numbers[i] = view.getInt8(at)
        return
      case 20:
        for (let i = index; i < end; i++, at += stride)
          numbers[i] = view.getInt32(at) * fourGiga + view.getUint32(at + 4)
        return
      case 21:
        for (let i = index; i < end; i++, at += stride)
          numbers[i] = view.getUint32(at) * fourGiga + view.getUint32(at + 4)
        return
      case 23:
        for (let i = index; i < end; i++, at += stride) numbers[i] = view.getFloat32(at)
        return
      case 24:
        for (let i = index; i < end; i++, at += stride) numbers[i] = view.getFloat64(at)
        return
      default:
        for (let i = index; i < end; i++, at += stride) numbers[i] = view.getUint8(at)
    }
  }
}

/** How many of `most` bytes, `stride` from each other, are `byte` before the first that is not; one at least is. */
function alike(source: Uint8Array, first: number, stride: number, byte: number, most: number): number {
  let at = first + stride
  for (let row = 1; row < most; row++, at += stride) if (source[at] !== byte) return row
  return most
}
