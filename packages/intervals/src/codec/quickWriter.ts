// Writes the quick form of quickForm.ts.
import { channels, checkDayBlock, type DayBlock, seriesOf } from '../block.ts'
import { dayNumber, type IntervalMinutes } from '../calendar.ts'
import { quality as states } from '../quality.ts'
import { headerLength, writeHeader } from './header.ts'
import {
  allZero,
  constant,
  differences,
  levels,
  longCode,
  meanBits,
  meanCap,
  meanOf,
  meanShift,
  mostDayBytes,
  mostSlots,
  version,
} from './quickForm.ts'

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
