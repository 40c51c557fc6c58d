// What a run reached: who holds his limit, and the load before against the load during it, from stored quarter-hours.

import { civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { legalRule } from '../legal/index.ts'
import type { Excluded } from './rehearse.ts'
import { powersBetween } from './rehearse.ts'
import type { Run } from './run.ts'

/**
 * - `kept` no measured quarter-hour was above the limit, or the planned relief was reached
 * - `not-kept` one was, and it was not
 * - `not-measured` no quarter-hour before or none during it is stored
 * - `excluded` nobody touched him
 */
export type MemberVerdict = 'kept' | 'not-kept' | 'not-measured' | 'excluded'

/** How far the limiter is. */
export type LimiterState = 'none' | 'waiting' | 'held' | 'limited' | 'lifting' | 'restored' | 'not-kept'

export interface MemberReport {
  readonly meteringPointId: string
  readonly pod: string
  readonly name: string
  readonly excluded: Excluded | null
  readonly normalW: number
  readonly limitW: number
  readonly limiter: LimiterState
  /** What the limiter was last read back with, W, and the frames that prove it. */
  readonly thresholdW: number | null
  readonly trace: string | null
  /** Why the guard holds the command, where it does. */
  readonly held: string | null
  /** His relay opened by over-power meanwhile. */
  readonly tripped: boolean
  readonly beforeW: number | null
  readonly duringW: number | null
  readonly highestW: number | null
  readonly reliefW: number | null
  readonly verdict: MemberVerdict
}

export interface RunReport {
  readonly members: readonly MemberReport[]
  /** Of the members who are limited, W. */
  readonly plannedW: number
  /** Relief of those who were measured, W. */
  readonly reliefW: number
  readonly measured: number
  readonly limited: number
  readonly reached: boolean | null
}

interface Row {
  readonly id: string
  readonly pod: string
  readonly name: string
  readonly approvedW: number
  readonly normalW: number
  readonly limitW: number
  readonly excluded: Excluded | null
  readonly startsAt: Date | null
  readonly endsAt: Date | null
  readonly thresholdW: number | null
  readonly trace: string | null
  readonly held: string | null
  readonly caseState: string | null
  readonly tripped: boolean
}

/** @param now epoch ms of the world's clock: limits and quarter-hours live by it */
export async function reportRun(trx: Trx, run: Run, now: number): Promise<RunReport> {
  const met = (await legalRule(trx, 'limitation.met.percent', civilDayOf(run.startsAt.getTime()))).value
  const { rows } = await sql<Row>`
    select p.id, p.pod, p.name, p.approved_power_w as "approvedW", m.normal_w as "normalW", m.limit_w as "limitW", m.excluded,
           l.starts_at as "startsAt", coalesce(l.lifted_at, l.ends_at) as "endsAt", w.threshold_w as "thresholdW",
           w.exchange_id::text || '.0' as trace,
           (select r.held from contor.relay_command r where r.metering_point_id = p.id and r.kind = 'set-limiter'
               and r.state = 'queued' and r.held is not null limit 1) as held,
           (select c.state from contor.power_case c where c.metering_point_id = p.id and c.kind = 'threshold'
               and c.state <> 'closed' limit 1) as "caseState",
           exists (select from contor.power_case c where c.metering_point_id = p.id and c.kind = 'over-power'
               and l.id is not null and c.opened_at >= l.starts_at and c.tripped_at < coalesce(l.lifted_at, l.ends_at)) as tripped
      from contor.limitation_run_member m
      join contor.metering_point p on p.id = m.metering_point_id
      left join contor.limitation l on l.metering_point_id = m.metering_point_id and l.id = m.limitation_id
      left join lateral (select w.threshold_w, w.exchange_id from contor.limiter_watch w
                           join contor.meter mt on mt.metering_point_id = w.metering_point_id and mt.id = w.meter_id
                          where w.metering_point_id = p.id and mt.removed_at is null limit 1) w on true
     where m.run_id = ${run.id} order by p.pod`.execute(trx)
  const members: MemberReport[] = []
  for (const row of rows) members.push(await reportMember(trx, row, met, now))
  const limited = members.filter(({ excluded }) => excluded === null)
  const measured = limited.filter(({ reliefW }) => reliefW !== null)
  const plannedW = sumOf(limited.map(({ normalW, limitW }) => normalW - limitW))
  const reliefW = sumOf(measured.map((member) => member.reliefW ?? 0))
  return {
    members,
    plannedW,
    reliefW,
    measured: measured.length,
    limited: limited.length,
    reached:
      measured.length < limited.length || limited.length === 0 ? null : reliefW * 100 >= plannedW * met,
  }
}

const sumOf = (values: readonly number[]) => values.reduce((all, value) => all + value, 0)
const hourMs = 3_600_000

async function reportMember(trx: Trx, row: Row, met: number, now: number): Promise<MemberReport> {
  const { id, approvedW, startsAt, endsAt, caseState, ...shown } = row
  const base = { ...shown, meteringPointId: id, limiter: limiterOf(row, now) }
  const nothing = { beforeW: null, duringW: null, highestW: null, reliefW: null }
  if (row.excluded !== null) return { ...base, ...nothing, verdict: 'excluded' }
  if (!startsAt || !endsAt) return { ...base, ...nothing, verdict: 'not-measured' }
  const from = startsAt.getTime()
  const before = await powersBetween(trx, id, from - 2 * hourMs, from)
  const during = await powersBetween(trx, id, from, Math.min(endsAt.getTime(), now))
  const beforeW = mean(before.slice(-4))
  const duringW = mean(during)
  const highestW = during.length > 0 ? during.reduce((most, w) => Math.max(most, w), 0) : null
  const reliefW = beforeW === null || duringW === null ? null : beforeW - duringW
  const kept =
    reliefW !== null &&
    ((highestW !== null && highestW <= row.limitW) || reliefW * 100 >= (row.normalW - row.limitW) * met)
  return {
    ...base,
    beforeW,
    duringW,
    highestW,
    reliefW,
    verdict: reliefW === null ? 'not-measured' : kept ? 'kept' : 'not-kept',
  }
}

const mean = (values: readonly number[]) =>
  values.length === 0 ? null : Math.round(sumOf(values) / values.length)

function limiterOf(row: Row, now: number): LimiterState {
  if (row.excluded !== null) return 'none'
  if (!row.startsAt || !row.endsAt) return 'waiting'
  if (row.caseState === 'operator') return 'not-kept'
  if (row.endsAt.getTime() <= now)
    return row.thresholdW !== null && row.thresholdW >= row.approvedW ? 'restored' : 'lifting'
  if (row.thresholdW !== null && row.thresholdW <= row.limitW) return 'limited'
  return row.held !== null ? 'held' : 'waiting'
}
