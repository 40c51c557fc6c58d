// A profile as columns of numbers: filled by profile.ts from values and by profileBytes.ts from bytes.

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

export class Columns implements ProfileColumns {
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
    // One allocation for all columns and bits: a buffer of its own for each costs more than filling it.
    const size = (rows + 7) >> 3
    const bytes = rows * Float64Array.BYTES_PER_ELEMENT
    const bitsAt = bytes * (columns + 1)
    const buffer = new ArrayBuffer(bitsAt + size * columns)
    this.numbers = new Float64Array(buffer, 0, rows * (columns + 1)).fill(Number.NaN)
    this.bits = new Uint8Array(buffer, bitsAt, size * columns)
    this.bitSize = size
    this.epochMs = new Float64Array(buffer, 0, rows)
    this.values = []
    this.present = []
    for (let column = 0; column < columns; column++) {
      this.values.push(new Float64Array(buffer, bytes * (column + 1), rows))
      this.present.push(new Uint8Array(buffer, bitsAt + size * column, size))
    }
  }

  set(column: number, row: number, value: number): void {
    this.numbers[this.rows * (column + 1) + row] = value
    this.bits[this.bitSize * column + (row >> 3)] |= 1 << (row & 7)
  }

  has(column: number, row: number): boolean {
    return (this.bits[this.bitSize * column + (row >> 3)] & (1 << (row & 7))) !== 0
  }

  /** As `set` for `count` rows whose numbers are written already. */
  mark(column: number, row: number, count: number): void {
    const { bits } = this
    const base = this.bitSize * column
    const end = row + count
    let at = row
    while (at < end) {
      const byte = base + (at >> 3)
      if ((at & 7) === 0 && end - at >= 8) {
        bits[byte] = 0xff
        at += 8
      } else {
        bits[byte] |= 1 << (at & 7)
        at += 1
      }
    }
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
