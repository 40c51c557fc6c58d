// How a station is built, from a day on: dated rows that persons record; the balances they touch become stale.

import { sql } from 'kysely'
import { type Actor, ContorError, notFound, type Trx } from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import { perTwh } from './facts.ts'

export type Why = { readonly validFrom: string; readonly source: string; readonly reason: string }

export type MeteringChange = Why & {
  readonly side: 'lv' | 'mv'
  readonly transformerClass?: string | undefined
  readonly noLoadW?: number | undefined
  readonly loadW?: number | undefined
  readonly ownUseW?: number | undefined
  /** How far the transformer's losses may be from these figures, as a fraction. */
  readonly tolerance?: number | undefined
  /** Taken where the balance meter counts no reactive energy. */
  readonly powerFactor?: number | undefined
}

// What the table takes for a station of which nobody said otherwise.
const usualTolerance = 0.1
const usualPowerFactor = 0.9

/**
 * Records how a station is measured.
 * @throws ContorError 'invalid-request' when it is measured before the transformer and nothing tells its losses
 */
export async function recordMetering(
  trx: Trx,
  actor: Actor,
  stationId: string,
  change: MeteringChange,
): Promise<void> {
  const plate = change.noLoadW !== undefined && change.loadW !== undefined
  const { rows } = await sql<{ known: boolean }>`
    select exists (select 1 from contor.transformer_class t join contor.station s on s.rated_kva = t.rated_kva
                    where s.id = ${stationId} and t.class = ${change.transformerClass ?? null}) as known`.execute(
    trx,
  )
  if (change.side === 'mv' && !plate && !rows[0]?.known)
    throw new ContorError('invalid-request', 'Nothing tells what the transformer takes', {
      field: 'transformerClass',
      value: change.transformerClass ?? null,
      remedy: 'Give noLoadW and loadW of the plate, or a class that has a row for the rated power.',
    })
  await lock(trx)
  await sql`
    insert into contor.station_metering (station_id, valid_from, revision, side, transformer_class, no_load_w, load_w,
      own_use_w, transformer_bp, power_factor_bp, source, actor, reason)
    select ${stationId}, ${change.validFrom}::date, coalesce(max(revision), 0) + 1, ${change.side},
           ${change.transformerClass ?? null}, ${plate ? change.noLoadW : null}::int, ${plate ? change.loadW : null}::int,
           ${change.ownUseW ?? 0}::int, ${Math.round((change.tolerance ?? usualTolerance) * 10_000)}::int,
           ${Math.round((change.powerFactor ?? usualPowerFactor) * 10_000)}::int, ${change.source}, ${actor.subject}, ${change.reason}
      from contor.station_metering where station_id = ${stationId} and valid_from = ${change.validFrom}::date`.execute(
    trx,
  )
  await writeAudit(trx, actor, 'losses.metering', `station/${stationId}`, { ...change })
  await markStale(trx, stationId, change.validFrom)
}

export type LineChange = Why & {
  readonly feeder: string
  /** Loss of a quarter-hour = k · E², and the standard error of k; both per Wh. */
  readonly k: number
  readonly error: number
  readonly origin: 'fit' | 'calculated' | 'practice'
}

/**
 * Records what the lines of a station (feeder '') or of a feeder take.
 * @throws ContorError 'invalid-request' for a feeder that no point hangs on
 */
export async function recordLines(
  trx: Trx,
  actor: Actor,
  stationId: string,
  change: LineChange,
): Promise<void> {
  if (change.feeder !== '') await feederMustExist(trx, stationId, change.feeder)
  await lock(trx)
  await sql`
    insert into contor.station_line_loss (station_id, feeder, valid_from, revision, k_per_twh, k_error, origin, source, actor, reason)
    select ${stationId}, ${change.feeder}, ${change.validFrom}::date, coalesce(max(revision), 0) + 1,
           ${Math.round(change.k * perTwh)}::bigint, ${Math.round(change.error * perTwh)}::bigint, ${change.origin},
           ${change.source}, ${actor.subject}, ${change.reason}
      from contor.station_line_loss
     where station_id = ${stationId} and feeder = ${change.feeder} and valid_from = ${change.validFrom}::date`.execute(
    trx,
  )
  await writeAudit(trx, actor, 'losses.lines', `station/${stationId}`, { ...change })
  await markStale(trx, stationId, change.validFrom)
}

