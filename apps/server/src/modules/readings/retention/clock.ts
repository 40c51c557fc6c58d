// Whether the clock can be believed. What is deleted does not come back: a clock that jumped must not delete.

import { type CivilDay, civilDayOf, dayNumber } from '@contor/intervals'
import { sql } from 'kysely'
import type { Trx } from '../../../platform/index.ts'
import { legalRule } from '../../legal/index.ts'

/** A single meter with a wrong clock does not speak for the fleet: a day counts when this share of points has it. */
const fleetShare = 0.1
const lookBackDays = 60

export type ClockJudgement =
  | { readonly believed: true; readonly newest: CivilDay }
  | { readonly believed: false; readonly reason: string }

/** Holds the clock against the newest day that a good part of the fleet has delivered. @param now epoch ms */
export async function judgeServerClock(trx: Trx, now: number): Promise<ClockJudgement> {
  const today = civilDayOf(now)
  const { value: limit } = await legalRule(trx, 'retention.clock.days', today)
  const { rows } = await sql<{ day: CivilDay; points: string }>`
    select day, count(*) as points from contor.day_block
     where version > 0 and present > 0 and day > (select max(day) from contor.day_block where present > 0) - ${lookBackDays}::int
     group by day order by day desc`.execute(trx)
  const most = Math.max(0, ...rows.map((row) => Number(row.points)))
  const newest = rows.find((row) => Number(row.points) >= most * fleetShare)?.day
  if (newest === undefined)
    return { believed: false, reason: 'nothing is stored that the clock could be held against' }
  const ahead = dayNumber(today) - dayNumber(newest)
  if (Math.abs(ahead) > limit)
    return {
      believed: false,
      reason: `the clock says ${today}, the newest data are of ${newest}: more than ${limit} days apart`,
    }
  return { believed: true, newest }
}
