// Reading and writing big-endian bytes (A-XDR and BER are big-endian), and hex as people write it.

import { DlmsError, defaultLimits, faultOf, type Limits, type Parse } from './parse.ts'

/** What one parse has spent so far; shared by a reader and the readers cut out of it. */
type Budget = { elements: number; depth: number }

/** Copies up to this length are made in a loop: the call of `slice` costs more. */
export const shortCopy = 64

// Eight bytes to turn into what only a DataView reads: a view for each reader would cost more than the reading.
const scratch = new Uint8Array(8)
const scratchView = new DataView(scratch.buffer)

/**
 * Cursor over bytes; offsets are those of the whole array. Running over the end throws 'truncated' when the
 * end is where the input stops, and 'length' when it is the end of an enclosing length field (`within`),
 * because then no further byte would help.
 */
export class Reader {
  /** The whole array that is read from. */
  readonly source: Uint8Array
  readonly end: number
  readonly limits: Limits
  offset: number
  private readonly closed: boolean
  private readonly budget: Budget

  constructor(
    bytes: Uint8Array,
    offset = 0,
    end = bytes.length,
    limits: Limits = defaultLimits,
    enclosing?: Budget,
  ) {
    this.source = bytes
    this.offset = offset
    this.end = Math.min(end, bytes.length)
    this.limits = limits
    this.budget = enclosing ?? { elements: 0, depth: 0 }
    this.closed = enclosing !== undefined
  }

  get remaining(): number {
    return this.end - this.offset
  }

  /** Cuts out the next `length` bytes as a reader of its own and steps behind them. */
  within(length: number): Reader {
    const start = this.take(length)
    return new Reader(this.source, start, start + length, this.limits, this.budget)
  }

  /** Steps over n bytes; returns the offset where they start. */
  take(n: number): number {
    const start = this.offset
    if (n > this.end - start) this.short(n)
    this.offset = start + n
    return start
  }

  /** Asserts that n bytes follow, without stepping over them. */
  need(n: number): void {
    if (n > this.remaining) this.short(n)
  }

  private short(n: number): never {
    const need = n - this.remaining
    if (n > this.limits.maxPdu) {
      throw new DlmsError('too-large', `${n} bytes announced, at most ${this.limits.maxPdu} accepted`, {
        offset: this.offset,
      })
    }
    if (this.closed) {
      throw new DlmsError('length', `${n} bytes expected, ${this.remaining} left in the enclosing field`, {
        offset: this.offset,
      })
    }
    throw new DlmsError('truncated', `${need} more bytes needed`, { offset: this.offset, need })
  }

  /** Counts data elements against the bound of the whole parse. */
  spend(elements: number): void {
    this.budget.elements += elements
    if (this.budget.elements > this.limits.maxElements) {
      throw new DlmsError('too-many-elements', `more than ${this.limits.maxElements} data elements`, {
        offset: this.offset,
      })
    }
  }

  /** Goes one nesting level down; every call is paired with `leave`. */
  enter(): void {
    this.budget.depth += 1
    if (this.budget.depth > this.limits.maxDepth) {
      throw new DlmsError('too-deep', `nested deeper than ${this.limits.maxDepth}`, { offset: this.offset })
    }
  }

  leave(): void {
    this.budget.depth -= 1
  }

