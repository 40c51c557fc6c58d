// Writes the month form of monthForm.ts.
import { IntervalError } from '../errors.ts'
import { isQuality } from '../quality.ts'
import {
  byActive,
  byPrevious,
  distanceCap,
  firstMeans,
  longMonthCode,
  type MonthColumns,
  monthMeanShift,
  monthStride,
  monthVersion,
  mostSectionBytes,
  openDay,
  ratioOne,
} from './monthForm.ts'
import { columnStride, type DayColumns } from './quickReader.ts'

/** Adds a decoded day, later than those that are there. @throws IntervalError 'mismatch' when it is of another month or not of quarter-hours */
export function addMonthDay(month: MonthColumns, day: DayColumns): void {
  if (day.minutes !== 15) throw new IntervalError('mismatch', `intervals of ${day.minutes} minutes`)
  const start = openDay(month, day.number - month.first, day.mask)
  for (let c = 0; c < 8; c++) {
    const at = c * monthStride + start
    if (((day.mask >> c) & 1) === 0) {
      month.values.fill(0, at, at + day.slots)
      month.quality.fill(0, at, at + day.slots)
      continue
    }
    const from = c * columnStride
    month.values.set(day.values.subarray(from, from + day.slots), at)
    month.quality.set(day.quality.subarray(from, from + day.slots), at)
  }
}

const scratch = new Uint8Array(mostSectionBytes)
let length = 0
let pending = 0
let bits = 0

/** Appends the low `width` bits (0…32), the highest first. */
function write(value: number, width: number): void {
  if (width > 16) {
    write(value >>> 16, width - 16)
    write(value & 0xffff, 16)
    return
  }
  pending = (pending << width) | (value & ((1 << width) - 1))
  bits += width
  while (bits >= 8) {
    bits -= 8
    scratch[length++] = pending >>> bits
  }
}

function begin(): void {
  length = pending = bits = 0
}

function finish(): Uint8Array {
  if (bits > 0) write(0, 8 - bits)
  return scratch.slice(0, length)
}

/** The two sections; `others` is empty when no day has a channel besides A+. */
export type MonthSections = { readonly active: Uint8Array; readonly others: Uint8Array }

/** @throws IntervalError 'invalid-block' for a month without a day, an unknown quality, a value in a missing slot */
export function encodeMonth(month: MonthColumns): MonthSections {
  if (month.count === 0) throw new IntervalError('invalid-block', 'a month without a day')
  let all = 0
  let held = 0
  for (let d = 0; d < month.count; d++) {
    all |= month.masks[d]
    held |= 1 << month.index[d]
  }
  const uniform = month.masks.subarray(0, month.count).every((mask) => mask === month.masks[0])
  begin()
  for (const byte of [monthVersion << 4, month.first & 255, month.first >> 8]) write(byte, 8)
  for (let shift = 0; shift < 32; shift += 8) write((held >>> shift) & 255, 8)
  write(uniform ? 0 : 1, 8)
  for (let d = 0; d < (uniform ? 1 : month.count); d++) write(month.masks[d], 8)
  if (all & 1) writeChannel(month, 0)
  const active = finish()
  if (all >> 1 === 0) return { active, others: new Uint8Array(0) }
  begin()
  write((monthVersion << 4) | 1, 8)
  for (let c = 1; c < 8; c++) if ((all >> c) & 1) writeChannel(month, c)
  return { active, others: finish() }
}

const coded = new Int32Array(monthStride)

function writeChannel(month: MonthColumns, c: number): void {
  writeQuality(month, c)
  const { values, quality, slots } = month
  const from = c * monthStride
  let present = 0
  let divisor = 0
  let isNegative = false
  let isConstant = true
  let one = 0
  for (let i = 0; i < slots; i++) {
    const value = values[from + i]
    if ((quality[from + i] & 7) === 0) {
      if (value !== 0) throw new IntervalError('invalid-block', `missing slot ${i} has value ${value}`)
      continue
    }
    if (present++ === 0) one = value
    else if (value !== one) isConstant = false
    if (value < 0) isNegative = true
    if (divisor !== 1) divisor = gcd(divisor, Math.abs(value))
  }
  if (isConstant) {
    write(one === 0 ? 0 : 1, 2)
    if (one !== 0) write(one, 32)
    return
  }
  // 2³¹ is no unit of a signed column.
  const unit = divisor > 0x7fffffff ? 1 : divisor
  for (let i = 0; i < slots; i++) coded[i] = values[from + i] / unit
  const ratio = c === 0 ? 0 : ratioOf(month)
  const isBetter =
    c > 0 &&
    measureValues(month, from, byActive, isNegative, ratio) <
      measureValues(month, from, byPrevious, isNegative, 0)
  const shape = isBetter ? byActive : byPrevious
  write(shape, 2)
  write(isNegative ? 1 : 0, 1)
  write(unit === 1 ? 0 : 1, 1)
  if (unit !== 1) write(unit, 32)
  if (isBetter) write(ratio, 16)
  eachCode(month, from, shape, isNegative, ratio, (u, k, value) => {
    const q = u >>> k
    if (q >= longMonthCode) {
      write(0, longMonthCode)
      write(value, 32)
      return
    }
    write(1, q + 1)
    write(k === 0 ? 0 : u & ((1 << k) - 1), k)
  })
}

