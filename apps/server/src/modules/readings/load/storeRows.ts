// Stores rows of columns in the caller's transaction: days nobody has stored by COPY, the others slot by slot.

import { type Conflict, type DayBlock, dayOfNumber } from '@contor/intervals'
import type pg from 'pg'
import type { Trx } from '../../../platform/index.ts'
import type { SlotSource } from '../sources.ts'
import { storeDays } from '../store.ts'
import { channelsOf, type ReadingBatch, slotsOf } from './batch.ts'
import { ensureStage, stageRows } from './stage.ts'

const uniqueViolation = '23505'

/** Where the slots of a row came from, as bytes for new days and slot by slot for merges. */
export type RowSources = {
  packed(row: number): Uint8Array
  expanded(row: number): (SlotSource | undefined)[]
}

export type StoredRows = {
  readonly days: number
  /** Slots over all channels that held a value. */
  readonly readings: number
  /** Of them, those that had no value before. */
  readonly added: number
  /** Estimates that gave way to a measured value. */
  readonly superseded: number
  readonly conflicts: readonly (Conflict & { readonly row: number })[]
  /** Rows that could not be stored, with the reason. */
  readonly refused: readonly { readonly row: number; readonly reason: string }[]
}

/** @param order rows to store, ascending by point and day: writers at the same time wait, and never deadlock */
export async function storeRows(
  client: pg.PoolClient,
  trx: Trx,
  batch: ReadingBatch,
  order: readonly number[],
  sources: RowSources,
): Promise<StoredRows> {
  await ensureStage(client)
  const staged = await stageRows(client, batch, order, sources.packed)
  const existing = await insertNew(client, staged.rows)
  await markStale(client)
  const total = (rows: readonly number[]) => rows.reduce((all, row) => all + staged.filled[row], 0)
  const readings = total(staged.rows)
  let added = readings - total(existing)
  let superseded = 0
  const conflicts: (Conflict & { row: number })[] = []
  for (const [point, rows] of byPoint(batch, existing)) {
    const rowOf = new Map(rows.map((row) => [dayOfNumber(batch.days[row]), row]))
    const incoming = [...rowOf].map(([day, row]) => ({
      day,
      block: blockOf(batch, row),
      sources: sources.expanded(row),
    }))
    for (const stored of await storeDays(trx, `${point}`, incoming)) {
      added += stored.added
      superseded += stored.superseded
      for (const conflict of stored.conflicts)
        conflicts.push({ ...conflict, row: rowOf.get(stored.day) ?? -1 })
    }
  }
  return { days: staged.rows.length, readings, added, superseded, conflicts, refused: staged.refused }
}

const insertStaged = `
  insert into contor.day_block
    (metering_point_id, day, slots, present, estimated, suspect, import_wh, export_wh, payload, sources, checksum)
  select metering_point_id, day, slots, present, estimated, suspect, import_wh, export_wh, payload, sources,
         checksum from load_stage`

/**
 * Inserts the staged days that are not stored yet and leaves those in the staging table.
 * @returns rows of the batch whose day exists
 */
async function insertNew(client: pg.PoolClient, staged: readonly number[]): Promise<number[]> {
  const existing = await takeFolded(client)
  await client.query('savepoint staged')
  if (await insertUnknown(client, staged)) return existing
  for (;;) {
    // Some exist: they are taken out, and what another loader stores meanwhile makes one more turn.
    await client.query('rollback to savepoint staged')
    const { rows } = await client.query<{ row_no: number }>(`
      delete from load_stage s using contor.day_block b
       where b.metering_point_id = s.metering_point_id and b.day = s.day returning s.row_no`)
    if (rows.length === 0) throw new Error('a day of a metering point stands twice among those staged')
    for (const { row_no } of rows) existing.push(row_no)
    await client.query('savepoint staged')
    const { rowCount } = await client.query(`${insertStaged} on conflict do nothing`)
    if (rowCount === staged.length - existing.length) return existing
  }
}

/** Takes out of the stage what stands in a month block: these days are merged one by one. @returns their rows */
async function takeFolded(client: pg.PoolClient): Promise<number[]> {
  const held = await client.query<{ folded: boolean }>(`
    select contor.hold_points(array(select distinct metering_point_id from load_stage),
                              array(select distinct date_trunc('month', day)::date from load_stage)) as folded`)
  if (!held.rows[0].folded) return []
  const { rows } = await client.query<{ row_no: number }>(`
    delete from load_stage s using contor.month_block m
     where m.metering_point_id = s.metering_point_id and m.month = date_trunc('month', s.day)::date
       and (m.held >> (s.day - m.month)) & 1 = 1 returning s.row_no`)
  return rows.map((row) => row.row_no)
}

/**
 * The way of days that nobody has stored: asking about conflicts costs a third of the database's time. Three rows
 * tell whether it is worth a try.
 * @returns false when a day exists; the transaction must then go back to its savepoint
 */
async function insertUnknown(client: pg.PoolClient, staged: readonly number[]): Promise<boolean> {
  const some = [0, staged.length >> 1, staged.length - 1].map((i) => staged[i] ?? -1)
  const { rows } = await client.query<{ known: boolean }>(
    `select exists (select 1 from load_stage s join contor.day_block b
        on b.metering_point_id = s.metering_point_id and b.day = s.day where s.row_no = any($1::integer[])) as known`,
    [some],
  )
  if (rows[0].known) return false
  try {
    await client.query(insertStaged)
    return true
  } catch (error) {
    if ((error as { code?: string }).code === uniqueViolation) return false
    throw error
  }
}

/** One mark for each station and day that has new rows. */
async function markStale(client: pg.PoolClient): Promise<void> {
  await client.query(`
    insert into contor.station_day_stale (metering_point_id, station_id, day)
    select min(p.id), p.station_id, s.day from load_stage s join contor.metering_point p on p.id = s.metering_point_id
     group by p.station_id, s.day`)
}

function byPoint(batch: ReadingBatch, rows: readonly number[]): Map<number, number[]> {
  const groups = new Map<number, number[]>()
  for (const row of [...rows].sort((a, b) => batch.points[a] - batch.points[b])) {
    const group = groups.get(batch.points[row])
    if (group) group.push(row)
    else groups.set(batch.points[row], [row])
  }
  return groups
}

function blockOf(batch: ReadingBatch, row: number): DayBlock {
  const slots = slotsOf(batch.days[row])
  return {
    day: dayOfNumber(batch.days[row]),
    minutes: 15,
    channels: channelsOf(batch.mask).map((channel, c) => {
      const from = batch.starts[row] + c * slots
      const quality = batch.quality.slice(from, from + slots)
      const values = batch.values.slice(from, from + slots).map((value, i) => (quality[i] & 7 ? value : 0))
      return { channel, values, quality }
    }),
  }
}