  /** The next byte without stepping over it. */
  peek(): number {
    if (this.remaining < 1) this.short(1)
    return this.source[this.offset]
  }
  u8(): number {
    const at = this.offset
    if (at >= this.end) this.short(1)
    this.offset = at + 1
    return this.source[at]
  }
  u16(): number {
    const at = this.take(2)
    return (this.source[at] << 8) | this.source[at + 1]
  }
  u32(): number {
    return this.i32() >>> 0
  }
  u64(): bigint {
    return this.eight().getBigUint64(0)
  }
  i8(): number {
    return (this.u8() << 24) >> 24
  }
  i16(): number {
    return (this.u16() << 16) >> 16
  }
  i32(): number {
    const { source } = this
    const at = this.take(4)
    return (source[at] << 24) | (source[at + 1] << 16) | (source[at + 2] << 8) | source[at + 3]
  }
  i64(): bigint {
    return this.eight().getBigInt64(0)
  }
  f32(): number {
    const bits = this.i32()
    scratchView.setInt32(0, bits)
    return scratchView.getFloat32(0)
  }
  f64(): number {
    return this.eight().getFloat64(0)
  }
  private eight(): DataView {
    const { source } = this
    const at = this.take(8)
    for (let i = 0; i < 8; i++) scratch[i] = source[at + i]
    return scratchView
  }
  /** A view (no copy) of the next n bytes. */
  bytes(n: number): Uint8Array {
    const start = this.take(n)
    return this.source.subarray(start, start + n)
  }
  /** A copy of the next n bytes: results do not hang on to the receive buffer. */
  copy(n: number): Uint8Array {
    const start = this.take(n)
    if (n > shortCopy) return this.source.slice(start, start + n)
    // Clocks and names are short: for them the loop is faster than the call.
    const out = new Uint8Array(n)
    for (let i = 0; i < n; i++) out[i] = this.source[start + i]
    return out
  }
  /** Length field of A-XDR and BER: one byte below 128, otherwise 0x80+n and n bytes (n = 1…4). */
  length(): number {
    const at = this.offset
    const first = this.u8()
    if (first < 0x80) return first
    const size = first & 0x7f
    if (size === 0 || size > 4) {
      throw new DlmsError('length', `length field of ${size} bytes`, { offset: at })
    }
    const start = this.take(size)
    let value = 0
    for (let i = 0; i < size; i++) value = value * 256 + this.source[start + i]
    return value
  }
  /** Error at the byte just read (or at `offset`). */
  fail(message: string, offset = this.offset): never {
    throw new DlmsError('malformed', message, { offset })
  }
}

/** Decodes with a Reader of its own; the reader's DlmsErrors become 'more' or 'malformed'. */
export function decodeWith<T>(
  bytes: Uint8Array,
  offset: number,
  limits: Limits,
  read: (reader: Reader) => T,
): Parse<T> {
  const reader = new Reader(bytes, offset, bytes.length, limits)
  try {
    return { kind: 'ok', value: read(reader), next: reader.offset }
  } catch (error) {
    return faultOf(error, offset)
  }
}

/** Grows as needed. Integers are checked against their width: a wrong value throws 'out-of-range'. */
export class Writer {
  /** Changes when `reserve` has to grow it. */
  buffer: Uint8Array
  private view: DataView
  private used = 0

  constructor(capacity = 64) {
    this.buffer = new Uint8Array(capacity)
    this.view = new DataView(this.buffer.buffer)
  }

  get size(): number {
    return this.used
  }

  /** Makes room for n bytes, which the caller writes into `buffer`; returns where they begin. */
  reserve(n: number): number {
    const start = this.used
    const wanted = start + n
    if (wanted > this.buffer.length) {
      const grown = new Uint8Array(Math.max(wanted, this.buffer.length * 2))
      grown.set(this.buffer.subarray(0, start))
      this.buffer = grown
      this.view = new DataView(grown.buffer)
    }
    this.used = wanted
    return start
  }

