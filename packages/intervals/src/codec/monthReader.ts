// Reads the month form of monthForm.ts.
import { channels, type DayBlock } from '../block.ts'
import { dayOfNumber } from '../calendar.ts'
import { IntervalError } from '../errors.ts'
import { isQuality, quality as states } from '../quality.ts'
import {
  beginMonth,
  byActive,
  daysInMonth,
  distanceCap,
  firstMeans,
  longMonthCode,
  type MonthColumns,
  monthMeanShift,
  monthStride,
  monthVersion,
  mostSectionBytes,
  openDay,
} from './monthForm.ts'
import { distanceOf, expectedOf } from './monthWriter.ts'

const window = new Uint8Array(mostSectionBytes + 64)
let bitAt = 0
let lastBit = 0

const malformed = (why: string) => new IntervalError('malformed', why)
const ended = () => malformed('the month block ends too early')

function take(bytes: Uint8Array, from: number): void {
  if (bytes.length > mostSectionBytes) throw malformed(`${bytes.length} bytes`)
  window.set(bytes)
  window.fill(0, bytes.length, bytes.length + 16)
  bitAt = 8 * from
  lastBit = 8 * bytes.length
}

function readShort(width: number): number {
  const at = bitAt >> 3
  const three = (window[at] << 16) | (window[at + 1] << 8) | window[at + 2]
  const value = (three >>> (24 - width - (bitAt & 7))) & ((1 << width) - 1)
  bitAt += width
  if (bitAt > lastBit) throw ended()
  return value
}

const readInt = () => (readShort(16) << 16) | readShort(16)

/**
 * Reads the days of a month into arrays that are used again. Work is bounded by eight channels of 3,100 slots,
 * whatever the bytes.
 * @param sections `others` may be left out when only A+ is wanted
 * @param wanted channels to read, see `channelBit`; `masks` tells what the days have, wanted or not
 * @throws IntervalError 'malformed'
 */
export function decodeMonthInto(
  sections: { readonly active: Uint8Array; readonly others?: Uint8Array | undefined },
  into: MonthColumns,
  wanted = 255,
): MonthColumns {
  const { active, others } = sections
  const all = readHead(active, into)
  if (all & 1) readChannel(into, 0)
  else {
    into.values.fill(0, 0, into.slots)
    into.quality.fill(0, 0, into.slots)
  }
  close()
  if (wanted >> 1 === 0 || all >> 1 === 0) return into
  if (!others || others.length === 0 || others[0] !== ((monthVersion << 4) | 1))
    throw malformed('the other channels are not there')
  take(others, 1)
  for (let c = 1; c < 8; c++) if ((all >> c) & 1) readChannel(into, c)
  close()
  return into
}

function close(): void {
  if (bitAt > lastBit) throw ended()
  if (lastBit - bitAt >= 8) throw malformed('bytes are left over')
}

/** @returns channels that any day has */
function readHead(bytes: Uint8Array, into: MonthColumns): number {
  if (bytes.length < 9 || bytes[0] !== monthVersion << 4) throw malformed('no month block')
  const held = (bytes[3] | (bytes[4] << 8) | (bytes[5] << 16) | (bytes[6] << 24)) >>> 0
  const first = bytes[1] | (bytes[2] << 8)
  try {
    beginMonth(into, first)
  } catch (cause) {
    throw new IntervalError('malformed', `month ${first}`, { cause })
  }
  const days = daysInMonth(first)
  if (held === 0 || Math.floor(held / 2 ** days) !== 0 || bytes[7] > 1)
    throw malformed('days outside the month')
  let at = 8
  let all = 0
  for (let index = 0; index < days; index++) {
    if (((held >>> index) & 1) === 0) continue
    if (at >= bytes.length) throw ended()
    const mask = bytes[at]
    if (bytes[7] === 1) at++
    openDay(into, index, mask)
    all |= mask
  }
  take(bytes, bytes[7] === 1 ? at : at + 1)
  return all
}

function readChannel(month: MonthColumns, c: number): void {
  const from = c * monthStride
  readQuality(month, c)
  const { values, quality, slots } = month
  const shape = readShort(2)
  if (shape < 2) {
    const value = shape === 1 ? readInt() : 0
    if (shape === 0 || (month.plain >> c) & 1) values.fill(value, from, from + slots)
    else for (let i = from; i < from + slots; i++) values[i] = quality[i] & 7 ? value : 0
    return
  }
  const isNegative = readShort(1) === 1
  const unit = readShort(1) === 1 ? readInt() : 1
  const ratio = shape === byActive ? readShort(16) : 0
  if (shape === byActive && c === 0) throw malformed('A+ by A+')
  if (shape === byActive) readByActive(month, from, isNegative, ratio)
  else readByPrevious(month, from, isNegative)
  if (bitAt > lastBit) throw ended()
  if (unit === 1) return
  for (let i = from; i < from + slots; i++) {
    const scaled = values[i] * unit
    if (scaled !== (scaled | 0)) throw malformed(`value ${scaled}`)
    values[i] = scaled
  }
}

