// The 12-byte date-time of COSEM (Blue Book 4.1.6.1): local date and time, deviation, clock status.

import { DlmsError } from '../parse.ts'

/** Undefined fields are 'not specified'. Deviation: UTC = local + deviation (Bucharest: −120 in winter, −180 in summer). */
export interface CosemDateTime {
  readonly year?: number
  /** 1…12; 0xFD and 0xFE (daylight saving end and begin) stay numbers. */
  readonly month?: number
  /** 1…31; 0xFD and 0xFE are the 2nd last and last day of the month. */
  readonly day?: number
  /** 1 Monday … 7 Sunday. */
  readonly dayOfWeek?: number
  readonly hour?: number
  readonly minute?: number
  readonly second?: number
  readonly hundredths?: number
  readonly deviationMinutes?: number
  /** Bits: 0 invalid, 1 doubtful, 2 different clock base, 3 invalid clock status, 7 daylight saving active. */
  readonly clockStatus?: number
}

/** Blue Book 4.1.6.1: UTC = local + deviation. Some meters send the opposite number. */
export type DeviationSign = 'standard' | 'inverted'

/** Deviation (minutes, UTC = local + deviation) of a wall-clock time whose sender gave none. */
export type DeviationOf = (localEpochMs: number, dst: boolean | undefined) => number

export const clockStatusDst = 0x80
const unspecifiedDeviation = -0x8000

/** Reads 12 bytes at `offset`. Throws 'length' when there are fewer. */
export function dateTimeFromBytes(bytes: Uint8Array, offset = 0): CosemDateTime {
  if (bytes.length < offset + 12) throw new DlmsError('length', 'a date-time has 12 bytes', { offset })
  const year = (bytes[offset] << 8) | bytes[offset + 1]
  const deviation = (((bytes[offset + 9] << 8) | bytes[offset + 10]) << 16) >> 16
  const at = (index: number) => (bytes[offset + index] === 0xff ? undefined : bytes[offset + index])
  const fields: CosemDateTime = {
    year: year === 0xffff ? undefined : year,
    month: at(2),
    day: at(3),
    dayOfWeek: at(4),
    hour: at(5),
    minute: at(6),
    second: at(7),
    hundredths: at(8),
    deviationMinutes: deviation === unspecifiedDeviation ? undefined : deviation,
    clockStatus: at(11),
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** Writes 12 bytes; undefined fields become 'not specified'. */
export function dateTimeToBytes(value: CosemDateTime): Uint8Array {
  const bytes = new Uint8Array(12)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, value.year ?? 0xffff)
  const fields = [
    value.month,
    value.day,
    value.dayOfWeek,
    value.hour,
    value.minute,
    value.second,
    value.hundredths,
  ]
  for (let i = 0; i < fields.length; i++) bytes[2 + i] = fields[i] ?? 0xff
  view.setInt16(9, value.deviationMinutes ?? unspecifiedDeviation)
  bytes[11] = value.clockStatus ?? 0xff
  return bytes
}

/**
 * Instant of a date-time, epoch ms (UTC); missing seconds and hundredths count as 0. Undefined when date, hour
 * or minute are not specified or no real date, or when the deviation is missing and there is no `zone`.
 */
export function toInstant(value: CosemDateTime, zone?: DeviationOf): number | undefined {
  const { year, month, day, hour, minute, second = 0, hundredths = 0 } = value
  if (year === undefined || month === undefined || day === undefined) return undefined
  if (hour === undefined || minute === undefined) return undefined
  const local = localInstant(year, month, day, hour, minute, second, hundredths)
  if (Number.isNaN(local)) return undefined
  const dst = value.clockStatus === undefined ? undefined : (value.clockStatus & clockStatusDst) !== 0
  const deviation = value.deviationMinutes ?? zone?.(local, dst)
  return deviation === undefined ? undefined : local + deviation * 60_000
}

/**
 * `toInstant` straight from 12 bytes without an object between; NaN instead of undefined.
 * @param sign of the deviations of this sender; 'inverted' where UTC = local − deviation
 */
export function instantFromBytes(
  bytes: Uint8Array,
  offset: number,
  zone?: DeviationOf,
  sign: DeviationSign = 'standard',
): number {
  const second = bytes[offset + 7] === 0xff ? 0 : bytes[offset + 7]
  const hundredths = bytes[offset + 8] === 0xff ? 0 : bytes[offset + 8]
  const local = localInstant(
    (bytes[offset] << 8) | bytes[offset + 1],
    bytes[offset + 2],
    bytes[offset + 3],
    bytes[offset + 5],
    bytes[offset + 6],
    second,
    hundredths,
  )
  if (Number.isNaN(local)) return local
  const deviation = (((bytes[offset + 9] << 8) | bytes[offset + 10]) << 16) >> 16
  if (deviation !== unspecifiedDeviation)
    return local + (sign === 'inverted' ? -deviation : deviation) * 60_000
  if (!zone) return Number.NaN
  const status = bytes[offset + 11]
  return local + zone(local, status === 0xff ? undefined : (status & clockStatusDst) !== 0) * 60_000
}

// Wall-clock time as if it were UTC; NaN when it is no date (0xFFFF, 31 April, hour 24).
function localInstant(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  hundredths: number,
): number {
  if (hour > 23 || minute > 59 || second > 59 || hundredths > 99) return Number.NaN
  return startOfDay(year, month, day) + ((hour * 60 + minute) * 60 + second) * 1000 + hundredths * 10
}

// The rows of a profile mostly fall on the day of the row before: its start is remembered.
let rememberedDate = 0
let rememberedStart = Number.NaN

function startOfDay(year: number, month: number, day: number): number {
  if (!(year <= 9999 && year >= 100 && month >= 1 && month <= 12 && day >= 1 && day <= 31)) return Number.NaN
  const date = (year << 9) | (month << 5) | day
  if (date === rememberedDate) return rememberedStart
  rememberedStart =
    day <= daysInMonth(year, month) ? daysSinceEpoch(year, month, day) * 86_400_000 : Number.NaN
  rememberedDate = date
  return rememberedStart
}

// Proleptic Gregorian calendar in integers, the year taken to begin in March: profiles have a clock in every
// row, and Date.UTC costs more than the rest of the row.
function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Date-time of an instant (epoch ms) in the zone of `deviationMinutes`; hundredths are kept, milliseconds cut. */
export function fromInstant(epochMs: number, deviationMinutes: number, dst: boolean): CosemDateTime {
  const local = new Date(epochMs - deviationMinutes * 60_000)
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    dayOfWeek: local.getUTCDay() || 7,
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    hundredths: Math.floor(local.getUTCMilliseconds() / 10),
    deviationMinutes,
    clockStatus: dst ? clockStatusDst : 0,
  }
}
