// Readable date-times (Blue Book 4.1.6.1). Wildcards stay visible instead of becoming a made-up instant.

import { type Language, say } from './texts.ts'

const part = (value: number, width: number, missing: number) =>
  value === missing ? '–'.repeat(width) : String(value).padStart(width, '0')

/** Could these twelve octets be a COSEM date-time? Used where only `octet-string` is declared. */
export function looksLikeDateTime(b: Uint8Array): boolean {
  if (b.length !== 12) return false
  const [yearHigh, yearLow, month, day, weekDay, hour, minute, second] = b as unknown as number[]
  const year = ((yearHigh as number) << 8) | (yearLow as number)
  return (
    ((year >= 1970 && year <= 2120) || year === 0xffff) &&
    within(month, 1, 12, 0xfd) &&
    within(day, 1, 31, 0xfd) &&
    within(weekDay, 0, 7, 0xff) &&
    within(hour, 0, 23, 0xff) &&
    within(minute, 0, 59, 0xff) &&
    within(second, 0, 59, 0xff)
  )
}

/** `2023-04-01 21:32:35 UTC+02:00, oră de vară`; unspecified parts as dashes. */
export function dateTimeText(b: Uint8Array, language: Language): string {
  const view = new DataView(b.buffer, b.byteOffset, b.length)
  const date = dateText(b)
  const time = timeText(b.subarray(5, 9))
  // The deviation is UTC minus local time, in minutes, so its sign is turned for the reader.
  const deviation = view.getInt16(9)
  const status = b[11] as number
  const parts = [`${date} ${time}`]
  if (deviation !== -0x8000) parts.push(offsetText(-deviation))
  let text = parts.join(' ')
  if (status !== 0xff) {
    if (status & 0x80) text += `, ${say(language, 'summerTime')}`
    if (status & 0x03) text += `, ${say(language, 'badClock')}`
  }
  return text
}

export function dateText(b: Uint8Array): string {
  const year = ((b[0] as number) << 8) | (b[1] as number)
  return `${part(year, 4, 0xffff)}-${part(b[2] as number, 2, 0xff)}-${part(b[3] as number, 2, 0xff)}`
}

export function timeText(b: Uint8Array): string {
  const clock = [b[0], b[1], b[2]].map((value) => part(value as number, 2, 0xff)).join(':')
  const hundredths = b[3] as number
  return hundredths === 0xff || hundredths === 0 ? clock : `${clock}.${String(hundredths).padStart(2, '0')}`
}

function offsetText(minutes: number): string {
  const absolute = Math.abs(minutes)
  const hours = String(Math.floor(absolute / 60)).padStart(2, '0')
  return `UTC${minutes < 0 ? '−' : '+'}${hours}:${String(absolute % 60).padStart(2, '0')}`
}

function within(value: number | undefined, low: number, high: number, special: number): boolean {
  return value !== undefined && ((value >= low && value <= high) || value >= special)
}
