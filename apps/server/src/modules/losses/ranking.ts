// All stations, or all feeders, of a period with what their balances allow to say: summed from stored days, so that
// the cost is that of their rows and not of the readings behind them.

import { type RawBuilder, sql } from 'kysely'
import { decodeCursor, encodeCursor, type Trx } from '../../platform/index.ts'
import { legalRule } from '../legal/index.ts'
import type { Verdict } from './verdict.ts'

export const levels = ['station', 'feeder'] as const
export const rankingSorts = ['z', 'unexplained', 'loss', 'percent', 'present', 'code'] as const

export type RankingQuery = {
  readonly from: string
  readonly to: string
  readonly level: (typeof levels)[number]
  readonly sort: (typeof rankingSorts)[number]
  readonly descending: boolean
  readonly verdict?: Verdict | undefined
  /** Part of a code, a name, a zone or a feeder. */
  readonly search?: string | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

/** One station or feeder. Energies in Wh; `uncertaintyWh` is a standard uncertainty. */
export type Ranked = {
  readonly stationId: string
  readonly code: string
  readonly name: string
  readonly zone: string
  /** '' for the whole station. */
  readonly feeder: string
  readonly days: number
  readonly completeDays: number
  /** Of the days of its points, those that are whole; null when no point stands behind it. */
  readonly presentShare: number | null
  readonly enteredWh: number
  readonly lossWh: number
  readonly lossPercent: number | null
  readonly likelyLossWh: number
  readonly technicalWh: number | null
  readonly unexplainedWh: number
  readonly uncertaintyWh: number
  readonly z: number | null
  readonly verdict: Verdict
}

export type Ranking = {
  readonly items: Ranked[]
  readonly nextCursor: string | null
  readonly coverage: number
  /** How many have which verdict, of those that the search finds. */
  readonly counts: Partial<Record<Verdict, number>>
  /** Station days of the period that wait to be computed again. */
  readonly waitingDays: number
  /** Stations that have no balance in the period. */
  readonly withoutBalance: number
}

/**
 * What cannot be judged stands behind what can, however large its figures are: a station whose points are missing
 * seems to lose everything.
 */
const orders: Record<RankingQuery['sort'], (way: RawBuilder<unknown>) => RawBuilder<unknown>> = {
  z: (way) => sql`verdict = 'unknown', z ${way} nulls last`,
  unexplained: (way) => sql`verdict = 'unknown', "unexplainedWh" ${way}`,
  loss: (way) => sql`"lossWh" ${way}`,
  percent: (way) => sql`"lossPercent" ${way} nulls last`,
  present: (way) => sql`"presentShare" ${way} nulls last`,
  code: (way) => sql`code ${way}, feeder ${way}`,
}

/** @throws ContorError 'invalid-request' for a cursor that this list never gave */
export async function rankBalances(trx: Trx, query: RankingQuery): Promise<Ranking> {
  const { from, to, level, sort, limit } = query
  const { value: coverage } = await legalRule(trx, 'balance.coverage', to)
  const skip = Number(decodeCursor(query.cursor, 1)?.[0] ?? 0)
  const way = query.descending ? sql`desc` : sql`asc`
  const chosen = query.verdict === undefined ? sql`true` : sql`verdict = ${query.verdict}`
  const { rows } = await sql<{
    items: Ranked[] | null
    counts: Ranking['counts'] | null
    waiting: number
    without: number
  }>`
    with totals as materialized (${totals(query)}),
    judged as materialized (${judged(query, coverage)}),
    page as (select *, row_number() over (order by ${orders[sort](way)}, code, feeder) as place
               from judged where ${chosen} order by place limit ${limit + 1} offset ${skip})
    select (select jsonb_agg(to_jsonb(page) - 'place' order by place) from page) as items,
           (select jsonb_object_agg(verdict, n) from (select verdict, count(*) as n from judged group by 1) c) as counts,
           (select count(*)::int from (select distinct station_id, day from contor.station_day_stale
             where day between ${from} and ${to}) w) as waiting,
           (select count(*)::int from contor.station) - (select count(*)::int from totals) as without`.execute(
    trx,
  )
  const [answer] = rows
  const found = answer.items ?? []
  return {
    items: found.slice(0, limit),
    nextCursor: found.length > limit ? encodeCursor([skip + limit]) : null,
    coverage,
    counts: answer.counts ?? {},
    waitingDays: answer.waiting,
    withoutBalance: level === 'station' ? answer.without : 0,
  }
}

/**
 * The arithmetic of a summary (`summarisePeriod`) over all of them at once: what lasts adds up as it is, what days do
 * not share adds up as squares.
 */
function totals({ from, to, level }: RankingQuery) {
  // Written out, so that each level is found by an index of its own.
  const chosen = level === 'feeder' ? sql`feeder <> ''` : sql`feeder = ''`
  return sql`
    select station_id, feeder, count(*)::int as days, (count(*) filter (where complete))::int as complete_days,
           sum(points_present)::float8 / nullif(sum(points_expected), 0) as present,
           sum((supplied_wh + produced_wh)::float8) as entered,
           sum((supplied_wh - returned_wh + produced_wh - consumed_wh)::float8) as loss,
           sum(missing_wh::float8) as missing, max(unknown_points) as unknown_points, bool_and(metered) as metered,
           case when bool_and(transformer_wh is not null and own_use_wh is not null and line_wh is not null)
                then sum((transformer_wh + own_use_wh + line_wh)::float8) end as technical,
           sqrt(sum(u_balance)^2 + sum(u_points)^2 + sum(u_transformer)^2 + sum(u_line)^2
                + sum(u_estimated * u_estimated) + sum(u_missing * u_missing) + sum(u_clock * u_clock)) as u
      from contor.balance_day
     where day between ${from} and ${to} and ${chosen}
     group by station_id, feeder`
}

function judged({ search }: RankingQuery, coverage: number) {
  const named = search
    ? sql`strpos(lower(concat_ws(' ', s.code, s.name, s.zone, t.feeder)), lower(${search})) > 0`
    : sql`true`
  return sql`
    with worth as (
      select t.*, t.loss + t.missing - coalesce(t.technical, 0) as unexplained,
             (t.loss + t.missing - coalesce(t.technical, 0)) / nullif(t.u, 0) as significance from totals t)
    select t.station_id::text as "stationId", s.code, s.name, s.zone, t.feeder, t.days, t.complete_days as "completeDays",
           t.present as "presentShare", t.entered as "enteredWh", t.loss as "lossWh",
           case when t.entered > 0 then round((t.loss / t.entered * 100)::numeric, 2)::float8 end as "lossPercent",
           t.loss + t.missing as "likelyLossWh", t.technical as "technicalWh", t.unexplained as "unexplainedWh",
           round(t.u::numeric)::float8 as "uncertaintyWh", round(t.significance::numeric, 2)::float8 as z,
           case when not t.metered or t.unknown_points > 0 or t.significance is null then 'unknown'
                when abs(t.significance) <= ${coverage}::float8 then 'within'
                when t.significance < 0 then 'less'
                when t.technical is null then 'no-technical'
                else 'more' end as verdict
      from worth t join contor.station s on s.id = t.station_id
     where ${named}`
}

const head =
  'station,name,zone,feeder,days,completeDays,presentShare,enteredWh,lossWh,lossPercent,likelyLossWh,technicalWh,unexplainedWh,uncertaintyWh,z,verdict'

/** RFC 4180, energies in Wh; a name that a spreadsheet would run as a formula is defused. */
export function rankingCsv(items: readonly Ranked[]): string {
  const cell = (value: string | number | null) => {
    if (value === null) return ''
    const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value)
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  const lines = items.map(({ stationId: _, code, ...row }) =>
    [
      code,
      row.name,
      row.zone,
      row.feeder,
      row.days,
      row.completeDays,
      row.presentShare,
      row.enteredWh,
      row.lossWh,
      row.lossPercent,
      row.likelyLossWh,
      row.technicalWh,
      row.unexplainedWh,
      row.uncertaintyWh,
      row.z,
      row.verdict,
    ]
      .map(cell)
      .join(','),
  )
  return [head, ...lines, ''].join('\r\n')
}
