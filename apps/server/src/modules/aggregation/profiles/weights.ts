// The shape of a profile and how energy is spread by it.

import {
  addDays,
  type CivilDay,
  civilDayOf,
  dayEnd,
  dayNumber,
  dayStart,
  slotStart,
  slotsInDay,
} from '@contor/intervals'
import { type DayKind, dayKindOf, wallQuarter } from '@contor/vee'
import { ContorError } from '../../../platform/index.ts'

/** Days that use alike; a legal holiday is as a Sunday. */
export const profileDays = ['working', 'saturday', 'sunday'] as const
export type ProfileDay = (typeof profileDays)[number]

/**
 * `typical`: 24 weights for the wall clock's hours of each month (1…12) and kind of day, key `7-working`.
 * `dated`: one weight for each hour from `start` (ISO instant) on.
 * Weights are integers 0…10¹², in proportion to the energy of an hour.
 */
export type Weights =
  | { readonly form: 'typical'; readonly columns: Readonly<Record<string, readonly number[]>> }
  | { readonly form: 'dated'; readonly start: string; readonly hours: readonly number[] }

export const mostWeight = 1e12
const hourMs = 3_600_000
const kindOf = (kind: DayKind): ProfileDay => (kind === 'holiday' ? 'sunday' : kind)

/** The column of a civil day in a typical profile. */
export const columnOf = (day: CivilDay): string => `${Number(day.slice(5, 7))}-${kindOf(dayKindOf(day))}`

/** The 36 columns of a typical profile. */
export const typicalColumns: readonly string[] = Array.from({ length: 12 }, (_, i) => i + 1).flatMap(
  (month) => profileDays.map((day) => `${month}-${day}`),
)

/** Hours of the civil days from … to: when each begins, and which hour of the wall clock it is. */
export function hoursOf(from: CivilDay, to: CivilDay): { at: number; day: CivilDay; wall: number }[] {
  const hours: { at: number; day: CivilDay; wall: number }[] = []
  for (let day = from; dayNumber(day) <= dayNumber(to); day = addDays(day, 1)) {
    const slots = slotsInDay(day)
    for (let slot = 0; slot < slots; slot += 4) {
      hours.push({ at: slotStart(day, slot), day, wall: wallQuarter(slot, slots) / 4 })
    }
  }
  return hours
}

/**
 * The weight of each hour of the days from … to.
 * @throws ContorError 'invalid-request' for days that a dated profile does not hold
 */
export function expand(
  weights: Weights,
  from: CivilDay,
  to: CivilDay,
): { starts: number[]; weights: number[] } {
  const hours = hoursOf(from, to)
  const starts = hours.map(({ at }) => at)
  if (weights.form === 'typical')
    return { starts, weights: hours.map(({ day, wall }) => weights.columns[columnOf(day)][wall]) }
  const first = Date.parse(weights.start)
  const end = first + weights.hours.length * hourMs
  if (dayStart(from) < first || dayEnd(to) > end)
    throw new ContorError(
      'invalid-request',
      `The profile holds the days from ${civilDayOf(first)} to ${civilDayOf(end - 1)}`,
      { field: dayStart(from) < first ? 'from' : 'to', value: dayStart(from) < first ? from : to },
    )
  return { starts, weights: starts.map((at) => weights.hours[(at - first) / hourMs]) }
}

/**
 * Spreads whole Wh over hours in proportion to their weights; nothing is lost or made (largest remainder).
 * @param energyWh integer 0…10¹²
 * @throws ContorError 'invalid-request' where no hour has a weight
 */
export function allocate(energyWh: number, weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n)
  if (total === 0n) {
    if (energyWh === 0) return weights.map(() => 0)
    throw new ContorError('invalid-request', 'The profile has no energy in these days', {
      field: 'energyWh',
      value: energyWh,
      remedy: 'Ask for other days, or edit the profile.',
    })
  }
  const energy = BigInt(energyWh)
  const parts = weights.map((weight) => {
    const exact = energy * BigInt(weight)
    return { whole: exact / total, rest: exact % total }
  })
  const left = Number(energy - parts.reduce((sum, { whole }) => sum + whole, 0n))
  const order = parts
    .map((_, i) => i)
    .sort((a, b) => (parts[a].rest === parts[b].rest ? a - b : parts[a].rest > parts[b].rest ? -1 : 1))
  const extra = new Set(order.slice(0, left))
  return parts.map(({ whole }, i) => Number(whole) + (extra.has(i) ? 1 : 0))
}