function writeQuality(month: MonthColumns, c: number): void {
  const { quality, masks, starts, count } = month
  const from = c * monthStride
  let isPlain = true
  let isAsActive = c > 0
  for (let d = 0; d < count; d++) {
    const has = ((masks[d] >> c) & 1) === 1
    if (has !== ((masks[d] & 1) === 1)) isAsActive = false
    for (let i = starts[d]; i < starts[d + 1]; i++) {
      const byte = quality[from + i]
      if (!isQuality(byte)) throw new IntervalError('invalid-block', `quality ${byte}`)
      if (has && byte !== 1) isPlain = false
      if (byte !== quality[i]) isAsActive = false
    }
  }
  if (isPlain || isAsActive) {
    write(isPlain ? 0 : 1, 2)
    return
  }
  write(3, 2)
  let run = 0
  let last = 0
  const flush = () => {
    if (run === 0) return
    write(last, 8)
    write(run - 1, 12)
  }
  for (let d = 0; d < count; d++) {
    if (((masks[d] >> c) & 1) === 0) continue
    for (let i = starts[d]; i < starts[d + 1]; i++) {
      const byte = quality[from + i]
      if (run > 0 && byte === last) run++
      else {
        flush()
        last = byte
        run = 1
      }
    }
  }
  flush()
}

function gcd(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b]
  return a
}

function ratioOf({ values, slots }: MonthColumns): number {
  let active = 0
  let own = 0
  for (let i = 0; i < slots; i++) {
    active += Math.abs(values[i])
    own += Math.abs(coded[i])
  }
  return active === 0 ? 0 : Math.min(0xffff, Math.round((own * ratioOne) / active))
}

function measureValues(
  month: MonthColumns,
  from: number,
  shape: number,
  isNegative: boolean,
  ratio: number,
): number {
  let sum = 0
  eachCode(month, from, shape, isNegative, ratio, (u, k) => {
    const q = u >>> k
    sum += q >= longMonthCode ? longMonthCode + 32 : q + 1 + k
  })
  return sum
}

type Code = (distance: number, parameter: number, value: number) => void

function eachCode(
  { values, quality, slots }: MonthColumns,
  from: number,
  shape: number,
  isNegative: boolean,
  ratio: number,
  code: Code,
): void {
  const means = firstMeans(shape)
  let previous = 0
  for (let i = 0; i < slots; i++) {
    if ((quality[from + i] & 7) === 0) continue
    const value = coded[i]
    const beside = shape === byActive ? values[i] : previous
    const expected = shape === byActive ? expectedOf(beside, ratio, isNegative) : previous
    const size = 32 - Math.clz32(beside ^ (beside >> 31))
    const mean = means[size]
    const k = 31 - Math.clz32(((mean + (mean >> 2)) >> 4) | 1)
    const u = distanceOf(value, expected, isNegative)
    code(u, k, value)
    const capped = u >>> 0 > distanceCap ? distanceCap : u
    means[size] = mean + (((capped << 4) - mean) >> monthMeanShift)
    previous = value
  }
}

/** What a channel is expected to be beside a value of A+; within ±2³⁰. */
export function expectedOf(beside: number, ratio: number, isNegative: boolean): number {
  if (beside < 0 && !isNegative) return 0
  const expected = Math.floor((beside * ratio) / ratioOne)
  return Math.min(0x3fffffff, Math.max(-0x40000000, expected))
}

/** What is coded of a value. */
export function distanceOf(value: number, expected: number, isNegative: boolean): number {
  const difference = value - expected
  if (isNegative) return ((difference << 1) ^ ((difference | 0) >> 31)) >>> 0
  if (difference > expected) return value
  return difference <= 0 ? -2 * difference : 2 * difference - 1
}
