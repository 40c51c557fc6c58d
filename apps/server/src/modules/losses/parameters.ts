// How a station is built, from a day on: dated rows that persons record; the balances they touch become stale.

import { sql } from 'kysely'
import { type Actor, ContorError, type Trx } from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import { perTwh } from './facts.ts'

type Why = { readonly validFrom: string; readonly source: string; readonly reason: string }

export type MeteringChange = Why & {
  readonly side: 'lv' | 'mv'
  readonly transformerClass?: string | undefined
  readonly noLoadW?: number | undefined
  readonly loadW?: number | undefined
  readonly ownUseW?: number | undefined
}

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
      own_use_w, source, actor, reason)
    select ${stationId}, ${change.validFrom}::date, coalesce(max(revision), 0) + 1, ${change.side},
           ${change.transformerClass ?? null}, ${plate ? change.noLoadW : null}::int, ${plate ? change.loadW : null}::int,
           ${change.ownUseW ?? 0}::int, ${change.source}, ${actor.subject}, ${change.reason}
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

/** Records what the lines of a station (feeder '') or of a feeder take. */
export async function recordLines(
  trx: Trx,
  actor: Actor,
  stationId: string,
  change: LineChange,
): Promise<void> {
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

// Two persons at once: one after the other, each with a revision of its own.
const lock = (trx: Trx) => sql`select pg_advisory_xact_lock(hashtext('contor.station_losses'))`.execute(trx)

async function markStale(trx: Trx, stationId: string, from: string): Promise<void> {
  await sql`
    insert into contor.station_day_stale (metering_point_id, station_id, day)
    select (select min(c.metering_point_id) from contor.point_code c where c.station_id = ${stationId}), station_id, day
      from contor.station_day where station_id = ${stationId} and day >= ${from}`.execute(trx)
}
