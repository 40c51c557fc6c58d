// The first four bytes of every stored day, whatever its form.
//
//   byte 0     high nibble: version; low nibble: 0, 1, 2 for intervals of 15, 30, 60 minutes
//   byte 1–2   civil day, days since 1970-01-01, little endian
//   byte 3     channels present, bit i for channels[i]
import { dayOfNumber, hoursOfDayNumber, type IntervalMinutes } from '../calendar.ts'
import { IntervalError } from '../errors.ts'

export const headerLength = 4
const minuteCodes: readonly IntervalMinutes[] = [15, 30, 60]

/** @param number days since 1970-01-01 */
export function writeHeader(
  out: Uint8Array,
  at: number,
  version: number,
  minutes: IntervalMinutes,
  number: number,
  mask: number,
): void {
  out[at] = (version << 4) | minuteCodes.indexOf(minutes)
  out[at + 1] = number & 255
  out[at + 2] = number >> 8
  out[at + 3] = mask
}

/** @throws IntervalError 'malformed' when the bytes are too few or name no day or interval */
export function readHeader(bytes: Uint8Array): { minutes: IntervalMinutes; number: number; slots: number } {
  if (bytes.length < headerLength) throw new IntervalError('malformed', `${bytes.length} bytes`)
  const minutes = minuteCodes[bytes[0] & 15]
  if (minutes === undefined) throw new IntervalError('malformed', `interval code ${bytes[0] & 15}`)
  const number = bytes[1] | (bytes[2] << 8)
  try {
    dayOfNumber(number)
  } catch (cause) {
    throw new IntervalError('malformed', `day number ${number}`, { cause })
  }
  return { minutes, number, slots: hoursOfDayNumber(number) * (60 / minutes) }
}
