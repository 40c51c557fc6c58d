// Balances as they are stored, day by day and together, with what they allow to say.

import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { legalRule } from '../legal/index.ts'
import { balanceOf } from './balance.ts'
import { type Fit, type FitSums, fitLines } from './fit.ts'
import { addDays, answer, type Source, sources, type Uncertainties, type Verdict } from './verdict.ts'

type Row = {
  readonly day: string
  readonly suppliedWh: number
  readonly returnedWh: number
  readonly consumedWh: number
  readonly producedWh: number
  readonly complete: boolean
  readonly metered: boolean
  readonly missingWh: number
  readonly unknownPoints: number
  readonly transformerWh: number | null
  readonly lineWh: number | null
  readonly ownUseWh: number | null
  readonly u_balance: number
  readonly u_points: number
  readonly u_transformer: number
  readonly u_line: number
  readonly u_estimated: number
  readonly u_missing: number
  readonly u_clock: number
  readonly fit: FitSums
}

/** Stored balances of a station ('') or a feeder, ascending; both days included. Energies of a day fit a double. */
async function loadRows(
  trx: Trx,
  stationId: string,
  feeder: string,
  from: string,
  to: string,
): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select day, supplied_wh::float8 as "suppliedWh", returned_wh::float8 as "returnedWh",
           consumed_wh::float8 as "consumedWh", produced_wh::float8 as "producedWh", complete, metered,
           missing_wh::float8 as "missingWh", unknown_points as "unknownPoints", transformer_wh::float8 as "transformerWh",
           line_wh::float8 as "lineWh", own_use_wh::float8 as "ownUseWh",
           u_balance, u_points, u_transformer, u_line, u_estimated, u_missing, u_clock,
           jsonb_build_object('n', fit_n, 'x', fit_x, 'y', fit_y, 'xx', fit_xx, 'xy', fit_xy) as fit
      from contor.balance_day
     where station_id = ${stationId} and feeder = ${feeder} and day between ${from} and ${to} order by day`.execute(
    trx,
  )
  return rows
}

const uncertaintiesOf = (row: Row): Uncertainties => ({
  'balance-meter': row.u_balance,
  points: row.u_points,
  transformer: row.u_transformer,
  lines: row.u_line,
  estimated: row.u_estimated,
  missing: row.u_missing,
  clock: row.u_clock,
})

/** What a balance is worth. Energies in Wh; `uncertaintyWh` is a standard uncertainty. */
export type Worth = {
  readonly missingWh: number
  readonly likelyLossWh: number
  /** Null when nobody has said how the station is measured or what its lines take. */
  readonly technicalWh: number | null
  readonly unexplainedWh: number
  readonly uncertaintyWh: number
  readonly z: number | null
  readonly verdict: Verdict
}

/** Both halves are needed: without one of them what is left would be called theft. */
const technicalOf = (row: Row): number | null =>
  row.transformerWh === null || row.ownUseWh === null || row.lineWh === null
    ? null
    : row.transformerWh + row.ownUseWh + row.lineWh

const lossOf = (row: Row) => row.suppliedWh - row.returnedWh + row.producedWh - row.consumedWh

function worthOf(rows: readonly Row[], uncertainties: Uncertainties, coverage: number): Worth {
  const missingWh = total(rows, (row) => row.missingWh)
  const likelyLossWh = total(rows, lossOf) + missingWh
  const technical = rows.map(technicalOf)
  const technicalWh = technical.some((wh) => wh === null)
    ? null
    : technical.reduce<number>((all, wh) => all + (wh ?? 0), 0)
  const found = answer({
    likelyLossWh,
    technicalWh: technicalWh ?? undefined,
    uncertainties,
    metered: rows.length > 0 && rows.every((row) => row.metered),
    unknownPoints: Math.max(0, ...rows.map((row) => row.unknownPoints)),
    coverage,
  })
  const { z, verdict, unexplainedWh } = found
  return {
    missingWh,
    likelyLossWh,
    technicalWh,
    unexplainedWh,
    uncertaintyWh: Math.round(found.uncertaintyWh),
    z: z === null ? null : Math.round(z * 100) / 100,
    verdict,
  }
}

const total = (rows: readonly Row[], of: (row: Row) => number) => rows.reduce((all, row) => all + of(row), 0)

/** What each stored day of a range is worth, by day; `bandWh` is the expanded uncertainty of its loss. */
export async function worthByDay(
  trx: Trx,
  stationId: string,
  from: string,
  to: string,
): Promise<Map<string, Worth & { readonly bandWh: number }>> {
  const { value: coverage } = await legalRule(trx, 'balance.coverage', to)
  const rows = await loadRows(trx, stationId, '', from, to)
  return new Map(
    rows.map((row) => {
      const worth = worthOf([row], uncertaintiesOf(row), coverage)
      return [row.day, { ...worth, bandWh: Math.round(coverage * worth.uncertaintyWh) }]
    }),
  )
}

export type Summary = Worth & {
  readonly suppliedWh: number
  readonly returnedWh: number
  readonly consumedWh: number
  readonly producedWh: number
  readonly lossWh: number
  readonly lossPercent: number | null
  readonly days: number
  readonly completeDays: number
  readonly unknownPoints: number
  readonly metered: boolean
  readonly transformerWh: number | null
  readonly lineWh: number | null
  readonly ownUseWh: number | null
  readonly coverage: number
  /** Standard uncertainty by cause, Wh, largest first. */
  readonly sources: readonly { readonly source: Source; readonly wh: number }[]
}

/** The days of a range together; a feeder is named, '' is the whole station. */
export async function summarisePeriod(
  trx: Trx,
  stationId: string,
  feeder: string,
  from: string,
  to: string,
): Promise<Summary> {
  const { value: coverage } = await legalRule(trx, 'balance.coverage', to)
  const rows = await loadRows(trx, stationId, feeder, from, to)
  const uncertainties = addDays(rows.map(uncertaintiesOf))
  const part = (of: (row: Row) => number | null) =>
    rows.length === 0 || rows.some((row) => of(row) === null) ? null : total(rows, (row) => of(row) ?? 0)
  const sums = {
    suppliedWh: total(rows, (row) => row.suppliedWh),
    returnedWh: total(rows, (row) => row.returnedWh),
    consumedWh: total(rows, (row) => row.consumedWh),
    producedWh: total(rows, (row) => row.producedWh),
  }
  const { lossWh, lossPercent } = balanceOf(sums, 0, 0, false)
  return {
    ...sums,
    lossWh,
    lossPercent,
    ...worthOf(rows, uncertainties, coverage),
    days: rows.length,
    completeDays: rows.filter((row) => row.complete).length,
    unknownPoints: Math.max(0, ...rows.map((row) => row.unknownPoints)),
    metered: rows.length > 0 && rows.every((row) => row.metered),
    transformerWh: part((row) => row.transformerWh),
    lineWh: part((row) => row.lineWh),
    ownUseWh: part((row) => row.ownUseWh),
    coverage,
    sources: sources
      .map((source) => ({ source, wh: Math.round(uncertainties[source]) }))
      .filter(({ wh }) => wh > 0)
      .sort((a, b) => b.wh - a.wh),
  }
}

/** k of the lines from the days of a range. @returns undefined when they don't tell it */
export async function fitPeriod(
  trx: Trx,
  stationId: string,
  feeder: string,
  from: string,
  to: string,
): Promise<Fit | undefined> {
  const { value: historyFewest } = await legalRule(trx, 'balance.history.fewest', to)
  const rows = await loadRows(trx, stationId, feeder, from, to)
  return fitLines(
    rows.map((row) => row.fit),
    historyFewest,
  )
}

/** Feeders that a station has balances of. */
export async function feedersOf(trx: Trx, stationId: string): Promise<string[]> {
  const { rows } = await sql<{ feeder: string }>`
    select distinct feeder from contor.balance_day where station_id = ${stationId} and feeder <> '' order by 1`.execute(
    trx,
  )
  return rows.map((row) => row.feeder)
}
