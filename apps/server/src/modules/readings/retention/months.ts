// The energy of months: of days that are still there and of those that left only their sum behind.

import { type Channel, type CivilDay, isPresent, seriesOf, sum } from '@contor/intervals'
import { sql } from 'kysely'
import type { Trx } from '../../../platform/index.ts'
import { bitOfDay, firstOfMonth } from '../months/days.ts'
import { loadDays } from '../store.ts'

export type MonthEnergy = {
  /** First day of the month. */
  readonly month: CivilDay
  /** Wh or varh of the channel. */
  readonly sum: number
  /** Days of the month that are in the sum with at least one value. */
  readonly days: number
  /** How many of them are still there quarter-hour by quarter-hour. */
  readonly detailedDays: number
}

/** The months of a channel from the first day to the last, ascending; a month without any value is absent. */
export async function loadMonths(
  trx: Trx,
  meteringPointId: string,
  channel: Channel,
  from: CivilDay,
  to: CivilDay,
): Promise<MonthEnergy[]> {
  const months = new Map<CivilDay, { sum: number; days: number; detailedDays: number }>()
  const add = (month: CivilDay, energy: number, days: number, detailedDays: number) => {
    const before = months.get(month) ?? { sum: 0, days: 0, detailedDays: 0 }
    months.set(month, {
      sum: before.sum + energy,
      days: before.days + days,
      detailedDays: before.detailedDays + detailedDays,
    })
  }
  const first = firstOfMonth(from)
  const { rows } = await sql<{ month: CivilDay; sum: string; days: number; taken: number }>`
    select month, sum, days, taken from contor.month_total
     where metering_point_id = ${meteringPointId} and channel = ${channel} and month between ${first} and ${to}`.execute(
    trx,
  )
  const taken = new Map(rows.map((row) => [row.month, row.taken]))
  for (const row of rows) add(row.month, Number(row.sum), row.days, 0)
  for (const { day, block } of await loadDays(trx, meteringPointId, first, lastOf(to))) {
    // Brought once more after it had gone into the total.
    if ((taken.get(firstOfMonth(day)) ?? 0) & bitOfDay(day)) continue
    const series = seriesOf(block, channel)
    if (series?.quality.some(isPresent)) add(firstOfMonth(day), sum(series), 1, 1)
  }
  return [...months]
    .map(([month, energy]) => ({ month, ...energy }))
    .sort((a, b) => (a.month < b.month ? -1 : 1))
}

const lastOf = (day: CivilDay): CivilDay =>
  new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)), 0)).toISOString().slice(0, 10)
