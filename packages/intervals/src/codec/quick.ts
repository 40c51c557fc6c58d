// The quick form of a day block, version 2: a few per cent larger than the dense one and many times faster
// to write and to read.
//
// After the header of header.ts one stream of bits follows, the highest bit of a byte first, filled with
// zeros to a whole byte. For each channel, in the order of `channels`:
//   quality   2 bits: 0 all measured · 1 as the channel before · 2 one byte for all ·
//             3 runs of (byte, 7 bits length − 1) that fill the day
//   shape     2 bits: 0 all zero · 1 constant · 2 levels · 3 differences to the value before
//   constant  its zigzag number as (6 bits width, bits)
//   otherwise one bit and, when set, the unit that divides all values (6 bits width, bits); 5 bits k, the
//             first parameter; then every value as a Golomb–Rice code whose parameter follows the mean:
//             the part above k bits in unary (zeros, then a one), then the k bits. Twelve zeros say that
//             the value is written out: 5 bits width − 1, then the bits below the highest.
// Missing slots have no value and take no space.
import { type Channel, channels, checkDayBlock, type DayBlock, seriesOf } from '../block.ts'
import { dayNumber, dayOfNumber, type IntervalMinutes } from '../calendar.ts'
import { IntervalError } from '../errors.ts'
import { isQuality, quality as states } from '../quality.ts'
import { headerLength, readHeader, writeHeader } from './header.ts'

const version = 2
const mostSlots = 100
const allZero = 0
const constant = 1
const levels = 2
const differences = 3
/** Zeros of a unary part that announce a value written out. */
const longCode = 12
/** The mean is kept in sixteenths; a quarter of each new value goes into it. */
const meanBits = 4
const meanShift = 2
const meanCap = 0x7ffffff >> meanBits
/** Bytes that no day exceeds: 8 channels of 100 values of 48 bits and 100 quality runs of 15 bits. */
export const mostDayBytes = 8192

const packed = new Int32Array(mostSlots)
const scratch = new Uint8Array(mostDayBytes + 8)

/** Writes bits, the highest first, into bytes handed to it. */
class BitSink {
  bytes: Uint8Array = scratch
  at = 0
  pending = 0
  count = 0

  begin(bytes: Uint8Array, at: number): void {
    this.bytes = bytes
    this.at = at
    this.pending = this.count = 0
  }

  /** Appends the low `width` bits (0…32) of `value`. */
  write(value: number, width: number): void {
    if (width > 16) {
      this.write(value >>> 16, width - 16)
      this.write(value & 0xffff, 16)
      return
    }
    this.pending = (this.pending << width) | (value & ((1 << width) - 1))
    this.count += width
    while (this.count >= 8) {
      this.count -= 8
      this.bytes[this.at++] = this.pending >>> this.count
    }
  }

  /** Fills the last byte. @returns the index after it */
  end(): number {
    if (this.count > 0) this.write(0, 8 - this.count)
    return this.at
  }
}

const sink = new BitSink()
const zigzag = (value: number) => (value << 1) ^ (value >> 31)

function writeNumber(value: number): void {
  const width = 32 - Math.clz32(value)
  sink.write(width, 6)
  sink.write(value, width)
}

function writeQuality(quality: Uint8Array, from: number, slots: number, before: number): void {
  const first = quality[from]
  const end = from + slots
  let at = from + 1
  while (at < end && quality[at] === first) at++
  const uniform = at === end
  if (uniform && first === states.measured) {
    sink.write(0, 2)
    return
  }
  if (before >= 0) {
    let i = 0
    while (i < slots && quality[from + i] === quality[before + i]) i++
    if (i === slots) {
      sink.write(1, 2)
      return
    }
  }
  if (uniform) {
    sink.write(2, 2)
    sink.write(first, 8)
    return
  }
  sink.write(3, 2)
  for (let i = from, run = 1; i < end; i += run, run = 1) {
    while (i + run < end && quality[i + run] === quality[i]) run++
    sink.write(quality[i], 8)
    sink.write(run - 1, 7)
  }
}

/** The greatest unit that divides every value; 1 when one of them has no positive counterpart. */
function commonUnit(count: number): number {
  let unit = 0
  for (let i = 0; i < count && unit !== 1; i++) {
    let rest = packed[i] < 0 ? -packed[i] : packed[i]
    if (rest > 0x7fffffff) return 1
    if (unit !== 0 && rest % unit === 0) continue
    while (rest !== 0) {
      const next = unit % rest
      unit = rest
      rest = next
    }
  }
  return unit
}

