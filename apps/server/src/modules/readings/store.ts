// Writes day blocks: read, merge, write, each slot exactly once whatever arrives twice or at the same time.

import {
  type Conflict,
  countQuality,
  type DayBlock,
  decodeDayBlock,
  encodeDayBlock,
  flag,
  mergeDay,
  seriesOf,
  sum,
} from '@contor/intervals'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import type { IncomingDay } from './profile.ts'
import { expandSources, packSources, runsOf, type SlotSource, unpackSources } from './sources.ts'

/** A day as it stands after the write. */
export type StoredDay = {
  readonly day: string
  readonly block: DayBlock
  /** Slots, over all channels, that had no value before. */
  readonly added: number
  /** Of channel A+: quarter-hours that had no value before. */
  readonly addedIntervals: number
  readonly conflicts: readonly Conflict[]
}

type Row = { day: string; version: number; payload: Buffer; sources: Buffer }

/**
 * Merges the days of one metering point into the store, in the caller's transaction. Rows are locked in the
 * order of their key, so concurrent writers wait for each other and never deadlock; the first value of a slot
 * stays and a different one comes back as a conflict. Days whose content changed are marked stale for the
 * balance of their station in the same transaction.
 */
export async function storeDays(
  trx: Trx,
  meteringPointId: string,
  incoming: readonly IncomingDay[],
): Promise<StoredDay[]> {
  const days = [...incoming].sort((a, b) => (a.day < b.day ? -1 : 1))
  if (days.length === 0) return []
  const names = days.map((d) => d.day)
  // A row that does not exist cannot be locked: an empty one is laid first, and whoever lays it holds its lock.
  await sql`
    insert into contor.day_block (metering_point_id, day, version, slots, present, import_wh, export_wh, payload, sources)
    select ${meteringPointId}::bigint, d, 0, s, 0, 0, 0, ''::bytea, ''::bytea
      from unnest(${names}::date[], ${days.map((d) => d.sources.length)}::smallint[]) as t(d, s) order by d
    on conflict do nothing`.execute(trx)
  const { rows } = await sql<Row>`
    select day, version, payload, sources from contor.day_block
     where metering_point_id = ${meteringPointId} and day = any(${names}::date[]) order by day for update`.execute(
    trx,
  )
  const existing = new Map(rows.map((row) => [row.day, row]))
  const stored: StoredDay[] = []
  const changed: { row: Row; block: DayBlock; sources: Uint8Array }[] = []
  for (const day of days) {
    const row = existing.get(day.day)
    if (!row) throw new Error(`day block ${meteringPointId}/${day.day} vanished under its lock`)
    const before = row.payload.length > 0 ? decodeDayBlock(row.payload) : undefined
    const merged = mergeDay(before, day.block)
    const presentBefore = before ? presentIntervals(before) : 0
    stored.push({
      day: day.day,
      block: merged.block,
      added: merged.added,
      addedIntervals: presentIntervals(merged.block) - presentBefore,
      conflicts: merged.conflicts,
    })
    if (merged.added === 0 && before) continue
    const slots = mergeSources(expandSources(unpackSources(row.sources), day.sources.length), day.sources)
    changed.push({ row, block: merged.block, sources: packSources(runsOf(slots)) })
  }
  await writeChanged(trx, meteringPointId, changed)
  return stored
}

function mergeSources(
  before: (SlotSource | undefined)[],
  incoming: readonly (SlotSource | undefined)[],
): (SlotSource | undefined)[] {
  return before.map((source, slot) => source ?? incoming[slot])
}

/** Quarter-hours of channel A+ that hold a value. */
export function presentIntervals(block: DayBlock): number {
  const series = seriesOf(block, 'A+')
  return series ? series.values.length - countQuality(series).missing : 0
}