/** The profile as lines: `month,day,hour,weight` or `start,weight`. What was downloaded, edited, comes back the same way. */
export function weightsToCsv(weights: Weights): string {
  const lines =
    weights.form === 'typical'
      ? [
          'month,day,hour,weight',
          ...typicalColumns.flatMap((column) =>
            weights.columns[column].map((weight, hour) => [...column.split('-'), hour, weight].join()),
          ),
        ]
      : [
          'start,weight',
          ...weights.hours.map(
            (weight, i) => `${new Date(Date.parse(weights.start) + i * hourMs).toISOString()},${weight}`,
          ),
        ]
  return `${lines.join('\r\n')}\r\n`
}

/** @throws ContorError 'invalid-request' that names the line, counted from 1, and what it must be */
export function weightsFromCsv(text: string): Weights {
  const lines = text
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split(/\r?\n/)
  const head = lines[0]?.trim()
  if (head === 'month,day,hour,weight') return typicalFromLines(lines)
  if (head === 'start,weight') return datedFromLines(lines)
  throw wrong(1, head, 'the first line must be month,day,hour,weight or start,weight')
}

function typicalFromLines(lines: readonly string[]): Weights {
  const columns: Record<string, number[]> = Object.fromEntries(
    typicalColumns.map((name) => [name, new Array(24).fill(-1)]),
  )
  for (const [i, line] of lines.entries()) {
    if (i === 0) continue
    const [month, day, hour, weight] = line.split(',').map((part) => part.trim())
    const column = columns[`${Number(month)}-${day}`]
    if (!column) throw wrong(i + 1, line, `month must be 1 to 12 and day one of ${profileDays.join(', ')}`)
    if (!/^([01]?\d|2[0-3])$/.test(hour ?? '')) throw wrong(i + 1, line, 'hour must be 0 to 23')
    if (column[Number(hour)] !== -1) throw wrong(i + 1, line, 'this hour stands there twice')
    column[Number(hour)] = weightOf(weight, i + 1, line)
  }
  const missing = Object.entries(columns).find(([, column]) => column.includes(-1))
  if (missing)
    throw wrong(lines.length, missing[0], `hour ${missing[1].indexOf(-1)} of ${missing[0]} is missing`)
  return { form: 'typical', columns }
}

function datedFromLines(lines: readonly string[]): Weights {
  const hours: number[] = []
  let first = 0
  for (const [i, line] of lines.entries()) {
    if (i === 0) continue
    const [start, weight] = line.split(',').map((part) => part.trim())
    const at = Date.parse(start ?? '')
    if (hours.length === 0) first = at
    if (Number.isNaN(at) || at !== first + hours.length * hourMs)
      throw wrong(i + 1, line, 'hours must follow each other, as instants such as 2026-11-01T00:00:00.000Z')
    hours.push(weightOf(weight, i + 1, line))
  }
  if (hours.length === 0) throw wrong(2, '', 'there is no hour')
  const end = first + hours.length * hourMs
  if (first !== dayStart(civilDayOf(first)) || end !== dayEnd(civilDayOf(end - 1)))
    throw wrong(2, lines[1], 'a profile begins and ends at midnight, local time')
  return { form: 'dated', start: new Date(first).toISOString(), hours }
}

function weightOf(text: string | undefined, line: number, value: string): number {
  const weight = /^\d{1,13}$/.test(text ?? '') ? Number(text) : Number.NaN
  if (weight <= mostWeight) return weight
  throw wrong(line, value, `the weight must be a whole number from 0 to ${mostWeight}`)
}

const wrong = (line: number, value: unknown, what: string) =>
  new ContorError('invalid-request', `Line ${line} cannot be read: ${what}`, {
    field: 'csv',
    value: String(value ?? '').slice(0, 100),
    remedy: 'Download the profile and change its weights only.',
  })
