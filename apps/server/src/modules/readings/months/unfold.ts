// Month blocks back to days, in the transaction of whoever is going to change one of them.

import type { CivilDay } from '@contor/intervals'
import { sql } from 'kysely'
import type { Trx } from '../../../platform/index.ts'
import { bitOfDay, firstOfMonth } from './days.ts'
import { type MonthRow, type UnfoldedRow, unfoldMonth } from './monthRow.ts'

/**
 * To be called before days of a point are laid, locked or written: until the end of the transaction no day is folded,
 * and those of month blocks stand as days again. Month blocks are locked before days, ascending: writers wait for
 * each other and never deadlock.
 * @throws CorruptDay when the seal of a month block does not hold
 */
export async function holdDays(trx: Trx, meteringPointId: string, days: readonly CivilDay[]): Promise<void> {
  const months = [...new Set(days.map(firstOfMonth))]
  const { rows } = await sql<{ folded: boolean }>`
    select contor.hold_months(${meteringPointId}::bigint, ${months}::date[]) as folded`.execute(trx)
  if (!rows[0].folded) return
  const wanted = months.map((month) =>
    days.reduce((bits, day) => (firstOfMonth(day) === month ? bits | bitOfDay(day) : bits), 0),
  )
  const found = await sql<MonthRow>`
    select m.month, m.heads, m.active, m.others from contor.month_block m
      join unnest(${months}::date[], ${wanted}::int[]) as t(month, days) on t.month = m.month
     where m.metering_point_id = ${meteringPointId} and m.held & t.days <> 0 order by m.month for update of m`.execute(
    trx,
  )
  for (const month of found.rows) await unfold(trx, meteringPointId, month)
}

/** Lays the days of a month block as rows again and takes the block away. @param month locked by the caller */
export async function unfold(trx: Trx, meteringPointId: string, month: MonthRow): Promise<UnfoldedRow[]> {
  const rows = unfoldMonth(meteringPointId, month)
  const column = <T>(pick: (row: UnfoldedRow) => T) => rows.map(pick)
  const bytes = (pick: (row: UnfoldedRow) => Uint8Array) => rows.map((row) => Buffer.from(pick(row)))
  const instant = sql.raw("'epoch'::timestamptz + interval '1 microsecond'")
  const laid = await sql`
    insert into contor.day_block as b (metering_point_id, day, version, slots, present, estimated, suspect, import_wh,
                                       export_wh, payload, sources, growth, checksum, known_from, changed_at)
    select ${meteringPointId}::bigint, t.day, t.version, t.slots, t.present, t.estimated, t.suspect, t.import_wh, t.export_wh,
           t.payload, t.sources, t.growth, t.checksum, ${instant} * t.known_us, ${instant} * t.changed_us
      from unnest(${column((r) => r.day)}::date[], ${column((r) => r.version)}::int[], ${column((r) => r.slots)}::smallint[],
                  ${column((r) => r.figures.present)}::smallint[], ${column((r) => r.figures.estimated)}::smallint[],
                  ${column((r) => r.figures.suspect)}::smallint[], ${column((r) => r.figures.importWh)}::int[],
                  ${column((r) => r.figures.exportWh)}::int[], ${bytes((r) => r.payload)}::bytea[],
                  ${bytes((r) => r.sources)}::bytea[], ${bytes((r) => r.growth)}::bytea[], ${column((r) => r.checksum)}::int[],
                  ${column((r) => r.known_us)}::bigint[], ${column((r) => r.changed_us)}::bigint[])
        as t(day, version, slots, present, estimated, suspect, import_wh, export_wh, payload, sources, growth, checksum, known_us, changed_us)
     order by t.day
    -- A row that somebody laid empty, to hold its lock, is filled; one with a content would be a second day.
    on conflict (metering_point_id, day) do update
       set version = excluded.version, slots = excluded.slots, present = excluded.present, estimated = excluded.estimated,
           suspect = excluded.suspect, import_wh = excluded.import_wh, export_wh = excluded.export_wh, payload = excluded.payload,
           sources = excluded.sources, growth = excluded.growth, checksum = excluded.checksum,
           known_from = excluded.known_from, changed_at = excluded.changed_at
     where b.version = 0`.execute(trx)
  const gone = await sql<{ n: number }>`
    select contor.drop_unfolded(array[${meteringPointId}::bigint], array[${month.month}::date]) as n`.execute(
    trx,
  )
  if (laid.numAffectedRows !== BigInt(rows.length) || gone.rows[0].n !== 1)
    throw new Error(
      `unfolding ${month.month} of metering point ${meteringPointId}: ${rows.length} days, ${laid.numAffectedRows} laid, ${gone.rows[0].n} month blocks taken away`,
    )
  return rows
}