async function writeChanged(
  trx: Trx,
  meteringPointId: string,
  changed: readonly { row: Row; block: DayBlock; sources: Uint8Array }[],
): Promise<void> {
  if (changed.length === 0) return
  const columns = changed.map(({ row, block, sources }) => ({
    day: row.day,
    ...figures(block),
    payload: encodeDayBlock(block),
    sources,
  }))
  await sql`
    update contor.day_block b
       set version = greatest(b.version, 1), present = t.present, estimated = t.estimated, suspect = t.suspect,
           import_wh = t.import_wh, export_wh = t.export_wh, payload = t.payload, sources = t.sources
      from unnest(${columns.map((c) => c.day)}::date[], ${columns.map((c) => c.present)}::int[],
                  ${columns.map((c) => c.estimated)}::int[], ${columns.map((c) => c.suspect)}::int[],
                  ${columns.map((c) => c.importWh)}::int[], ${columns.map((c) => c.exportWh)}::int[],
                  ${columns.map((c) => Buffer.from(c.payload))}::bytea[], ${columns.map((c) => Buffer.from(c.sources))}::bytea[])
           as t(day, present, estimated, suspect, import_wh, export_wh, payload, sources)
     where b.metering_point_id = ${meteringPointId} and b.day = t.day`.execute(trx)
  await sql`
    insert into contor.station_day_stale (metering_point_id, station_id, day)
    select p.id, p.station_id, d from contor.metering_point p, unnest(${columns.map((c) => c.day)}::date[]) as d
     where p.id = ${meteringPointId}`.execute(trx)
}

function figures(block: DayBlock) {
  const imported = seriesOf(block, 'A+')
  const exported = seriesOf(block, 'A-')
  const counts = imported ? countQuality(imported) : { measured: 0, estimated: 0, edited: 0, missing: 0 }
  let suspect = 0
  if (imported) for (const byte of imported.quality) if (byte & flag.suspect) suspect++
  return {
    present: counts.measured + counts.estimated + counts.edited,
    estimated: counts.estimated,
    suspect,
    importWh: imported ? sum(imported) : 0,
    exportWh: exported ? sum(exported) : 0,
  }
}

/** Why a stored day is replaced; kept with the version that it supersedes. */
export type Replacement = {
  readonly rule: string
  readonly ruleVersion: number
  readonly actor: string
  readonly reason: string
}

/**
 * Replaces a stored day by rule: the day as it was is kept as a version first, then the new one is written.
 * @throws Error when the day is not stored
 */
export async function replaceDay(
  trx: Trx,
  meteringPointId: string,
  block: DayBlock,
  sources: readonly (SlotSource | undefined)[],
  why: Replacement,
): Promise<void> {
  const { rows } = await sql<Row>`
    select day, version, payload, sources from contor.day_block
     where metering_point_id = ${meteringPointId} and day = ${block.day} for update`.execute(trx)
  const row = rows[0]
  if (!row) throw new Error(`day block ${meteringPointId}/${block.day} is not stored`)
  await sql`
    insert into contor.day_block_version (metering_point_id, day, version, payload, sources, rule, rule_version, actor, reason)
    values (${meteringPointId}, ${row.day}, ${row.version}, ${row.payload}, ${row.sources}, ${why.rule}, ${why.ruleVersion}, ${why.actor}, ${why.reason})`.execute(
    trx,
  )
  await sql`update contor.day_block set version = version + 1 where metering_point_id = ${meteringPointId} and day = ${row.day}`.execute(
    trx,
  )
  await writeChanged(trx, meteringPointId, [{ row, block, sources: packSources(runsOf(sources)) }])
}

/** The stored days of a point, ascending; days without a block are absent. */
export async function loadDays(
  trx: Trx,
  meteringPointId: string,
  from: string,
  to: string,
): Promise<{ day: string; version: number; block: DayBlock; sources: (SlotSource | undefined)[] }[]> {
  const { rows } = await sql<Row>`
    select day, version, payload, sources from contor.day_block
     where metering_point_id = ${meteringPointId} and day between ${from} and ${to} and version > 0 order by day`.execute(
    trx,
  )
  return rows.map((row) => {
    const block = decodeDayBlock(row.payload)
    const slots = block.channels[0]?.values.length ?? 0
    return {
      day: row.day,
      version: row.version,
      block,
      sources: expandSources(unpackSources(row.sources), slots),
    }
  })
}
