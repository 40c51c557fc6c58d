// Writes day blocks: read, merge, write, each slot exactly once whatever arrives twice or at the same time, and
// every change with its instant and its reason.

import {
  type Conflict,
  type DayBlock,
  encodeDayBlock,
  flag,
  mergeDay,
  quality,
  replaceSlots,
} from '@contor/intervals'
import { sql } from 'kysely'
import { ContorError, type Trx } from '../../platform/index.ts'
import { noteDifferences } from './billed.ts'
import { type BlockRow, checksumOf, figuresOf, openBlock, presentIntervals } from './blockRow.ts'
import { dayRows } from './months/dayRows.ts'
import { holdDays } from './months/unfold.ts'
import type { IncomingDay } from './profile.ts'
import { expandSources, packSources, runsOf, type SlotSource, unpackSources } from './sources.ts'
import { type Growth, grownRuns, packGrowth, unpackGrowth } from './versions/growth.ts'
import { changesBetween, packPatch, type SlotChange } from './versions/patch.ts'

/** A day as it stands after the write. */
export type StoredDay = {
  readonly day: string
  readonly block: DayBlock
  /** Slots, over all channels, that had no value before. */
  readonly added: number
  /** Of channel A+: quarter-hours that had no value before. */
  readonly addedIntervals: number
  /** Slots whose estimate gave way to the measured value. */
  readonly superseded: number
  readonly conflicts: readonly Conflict[]
}

export type ChangeKind = 'late' | 'estimate' | 'edit' | 'undo' | 'recalculation' | 'import' | 'repair'

/** Why slots of a stored day get another value; kept with the change. */
export type Replacement = {
  readonly rule: string
  readonly ruleVersion: number
  readonly actor: string
  readonly reason: string
  /** Default 'estimate'. */
  readonly kind?: ChangeKind
  readonly details?: Readonly<Record<string, unknown>>
  /** The second person, needed by an edit, an undo and a recalculation of a billed day. */
  readonly approvedBy?: string
}

const supersedes: Replacement = {
  kind: 'late',
  rule: 'measured-before-estimated',
  ruleVersion: 1,
  actor: 'system:readings',
  reason: 'a measured value arrived for an estimated quarter-hour',
}

/** A row under lock, with the bill that its day stands on. */
type Locked = BlockRow & { readonly bill_ref: string | null; readonly finalised_at: Date | null }

/** A day between its old and its new state, under its lock. */
type Change = {
  readonly row: Locked
  readonly block: DayBlock
  readonly sources: Uint8Array
  /** Slots that had no value. */
  readonly grown: readonly SlotChange[]
  /** Slots that had another value or state. */
  readonly replaced: readonly SlotChange[]
  readonly why: Replacement
}

/**
 * Merges the days of one metering point into the store, in the caller's transaction. Rows are locked in the
 * order of their key, so concurrent writers wait for each other and never deadlock. The first measured value of a
 * slot stays and a different one comes back as a conflict; an estimate gives way to a measured value, which leaves
 * a version of kind 'late'. Days whose content changed are marked stale for the balance of their station in the
 * same transaction, and differences to what was billed are noted.
 * @param now epoch ms; the instant that the change carries is later than every earlier one of the same day
 */
export async function storeDays(
  trx: Trx,
  meteringPointId: string,
  incoming: readonly IncomingDay[],
  now = Date.now(),
): Promise<StoredDay[]> {
  const days = [...incoming].sort((a, b) => (a.day < b.day ? -1 : 1))
  if (days.length === 0) return []
  const existing = await lockDays(
    trx,
    meteringPointId,
    days.map((d) => ({ day: d.day, slots: d.sources.length })),
  )
  const stored: StoredDay[] = []
  const changes: Change[] = []
  for (const day of days) {
    const row = rowOf(existing, meteringPointId, day.day)
    const before = openBlock(meteringPointId, row)
    const { result, change } = mergeInto(row, before, day)
    stored.push(result)
    if (change) changes.push(change)
  }
  await writeChanges(trx, meteringPointId, changes, now)
  return stored
}

function mergeInto(row: Locked, before: DayBlock | undefined, day: IncomingDay) {
  const merged = mergeDay(before, day.block)
  const isEstimateOfMeasured = ({ oldQuality, newQuality }: Conflict) =>
    (oldQuality & 7) === quality.estimated && (newQuality & 7) === quality.measured
  const late = [...merged.conflicts, ...merged.confirmed].filter(isEstimateOfMeasured)
  const block = replaceSlots(
    merged.block,
    late.map((c) => ({ channel: c.channel, slot: c.slot, value: c.new, quality: c.newQuality | flag.late })),
  )
  const result: StoredDay = {
    day: day.day,
    block,
    added: merged.added,
    addedIntervals: presentIntervals(block) - (before ? presentIntervals(before) : 0),
    superseded: late.length,
    conflicts: merged.conflicts.filter((conflict) => !isEstimateOfMeasured(conflict)),
  }
  if (merged.added === 0 && late.length === 0 && before) return { result }
  const slots = expandSources(unpackSources(row.sources), day.sources.length)
  const lateSlots = new Set(late.map((conflict) => conflict.slot))
  const sources = slots.map((source, slot) =>
    lateSlots.has(slot) ? (day.sources[slot] ?? source) : (source ?? day.sources[slot]),
  )
  const all = changesBetween(before, block)
  const change: Change = {
    row,
    block,
    sources: packSources(runsOf(sources)),
    grown: all.filter((c) => (c.beforeQuality & 7) === 0),
    replaced: all.filter((c) => (c.beforeQuality & 7) !== 0),
    why: supersedes,
  }
  return { result, change }
}

