// The round of estimation: what can no longer be recovered gets values; what late values have moved is spread again.

import { addDays, type Channel, dayEnd, isPresent, quality, seriesOf } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, type Db } from '../../../platform/index.ts'
import { loadDays } from '../../readings/index.ts'
import { earlier } from '../days.ts'
import { type EstimateOutcome, estimatePoint } from './estimate.ts'

const actor = 'system:estimation'
/** Points taken into one list; each is a transaction of its own. */
const batch = 200
/** Days around a change in which estimates may lie between the same readings. */
const reach = 62
/** Days of one point that are estimated together. */
const mostDays = 35

export type EstimationRound = {
  readonly points: number
  readonly slots: number
  readonly open: number
  readonly respread: number
}

/** Estimates every gap that is lost, then spreads again what no longer meets its registers. */
export async function runEstimation(db: Db, signal?: AbortSignal): Promise<EstimationRound> {
  let [points, slots, open] = [0, 0, 0]
  let after = '0'
  while (!signal?.aborted) {
    const { rows } = await asSystem(db, (trx) =>
      sql<{ id: string; days: string[] }>`
        select metering_point_id as id, array_agg(distinct day::text order by day::text) as days from contor.gap
         where state = 'lost' and metering_point_id > ${after}::bigint group by 1 order by 1 limit ${batch}`.execute(
        trx,
      ),
    )
    for (const row of rows) {
      for (const [from, to] of stretches(row.days)) {
        if (signal?.aborted) break
        const outcome = await estimateLost(db, row.id, from, to)
        slots += outcome.estimated.reduce((all, line) => all + line.count, 0)
        open += outcome.open.reduce((all, line) => all + line.count, 0)
      }
      points++
      after = row.id
    }
    if (rows.length < batch) break
  }
  return { points, slots, open, respread: await respreadChanged(db, signal) }
}

function estimateLost(db: Db, meteringPointId: string, from: string, to: string): Promise<EstimateOutcome> {
  const reason = 'the meter no longer holds these quarter-hours'
  return asSystem(db, (trx) => estimatePoint(trx, { meteringPointId, from, to, actor, reason }))
}

/** Days that follow each other closely are estimated together. */
function stretches(days: readonly string[]): [string, string][] {
  const found: [string, string][] = []
  for (const day of days) {
    const last = found[found.length - 1]
    if (last && day <= addDays(last[1], 2) && day <= addDays(last[0], mostDays)) last[1] = day
    else found.push([day, day])
  }
  return found
}

/** @returns points whose estimates have been spread again */
async function respreadChanged(db: Db, signal?: AbortSignal): Promise<number> {
  // A change that commits later than its instant says is seen again by the next round: an hour is looked back.
  const { rows } = await asSystem(db, (trx) =>
    sql<{ id: string; from: string; to: string; now: Date }>`
      with estimated as (
        select metering_point_id, day as first, day as last from contor.day_block where estimated > 0
        union all
        -- What changed unfolded its month: here only a change beside the month counts.
        select metering_point_id, month, (month + interval '1 month')::date - 1 from contor.month_block
         where estimated is not null)
      select e.metering_point_id as id, min(e.first)::text as "from", max(e.last)::text as "to", now() as now
        from estimated e
       where exists (
         select 1 from contor.day_block b, contor.estimation_progress p
          where b.metering_point_id = e.metering_point_id and b.changed_at > p.looked_at - interval '1 hour'
            and b.day between e.first - ${reach}::int and e.last + ${reach}::int)
       group by 1 order by 1`.execute(trx),
  )
  let changed = 0
  for (const { id, from, to } of rows) {
    if (signal?.aborted) return changed
    changed += await asSystem(db, async (trx) => {
      let days = 0
      for (let first = from; first <= to; first = addDays(first, mostDays + 1)) {
        const last = earlier(addDays(first, mostDays), to)
        const reason = 'values arrived between the same readings'
        const request = {
          meteringPointId: id,
          from: first,
          to: last,
          actor,
          reason,
          mode: 'respread' as const,
        }
        days += (await estimatePoint(trx, request)).days.length
      }
      return days > 0 ? 1 : 0
    })
    await closeRecovered(db, id, from, to)
  }
  const [last] = rows
  if (last)
    await asSystem(db, (trx) =>
      sql`update contor.estimation_progress set looked_at = greatest(looked_at, ${last.now})`.execute(trx),
    )
  return changed
}

/** A gap that was estimated and whose quarter-hours are all measured by now has been recovered after all. */
async function closeRecovered(db: Db, id: string, from: string, to: string): Promise<void> {
  await asSystem(db, async (trx) => {
    const { rows } = await sql<{ id: string; day: string; from_slot: number; count: number }>`
      select id, day, from_slot, count from contor.gap
       where metering_point_id = ${id} and state = 'estimated' and day between ${from} and ${to}`.execute(trx)
    if (rows.length === 0) return
    const stored = new Map((await loadDays(trx, id, from, to)).map((each) => [each.day, each.block]))
    const channel: Channel = 'A+'
    for (const gap of rows) {
      const block = stored.get(gap.day)
      const series = block && seriesOf(block, channel)
      const bytes = series?.quality.subarray(gap.from_slot, gap.from_slot + gap.count)
      if (!bytes?.every((byte) => isPresent(byte) && (byte & 7) !== quality.estimated)) continue
      await sql`update contor.gap set state = 'recovered' where metering_point_id = ${id} and id = ${gap.id}`.execute(
        trx,
      )
    }
  })
}

/** For a bill that is due: every missing quarter-hour of the days gets a value, recoverable or not. */
export function estimateForBilling(
  db: Db,
  meteringPointId: string,
  from: string,
  to: string,
): Promise<EstimateOutcome> {
  const reason = `needed for a bill through ${new Date(dayEnd(to)).toISOString()}`
  return asSystem(db, (trx) => estimatePoint(trx, { meteringPointId, from, to, actor, reason }))
}