function readQuality(month: MonthColumns, c: number): void {
  const { quality, masks, starts, count, slots } = month
  const from = c * monthStride
  const kind = readShort(2)
  if (kind === 0) {
    quality.fill(states.measured, from, from + slots)
    let isWhole = true
    for (let d = 0; d < count; d++) {
      if ((masks[d] >> c) & 1) continue
      quality.fill(0, from + starts[d], from + starts[d + 1])
      isWhole = false
    }
    if (isWhole) month.plain |= 1 << c
    return
  }
  if (kind === 1) {
    if (c === 0) throw malformed('no channel before the first')
    for (let d = 0; d < count; d++)
      if (((masks[d] >> c) & 1) !== (masks[d] & 1)) throw malformed('other days than A+')
    quality.copyWithin(from, 0, slots)
    if (month.plain & 1) month.plain |= 1 << c
    return
  }
  if (kind === 2) throw malformed('unknown form of quality')
  let left = 0
  let byte = 0
  for (let d = 0; d < count; d++) {
    if (((masks[d] >> c) & 1) === 0) {
      quality.fill(0, from + starts[d], from + starts[d + 1])
      continue
    }
    for (let i = starts[d]; i < starts[d + 1]; i++) {
      if (left === 0) {
        byte = readShort(8)
        left = readShort(12) + 1
        if (!isQuality(byte)) throw malformed(`quality ${byte}`)
      }
      quality[from + i] = byte
      left--
    }
  }
  if (left !== 0) throw malformed('quality beyond the last day')
}

const limitBit = 8 * mostSectionBytes

function readByPrevious({ values, quality, slots }: MonthColumns, from: number, isNegative: boolean): void {
  const means = firstMeans(2)
  let bit = bitAt
  let previous = 0
  for (let i = from; i < from + slots; i++) {
    if ((quality[i] & 7) === 0) {
      values[i] = 0
      continue
    }
    const at = bit >> 3
    const off = bit & 7
    const word =
      (((window[at] << 24) | (window[at + 1] << 16) | (window[at + 2] << 8) | window[at + 3]) << off) |
      (window[at + 4] >> (8 - off))
    const size = 32 - Math.clz32(previous ^ (previous >> 31))
    const mean = means[size]
    const k = 31 - Math.clz32(((mean + (mean >> 2)) >> 4) | 1)
    const q = Math.clz32(word)
    if (q < longMonthCode) {
      const u = (q << k) | (((word << (q + 1)) >>> 1) >>> (31 - k))
      bit += q + 1 + k
      if (isNegative) previous = (previous + ((u >>> 1) ^ -(u & 1))) | 0
      else if (u > 2 * previous) previous = u
      else previous -= (u >>> 1) ^ -(u & 1)
      means[size] = mean + (((Math.min(u, distanceCap) << 4) - mean) >> monthMeanShift)
    } else {
      if (bit > limitBit) throw ended()
      const value = writtenOut(bit)
      means[size] = afterLong(mean, value, previous, isNegative)
      previous = value
      bit += longMonthCode + 32
    }
    values[i] = previous
  }
  bitAt = bit
}

function readByActive(
  { values, quality, slots }: MonthColumns,
  from: number,
  isNegative: boolean,
  ratio: number,
): void {
  const means = firstMeans(byActive)
  let bit = bitAt
  for (let i = 0; i < slots; i++) {
    if ((quality[from + i] & 7) === 0) {
      values[from + i] = 0
      continue
    }
    const beside = values[i]
    const expected = beside >>> 15 === 0 ? (beside * ratio) >>> 12 : expectedOf(beside, ratio, isNegative)
    const at = bit >> 3
    const off = bit & 7
    const word =
      (((window[at] << 24) | (window[at + 1] << 16) | (window[at + 2] << 8) | window[at + 3]) << off) |
      (window[at + 4] >> (8 - off))
    const size = 32 - Math.clz32(beside ^ (beside >> 31))
    const mean = means[size]
    const k = 31 - Math.clz32(((mean + (mean >> 2)) >> 4) | 1)
    const q = Math.clz32(word)
    let value: number
    if (q < longMonthCode) {
      const u = (q << k) | (((word << (q + 1)) >>> 1) >>> (31 - k))
      bit += q + 1 + k
      if (isNegative) value = (expected + ((u >>> 1) ^ -(u & 1))) | 0
      else if (u > 2 * expected) value = u
      else value = expected - ((u >>> 1) ^ -(u & 1))
      means[size] = mean + (((Math.min(u, distanceCap) << 4) - mean) >> monthMeanShift)
    } else {
      if (bit > limitBit) throw ended()
      value = writtenOut(bit)
      means[size] = afterLong(mean, value, expected, isNegative)
      bit += longMonthCode + 32
    }
    values[from + i] = value
  }
  bitAt = bit
}

function writtenOut(bit: number): number {
  bitAt = bit + longMonthCode
  return readInt()
}

function afterLong(mean: number, value: number, expected: number, isNegative: boolean): number {
  const u = distanceOf(value, expected, isNegative)
  return mean + (((Math.min(u, distanceCap) << 4) - mean) >> monthMeanShift)
}

/** Day `d` of the days held, with arrays of its own. */
export function monthDay(month: MonthColumns, d: number): DayBlock {
  const from = month.starts[d]
  const to = month.starts[d + 1]
  return {
    day: dayOfNumber(month.first + month.index[d]),
    minutes: 15,
    channels: channels.flatMap((channel, c) => {
      if (((month.masks[d] >> c) & 1) === 0) return []
      const at = c * monthStride
      return [
        {
          channel,
          values: month.values.slice(at + from, at + to),
          quality: month.quality.slice(at + from, at + to),
        },
      ]
    }),
  }
}