  // The offset is taken first: reserve() may replace `buffer` and `view`.
  u8(value: number): this {
    const at = this.reserve(1)
    this.buffer[at] = integer(value, 0, 0xff)
    return this
  }
  u16(value: number): this {
    const at = this.reserve(2)
    this.view.setUint16(at, integer(value, 0, 0xffff))
    return this
  }
  u32(value: number): this {
    const at = this.reserve(4)
    this.view.setUint32(at, integer(value, 0, 0xffffffff))
    return this
  }
  u64(value: bigint): this {
    const at = this.reserve(8)
    this.view.setBigUint64(at, bigInteger(value, 0n, 0xffff_ffff_ffff_ffffn))
    return this
  }
  i8(value: number): this {
    const at = this.reserve(1)
    this.view.setInt8(at, integer(value, -0x80, 0x7f))
    return this
  }
  i16(value: number): this {
    const at = this.reserve(2)
    this.view.setInt16(at, integer(value, -0x8000, 0x7fff))
    return this
  }
  i32(value: number): this {
    const at = this.reserve(4)
    this.view.setInt32(at, integer(value, -0x8000_0000, 0x7fff_ffff))
    return this
  }
  i64(value: bigint): this {
    const most = 0x7fff_ffff_ffff_ffffn
    const at = this.reserve(8)
    this.view.setBigInt64(at, bigInteger(value, -most - 1n, most))
    return this
  }
  f32(value: number): this {
    const at = this.reserve(4)
    this.view.setFloat32(at, value)
    return this
  }
  f64(value: number): this {
    const at = this.reserve(8)
    this.view.setFloat64(at, value)
    return this
  }
  bytes(value: Uint8Array): this {
    const start = this.reserve(value.length)
    this.buffer.set(value, start)
    return this
  }
  /** Shortest length field for n (see Reader.length). */
  length(n: number): this {
    integer(n, 0, 0xffffffff)
    if (n < 0x80) return this.u8(n)
    if (n < 0x100) return this.u8(0x81).u8(n)
    if (n < 0x10000) return this.u8(0x82).u16(n)
    if (n < 0x1000000)
      return this.u8(0x83)
        .u8(n >>> 16)
        .u16(n & 0xffff)
    return this.u8(0x84).u32(n)
  }
  /** Length field and the bytes behind it. */
  prefixed(value: Uint8Array): this {
    return this.length(value.length).bytes(value)
  }
  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.buffer.slice(0, this.used)
  }
  /** Forgets what was written, and overwrites it: there may be keys in it. */
  clear(): void {
    this.buffer.fill(0, 0, this.used)
    this.used = 0
  }
}

/** Most that the writer in waiting keeps: a usual profile and its services fit. */
const waitingSize = 8192
let waiting: Writer | undefined = new Writer(waitingSize)

/**
 * What `write` writes, in bytes of its own. The writer is lent: growing one for every APDU costs more than writing.
 */
export function written(write: (writer: Writer) => void): Uint8Array {
  const lent = waiting
  // A call within this one gets another.
  waiting = undefined
  const writer = lent ?? new Writer()
  try {
    write(writer)
    return writer.finish()
  } finally {
    if (lent) {
      lent.clear()
      waiting = lent.buffer.length === waitingSize ? lent : new Writer(waitingSize)
    }
  }
}

function integer(value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new DlmsError('out-of-range', `${value} is not an integer between ${least} and ${most}`)
  }
  return value
}

function bigInteger(value: bigint, least: bigint, most: bigint): bigint {
  if (typeof value !== 'bigint' || value < least || value > most) {
    throw new DlmsError('out-of-range', `${value} is not between ${least} and ${most}`)
  }
  return value
}

const hexDigits = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))

/** Lower case, two digits per byte; `separator` between bytes. */
export function toHex(bytes: Uint8Array, separator = ''): string {
  let text = ''
  for (let i = 0; i < bytes.length; i++) {
    if (i > 0) text += separator
    text += hexDigits[bytes[i]]
  }
  return text
}

/** Any spacing, commas, colons, dashes and 0x prefixes. Throws 'invalid-argument' on other characters and on odd digits. */
export function fromHex(text: string): Uint8Array {
  const digits = text.replace(/0x/gi, ' ').replace(/[\s,;:_-]+/g, '')
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) {
    throw new DlmsError('invalid-argument', 'not hexadecimal text')
  }
  const bytes = new Uint8Array(digits.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16)
  return bytes
}

/** Joins byte strings. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return concatAll(parts)
}

/** As `concat`, for any number of parts: what a peer sent in pieces must not become arguments. */
export function concatAll(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i]
  return difference === 0
}
