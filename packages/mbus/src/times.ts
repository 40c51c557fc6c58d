// Points in time of EN 13757-3 annex A: types F, G, I and J.

/**
 * A point in local time as the meter sends it; fields that mean "every" or that the type lacks are absent.
 * `valid` is false when the meter marks the time invalid or no such day exists.
 */
export type MbusTime = {
  readonly type: 'F' | 'G' | 'I' | 'J'
  readonly year?: number
  readonly month?: number
  readonly day?: number
  readonly hour?: number
  readonly minute?: number
  readonly second?: number
  readonly summerTime?: boolean
  readonly valid: boolean
  /** The fields as they were sent: `2012-01-24T13:24`, `2012-01-24`, `13:24:05`. */
  readonly text: string
}

const two = (value: number) => String(value).padStart(2, '0')

function daysOf(year: number | undefined, month: number): number {
  if (month === 2)
    return year === undefined || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

function dateOf(low: number, high: number, century: number) {
  const short = ((low >> 5) & 7) | ((high >> 1) & 0x78)
  const year = century === 0 ? (short < 81 ? 2000 : 1900) + short : 1900 + 100 * century + short
  const month = high & 0x0f
  const day = low & 0x1f
  const everyYear = short === 127
  const monthRight = month >= 1 && month <= 12
  return {
    fields: {
      ...(everyYear ? {} : { year }),
      ...(monthRight ? { month } : {}),
      ...(day > 0 ? { day } : {}),
    },
    // Day 0 is every day and month 15 every month: periods, not days of a calendar.
    valid: !everyYear && monthRight && day > 0 && day <= daysOf(year, month),
    text: `${year}-${two(month)}-${two(day)}`,
  }
}

/** @param bytes 2 (type G), 3 (J), 4 (F) or 6 octets (I); undefined for other lengths */
export function timeOf(bytes: Uint8Array): MbusTime | undefined {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = bytes
  const minute = b & 0x3f
  const hour = c & 0x1f
  const second = a & 0x3f
  const clock = hour < 24 && minute < 60 && second < 60
  if (bytes.length === 2) {
    const date = dateOf(a, b, 0)
    return { type: 'G', ...date.fields, valid: date.valid, text: date.text }
  }
  if (bytes.length === 3) {
    return {
      type: 'J',
      hour,
      minute,
      second,
      valid: clock,
      text: `${two(hour)}:${two(minute)}:${two(second)}`,
    }
  }
  if (bytes.length === 6) {
    const date = dateOf(d, e, 0)
    return {
      type: 'I',
      ...date.fields,
      hour,
      minute,
      second,
      summerTime: (a & 0x40) !== 0,
      valid: date.valid && clock && (b & 0x80) === 0,
      text: `${date.text}T${two(hour)}:${two(minute)}:${two(second)}`,
    }
  }
  if (bytes.length !== 4) return undefined
  const date = dateOf(c, d, (b >> 5) & 3)
  const hours = b & 0x1f
  const minutes = a & 0x3f
  return {
    type: 'F',
    ...date.fields,
    hour: hours,
    minute: minutes,
    summerTime: (b & 0x80) !== 0,
    valid: date.valid && hours < 24 && minutes < 60 && (a & 0x80) === 0,
    text: `${date.text}T${two(hours)}:${two(minutes)}`,
  }
}
