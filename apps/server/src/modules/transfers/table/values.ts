// From the cells of a file to instants and whole watt-hours.
import { isCivilDay, offsetMinutes, slotsInDay } from '@contor/intervals'
import type { Cell } from './columns.ts'

const two = (n: number) => (n < 10 ? `0${n}` : `${n}`)

/** ISO 8601 in civil time with its offset: `2026-10-25T03:15:00+02:00`. */
export function civilStamp(at: number): string {
  const offset = offsetMinutes(at)
  return `${new Date(at + offset * 60_000).toISOString().slice(0, 19)}+0${offset / 60}:00`
}

/** Offset of civil time as text: `+02:00`. */
export const offsetText = (at: number): string => `+0${offsetMinutes(at) / 60}:00`

const stamp = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.0+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/
const romanianStamp =
  /^(\d{1,2})\.(\d{1,2})\.(\d{4})[T ](\d{1,2}):(\d{2})(?::(\d{2}))?\s*(Z|[+-]\d{2}:?\d{2})?$/

let lastText = ''
let lastAt = 0

/**
 * An instant: ISO 8601 or `DD.MM.YYYY HH:MM` with an offset, or in civil time of Europe/Bucharest.
 * @param offset from a column of its own
 * @returns epoch ms, or the reason why it is none
 */
export function readInstant(cell: Cell, offset?: Cell): number | string {
  if (cell instanceof Date)
    return offset === undefined ? cell.getTime() : zoned(cell.getTime(), `${offset ?? ''}`)
  if (typeof cell === 'number') return zoned(serialDate(cell), `${offset ?? ''}`)
  const text = cell?.trim() ?? ''
  if (offset === undefined && text === lastText) return lastAt
  const plain = offset === undefined ? plainInstant(text) : undefined
  if (plain !== undefined) return plain
  const iso = stamp.exec(text)
  const other = iso ? undefined : romanianStamp.exec(text)
  if (!iso && !other) return 'not an instant: write 2026-11-20T00:15:00+02:00'
  const [year, month, day, hour, minute, second, zone] = iso
    ? iso.slice(1)
    : [other?.[3], other?.[2], other?.[1], ...(other?.slice(4) ?? [])]
  const local = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second ?? 0),
  )
  const made = new Date(local)
  if (
    made.getUTCDate() !== Number(day) ||
    made.getUTCMonth() !== Number(month) - 1 ||
    made.getUTCFullYear() !== Number(year) ||
    Number(hour) > 23 ||
    Number(minute) > 59 ||
    Number(second ?? 0) > 59
  )
    return 'there is no such date'
  const at = zoned(local, zone ?? `${offset ?? ''}`)
  if (typeof at === 'number' && offset === undefined) {
    lastText = text
    lastAt = at
  }
  return at
}

let lastDay = ''
let lastDayAt = Number.NaN

const digit = (text: string, at: number) => text.charCodeAt(at) - 48
const pair = (text: string, at: number) => {
  const [tens, ones] = [digit(text, at), digit(text, at + 1)]
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 99
}

/**
 * `2026-11-20T00:15:00` with Z or an offset, which is what nearly every line of a long file says: three times
 * faster than the patterns. @returns undefined for every other text, which they judge
 */
