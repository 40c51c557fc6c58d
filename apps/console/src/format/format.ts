import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

const zone = 'Europe/Bucharest'
export const dash = '–'

/** Everything a person reads as a number or a date, in one locale. */
export function createFormat(language: string) {
  const locale = language.startsWith('en') ? 'en-GB' : 'ro-RO'
  const numbers = new Map<number, Intl.NumberFormat>()
  const fixed = (digits: number) => {
    let found = numbers.get(digits)
    if (!found) {
      found = new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits })
      numbers.set(digits, found)
    }
    return found
  }
  const date = new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    day: '2-digit',
    month: '2-digit',
    year: 'numeric',
  })
  const shortDate = new Intl.DateTimeFormat(locale, { timeZone: zone, day: 'numeric', month: 'short' })
  const weekday = new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
  })
  const time = new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const seconds = new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' })
  const at = (instant: string | number | Date | null | undefined) => {
    const value = instant === null || instant === undefined ? Number.NaN : new Date(instant).getTime()
    return Number.isNaN(value) ? undefined : value
  }
  const say = (instant: string | number | Date | null | undefined, how: (ms: number) => string) => {
    const ms = at(instant)
    return ms === undefined ? dash : how(ms)
  }
  /** A civil day is a label, not an instant: noon keeps every zone on the same date. */
  const noon = (day: string) => Date.parse(`${day}T10:00:00Z`)
  return {
    locale,
    number: (value: number | null | undefined, digits = 0) =>
      value === null || value === undefined ? dash : fixed(digits).format(value),
    kwh: (wh: number | null | undefined, digits = 2) =>
      wh === null || wh === undefined ? dash : `${fixed(digits).format(wh / 1000)} kWh`,
    /** Wh and varh alike: thousands of the unit. */
    energy: (value: number | null | undefined, unit: string, digits = 2) =>
      value === null || value === undefined ? dash : `${fixed(digits).format(value / 1000)} k${unit}`,
    kwhBare: (wh: number | null | undefined, digits = 3) =>
      wh === null || wh === undefined ? dash : fixed(digits).format(wh / 1000),
    kw: (w: number | null | undefined, digits = 2) =>
      w === null || w === undefined ? dash : `${fixed(digits).format(w / 1000)} kW`,
    percent: (share: number | null | undefined, digits = 1) =>
      share === null || share === undefined ? dash : `${fixed(digits).format(share * 100)} %`,
    bytes: (count: number) =>
      count < 1024 ? `${fixed(0).format(count)} B` : `${fixed(1).format(count / 1024)} KiB`,
    date: (instant: string | number | null | undefined) => say(instant, (ms) => date.format(ms)),
    day: (day: string) => date.format(noon(day)),
    shortDay: (day: string) => shortDate.format(noon(day)),
    weekday: (day: string) => weekday.format(noon(day)),
    time: (instant: string | number | null | undefined) => say(instant, (ms) => time.format(ms)),
    seconds: (instant: string | number | null | undefined) => say(instant, (ms) => seconds.format(ms)),
    dateTime: (instant: string | number | null | undefined) =>
      say(instant, (ms) => `${date.format(ms)} ${time.format(ms)}`),
    relative: (instant: string | number | null | undefined, now = Date.now()) =>
      say(instant, (ms) => {
        const s = (ms - now) / 1000
        const size = Math.abs(s)
        if (size < 60) return relative.format(Math.round(s), 'second')
        if (size < 3600) return relative.format(Math.round(s / 60), 'minute')
        if (size < 86_400) return relative.format(Math.round(s / 3600), 'hour')
        return relative.format(Math.round(s / 86_400), 'day')
      }),
  }
}

export type Format = ReturnType<typeof createFormat>

export function useFormat(): Format {
  const { i18n } = useTranslation()
  return useMemo(() => createFormat(i18n.language), [i18n.language])
}
