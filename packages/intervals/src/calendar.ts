// The market calendar: civil days of Europe/Bucharest cut into intervals. Summer time follows the rule
// of Directive 2000/84/EC: it runs from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last
// Sunday of October. The rule is computed, not looked up, because every reading passes through here.
import { IntervalError } from './errors.ts'

/** A civil day in Europe/Bucharest, 'YYYY-MM-DD', between 2000-01-01 and 2099-12-31. */
export type CivilDay = string
/** A civil month, 'YYYY-MM'. */
export type CivilMonth = string
/** Length of an interval in minutes. */
export type IntervalMinutes = 15 | 30 | 60

const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 86_400_000
const FIRST_YEAR = 2000
const LAST_YEAR = 2099
const FIRST_DAY = 10_957
const LAST_DAY = 47_481

/** The day, counted from 1970-01-01, of the last Sunday of a 31-day month. */
function lastSunday(year: number, month: 3 | 10): number {
  const last = Date.UTC(year, month - 1, 31) / DAY
  // 1970-01-01 was a Thursday: (day + 4) mod 7 is 0 on Sundays.
  return last - ((last + 4) % 7)
}

const springDays = new Int32Array(LAST_YEAR - FIRST_YEAR + 3)
const autumnDays = new Int32Array(LAST_YEAR - FIRST_YEAR + 3)
for (let i = 0; i < springDays.length; i++) {
  springDays[i] = lastSunday(FIRST_YEAR - 1 + i, 3)
  autumnDays[i] = lastSunday(FIRST_YEAR - 1 + i, 10)
}

// The year a day number falls in, as an index into the tables above.
function yearIndex(dayNumber: number): number {
  return new Date(dayNumber * DAY).getUTCFullYear() - FIRST_YEAR + 1
}

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48
  const ones = text.charCodeAt(at + 1) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1
}

function parseDay(text: string): number | undefined {
  if (text.length !== 10 || text[4] !== '-' || text[7] !== '-') return undefined
  const century = twoDigits(text, 0)
  const yy = twoDigits(text, 2)
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  if (century !== 20 || yy < 0 || month < 1 || month > 12 || day < 1 || day > 31) return undefined
  const at = new Date(Date.UTC(2000 + yy, month - 1, day))
  return at.getUTCDate() === day ? at.getTime() / DAY : undefined
}

/**
 * Days since 1970-01-01.
 * @throws IntervalError 'invalid-day'
 */
export function dayNumber(day: CivilDay): number {
  const number = typeof day === 'string' ? parseDay(day) : undefined
  if (number === undefined)
    throw new IntervalError('invalid-day', `not a civil day 2000…2099: ${String(day)}`)
  return number
}

// Each day's name is written once: decoding a block asks for it every time.
const dayNames: (CivilDay | undefined)[] = new Array(LAST_DAY - FIRST_DAY + 1).fill(undefined)

/**
 * The civil day of a number of days since 1970-01-01.
 * @throws IntervalError 'invalid-day' outside 2000…2099
 */
export function dayOfNumber(number: number): CivilDay {
  if (!Number.isInteger(number) || number < FIRST_DAY || number > LAST_DAY)
    throw new IntervalError('invalid-day', `day number ${number} is outside 2000…2099`)
  const index = number - FIRST_DAY
  dayNames[index] ??= new Date(number * DAY).toISOString().slice(0, 10)
  return dayNames[index] as CivilDay
}

/** Whether the text names a civil day between 2000 and 2099. */
export function isCivilDay(text: string): boolean {
  return parseDay(text) !== undefined
}

function startOfNumber(number: number): number {
  const y = yearIndex(number)
  // On the day of a change midnight still has the old offset, hence > and <=.
  const summer = number > springDays[y] && number <= autumnDays[y]
  return number * DAY - (summer ? 3 : 2) * HOUR
}

/** The first instant of a civil day, epoch ms. @throws IntervalError 'invalid-day' */
export function dayStart(day: CivilDay): number {
  return startOfNumber(dayNumber(day))
}