/**
 * Gives a stored day another content by rule or by a person: what changed is kept with its reason. A day that
 * nobody stored yet is laid first.
 * @param sources one entry per slot; a slot of a made value has none
 * @param now epoch ms
 * @returns the version that the day has now; unchanged content makes none
 * @throws ContorError 'conflict' when a billed day is edited without a second person
 */
export async function replaceDay(
  trx: Trx,
  meteringPointId: string,
  block: DayBlock,
  sources: readonly (SlotSource | undefined)[],
  why: Replacement,
  now = Date.now(),
): Promise<number> {
  const existing = await lockDays(trx, meteringPointId, [{ day: block.day, slots: sources.length }])
  const row = rowOf(existing, meteringPointId, block.day)
  const before = openBlock(meteringPointId, row)
  const replaced = changesBetween(before, block)
  if (replaced.length === 0) return row.version
  mayChange(row, why, meteringPointId)
  const [version] = await writeChanges(
    trx,
    meteringPointId,
    [{ row, block, sources: packSources(runsOf(sources)), grown: [], replaced, why }],
    now,
  )
  return version
}

const personal: ReadonlySet<ChangeKind> = new Set(['edit', 'undo', 'recalculation'])

// The table refuses it too; here it gets a remedy.
function mayChange(row: Locked, why: Replacement, meteringPointId: string): void {
  if (row.bill_ref === null || !personal.has(why.kind ?? 'estimate')) return
  if (why.approvedBy !== undefined && why.approvedBy !== why.actor) return
  throw new ContorError(
    'conflict',
    `Day ${row.day} of metering point ${meteringPointId} is billed (${row.bill_ref})`,
    {
      field: 'approvedBy',
      value: why.approvedBy ?? null,
      remedy: 'A second person approves the change of a billed day.',
    },
  )
}

function rowOf(rows: ReadonlyMap<string, Locked>, meteringPointId: string, day: string): Locked {
  const row = rows.get(day)
  if (!row) throw new Error(`day block ${meteringPointId}/${day} vanished under its lock`)
  return row
}

async function lockDays(
  trx: Trx,
  meteringPointId: string,
  days: readonly { readonly day: string; readonly slots: number }[],
): Promise<Map<string, Locked>> {
  const names = days.map((d) => d.day)
  await holdDays(trx, meteringPointId, names)
  // A row that does not exist cannot be locked: an empty one is laid first, and whoever lays it holds its lock.
  await sql`
    insert into contor.day_block (metering_point_id, day, version, slots, present, import_wh, export_wh, payload, sources)
    select ${meteringPointId}::bigint, d, 0, s, 0, 0, 0, ''::bytea, ''::bytea
      from unnest(${names}::date[], ${days.map((d) => d.slots)}::smallint[]) as t(d, s) order by d
    on conflict do nothing`.execute(trx)
  const { rows } = await sql<Locked>`
    select b.day, b.version, b.payload, b.sources, b.growth, b.checksum, b.known_from, b.changed_at,
           p.bill_ref, p.finalised_at
      from contor.day_block b
      left join lateral (
        select bill_ref, finalised_at from contor.billed_period
         where metering_point_id = ${meteringPointId} and b.day between from_day and to_day
         order by finalised_at desc limit 1) p on true
     where b.metering_point_id = ${meteringPointId} and b.day = any(${names}::date[]) order by b.day for update of b`.execute(
    trx,
  )
  return new Map(rows.map((row) => [row.day, row]))
}

