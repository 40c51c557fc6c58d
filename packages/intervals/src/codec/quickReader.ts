// Reads the quick form of quickForm.ts.
import { type Channel, channels, type DayBlock } from '../block.ts'
import { dayOfNumber, type IntervalMinutes } from '../calendar.ts'
import { IntervalError } from '../errors.ts'
import { isQuality, quality as states } from '../quality.ts'
import { headerLength, readHeader } from './header.ts'
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
} from './quickForm.ts'

/** One decoded day in arrays that are used again: channel i of `channels` begins at `i × columnStride`. */
export interface DayColumns {
  /** Days since 1970-01-01. */
  number: number
  minutes: IntervalMinutes
  /** Slots of the day; elements of a channel beyond them are left as they were. */
  slots: number
  /** Channels that were read, bit i for `channels[i]`; the others are left as they were. */
  mask: number
  /** Of them, channels known to be measured without a mark in every slot: nobody needs to look at their quality. */
  plain: number
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
    plain: 0,
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

/** @returns what the two bits of the quality say, see quickForm.ts */
function readQuality(quality: Uint8Array, from: number, slots: number, before: number): number {
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
  return kind
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

function readValues(columns: DayColumns, from: number, last: number, isPlain: boolean): void {
  const { values, quality, slots } = columns
  const shape = readShort(2)
  const end = from + slots
  let present = slots
  if (!isPlain) for (let i = from; i < end; i++) if ((quality[i] & 7) === 0) present--
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
  let isPlain = false
  into.plain = 0
  for (let i = 0; stored >> i !== 0; i++) {
    if ((stored & (1 << i)) === 0) continue
    if (wanted >> i === 0) return into
    const from = i * columnStride
    const kind = readQuality(into.quality, from, header.slots, before)
    // "As the channel before" is as plain as that one.
    isPlain = kind === 0 || (kind === 1 && isPlain)
    if (isPlain && wanted & (1 << i)) into.plain |= 1 << i
    readValues(into, from, last, isPlain)
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
