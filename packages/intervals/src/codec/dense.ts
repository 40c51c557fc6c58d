// The dense form of a day block, version 1: the fewest bytes, by a range coder that adapts bit by bit.
//
//   byte 0     high nibble: version 1; low nibble: 0, 1, 2 for intervals of 15, 30, 60 minutes
//   byte 1–2   civil day, days since 1970-01-01, little endian
//   byte 3     channels present, bit i for channels[i]
//   then       the range coder's bytes, forwards
//   at the end plain bits, read backwards from the last byte; for each channel:
//              quality  2 bits: 0 all measured · 1 as the channel before · 2 one byte for all ·
//                       3 runs of (byte, 7 bits length − 1) that fill the day
//              shape    3 bits: 0 all zero · 1 constant · 4 + transform (values.ts)
//              constant its zigzag number; otherwise one bit and, when set, the unit that divides all
//              values, both as (6 bits width, bits); then 2 bits: upper levels of the token tree that
//              are left out because all tokens are small; then the bits below the tokens
// Missing slots have no value and take no space.
import { type ChannelSeries, channels, checkDayBlock, type DayBlock, seriesOf } from '../block.ts'
import { dayNumber, dayOfNumber } from '../calendar.ts'
import { IntervalError } from '../errors.ts'
import { isQuality, quality as states } from '../quality.ts'
import { BitReader, BitWriter } from './bits.ts'
import { headerLength, readHeader, writeHeader } from './header.ts'
import { RangeEncoder } from './rangeEncoder.ts'
import { decodeValues, encodeValues, outline, pairAt, type Transform, transforms } from './values.ts'

const version = 1
const allZero = 0
const constant = 1
const firstTransform = 4
const mostSlots = 100

const packed = new Int32Array(mostSlots)
const coder = new RangeEncoder()
const plain = new BitWriter()
const trialCoder = new RangeEncoder()
const trialPlain = new BitWriter()

