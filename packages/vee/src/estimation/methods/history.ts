import { addDays, type CivilDay, quality, slotsInDay } from '@contor/intervals'
import { dayKindOf } from '../dayKinds.ts'
import type { Method, MethodContext, SeriesByDay } from '../method.ts'
import { daysOf, wallQuarter } from '../timeline.ts'

/** Days around a gap in which days of the same kind are looked for. */
const reach = 60

/** The mean of days of the same kind (working day, Saturday, Sunday, holiday), by the clock on the wall. */
export const history: Method = (context, { from, count }, { days = 4, fewestDays = 2 }) => {
  const mWh = new Float64Array(count)
  let fewest = Number.MAX_SAFE_INTEGER
  let used = ''
  for (const { day, first, count: slots } of daysOf(context.timeline)) {
    const begin = Math.max(from, first)
    const end = Math.min(from + count, first + slots)
    if (begin >= end) continue
    const likes = daysLike(context, day, begin - first, end - first, days)
    if (likes.length < fewestDays) return `fewer than ${fewestDays} measured days like ${day}`
    fewest = Math.min(fewest, likes.length)
    used = likes.join(' ')
    for (let slot = begin; slot < end; slot++) {
      let sum = 0
      for (const like of likes) sum += atWall(context.own, like, wallQuarter(slot - first, slots)) ?? 0
      mWh[slot - from] = Math.round((1_000 * sum) / likes.length)
    }
  }
  return { mWh, hasLevel: true, reason: 'days of the same kind', facts: { days: fewest, lastDayFrom: used } }
}

/** The nearest days of the same kind that measured all these slots, before the day first, then after it. */
function daysLike(
  { own }: MethodContext,
  day: CivilDay,
  from: number,
  to: number,
  wanted: number,
): CivilDay[] {
  const kind = dayKindOf(day)
  const slots = slotsInDay(day)
  const found: CivilDay[] = []
  for (const step of [-1, 1]) {
    for (let away = 1; away <= reach && found.length < wanted; away++) {
      const candidate = addDays(day, step * away)
      if (own.has(candidate) && alike(candidate, kind) && measured(own, candidate, from, to, slots))
        found.push(candidate)
    }
  }
  return found
}

// Holidays are few: a Sunday stands in for one.
function alike(candidate: CivilDay, kind: ReturnType<typeof dayKindOf>): boolean {
  const other = dayKindOf(candidate)
  return other === kind || (kind === 'holiday' && other === 'sunday')
}

function measured(own: SeriesByDay, day: CivilDay, from: number, to: number, slots: number): boolean {
  for (let slot = from; slot < to; slot++)
    if (atWall(own, day, wallQuarter(slot, slots)) === undefined) return false
  return true
}

/** The measured value of a quarter-hour on the wall; 03:00–04:00 of the short day is told by the hour before. */
export function atWall(days: SeriesByDay, day: CivilDay, quarter: number): number | undefined {
  const series = days.get(day)
  if (!series) return undefined
  const slot = slotOfWall(quarter, series.values.length)
  return (series.quality[slot] & 7) === quality.measured ? series.values[slot] : undefined
}

function slotOfWall(quarter: number, slots: number): number {
  if (slots === 92) return quarter < 12 ? quarter : quarter - 4
  if (slots === 100) return quarter < 16 ? quarter : quarter + 4
  return quarter
}
