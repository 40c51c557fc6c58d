// Which tariff register counts in a quarter-hour.

import { type CivilDay, slotsInDay } from '@contor/intervals'
import { type DayKind, dayKindOf, weekdayOf } from './dayKinds.ts'
import { daysOf, type Timeline, wallQuarter } from './timeline.ts'

/** Days and hours of one tariff. The first entry that fits counts. */
export type TariffPeriod = {
  /** Register: 1…8. */
  readonly tariff: number
  /** Empty: every day. Weekdays 0 Sunday … 6 Saturday; 'holiday' is a legal holiday. */
  readonly days: readonly (number | 'holiday')[]
  /** Quarter-hours of the wall clock, [from, to); to ≤ from runs over midnight; equal: the whole day. */
  readonly fromQuarter: number
  readonly toQuarter: number
  /** Months 1…12; empty: all. */
  readonly months?: readonly number[]
}

export type TariffCalendar = {
  readonly name: string
  readonly version: number
  /** The activity calendar of the meter, the contract or the order that it follows. */
  readonly source: string
  readonly periods: readonly TariffPeriod[]
}

/** The tariff of each slot of a day; 0 where no period fits. */
export function tariffsOfDay(calendar: TariffCalendar, day: CivilDay): Uint8Array {
  const slots = slotsInDay(day)
  const tariffs = new Uint8Array(slots)
  const type = dayKindOf(day)
  const weekday = weekdayOf(day)
  const month = Number(day.slice(5, 7))
  for (let slot = 0; slot < slots; slot++) {
    const quarter = wallQuarter(slot, slots)
    const period = calendar.periods.find((each) => fits(each, type, weekday, month, quarter))
    tariffs[slot] = period?.tariff ?? 0
  }
  return tariffs
}

function fits(period: TariffPeriod, type: DayKind, weekday: number, month: number, quarter: number): boolean {
  const { days, months, fromQuarter, toQuarter } = period
  if (months && months.length > 0 && !months.includes(month)) return false
  if (days.length > 0 && !days.includes(weekday) && !(type === 'holiday' && days.includes('holiday')))
    return false
  if (fromQuarter === toQuarter) return true
  return fromQuarter < toQuarter
    ? quarter >= fromQuarter && quarter < toQuarter
    : quarter >= fromQuarter || quarter < toQuarter
}

/** The tariff of each slot of a timeline. */
export function tariffsOf(calendar: TariffCalendar, timeline: Timeline): Uint8Array {
  const tariffs = new Uint8Array(timeline.values.length)
  for (const { day, first } of daysOf(timeline)) tariffs.set(tariffsOfDay(calendar, day), first)
  return tariffs
}
