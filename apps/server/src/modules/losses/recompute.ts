// Computes the balances that new readings made stale.

import { decodeDayBlock } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, type Db, type Trx } from '../../platform/index.ts'
import { type LegalRule, listLegalRules } from '../legal/index.ts'
import { dayRowsOf } from '../readings/index.ts'
import { judgeStationDay, loadRuleBook, type RuleBook } from '../validation/index.ts'
import { type Assessment, assessDay } from './assess.ts'
import type { PointDay } from './balance.ts'
import { figuresOn, type History, historyOf, knownPoints, loadNetwork } from './facts.ts'

/** Marks taken at once: bounds the memory of one transaction. */
const batchDays = 8

/**
 * Takes stale marks and computes their days again until none is left. Marks are deleted before the readings
 * are read: a mark that is committed later stays for the next round, so no change is missed.
 * @returns station days computed
 */
export async function recomputeStale(db: Db, signal?: AbortSignal): Promise<number> {
  let computed = 0
  while (!signal?.aborted) {
    const taken = await asSystem(db, async (trx) => {
      const { rows } = await sql<{ station_id: string; day: string }>`
        with taken as (select station_id, day from contor.station_day_stale group by 1, 2 order by 2 desc limit ${batchDays}),
        gone as (delete from contor.station_day_stale s using taken t where s.station_id = t.station_id and s.day = t.day
                 returning s.station_id, s.day)
        select distinct station_id, day from gone order by day`.execute(trx)
      const book = rows.length > 0 ? await loadRuleBook(trx) : undefined
      if (!book) return 0
      const law = await listLegalRules(trx)
      const history = historyOf(
        trx,
        rows.map((row) => row.day),
        figuresOn(law, rows[0].day),
      )
      for (const row of rows) await computeDay(trx, { book, law, history }, row.station_id, row.day)
      return rows.length
    })
    computed += taken
    if (taken === 0) break
  }
  return computed
}

/** What one reading serves for all days of a batch. */
type Batch = { readonly book: RuleBook; readonly law: readonly LegalRule[]; readonly history: History }

async function computeDay(
  trx: Trx,
  { book, law, history }: Batch,
  stationId: string,
  day: string,
): Promise<void> {
  const loaded = (await loadPointDays(trx, stationId, day, day)).get(day) ?? []
  const figures = figuresOn(law, day)
  const points = await knownPoints(trx, stationId, day, loaded, figures, history)
  const network = await loadNetwork(trx, stationId, day)
  const { balance } = await storeAssessment(trx, stationId, day, '', assessDay(day, points, network, figures))
  await sql`
    insert into contor.station_day (station_id, day, supplied_wh, returned_wh, consumed_wh, produced_wh, points_expected, points_present, complete)
    values (${stationId}, ${day}, ${balance.suppliedWh}, ${balance.returnedWh}, ${balance.consumedWh}, ${balance.producedWh},
            ${balance.pointsExpected}, ${balance.pointsPresent}, ${balance.complete})
    on conflict (station_id, day) do update set supplied_wh = excluded.supplied_wh, returned_wh = excluded.returned_wh,
      consumed_wh = excluded.consumed_wh, produced_wh = excluded.produced_wh, points_expected = excluded.points_expected,
      points_present = excluded.points_present, complete = excluded.complete, computed_at = now()`.execute(
    trx,
  )
  const feeders = [...new Set(points.flatMap((point) => point.feeder || []))]
  for (const feeder of feeders) {
    const own = await loadNetwork(trx, stationId, day, feeder)
    await storeAssessment(trx, stationId, day, feeder, assessDay(day, points, own, figures, feeder))
  }
  await sql`delete from contor.balance_day
             where station_id = ${stationId} and day = ${day} and feeder <> all(${['', ...feeders]}::text[])`.execute(
    trx,
  )
  await judgeStationDay(trx, book, {
    stationId,
    day,
    enteredWh: balance.suppliedWh + balance.producedWh,
    leftWh: balance.consumedWh + balance.returnedWh,
    complete: balance.complete,
  })
}

async function storeAssessment(
  trx: Trx,
  stationId: string,
  day: string,
  feeder: string,
  found: Assessment,
): Promise<Assessment> {
  const { balance, uncertainties: u, fit } = found
  const columns: Record<string, unknown> = {
    supplied_wh: balance.suppliedWh,
    returned_wh: balance.returnedWh,
    consumed_wh: balance.consumedWh,
    produced_wh: balance.producedWh,
    points_expected: balance.pointsExpected,
    points_present: balance.pointsPresent,
    complete: balance.complete,
    metered: found.metered,
    missing_wh: found.missingWh,
    unknown_points: found.unknownPoints,
    transformer_wh: found.transformerWh ?? null,
    line_wh: found.lineWh ?? null,
    own_use_wh: found.ownUseWh ?? null,
    u_balance: u['balance-meter'],
    u_points: u.points,
    u_transformer: u.transformer,
    u_line: u.lines,
    u_estimated: u.estimated,
    u_missing: u.missing,
    u_clock: u.clock,
    fit_n: fit.n,
    fit_x: fit.x,
    fit_y: fit.y,
    fit_xx: fit.xx,
    fit_xy: fit.xy,
  }
  const names = Object.keys(columns).map((name) => sql.ref(name))
  const values = Object.values(columns).map((value) => sql`${value}`)
  const changes = names.map((name) => sql`${name} = excluded.${name}`)
  await sql`
    insert into contor.balance_day (station_id, feeder, day, ${sql.join(names)})
    values (${stationId}, ${feeder}, ${day}, ${sql.join(values)})
    on conflict (station_id, feeder, day) do update set ${sql.join(changes)}, computed_at = now()`.execute(
    trx,
  )
  return found
}

/** All points of a station for each day of a range, with their blocks. */
export async function loadPointDays(
  trx: Trx,
  stationId: string,
  from: string,
  to: string,
): Promise<Map<string, PointDay[]>> {
  const { rows } = await sql<{ id: string; balance: boolean; day: string }>`
    select p.id, p.kind = 'balance' as balance, d::date as day
      from contor.metering_point p cross join generate_series(${from}::date, ${to}::date, interval '1 day') as d
     where p.station_id = ${stationId}
       -- Energy behind another point, or counted twice on purpose, is in that point's own.
       and not exists (select 1 from contor.point_relation r
                        where r.metering_point_id = p.id and r.kind in ('witness', 'sub-consumer')
                          and r.valid_from <= d::date and (r.valid_to is null or r.valid_to >= d::date))
     order by d, p.id`.execute(trx)
  const stored = await dayRowsOf(trx, [...new Set(rows.map((row) => row.id))], from, to)
  const payloads = new Map(stored.map(({ point, day, payload }) => [`${point}/${day}`, payload]))
  const days = new Map<string, PointDay[]>()
  for (const row of rows) {
    const payload = payloads.get(`${row.id}/${row.day}`)
    const list = days.get(row.day) ?? []
    list.push({
      meteringPointId: row.id,
      balance: row.balance,
      ...(payload?.length ? { block: decodeDayBlock(payload) } : {}),
    })
    days.set(row.day, list)
  }
  return days
}