/** @returns the versions after the write, in the order of `changes` */
async function writeChanges(
  trx: Trx,
  meteringPointId: string,
  changes: readonly Change[],
  now: number,
): Promise<number[]> {
  if (changes.length === 0) return []
  const written = changes.map((change) => settle(change, now))
  await sql`
    update contor.day_block b
       set version = t.version, present = t.present, estimated = t.estimated, suspect = t.suspect,
           import_wh = t.import_wh, export_wh = t.export_wh, payload = t.payload, sources = t.sources, growth = t.growth,
           checksum = t.checksum, known_from = t.known_from, changed_at = t.changed_at
      from unnest(${written.map((c) => c.day)}::date[], ${written.map((c) => c.version)}::int[], ${written.map((c) => c.present)}::int[],
                  ${written.map((c) => c.estimated)}::int[], ${written.map((c) => c.suspect)}::int[],
                  ${written.map((c) => c.importWh)}::int[], ${written.map((c) => c.exportWh)}::int[],
                  ${written.map((c) => c.payload)}::bytea[], ${written.map((c) => c.sources)}::bytea[],
                  ${written.map((c) => c.growth)}::bytea[], ${written.map((c) => c.checksum)}::int[],
                  ${written.map((c) => c.knownFrom)}::timestamptz[], ${written.map((c) => c.changedAt)}::timestamptz[])
           as t(day, version, present, estimated, suspect, import_wh, export_wh, payload, sources, growth, checksum, known_from, changed_at)
     where b.metering_point_id = ${meteringPointId} and b.day = t.day`.execute(trx)
  const versions = written.filter((c) => c.patch !== undefined)
  if (versions.length > 0) {
    await sql`
      insert into contor.day_block_version (metering_point_id, day, version, sources, patch, changed_at, kind, rule, rule_version,
                                            actor, reason, details, billed, approved_by)
      select ${meteringPointId}::bigint, t.*
        from unnest(${versions.map((c) => c.day)}::date[], ${versions.map((c) => c.version - 1)}::int[],
                    ${versions.map((c) => Buffer.from(c.row.sources))}::bytea[], ${versions.map((c) => c.patch)}::bytea[],
                    ${versions.map((c) => c.changedAt)}::timestamptz[], ${versions.map((c) => c.why.kind ?? 'estimate')}::text[],
                    ${versions.map((c) => c.why.rule)}::text[], ${versions.map((c) => c.why.ruleVersion)}::int[],
                    ${versions.map((c) => c.why.actor)}::text[], ${versions.map((c) => c.why.reason)}::text[],
                    ${versions.map((c) => (c.why.details ? JSON.stringify(c.why.details) : null))}::jsonb[],
                    ${versions.map((c) => c.row.bill_ref !== null)}::boolean[], ${versions.map((c) => c.why.approvedBy ?? null)}::text[])
             as t(day, version, sources, patch, changed_at, kind, rule, rule_version, actor, reason, details, billed, approved_by)`.execute(
      trx,
    )
  }
  await noteDifferences(
    trx,
    meteringPointId,
    written.flatMap((c) => (c.row.bill_ref === null ? [] : [{ ...c, billRef: c.row.bill_ref }])),
  )
  await sql`
    insert into contor.station_day_stale (metering_point_id, station_id, day)
    select p.id, p.station_id, d from contor.metering_point p, unnest(${written.map((c) => c.day)}::date[]) as d
     where p.id = ${meteringPointId}`.execute(trx)
  return written.map((c) => c.version)
}

/** The columns of a change: its instant is later than all before it, whatever the clock does. */
function settle(change: Change, now: number) {
  const { row, block, grown, replaced, why } = change
  const first = row.version === 0
  const earliest = Math.max(first ? 0 : row.changed_at.getTime(), row.finalised_at?.getTime() ?? 0) + 1
  const at = Math.max(now, earliest)
  const growth = growthAfter(row, first, grown, at)
  const sealed = {
    payload: Buffer.from(encodeDayBlock(block)),
    sources: Buffer.from(change.sources),
    growth: Buffer.from(growth),
  }
  const instant = new Date(at).toISOString()
  return {
    ...sealed,
    ...figuresOf(block),
    row,
    why,
    day: row.day,
    at,
    grown,
    replaced,
    version: Math.max(row.version, 1) + (replaced.length > 0 ? 1 : 0),
    checksum: checksumOf(sealed),
    knownFrom: first ? instant : row.known_from.toISOString(),
    changedAt: instant,
    patch: replaced.length > 0 ? Buffer.from(packPatch(replaced)) : undefined,
  }
}

function growthAfter(row: Locked, first: boolean, grown: readonly SlotChange[], at: number): Uint8Array {
  if (first || grown.length === 0) return row.growth
  const entry: Growth = { at, runs: grownRuns(grown) }
  return packGrowth([...unpackGrowth(row.growth), entry])
}

/** A stored day: its content, its version, and the exchange that brought each slot. */
export type LoadedDay = {
  readonly day: string
  readonly version: number
  readonly block: DayBlock
  readonly sources: (SlotSource | undefined)[]
}

/**
 * The stored days of a point, ascending; days without a block are absent.
 * @throws ContorError 'data-corrupt' when the seal of a day does not hold
 */
export async function loadDays(
  trx: Trx,
  meteringPointId: string,
  from: string,
  to: string,
): Promise<LoadedDay[]> {
  const rows = await dayRows(trx, meteringPointId, from, to)
  return rows.flatMap((row) => {
    const block = openBlock(meteringPointId, row)
    return block ? [toLoaded(row, block)] : []
  })
}

/** A row with its day, as callers see it. */
export function toLoaded(row: BlockRow, block: DayBlock): LoadedDay {
  const slots = block.channels[0]?.values.length ?? 0
  return {
    day: row.day,
    version: row.version,
    block,
    sources: expandSources(unpackSources(row.sources), slots),
  }
}
