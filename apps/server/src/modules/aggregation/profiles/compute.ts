// Profiles from what was measured: of a class of points (CG art. 6.15), and of what is left at a station or in a zone
// when everything measured by the hour and the losses are taken off (art. 6.16).

import { type CivilDay, civilDayOf } from '@contor/intervals'
import { type Actor, ContorError, type Db } from '../../../platform/index.ts'
import { type Aggregate, aggregate } from '../aggregate.ts'
import type { PointSet } from '../set.ts'
import { columnOf, hoursOf, mostWeight, profileDays, type Weights } from './weights.ts'

/** What a profile rests on, kept with it. */
export type Basis = {
  readonly set: PointSet
  readonly from: CivilDay
  readonly to: CivilDay
  readonly members: number
  /** Months without measured days, and whose weights they took. */
  readonly borrowed?: Readonly<Record<string, string>>
  readonly lossPercent?: number
  /** Hours whose data was not whole: they took the mean of their hour of the day. */
  readonly filledHours?: number
  /** Hours in which more was measured than came in: they weigh nothing. */
  readonly clippedHours?: number
}
export type Computed = { readonly weights: Weights; readonly basis: Basis }

/**
 * The specific profile of a class: mean energy of a point in each hour of each kind of day, by month, in mWh.
 * @throws ContorError as `aggregate` says; 'invalid-request' where nothing was measured
 */
export async function specificProfile(
  db: Db,
  actor: Actor,
  set: PointSet,
  from: CivilDay,
  to: CivilDay,
): Promise<Computed> {
  const curve = await aggregate(db, actor, { set, from, to, channel: 'A+', resolution: '1h' })
  const { weights, basis } = typicalOf(curve, from, to)
  return { weights, basis: { ...basis, set, from, to, members: curve.members } }
}

type HourlySums = Pick<Aggregate, 'sums' | 'present'>

/** Means by month, kind of day and hour of the wall clock; a month without data takes the nearest one that has. */
export function typicalOf(
  { sums, present }: HourlySums,
  from: CivilDay,
  to: CivilDay,
): { weights: Weights; basis: { borrowed?: Record<string, string> } } {
  const totals = new Map<string, { energy: Float64Array; quarters: Float64Array }>()
  for (const [i, { day, wall }] of hoursOf(from, to).entries()) {
    const column = columnOf(day)
    let total = totals.get(column)
    if (!total) {
      total = { energy: new Float64Array(24), quarters: new Float64Array(24) }
      totals.set(column, total)
    }
    total.energy[wall] += sums[i]
    total.quarters[wall] += present[i]
  }
  const known = new Map<string, number[]>()
  // An hour of energy is four quarter-hours of one point; in mWh, so that small points keep their shape.
  for (const [column, { energy, quarters }] of totals)
    if (quarters.every((count) => count > 0))
      known.set(
        column,
        Array.from(energy, (wh, hour) => Math.round((wh * 4_000) / quarters[hour])),
      )
  if (known.size === 0)
    throw new ContorError('invalid-request', 'No kind of day was measured in every hour', {
      field: 'from',
      value: from,
      remedy: 'Choose more days, or another class.',
    })
  const columns: Record<string, readonly number[]> = {}
  const borrowed: Record<string, string> = {}
  for (let month = 1; month <= 12; month++)
    for (const day of profileDays) {
      const name = `${month}-${day}`
      const from = known.has(name) ? name : nearest(known, month, day)
      columns[name] = known.get(from) as number[]
      if (from !== name) borrowed[name] = from
    }
  return {
    weights: { form: 'typical', columns },
    basis: Object.keys(borrowed).length > 0 ? { borrowed } : {},
  }
}

/** The column of the same kind of day in the nearest month, else of another kind of day, the most alike first. */
function nearest(known: ReadonlyMap<string, unknown>, month: number, day: string): string {
  const alike =
    day === 'working'
      ? ['working', 'saturday', 'sunday']
      : day === 'saturday'
        ? ['saturday', 'sunday', 'working']
        : ['sunday', 'saturday', 'working']
  for (const kind of alike)
    for (let away = 0; away <= 6; away++)
      for (const other of [month - away, month + away]) {
        const name = `${((other + 11) % 12) + 1}-${kind}`
        if (known.has(name)) return name
      }
  throw new Error('no column is known')
}

