// Limitations below the permit: what a limiter has to hold at this time is the lowest sealed figure in force.

import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { type ApprovedPower, type Limitation, lowestLimitation, type Verifier } from '../commands/index.ts'

export interface Intent {
  /** W */
  readonly watts: number
  /** In whose name it is programmed: budgets of persons count it there. */
  readonly actor: string
  /** What stands below the permit. */
  readonly limitation: Limitation | undefined
}

/** What the limiter has to hold: the permit, or the lowest limitation in force below it. */
export async function intentOf(trx: Trx, verifier: Verifier, approved: ApprovedPower): Promise<Intent> {
  const limitation = await lowestLimitation(trx, verifier, approved.meteringPointId)
  if (limitation && limitation.watts < approved.watts)
    return { watts: limitation.watts, actor: limitation.actor, limitation }
  return {
    watts: approved.watts,
    actor: approved.actor === 'system' ? 'power' : approved.actor,
    limitation: undefined,
  }
}

/** When limitations of a point last began or ended; null without any. */
export async function changedAt(trx: Trx, meteringPointId: string): Promise<Date | null> {
  const { rows } = await sql<{ at: Date | null }>`
    select max(greatest(began_at, ended_at)) as at from contor.limitation
     where metering_point_id = ${meteringPointId}`.execute(trx)
  return rows[0]?.at ?? null
}

/** Has limiters looked at whose limitation begins or ends. @returns limitations that did */
export async function followLimitations(trx: Trx): Promise<number> {
  const { rows } = await sql<{ meteringPointId: string }>`
    update contor.limitation l
       set began_at = coalesce(l.began_at, clock_timestamp()),
           ended_at = case when l.ends_at <= clock_timestamp() or l.lifted_at is not null then clock_timestamp() end
     where (l.began_at is null and l.starts_at <= clock_timestamp())
        or (l.ended_at is null and (l.ends_at <= clock_timestamp() or l.lifted_at is not null))
    returning l.metering_point_id as "meteringPointId"`.execute(trx)
  if (rows.length === 0) return 0
  const points = [...new Set(rows.map(({ meteringPointId }) => meteringPointId))]
  await sql`update contor.limiter_watch set look = true where metering_point_id = any(${points}::bigint[])`.execute(
    trx,
  )
  // A command under way for the old figure is judged again; what waited for a person is tried for the new one.
  await sql`update contor.power_case set next_at = clock_timestamp(), state = 'open'
             where metering_point_id = any(${points}::bigint[]) and kind = 'threshold' and state in ('open', 'operator')`.execute(
    trx,
  )
  return rows.length
}