function same(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function writeQuality(raw: BitWriter, quality: Uint8Array, before: Uint8Array | undefined): void {
  const first = quality[0]
  const uniform = quality.every((byte) => byte === first)
  if (uniform && first === states.measured) raw.write(0, 2)
  else if (before !== undefined && same(quality, before)) raw.write(1, 2)
  else if (uniform) {
    raw.write(2, 2)
    raw.write(first, 8)
  } else {
    raw.write(3, 2)
    for (let i = 0, run = 1; i < quality.length; i += run, run = 1) {
      while (i + run < quality.length && quality[i + run] === quality[i]) run++
      raw.write(quality[i], 8)
      raw.write(run - 1, 7)
    }
  }
}

function readQuality(raw: BitReader, slots: number, before: Uint8Array | undefined): Uint8Array {
  const quality = new Uint8Array(slots)
  const kind = raw.read(2)
  if (kind === 1) {
    if (before === undefined) throw new IntervalError('malformed', 'no channel before the first')
    quality.set(before)
  } else if (kind === 0) return quality.fill(states.measured)
  else if (kind === 2) quality.fill(raw.read(8))
  else
    for (let i = 0; i < slots; ) {
      const byte = raw.read(8)
      const end = i + raw.read(7) + 1
      if (end > slots) throw new IntervalError('malformed', 'a quality run is longer than the day')
      quality.fill(byte, i, end)
      i = end
    }
  for (let i = 0; i < slots; i++)
    if (!isQuality(quality[i])) throw new IntervalError('malformed', `quality ${quality[i]} in slot ${i}`)
  return quality
}

function writeNumber(raw: BitWriter, value: number): void {
  const width = 32 - Math.clz32(value)
  raw.write(width, 6)
  raw.write(value, width)
}

function readNumber(raw: BitReader): number {
  const width = raw.read(6)
  if (width > 32) throw new IntervalError('malformed', `number of ${width} bits`)
  return raw.read(width)
}

/** The greatest unit that divides every value, 1…2³¹; meters often count in 10 or 100 Wh. */
function commonUnit(values: Int32Array, count: number): number {
  let unit = 0
  for (let i = 0; i < count && unit !== 1; i++) {
    let rest = Math.abs(values[i])
    while (rest !== 0) [unit, rest] = [rest, unit % rest]
  }
  return unit
}

/** The transform that takes the fewest bits for these values. */
function cheapest(values: Int32Array, count: number, negative: boolean): Transform {
  const plainest: Transform = negative ? transforms.signed : transforms.level
  const worthTrying = 1.1 * outline(values, count, plainest).bits
  const rivals = [transforms.delta, transforms.slope].filter(
    (transform) => outline(values, count, transform).bits <= worthTrying,
  )
  if (rivals.length === 0) return plainest
  let best: Transform = plainest
  let least = Number.POSITIVE_INFINITY
  for (const transform of [plainest, ...rivals]) {
    trialCoder.reset()
    trialPlain.reset()
    encodeValues(trialCoder, trialPlain, values, count, transform)
    const bits = trialCoder.bits + trialPlain.bits
    if (bits >= least) continue
    least = bits
    best = transform
  }
  return best
}

function writeValues(series: ChannelSeries): void {
  let count = 0
  let negative = false
  let varies = false
  for (let i = 0; i < series.values.length; i++) {
    if ((series.quality[i] & 7) === 0) continue
    const value = series.values[i]
    packed[count++] = value
    if (value < 0) negative = true
    if (value !== packed[0]) varies = true
  }
  if (!varies) {
    const value = count === 0 ? 0 : packed[0]
    plain.write(value === 0 ? allZero : constant, 3)
    if (value !== 0) writeNumber(plain, (value << 1) ^ (value >> 31))
    return
  }
  const unit = commonUnit(packed, count)
  if (unit > 1) for (let i = 0; i < count; i++) packed[i] /= unit
  const transform = cheapest(packed, count, negative)
  plain.write(firstTransform + transform, 3)
  plain.write(unit > 1 ? 1 : 0, 1)
  if (unit > 1) writeNumber(plain, unit)
  encodeValues(coder, plain, packed, count, transform)
}

function readValues(bytes: Uint8Array, state: Int32Array, raw: BitReader, quality: Uint8Array): Int32Array {
  const slots = quality.length
  const values = new Int32Array(slots)
  let count = 0
  for (let i = 0; i < slots; i++) if ((quality[i] & 7) !== 0) count++
  const shape = raw.read(3)
  if (shape === allZero) return values
  if (shape === constant) {
    const number = readNumber(raw)
    values.fill((number >>> 1) ^ -(number & 1), 0, count)
  } else if (shape >= firstTransform) {
    const unit = raw.read(1) === 1 ? readNumber(raw) : 1
    decodeValues(bytes, state, raw, values, count, (shape - firstTransform) as Transform)
    if (unit !== 1) for (let i = 0; i < count; i++) values[i] = Math.imul(values[i], unit)
  } else throw new IntervalError('malformed', `shape ${shape}`)
  // Spread from the end, so that no value is overwritten before it is moved.
  if (count < slots)
    for (let i = slots - 1, from = count; i >= 0; i--) values[i] = (quality[i] & 7) !== 0 ? values[--from] : 0
  return values
}

/**
 * The dense form of a day: about the entropy of its values, four bytes for an empty one.
 * @throws IntervalError 'invalid-day' | 'invalid-block'
 */
export function encodeDense(block: DayBlock): Uint8Array {
  checkDayBlock(block)
  coder.reset()
  plain.reset()
  let mask = 0
  let before: Uint8Array | undefined
  for (let i = 0; i < channels.length; i++) {
    const series = seriesOf(block, channels[i])
    if (series === undefined) continue
    mask |= 1 << i
    writeQuality(plain, series.quality, before)
    writeValues(series)
    before = series.quality
  }
  const coded = coder.finish()
  const out = new Uint8Array(headerLength + coded.length + plain.size)
  writeHeader(out, 0, version, block.minutes, dayNumber(block.day), mask)
  out.set(coded, headerLength)
  plain.copyReversed(out)
  return out
}

/**
 * Reads what `encodeDense` wrote. Work and memory are bounded by eight channels of 100 slots, whatever
 * the bytes.
 * @throws IntervalError 'malformed' on bytes that are no day block
 */
export function decodeDense(bytes: Uint8Array): DayBlock {
  const { minutes, number, slots } = readHeader(bytes)
  const day = dayOfNumber(number)
  const raw = new BitReader(bytes, headerLength)
  const state = Int32Array.of(headerLength + 2, pairAt(bytes, headerLength), 0xffff, 0)
  const list: ChannelSeries[] = []
  let before: Uint8Array | undefined
  for (let i = 0; i < channels.length; i++) {
    if ((bytes[3] & (1 << i)) === 0) continue
    const quality = readQuality(raw, slots, before)
    list.push({ channel: channels[i], values: readValues(bytes, state, raw, quality), quality })
    before = quality
  }
  // The range decoder never stands before the end of its bytes: a gap means bytes nobody wrote.
  if (state[0] < raw.position) throw new IntervalError('malformed', 'bytes are left over')
  return { day, minutes, channels: list }
}