/**
 * The residual profile: what came in through the balance meters, and from those who produce, less what was measured by
 * the hour, less losses.
 * @param where one station or one zone
 * @param lossPercent 0…50, of what came in
 * @throws ContorError as `aggregate` says; 'invalid-request' where no hour is whole
 */
export async function residualProfile(
  db: Db,
  actor: Actor,
  where: { readonly station: string } | { readonly zone: string },
  from: CivilDay,
  to: CivilDay,
  lossPercent: number,
): Promise<Computed> {
  const sumOf = (set: PointSet, channel: 'A+' | 'A-') =>
    aggregate(db, actor, { set: { ...where, ...set }, from, to, channel, resolution: '1h' })
  const parts: { curve: Aggregate; sign: number; needed: boolean }[] = [
    { curve: await sumOf({ kind: 'balance' }, 'A+'), sign: 1, needed: true },
    { curve: await sumOf({ kind: 'balance' }, 'A-'), sign: -1, needed: false },
  ]
  let members = parts[0].curve.members
  for (const readingMode of ['smart', 'amr'] as const) {
    const taken = await sumOf({ readingMode }, 'A+').catch(emptySet)
    if (!taken) continue
    members += taken.members
    parts.push({ curve: taken, sign: -1, needed: true })
    parts.push({ curve: await sumOf({ readingMode }, 'A-'), sign: 1, needed: false })
  }
  const computed = residualOf(parts, from, to, lossPercent)
  return {
    weights: computed.weights,
    basis: { set: where, from, to, members, lossPercent, ...computed.counts },
  }
}

function emptySet(error: unknown): undefined {
  if (error instanceof ContorError && error.code === 'not-found' && error.field === 'set') return undefined
  throw error
}

type Part = {
  readonly curve: Pick<Aggregate, 'sums' | 'expected' | 'present'>
  readonly sign: number
  /** Its data must be whole for the hour to count; channels that a meter may not have need not. */
  readonly needed: boolean
}

/** Pure part of {@link residualProfile}. Wh by hour. */
export function residualOf(
  parts: readonly Part[],
  from: CivilDay,
  to: CivilDay,
  lossPercent: number,
): { weights: Weights; counts: { filledHours: number; clippedHours: number } } {
  const hours = hoursOf(from, to)
  const values: (number | undefined)[] = hours.map((_, i) => {
    if (parts.some(({ curve, needed }) => needed && curve.present[i] < curve.expected[i])) return undefined
    let entered = 0
    let taken = 0
    for (const { curve, sign } of parts) {
      if (sign > 0) entered += curve.sums[i]
      else taken += curve.sums[i]
    }
    return Math.round(entered - (entered * lossPercent) / 100 - taken)
  })
  const means = new Map<number, { sum: number; count: number }>()
  let clippedHours = 0
  for (const [i, value] of values.entries()) {
    if (value === undefined) continue
    if (value < 0) clippedHours++
    const mean = means.get(hours[i].wall) ?? { sum: 0, count: 0 }
    mean.sum += Math.max(0, value)
    mean.count++
    means.set(hours[i].wall, mean)
  }
  let filledHours = 0
  const weights = values.map((value, i) => {
    if (value !== undefined) return Math.min(mostWeight, Math.max(0, value))
    const mean = means.get(hours[i].wall)
    if (!mean)
      throw new ContorError('invalid-request', `No day has whole data at ${hours[i].wall}:00`, {
        field: 'from',
        value: from,
        remedy: 'Choose other days, or look for the gaps of the balance meter and of the points.',
      })
    filledHours++
    return Math.round(mean.sum / mean.count)
  })
  if (weights.length === 0 || civilDayOf(hours[0].at) !== from)
    throw new Error('hours do not begin with the day')
  return {
    weights: { form: 'dated', start: new Date(hours[0].at).toISOString(), hours: weights },
    counts: { filledHours, clippedHours },
  }
}