/** The first Golomb–Rice parameter: the width of the mean of the first eight numbers. */
function firstParameter(count: number, shape: number): number {
  const some = Math.min(8, count)
  let total = 0
  for (let i = 0, last = 0; i < some; i++) {
    const value = packed[i]
    total += (shape === levels ? value : zigzag((value - last) | 0)) >>> 0
    last = value
  }
  return 31 - Math.clz32(Math.min(0x7fffffff, total / some) | 1)
}

const meanOf = (k: number) => (k > 22 ? meanCap : (3 << k) >> 1) << meanBits

/** Whether the values take fewer bits as they are than as differences; both are followed side by side. */
function levelsAreCheaper(count: number, k0Level: number, k0Difference: number): boolean {
  let levelMean = meanOf(k0Level)
  let differenceMean = meanOf(k0Difference)
  let balance = 0
  let last = 0
  for (let i = 0; i < count; i++) {
    const value = packed[i]
    const step = (value - last) | 0
    last = value
    const u = (step << 1) ^ (step >> 31)
    const levelK = 31 - Math.clz32(((levelMean + (levelMean >> 2)) >> meanBits) | 1)
    const differenceK = 31 - Math.clz32(((differenceMean + (differenceMean >> 2)) >> meanBits) | 1)
    const levelQ = value >>> levelK
    const differenceQ = u >>> differenceK
    balance += levelQ < longCode ? levelQ + 1 + levelK : longCode + 36 - Math.clz32(value)
    balance -= differenceQ < longCode ? differenceQ + 1 + differenceK : longCode + 36 - Math.clz32(u)
    levelMean += ((Math.min(value, meanCap) << meanBits) - levelMean) >> meanShift
    differenceMean += (((u >>> 0 > meanCap ? meanCap : u) << meanBits) - differenceMean) >> meanShift
  }
  return balance <= 0
}

function writeCoded(count: number, shape: number, k0: number): void {
  const { bytes } = sink
  let { at, pending, count: held } = sink
  const difference = shape === differences
  let mean = meanOf(k0)
  let last = 0
  for (let i = 0; i < count; i++) {
    const value = packed[i]
    const step = (value - last) | 0
    const u = difference ? (step << 1) ^ (step >> 31) : value
    const k = 31 - Math.clz32(((mean + (mean >> 2)) >> meanBits) | 1)
    const q = u >>> k
    if (q + k < 24 && q < longCode) {
      pending = (pending << (q + 1 + k)) | (1 << k) | (u & ((1 << k) - 1))
      held += q + 1 + k
      while (held >= 8) {
        held -= 8
        bytes[at++] = pending >>> held
      }
    } else {
      sink.at = at
      sink.pending = pending
      sink.count = held
      writeLong(u, q, k)
      at = sink.at
      pending = sink.pending
      held = sink.count
    }
    const capped = u >>> 0 > meanCap ? meanCap : u
    mean += ((capped << meanBits) - mean) >> meanShift
    last = value
  }
  sink.at = at
  sink.pending = pending
  sink.count = held
}

function writeLong(u: number, q: number, k: number): void {
  if (q < longCode) {
    sink.write(1, q + 1)
    sink.write(u & (2 ** k - 1), k)
    return
  }
  const width = 32 - Math.clz32(u)
  sink.write(0, longCode)
  sink.write(width - 1, 5)
  sink.write(u & (2 ** (width - 1) - 1), width - 1)
}

function writeValues(values: Int32Array, quality: Uint8Array, from: number, slots: number): void {
  let count = 0
  let any = 0
  let varies = 0
  const first = values[from]
  for (let i = from; i < from + slots; i++) {
    if ((quality[i] & 7) === 0) continue
    const value = values[i]
    packed[count++] = value
    any |= value
    varies |= value ^ packed[0]
  }
  if (varies === 0) {
    const value = count === slots ? first : count === 0 ? 0 : packed[0]
    sink.write(value === 0 ? allZero : constant, 2)
    if (value !== 0) writeNumber(zigzag(value))
    return
  }
  const unit = commonUnit(count)
  if (unit > 1) for (let i = 0; i < count; i++) packed[i] = packed[i] / unit
  let shape = differences
  let k0 = firstParameter(count, differences)
  if (any >= 0) {
    const k0Level = firstParameter(count, levels)
    if (levelsAreCheaper(count, k0Level, k0)) {
      shape = levels
      k0 = k0Level
    }
  }
  sink.write(shape, 2)
  sink.write(unit > 1 ? 1 : 0, 1)
  if (unit > 1) writeNumber(unit)
  sink.write(k0, 5)
  writeCoded(count, shape, k0)
}

