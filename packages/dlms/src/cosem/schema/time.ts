// Dates and times of attributes (Blue Book 4.1.6.1): octet-strings of 12, 5 and 4 bytes; the tagged types
// date-time, date and time are accepted too, because meters send both.

import { type Data, data } from '../../axdr/data.ts'
import { type CosemDateTime, dateTimeFromBytes, dateTimeToBytes } from '../../axdr/dateTime.ts'
import { foundText, Mismatch, outOfRange, type Schema } from './schema.ts'

/** Undefined fields are 'not specified'. */
export type CosemDate = Pick<CosemDateTime, 'year' | 'month' | 'day' | 'dayOfWeek'>
export type CosemTime = Pick<CosemDateTime, 'hour' | 'minute' | 'second' | 'hundredths'>

function bytesOf(
  value: Data,
  tagged: 'date-time' | 'date' | 'time',
  length: number,
  path: string,
): Uint8Array {
  if ((value.type !== 'octet-string' && value.type !== tagged) || value.value.length !== length) {
    throw new Mismatch(path, `${tagged} (octet-string of ${length})`, foundText(value))
  }
  return value.value
}

const ranged = (value: number | undefined, max: number, name: string) => {
  if (value !== undefined && (!Number.isInteger(value) || value < 0 || value > max)) outOfRange(name, value)
}

function checkDate(value: CosemDate): void {
  ranged(value.year, 0xfffe, 'year')
  ranged(value.month, 0xfe, 'month')
  ranged(value.day, 0xfe, 'day')
  ranged(value.dayOfWeek, 0xfe, 'day of week')
}
function checkTime(value: CosemTime): void {
  ranged(value.hour, 0xfe, 'hour')
  ranged(value.minute, 0xfe, 'minute')
  ranged(value.second, 0xfe, 'second')
  ranged(value.hundredths, 0xfe, 'hundredths')
}

/** date-time in an octet-string of 12. */
export const dateTime: Schema<CosemDateTime> = {
  name: 'date-time',
  types: ['octet-string', 'date-time'],
  read: (value, path) => dateTimeFromBytes(bytesOf(value, 'date-time', 12, path)),
  write(value) {
    checkDate(value)
    checkTime(value)
    ranged(value.clockStatus, 0xfe, 'clock status')
    const deviation = value.deviationMinutes
    if (deviation !== undefined && (!Number.isInteger(deviation) || Math.abs(deviation) > 0x7fff)) {
      outOfRange('deviation in minutes', deviation)
    }
    return data.octets(dateTimeToBytes(value))
  },
}

/** date in an octet-string of 5: year, month, day, day of week. */
export const date: Schema<CosemDate> = {
  name: 'date',
  types: ['octet-string', 'date'],
  read: (value, path) => dateFromBytes(bytesOf(value, 'date', 5, path)),
  write(value) {
    checkDate(value)
    return data.octets(dateTimeToBytes(value).slice(0, 5))
  },
}

/** time in an octet-string of 4: hour, minute, second, hundredths. */
export const time: Schema<CosemTime> = {
  name: 'time',
  types: ['octet-string', 'time'],
  read: (value, path) => timeFromBytes(bytesOf(value, 'time', 4, path)),
  write(value) {
    checkTime(value)
    return data.octets(dateTimeToBytes(value).slice(5, 9))
  },
}

function dateFromBytes(bytes: Uint8Array): CosemDate {
  const whole = new Uint8Array(12).fill(0xff)
  whole.set(bytes)
  whole.set([0x80, 0x00], 9)
  return dateTimeFromBytes(whole)
}

function timeFromBytes(bytes: Uint8Array): CosemTime {
  const whole = new Uint8Array(12).fill(0xff)
  whole.set(bytes, 5)
  whole.set([0x80, 0x00], 9)
  return dateTimeFromBytes(whole)
}