async function feederMustExist(trx: Trx, stationId: string, feeder: string): Promise<void> {
  const { rows } = await sql<{ feeder: string }>`
    select distinct feeder from contor.metering_point where station_id = ${stationId} and feeder <> '' order by 1`.execute(
    trx,
  )
  const names = rows.map((row) => row.feeder)
  if (!names.includes(feeder))
    throw new ContorError('invalid-request', `The station has no feeder ${feeder}`, {
      field: 'feeder',
      value: feeder,
      remedy: names.length > 0 ? `Give one of ${names.join(', ')}.` : 'Leave feeder out: none is known.',
    })
}

/** @throws ContorError 'not-found' */
export async function stationMustExist(trx: Trx, id: string): Promise<void> {
  const { rows } = await sql`select 1 from contor.station where id = ${id}`.execute(trx)
  if (rows.length === 0) throw notFound('station', id)
}

// Two persons at once: one after the other, each with a revision of its own.
export const lock = (trx: Trx) =>
  sql`select pg_advisory_xact_lock(hashtext('contor.station_losses'))`.execute(trx)

/** Every stored day of a station from a day on is computed again. */
export async function markStale(trx: Trx, stationId: string, from: string): Promise<void> {
  await sql`
    insert into contor.station_day_stale (metering_point_id, station_id, day)
    select (select min(c.metering_point_id) from contor.point_code c where c.station_id = ${stationId}), station_id, day
      from contor.station_day where station_id = ${stationId} and day >= ${from}`.execute(trx)
}

type Version = Why & { readonly revision: number; readonly actor: string; readonly recordedAt: string }
type Stored<T> = Omit<T, 'recordedAt'> & { readonly recordedAt: Date }

export type MeteringVersion = Version & {
  readonly side: 'lv' | 'mv'
  readonly transformerClass: string | null
  readonly noLoadW: number | null
  readonly loadW: number | null
  readonly ownUseW: number
  readonly tolerance: number
  readonly powerFactor: number
}
export type LineVersion = Version & {
  readonly feeder: string
  readonly k: number
  readonly error: number
  readonly origin: string
}
export type StationParameters = {
  readonly metering: MeteringVersion[]
  readonly lines: LineVersion[]
  /** Those that have figures for the station's rated power. */
  readonly transformerClasses: { readonly class: string; readonly noLoadW: number; readonly loadW: number }[]
}

/** Every version that was recorded of a station, the newest first. */
export async function parametersOf(trx: Trx, stationId: string): Promise<StationParameters> {
  const metering = await sql<Stored<MeteringVersion>>`
    select valid_from as "validFrom", revision, side, transformer_class as "transformerClass", no_load_w as "noLoadW",
           load_w as "loadW", own_use_w as "ownUseW", transformer_bp / 10000::float8 as tolerance,
           power_factor_bp / 10000::float8 as "powerFactor", source, actor, reason, recorded_at as "recordedAt"
      from contor.station_metering where station_id = ${stationId} order by valid_from desc, revision desc`.execute(
    trx,
  )
  const lines = await sql<Stored<LineVersion>>`
    select feeder, valid_from as "validFrom", revision, k_per_twh / ${perTwh}::float8 as k,
           k_error / ${perTwh}::float8 as error, origin, source, actor, reason, recorded_at as "recordedAt"
      from contor.station_line_loss where station_id = ${stationId} order by feeder, valid_from desc, revision desc`.execute(
    trx,
  )
  const classes = await sql<StationParameters['transformerClasses'][number]>`
    select t.class, t.no_load_w as "noLoadW", t.load_w as "loadW" from contor.transformer_class t
      join contor.station s on s.rated_kva = t.rated_kva where s.id = ${stationId} order by t.class`.execute(
    trx,
  )
  return {
    metering: metering.rows.map(shown),
    lines: lines.rows.map(shown),
    transformerClasses: classes.rows,
  }
}

const shown = <T extends { readonly recordedAt: Date }>(row: T) => ({
  ...row,
  recordedAt: row.recordedAt.toISOString(),
})
