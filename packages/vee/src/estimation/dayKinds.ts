// Kinds of days that use electricity alike, and the legal holidays of Romania as dated data.

import { type CivilDay, dayNumber, dayOfNumber } from '@contor/intervals'

export type DayKind = 'working' | 'saturday' | 'sunday' | 'holiday'

/** A holiday: a date, or days counted from Orthodox Easter. */
type Holiday = {
  readonly name: string
  readonly on: { readonly month: number; readonly day: number } | { readonly easter: number }
  readonly fromYear: number
  readonly source: string
}

const labourCode = 'Legea nr. 53/2003 (Codul muncii), art. 139 alin. (1)'
const on = (month: number, day: number) => ({ month, day })

/** First year in which each day was free of work. */
const holidays: readonly Holiday[] = [
  { name: 'Anul Nou', on: on(1, 1), fromYear: 2000, source: labourCode },
  { name: 'Anul Nou, a doua zi', on: on(1, 2), fromYear: 2000, source: labourCode },
  { name: 'Botezul Domnului', on: on(1, 6), fromYear: 2024, source: `${labourCode}; Legea nr. 52/2023` },
  {
    name: 'Soborul Sfântului Proroc Ioan Botezătorul',
    on: on(1, 7),
    fromYear: 2024,
    source: `${labourCode}; Legea nr. 52/2023`,
  },
  {
    name: 'Ziua Unirii Principatelor Române',
    on: on(1, 24),
    fromYear: 2017,
    source: `${labourCode}; Legea nr. 176/2016`,
  },
  { name: 'Vinerea Mare', on: { easter: -2 }, fromYear: 2018, source: `${labourCode}; Legea nr. 64/2018` },
  { name: 'Paștele', on: { easter: 0 }, fromYear: 2000, source: labourCode },
  { name: 'A doua zi de Paști', on: { easter: 1 }, fromYear: 2000, source: labourCode },
  { name: 'Ziua Muncii', on: on(5, 1), fromYear: 2000, source: labourCode },
  { name: 'Ziua Copilului', on: on(6, 1), fromYear: 2017, source: `${labourCode}; Legea nr. 220/2016` },
  { name: 'Rusaliile', on: { easter: 49 }, fromYear: 2009, source: `${labourCode}; Legea nr. 202/2008` },
  {
    name: 'A doua zi de Rusalii',
    on: { easter: 50 },
    fromYear: 2009,
    source: `${labourCode}; Legea nr. 202/2008`,
  },
  {
    name: 'Adormirea Maicii Domnului',
    on: on(8, 15),
    fromYear: 2009,
    source: `${labourCode}; Legea nr. 202/2008`,
  },
  { name: 'Sfântul Andrei', on: on(11, 30), fromYear: 2012, source: `${labourCode}; Legea nr. 147/2012` },
  { name: 'Ziua Națională', on: on(12, 1), fromYear: 2000, source: labourCode },
  { name: 'Crăciunul', on: on(12, 25), fromYear: 2000, source: labourCode },
  { name: 'A doua zi de Crăciun', on: on(12, 26), fromYear: 2000, source: labourCode },
]

/**
 * Orthodox Easter Sunday: Meeus' form of the Julian computus, and 13 days to the civil calendar, which holds from
 * 1900 to 2099.
 * @throws IntervalError 'invalid-day' for a year outside 2000…2099
 */
export function orthodoxEaster(year: number): CivilDay {
  const d = (19 * (year % 19) + 15) % 30
  const e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7
  const julian = d + e + 114
  const month = Math.floor(julian / 31)
  const day = (julian % 31) + 1
  return dayOfNumber(Date.UTC(year, month - 1, day) / 86_400_000 + 13)
}

const years = new Map<number, ReadonlyMap<CivilDay, Holiday>>()

function holidaysOf(year: number): ReadonlyMap<CivilDay, Holiday> {
  const known = years.get(year)
  if (known) return known
  const easter = dayNumber(orthodoxEaster(year))
  const found = new Map<CivilDay, Holiday>()
  for (const holiday of holidays) {
    if (year < holiday.fromYear) continue
    const number =
      'easter' in holiday.on
        ? easter + holiday.on.easter
        : Date.UTC(year, holiday.on.month - 1, holiday.on.day) / 86_400_000
    found.set(dayOfNumber(number), holiday)
  }
  years.set(year, found)
  return found
}

/**
 * The legal holiday of a civil day with its law, or undefined. Days that the Government frees for its own
 * employees by a decision of the year are not legal holidays.
 */
export function legalHoliday(day: CivilDay): { readonly name: string; readonly source: string } | undefined {
  const found = holidaysOf(Number(day.slice(0, 4))).get(day)
  return found && { name: found.name, source: found.source }
}

/** Weekday of a civil day, 0 Sunday … 6 Saturday. @throws IntervalError 'invalid-day' */
export function weekdayOf(day: CivilDay): number {
  // 1970-01-01 was a Thursday.
  return (dayNumber(day) + 4) % 7
}

/** What kind of day it is; a legal holiday is one whatever its weekday. @throws IntervalError 'invalid-day' */
export function dayKindOf(day: CivilDay): DayKind {
  if (legalHoliday(day)) return 'holiday'
  const weekday = weekdayOf(day)
  if (weekday === 0) return 'sunday'
  return weekday === 6 ? 'saturday' : 'working'
}
