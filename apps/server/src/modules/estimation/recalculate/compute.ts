// Recalculated quarter-hours: the measured ones corrected by the laboratory's error, or what the meter that follows
// measured on days of the same kind.

import { addDays, type CivilDay, isPresent, quality } from '@contor/intervals'
import { type DayKind, dayKindOf, daysOf, distribute, type Timeline, wallQuarter } from '@contor/vee'
import { ContorError } from '../../../platform/index.ts'

/** Errors and factors are taken to this fraction: thousandths of a percent, millionths of a factor. */
const errorParts = 100_000
const factorParts = 1_000_000

export type Coefficient = { readonly numerator: number; readonly denominator: number }

/**
 * The coefficient that corrects what a meter with this error measured: 100 / (100 + error).
 * @param errorPercent (measured − true) / true × 100; −12.5 for a meter that lost an eighth
 * @throws ContorError 'invalid-request' for a meter that stood still: there is nothing to correct
 */
export function coefficientOf(errorPercent: number): Coefficient {
  const denominator = errorParts + Math.round((errorPercent * errorParts) / 100)
  if (denominator <= 0)
    throw new ContorError('invalid-request', 'A meter that measured nothing has no coefficient', {
      field: 'method.errorPercent',
      value: errorPercent,
      remedy: 'Recalculate by the period after the new meter was installed.',
    })
  return { numerator: errorParts, denominator }
}

const timesRounded = (value: number, numerator: number, denominator: number): number =>
  Number((BigInt(value) * BigInt(numerator) * 2n + BigInt(denominator)) / BigInt(2 * denominator))

/** The day's values × the coefficient; the period's total is rounded once and cut into days and slots. */
export function byCoefficient(
  line: Timeline,
  { numerator, denominator }: Coefficient,
): { after: Timeline; missing: number } {
  const total = line.values.reduce((all, value) => all + value, 0)
  const corrected = byDays(line, timesRounded(total, numerator, denominator), Float64Array.from(line.values))
  let missing = 0
  const states = line.quality.slice()
  for (let slot = 0; slot < states.length; slot++) {
    if (isPresent(states[slot])) states[slot] = quality.edited
    else missing++
  }
  return { after: { ...line, values: corrected, quality: states }, missing }
}

/** Cuts a total into days, and each day into quarter-hours: no day is off by a Wh or more. */
function byDays(line: Timeline, total: number, weights: Float64Array): Int32Array {
  const days = daysOf(line)
  const ofDay = ({ first, count }: { first: number; count: number }) => weights.subarray(first, first + count)
  const totals = distribute(
    total,
    days.map((day) => ofDay(day).reduce((all, each) => all + each, 0)),
  )
  const values = new Int32Array(weights.length)
  for (const [i, day] of days.entries()) values.set(distribute(totals[i], ofDay(day)), day.first)
  return values
}

/** What the new meter measured on days of one kind. */
export type KindFigures = {
  readonly kind: DayKind
  /** Days of the following period. */
  readonly days: number
  readonly energyWh: number
  /** Kind that stood in for it, when the following period had none. */
  readonly standIn: DayKind | null
  /** Faulty days that it was laid on. */
  readonly laidOn: number
}

const standIns: Readonly<Record<DayKind, readonly DayKind[]>> = {
  working: ['saturday', 'sunday', 'holiday'],
  saturday: ['sunday', 'working', 'holiday'],
  sunday: ['holiday', 'saturday', 'working'],
  holiday: ['sunday', 'saturday', 'working'],
}

type Mean = { days: number; energyWh: number; wall: Float64Array; held: Float64Array }

/**
 * Every quarter-hour of the faulty period as the mean of the same quarter-hour on the wall, on days of the same
 * kind, of the period that follows; then × the factor for a change of use that both sides agreed on. The period's
 * total is rounded once.
 * @throws ContorError 'invalid-request' when the following period lacks quarter-hours
 */
export function byFollowingPeriod(
  line: Timeline,
  following: Timeline,
  factor: number,
): { after: Timeline; figures: KindFigures[] } {
  const means = meansOf(following)
  const used = new Map<DayKind, number>()
  const mWh = new Float64Array(line.values.length)
  for (const { day, first, count } of daysOf(line)) {
    const kind = dayKindOf(day)
    used.set(kind, (used.get(kind) ?? 0) + 1)
    const mean = meanFor(means, kind).mean
    for (let slot = 0; slot < count; slot++) {
      const quarter = wallQuarter(slot, count)
      mWh[first + slot] = Math.round((1_000 * mean.wall[quarter]) / Math.max(1, mean.held[quarter]))
    }
  }
  const all = mWh.reduce((sum, each) => sum + each, 0)
  const total = timesRounded(all, Math.round(factor * factorParts), factorParts * 1_000)
  const values = byDays(line, total, mWh)
  const figures = [...used].map(([kind, laidOn]): KindFigures => {
    const { mean, standIn } = meanFor(means, kind)
    return { kind, days: mean.days, energyWh: mean.energyWh, standIn, laidOn }
  })
  const states = new Uint8Array(line.values.length).fill(quality.edited)
  return { after: { ...line, values, quality: states }, figures }
}

function meansOf(following: Timeline): Map<DayKind, Mean> {
  const means = new Map<DayKind, Mean>()
  for (const { day, first, count } of daysOf(following)) {
    const kind = dayKindOf(day)
    const mean = means.get(kind) ?? {
      days: 0,
      energyWh: 0,
      wall: new Float64Array(96),
      held: new Float64Array(96),
    }
    mean.days++
    for (let slot = 0; slot < count; slot++) {
      if (!isPresent(following.quality[first + slot])) throw lacking(day)
      const quarter = wallQuarter(slot, count)
      mean.wall[quarter] += following.values[first + slot]
      mean.held[quarter]++
      mean.energyWh += following.values[first + slot]
    }
    means.set(kind, mean)
  }
  return means
}

function meanFor(means: ReadonlyMap<DayKind, Mean>, kind: DayKind): { mean: Mean; standIn: DayKind | null } {
  const own = means.get(kind)
  if (own) return { mean: own, standIn: null }
  for (const other of standIns[kind]) {
    const mean = means.get(other)
    if (mean) return { mean, standIn: other }
  }
  throw new Error('a period has at least one day')
}

const lacking = (day: CivilDay) =>
  new ContorError('invalid-request', `The following period lacks quarter-hours on ${day}`, {
    field: 'method.to',
    value: day,
    remedy: `Choose a period that is whole, for instance from ${addDays(day, 1)} on.`,
  })
