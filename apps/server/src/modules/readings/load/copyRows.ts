// Rows in the binary format of PostgreSQL's COPY (documentation, chapter SQL-COPY, Binary Format).

const signature = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
/** Days from 1970-01-01, our zero, to 2000-01-01, PostgreSQL's. */
const epochShift = 10_957

/** Builds one COPY stream in memory that grows as needed. */
export class CopyRows {
  bytes: Buffer = Buffer.allocUnsafe(1 << 20)
  length = 0

  /** Empties it and writes the signature. */
  begin(): void {
    signature.copy(this.bytes)
    this.length = signature.length
  }

  /** Makes room for `extra` more bytes. */
  reserve(extra: number): void {
    if (this.length + extra + 2 <= this.bytes.length) return
    const grown = Buffer.allocUnsafe(2 * this.bytes.length + extra)
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
  }

  row(fields: number): void {
    this.#int16(fields)
  }

  /** @param value a safe integer */
  int8(value: number): void {
    this.#int32(8)
    this.#int32(Math.floor(value / 2 ** 32))
    this.#int32(value | 0)
  }

  int4(value: number): void {
    this.#int32(4)
    this.#int32(value)
  }

  int2(value: number): void {
    this.#int32(2)
    this.#int16(value)
  }

  /** @param day days since 1970-01-01 */
  date(day: number): void {
    this.int4(day - epochShift)
  }

  bytea(value: Uint8Array): void {
    this.#int32(value.length)
    this.bytes.set(value, this.length)
    this.length += value.length
  }

  /** A bytea that `write` puts at the place it is told, returning the index after it. @returns its bytes */
  byteaBy(write: (into: Uint8Array, at: number) => number): Uint8Array {
    const lengthAt = this.length
    const from = lengthAt + 4
    const end = write(this.bytes, from)
    this.#int32(end - from)
    this.length = end
    return this.bytes.subarray(from, end)
  }

  /** The stream with its end mark. */
  finish(): Buffer {
    this.reserve(2)
    this.#int16(-1)
    return this.bytes.subarray(0, this.length)
  }

  #int16(value: number): void {
    const { bytes, length } = this
    bytes[length] = value >> 8
    bytes[length + 1] = value
    this.length = length + 2
  }

  #int32(value: number): void {
    const { bytes, length } = this
    bytes[length] = value >> 24
    bytes[length + 1] = value >> 16
    bytes[length + 2] = value >> 8
    bytes[length + 3] = value
    this.length = length + 4
  }
}