function plainInstant(text: string): number | undefined {
  const hasZ = text.length === 20 && text[19] === 'Z'
  if (!hasZ && (text.length !== 25 || text[22] !== ':')) return undefined
  if ((text[10] !== 'T' && text[10] !== ' ') || text[13] !== ':' || text[16] !== ':') return undefined
  const day = text.slice(0, 10)
  if (day !== lastDay) {
    lastDay = day
    lastDayAt = isCivilDay(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN
  }
  const [hour, minute, second] = [pair(text, 11), pair(text, 14), pair(text, 17)]
  if (Number.isNaN(lastDayAt) || hour > 23 || minute > 59 || second > 59) return undefined
  const local = lastDayAt + ((hour * 60 + minute) * 60 + second) * 1_000
  if (hasZ) return local
  const sign = text[19] === '+' ? 1 : text[19] === '-' ? -1 : 0
  const [hours, minutes] = [pair(text, 20), pair(text, 23)]
  if (sign === 0 || hours > 23 || minutes > 59) return undefined
  return local - sign * (hours * 60 + minutes) * 60_000
}

// Day 25569 of the 1900 date system is 1970-01-01; stamps are rounded to whole seconds.
const serialDate = (serial: number) => Math.round((serial - 25_569) * 86_400) * 1_000

function zoned(local: number, zone: string): number | string {
  const text = zone.trim()
  if (text === 'Z') return local
  const match = /^([+-])([01]\d|2[0-3]):?([0-5]\d)$/.exec(text)
  if (match) return local - (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) * 60_000
  if (text !== '') return `not an offset: ${text}`
  const candidates = [120, 180]
    .map((o) => local - o * 60_000)
    .filter((at) => inRange(at) && at + offsetMinutes(at) * 60_000 === local)
  if (candidates.length === 2) return 'this civil time happens twice on the day of the change: add the offset'
  return candidates[0] ?? 'there is no such civil time on the day of the change'
}

const inRange = (at: number) => at > 946_684_800_000 && at < 4_102_444_800_000

/** A civil day, from `YYYY-MM-DD`, `DD.MM.YYYY`, a date cell. @returns the day, or undefined */
export function readDay(cell: Cell): string | undefined {
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? undefined : cell.toISOString().slice(0, 10)
  if (typeof cell === 'number') return readDay(new Date(serialDate(cell)))
  const text = cell?.trim() ?? ''
  if (isCivilDay(text)) return text
  const match = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text)
  if (!match) return undefined
  const day = `${match[3]}-${two(Number(match[2]))}-${two(Number(match[1]))}`
  return isCivilDay(day) ? day : undefined
}

const maxValue = 0x7fffffff

/**
 * Whole Wh of a cell. A number with a decimal part is exact: 0.125 kWh is 125 Wh, 0.1255 kWh is refused.
 * @param factor Wh per unit of the cell: 1 or a power of ten
 * @returns undefined for an empty cell, a string with the reason when it is none
 */
export function readEnergy(cell: Cell, factor: number, decimal: ',' | '.'): number | string | undefined {
  if (cell === null || cell === '') return undefined
  if (typeof cell === 'number') {
    const scaled = Math.round(cell * factor)
    if (Math.abs(scaled / factor - cell) > Math.abs(cell) * 1e-12) return 'not a whole number of Wh'
    return Math.abs(scaled) > maxValue ? 'beyond what a quarter-hour can hold' : scaled
  }
  if (cell instanceof Date) return 'a date where an energy is expected'
  const text = cell.trim()
  if (text === '') return undefined
  const match = /^([+-]?)(\d+)(?:([.,])(\d+))?$/.exec(text)
  if (!match || (match[3] !== undefined && match[3] !== decimal)) return 'not a number'
  const digits = Math.round(Math.log10(factor))
  const fraction = match[4] ?? ''
  if (/[1-9]/.test(fraction.slice(digits))) return 'not a whole number of Wh'
  const value = Number(match[2] + fraction.slice(0, digits).padEnd(digits, '0'))
  if (value > maxValue) return 'beyond what a quarter-hour can hold'
  return match[1] === '-' ? -value : value
}

/** Whole Wh as text in the wanted unit: 125 Wh in kWh is 0.125. */
export function energyText(value: number, unit: 'Wh' | 'kWh', decimal: ',' | '.'): string {
  if (unit === 'Wh') return `${value}`
  const digits = `${Math.abs(value)}`.padStart(4, '0')
  return `${value < 0 ? '-' : ''}${digits.slice(0, -3)}${decimal}${digits.slice(-3)}`
}

/**
 * The quarter-hour of a day that begins at a civil time. @returns undefined when the day has none: an hour that
 * spring leaves out, or `again` on a day without a repeated hour
 */
export function slotOfClock(day: string, minute: number, again: boolean): number | undefined {
  const slots = slotsInDay(day)
  const change = 180 // both changes: at 03:00 civil time
  if (slots === 96 || minute < change) return again ? undefined : minute / 15
  if (slots === 92) return again || minute < change + 60 ? undefined : minute / 15 - 4
  if (minute < change + 60) return minute / 15 + (again ? 4 : 0)
  return again ? undefined : minute / 15 + 4
}