/**
 * Writes one day in the quick form into `out` at `at`, which must have `mostDayBytes` of room. The channels
 * of `mask` (bit i for `channels[i]`) stand one after the other from `from`, one element per slot; values of
 * missing slots are ignored. Nothing is checked: quality bytes must be valid, see `isQuality`.
 * @param number the civil day, days since 1970-01-01 @param slots of that day @returns the index after the last byte
 */
export function encodeColumns(
  out: Uint8Array,
  at: number,
  number: number,
  minutes: IntervalMinutes,
  mask: number,
  slots: number,
  values: Int32Array,
  quality: Uint8Array,
  from: number,
): number {
  writeHeader(out, at, version, minutes, number, mask)
  sink.begin(out, at + headerLength)
  let before = -1
  let position = from
  for (let rest = mask; rest !== 0; rest &= rest - 1) {
    writeQuality(quality, position, slots, before)
    writeValues(values, quality, position, slots)
    before = position
    position += slots
  }
  return sink.end()
}

const blockValues = new Int32Array(channels.length * mostSlots)
const blockQuality = new Uint8Array(channels.length * mostSlots)

/**
 * The quick form of a day, four bytes for an empty one.
 * @throws IntervalError 'invalid-day' | 'invalid-block'
 */
export function encodeQuick(block: DayBlock): Uint8Array {
  checkDayBlock(block)
  let mask = 0
  let at = 0
  let slots = 0
  for (let i = 0; i < channels.length; i++) {
    const series = seriesOf(block, channels[i])
    if (series === undefined) continue
    mask |= 1 << i
    slots = series.values.length
    blockValues.set(series.values, at)
    blockQuality.set(series.quality, at)
    at += slots
  }
  const number = dayNumber(block.day)
  const end = encodeColumns(scratch, 0, number, block.minutes, mask, slots, blockValues, blockQuality, 0)
  return scratch.slice(0, end)
}

/** One decoded day in arrays that are used again: channel i of `channels` begins at `i × columnStride`. */
export interface DayColumns {
  /** Days since 1970-01-01. */
  number: number
  minutes: IntervalMinutes
  /** Slots of the day; elements of a channel beyond them are left as they were. */
  slots: number
  /** Channels that were read, bit i for `channels[i]`; the others are left as they were. */
  mask: number
  /** Wh or varh; 0 where missing. */
  readonly values: Int32Array
  readonly quality: Uint8Array
}

/** Elements from one channel of `DayColumns` to the next. */
export const columnStride = mostSlots

/** Room for one day of all channels. */
export function createDayColumns(): DayColumns {
  return {
    number: 0,
    minutes: 15,
    slots: 0,
    mask: 0,
    values: new Int32Array(channels.length * columnStride),
    quality: new Uint8Array(channels.length * columnStride),
  }
}

/** The bit of each channel in `DayColumns.mask`. */
export const channelBit = (channel: Channel): number => 1 << channels.indexOf(channel)

/** Reads bits, the highest first, of bytes that `take` has copied before a tail of zeros. */
const window = new Uint8Array(mostDayBytes + 64)
let bitAt = 0

function take(bytes: Uint8Array): void {
  if (bytes.length > mostDayBytes) throw new IntervalError('malformed', `${bytes.length} bytes`)
  window.set(bytes)
  window.fill(0, bytes.length, bytes.length + 16)
  bitAt = 8 * headerLength
}

function readShort(width: number): number {
  const at = bitAt >> 3
  const three = (window[at] << 16) | (window[at + 1] << 8) | window[at + 2]
  const value = (three >>> (24 - width - (bitAt & 7))) & ((1 << width) - 1)
  bitAt += width
  return value
}

/** The next `width` bits (0…32), unsigned. */
function read(width: number): number {
  if (width <= 16) return readShort(width)
  const high = readShort(width - 16)
  return ((high << 16) | readShort(16)) >>> 0
}

const ended = () => new IntervalError('malformed', 'the day block ends too early')

function readQuality(quality: Uint8Array, from: number, slots: number, before: number): void {
  const kind = readShort(2)
  if (kind === 0) quality.fill(states.measured, from, from + slots)
  else if (kind === 1) {
    if (before < 0) throw new IntervalError('malformed', 'no channel before the first')
    quality.copyWithin(from, before, before + slots)
  } else if (kind === 2) {
    const byte = readShort(8)
    if (!isQuality(byte)) throw new IntervalError('malformed', `quality ${byte}`)
    quality.fill(byte, from, from + slots)
  } else
    for (let i = 0; i < slots; ) {
      const byte = readShort(8)
      const end = i + readShort(7) + 1
      if (!isQuality(byte) || end > slots)
        throw new IntervalError('malformed', `quality ${byte} of slots ${i}…${end - 1}`)
      quality.fill(byte, from + i, from + end)
      i = end
    }
}