/** The first instant after a civil day, epoch ms. @throws IntervalError 'invalid-day' */
export function dayEnd(day: CivilDay): number {
  return startOfNumber(dayNumber(day) + 1)
}

// Every block that is read asks for it.
const shortDays = new Set(springDays)
const longDays = new Set(autumnDays)
const hoursOfDays = Uint8Array.from({ length: LAST_DAY + 2 }, (_, number) =>
  shortDays.has(number) ? 23 : longDays.has(number) ? 25 : 24,
)

/** Hours in the day with this number: 23 in spring, 25 in autumn, 24 otherwise and outside 2000…2099. */
export function hoursOfDayNumber(number: number): 23 | 24 | 25 {
  return (hoursOfDays[number] ?? 24) as 23 | 24 | 25
}

/**
 * Intervals in a civil day: 92, 96 or 100 quarter-hours (46/48/50 half-hours, 23/24/25 hours).
 * @throws IntervalError 'invalid-day'
 */
export function slotsInDay(day: CivilDay, minutes: IntervalMinutes = 15): number {
  return hoursOfDayNumber(dayNumber(day)) * (60 / minutes)
}

/**
 * The first instant of a slot, epoch ms. `slot` may equal the day's slot count: the day's end.
 * @throws IntervalError 'invalid-day' | 'invalid-slot'
 */
export function slotStart(day: CivilDay, slot: number, minutes: IntervalMinutes = 15): number {
  const number = dayNumber(day)
  if (!Number.isInteger(slot) || slot < 0 || slot > hoursOfDayNumber(number) * (60 / minutes))
    throw new IntervalError('invalid-slot', `slot ${slot} is not in ${day}`)
  return startOfNumber(number) + slot * minutes * MINUTE
}

/** Offset of civil time from UTC at an instant, in minutes: 120 in winter, 180 in summer. */
export function offsetMinutes(epochMs: number): 120 | 180 {
  const y = yearIndex(Math.floor(epochMs / DAY))
  const summer = epochMs >= springDays[y] * DAY + HOUR && epochMs < autumnDays[y] * DAY + HOUR
  return summer ? 180 : 120
}

/**
 * The civil day and slot that an instant falls in; an instant on a boundary belongs to the slot it
 * starts. A stamp at the END of an interval is therefore located with `locate(stamp - 1)`.
 * @throws IntervalError 'invalid-day' for an instant outside 2000…2099
 */
export function locate(epochMs: number, minutes: IntervalMinutes = 15): { day: CivilDay; slot: number } {
  if (!(epochMs > (FIRST_DAY - 1) * DAY && epochMs < (LAST_DAY + 1) * DAY))
    throw new IntervalError('invalid-day', `instant ${epochMs} is outside 2000…2099`)
  const number = Math.floor((epochMs + offsetMinutes(epochMs) * MINUTE) / DAY)
  const day = dayOfNumber(number)
  return { day, slot: Math.floor((epochMs - startOfNumber(number)) / (minutes * MINUTE)) }
}

/** The civil day an instant falls in. @throws IntervalError 'invalid-day' */
export function civilDayOf(epochMs: number): CivilDay {
  return locate(epochMs).day
}

/** The day `count` days later (earlier when negative). @throws IntervalError 'invalid-day' */
export function addDays(day: CivilDay, count: number): CivilDay {
  return dayOfNumber(dayNumber(day) + count)
}

/**
 * Every civil day from `from` to `to`, BOTH included; empty when `to` is before `from`.
 * @throws IntervalError 'invalid-day'
 */
export function daysBetween(from: CivilDay, to: CivilDay): CivilDay[] {
  const days: CivilDay[] = []
  const last = dayNumber(to)
  for (let n = dayNumber(from); n <= last; n++) days.push(dayOfNumber(n))
  return days
}

/** The month of a day, 'YYYY-MM'. @throws IntervalError 'invalid-day' */
export function monthOf(day: CivilDay): CivilMonth {
  dayNumber(day)
  return day.slice(0, 7)
}
