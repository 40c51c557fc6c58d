// The form of a month block, version 3: all days of a point and month, coded together in two sections, so that
// whoever wants active energy alone need not read the rest.
//
//   active    byte 0 version and 0 · 1–2 first day of the month, days since 1970-01-01, little endian · 3–6 days
//             held, bit i for day i + 1 · 7 a byte of channels for all days follows (0) or one for each day (1) ·
//             these bytes · the bits of channel A+
//   others    byte 0 version and 1 · the bits of the other channels, in the order of `channels`; empty without any
//
// Intervals are quarter-hours. Bits stand highest first, filled with zeros to a whole byte. For each channel:
//   quality   2 bits: 0 all measured · 1 as channel A+ · 3 runs of (byte, 12 bits length − 1) that fill its days
//   shape     2 bits: 0 all zero · 1 one value (32 bits) · 2 by the value before · 3 by A+ of the same quarter-hour
//   for 2, 3  1 bit: negative values occur · 1 bit and, when set, the unit that divides all values (32 bits) ·
//             for 3 the ratio to A+ in 4096ths (16 bits) · then every value as a Golomb–Rice code of its distance to
//             what is expected
// The parameter of a code follows the mean of the distances seen at values of the same size (bits of the value
// before, or of A+). Where no value is negative, distances are folded: below zero there is nothing to spend a code on.
// Twelve zeros say that the value itself is written out in 32 bits. Missing slots take no space.
import { dayOfNumber, hoursOfDayNumber } from '../calendar.ts'
import { IntervalError } from '../errors.ts'

export const monthVersion = 3
/** Elements from one channel of `MonthColumns` to the next: more than the quarter-hours of any month. */
export const monthStride = 3_100
export const byPrevious = 2
export const byActive = 3
export const ratioOne = 4096
export const longMonthCode = 12
/** Distances above this do not raise the mean further: a parameter has 20 bits at most. */
export const distanceCap = 1 << 20
/** A sixteenth of each distance goes into the mean of its size, which is kept in sixteenths. */
export const monthMeanShift = 4
const sizes = 33
/** Bytes that no section exceeds: 7 channels of 3,100 values of 44 bits with quality runs of 20 bits. */
export const mostSectionBytes = 180_000

/** The means that a channel begins with, by the size of the value: a distance is about as large as what it is from. */
export function firstMeans(shape: number): Int32Array {
  const less = shape === byActive ? 3 : 1
  return Int32Array.from({ length: sizes }, (_, size) => ((1 << Math.min(size, 20)) >> less) << 4)
}

/** The days of a point and month in arrays that are used again. */
export interface MonthColumns {
  /** Day number of the first of the month, days since 1970-01-01. */
  first: number
  /** Days held, ascending: index in the month from 0, first slot of each in the columns, its channels as bits. */
  count: number
  readonly index: Uint8Array
  readonly starts: Int32Array
  readonly masks: Uint8Array
  /** Slots of all days held. */
  slots: number
  /** Channels known to be measured without a mark in every slot of every day held. */
  plain: number
  /** Channel i from i × `monthStride`; Wh or varh, 0 where missing. Channels not asked for are left as they were. */
  readonly values: Int32Array
  /** Quality bytes; 0 also where a day lacks the channel. */
  readonly quality: Uint8Array
}

/** Room for one month of all channels. */
export function createMonthColumns(): MonthColumns {
  return {
    first: 0,
    count: 0,
    index: new Uint8Array(31),
    starts: new Int32Array(32),
    masks: new Uint8Array(31),
    slots: 0,
    plain: 0,
    values: new Int32Array(8 * monthStride),
    quality: new Uint8Array(8 * monthStride),
  }
}

/** Empties the columns for a month. @param first day number of its first day @throws IntervalError 'invalid-day' */
export function beginMonth(month: MonthColumns, first: number): void {
  if (!dayOfNumber(first).endsWith('-01'))
    throw new IntervalError('invalid-day', `${dayOfNumber(first)} begins no month`)
  month.first = first
  month.count = month.slots = month.plain = 0
  month.starts[0] = 0
}

/** Adds a day, later than those that are there, without a value. @returns its place in the columns */
export function openDay(month: MonthColumns, index: number, mask: number): number {
  const start = month.slots
  const before = month.count > 0 ? month.index[month.count - 1] : -1
  if (index <= before || index >= daysInMonth(month.first))
    throw new IntervalError('invalid-day', `day ${index + 1} of ${dayOfNumber(month.first)}`)
  month.index[month.count] = index
  month.starts[month.count] = start
  month.masks[month.count] = mask
  month.count++
  month.slots = start + 4 * hoursOfDayNumber(month.first + index)
  month.starts[month.count] = month.slots
  return start
}

/** Days of the month that a day number begins. */
export function daysInMonth(first: number): number {
  const date = new Date(first * 86_400_000)
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
}