function readNumber(): number {
  const width = readShort(6)
  if (width > 32) throw new IntervalError('malformed', `number of ${width} bits`)
  return read(width)
}

function readCoded(out: Int32Array, from: number, count: number, difference: boolean, last: number): void {
  let mean = meanOf(readShort(5))
  const limit = 8 * mostDayBytes
  let bit = bitAt
  let previous = 0
  for (let i = from; i < from + count; i++) {
    const at = bit >> 3
    const off = bit & 7
    const word =
      (((window[at] << 24) | (window[at + 1] << 16) | (window[at + 2] << 8) | window[at + 3]) << off) |
      (window[at + 4] >> (8 - off))
    const k = 31 - Math.clz32(((mean + (mean >> 2)) >> meanBits) | 1)
    const q = Math.clz32(word)
    let u: number
    if (q < longCode && q + k < 31) {
      u = (q << k) | (((word << (q + 1)) >>> 1) >>> (31 - k))
      bit += q + 1 + k
    } else {
      if (bit > limit) throw ended()
      bitAt = bit
      u = readLong(q, k)
      bit = bitAt
    }
    const capped = u >>> 0 > meanCap ? meanCap : u
    mean += ((capped << meanBits) - mean) >> meanShift
    previous = difference ? (previous + ((u >>> 1) ^ -(u & 1))) | 0 : u
    out[i] = previous
  }
  bitAt = bit
  if (bit > last) throw ended()
}

function readLong(q: number, k: number): number {
  if (q < longCode) {
    bitAt += q + 1
    return (q << k) | read(k)
  }
  bitAt += longCode
  const below = readShort(5)
  return below === 0 ? 1 : (2 ** below + read(below)) | 0
}

function readValues(columns: DayColumns, from: number, last: number): void {
  const { values, quality, slots } = columns
  const shape = readShort(2)
  const end = from + slots
  let present = 0
  for (let i = from; i < end; i++) if ((quality[i] & 7) !== 0) present++
  if (shape === allZero || shape === constant) {
    const number = shape === constant ? readNumber() : 0
    values.fill((number >>> 1) ^ -(number & 1), from, end)
  } else {
    const unit = readShort(1) === 1 ? readNumber() : 1
    readCoded(values, from, present, shape === differences, last)
    if (unit !== 1) scale(values, from, present, unit)
  }
  if (present < slots) {
    // Spread from the end, so that no value is overwritten before it is moved.
    let next = from + present
    const spread = shape === levels || shape === differences
    for (let i = end - 1; i >= from; i--) {
      if ((quality[i] & 7) === 0) values[i] = 0
      else if (spread) values[i] = values[--next]
    }
  }
}

function scale(values: Int32Array, from: number, count: number, unit: number): void {
  for (let i = from; i < from + count; i++) {
    const scaled = values[i] * unit
    if (scaled !== (scaled | 0)) throw new IntervalError('malformed', `value ${scaled}`)
    values[i] = scaled
  }
}

/**
 * Reads the quick form into arrays that are used again. Work is bounded by eight channels of 100 slots,
 * whatever the bytes.
 * @param wanted channels to read, as bits; channels after the last one wanted are not looked at
 * @throws IntervalError 'malformed'
 */
export function decodeQuickInto(bytes: Uint8Array, into: DayColumns, wanted = 255): DayColumns {
  const header = readHeader(bytes)
  into.number = header.number
  into.minutes = header.minutes
  into.slots = header.slots
  const stored = bytes[3]
  into.mask = stored & wanted
  take(bytes)
  const last = 8 * bytes.length
  let before = -1
  for (let i = 0; stored >> i !== 0; i++) {
    if ((stored & (1 << i)) === 0) continue
    if (wanted >> i === 0) return into
    const from = i * columnStride
    readQuality(into.quality, from, header.slots, before)
    readValues(into, from, last)
    if (bitAt > last) throw ended()
    before = from
  }
  if (last - bitAt >= 8) throw new IntervalError('malformed', 'bytes are left over')
  return into
}

const columns = createDayColumns()

/** Reads what `encodeQuick` wrote. @throws IntervalError 'malformed' */
export function decodeQuick(bytes: Uint8Array): DayBlock {
  const { number, minutes, slots, mask, values, quality } = decodeQuickInto(bytes, columns)
  return {
    day: dayOfNumber(number),
    minutes,
    channels: channels
      .map((channel, i) => ({ channel, i }))
      .filter(({ i }) => (mask >> i) & 1)
      .map(({ channel, i }) => {
        const from = i * columnStride
        return {
          channel,
          values: values.slice(from, from + slots),
          quality: quality.slice(from, from + slots),
        }
      }),
  }
}
