// Lays a damaged day again as it was. The seal of the row is the proof: what does not fit it is not written.

import { sql } from 'kysely'
import type { Trx } from '../../../platform/index.ts'
import { type BlockRow, checksumOf, figuresOf, type Sealed } from '../blockRow.ts'
import { loadChanges } from '../explain.ts'
import { packPatch } from '../versions/patch.ts'
import { closeFault } from './faults.ts'
import { repairMonth } from './month.ts'
import type { LostDay, UnprovenDay } from './monthReplay.ts'
import {
  exchangesIn,
  exchangesOfReplay,
  type Figures,
  type Rebuilt,
  type RepairSource,
  type ReplayedDay,
  rebuild,
  rebuildByFigures,
} from './rebuild.ts'

export type RepairOutcome =
  | { readonly kind: 'sound' }
  | {
      readonly kind: 'repaired'
      readonly from: Rebuilt['from']
      /** 0 for a month block: its days keep their versions. */
      readonly version: number
      /** Days of a month block that rest on less than a seal, on a person's word. */
      readonly unproven?: readonly UnprovenDay[]
    }
  /** Neither frames nor seal tell what the day held: nothing is written, the fault stays open. */
  | {
      readonly kind: 'unrepaired'
      readonly frames: number
      /** Days of a month block that no frame gives any more. */
      readonly lost?: readonly LostDay[]
      readonly remedy?: string
    }

type DamagedRow = BlockRow &
  Figures & { readonly bill_ref: string | null; readonly finalised_at: Date | null }

/**
 * Repairs one day in the caller's transaction: the octets are those from before the damage, and a version of kind
 * 'repair' without any change of a value tells when and from what. Ends the fault and its exception.
 * @param options.byFigures a person's word that frames which fit the sums and counts, and not the seal, will do
 * @param options.now epoch ms
 */
export async function repairDay(
  trx: Trx,
  meteringPointId: string,
  day: string,
  source: RepairSource,
  actor: string,
  options: { readonly byFigures?: boolean; readonly now?: number } = {},
): Promise<RepairOutcome> {
  const { rows } = await sql<DamagedRow>`
    select b.day, b.version, b.payload, b.sources, b.growth, b.checksum, b.known_from, b.changed_at, b.present,
           b.estimated, b.suspect, b.import_wh as "importWh", b.export_wh as "exportWh", p.bill_ref, p.finalised_at
      from contor.day_block b
      left join lateral (
        select bill_ref, finalised_at from contor.billed_period
         where metering_point_id = ${meteringPointId} and b.day between from_day and to_day
         order by finalised_at desc limit 1) p on true
     where b.metering_point_id = ${meteringPointId} and b.day = ${day} and b.version > 0 for update of b`.execute(
    trx,
  )
  const row = rows[0]
  if (!row) {
    const month = await repairMonth(trx, meteringPointId, day, source, options.byFigures)
    if (month.kind === 'repaired') return { ...month, version: 0 }
    return month.kind === 'none' ? { kind: 'sound' } : month
  }
  if (row.checksum !== null && checksumOf(row) === row.checksum) {
    await closeFault(trx, meteringPointId, day, 'nothing: the seal holds')
    return { kind: 'sound' }
  }
  const replayed = await source(
    trx,
    meteringPointId,
    { from: day, to: day },
    await hintsOf(trx, meteringPointId, day),
  )
  const changes = (await loadChanges(trx, meteringPointId, day, day)).map((change) => change.changes)
  const { present, estimated, suspect, importWh, exportWh } = row
  const figures = { present, estimated, suspect, importWh, exportWh }
  const rebuilt =
    rebuild(row, figures, replayed, changes) ??
    (options.byFigures ? rebuildByFigures(row, figures, replayed, changes) : undefined)
  if (!rebuilt) return { kind: 'unrepaired', frames: replayed.length }
  const details = { faultIn: damagedColumns(row, rebuilt), exchanges: sourcesUsed(rebuilt, replayed) }
  await lay(trx, meteringPointId, row, rebuilt, { actor, details, now: options.now ?? Date.now() })
  await closeFault(trx, meteringPointId, day, rebuilt.from)
  return { kind: 'repaired', from: rebuilt.from, version: row.version + 1 }
}

/** Days that one answer of a meter spans at most: those around name the exchange when the day itself no longer does. */
const spanDays = 10

async function hintsOf(trx: Trx, meteringPointId: string, day: string): Promise<number[]> {
  const { rows } = await sql<{ sources: Buffer }>`
    select sources from contor.day_block
     where metering_point_id = ${meteringPointId} and day between ${day}::date - ${spanDays}::int and ${day}::date + ${spanDays}::int`.execute(
    trx,
  )
  return [...new Set(rows.flatMap((row) => exchangesIn(row.sources)))]
}

const damagedColumns = (row: Sealed, rebuilt: Sealed) =>
  (['payload', 'sources', 'growth'] as const).filter((name) => !Buffer.from(row[name]).equals(rebuilt[name]))

const sourcesUsed = (rebuilt: Rebuilt, replayed: readonly ReplayedDay[]) =>
  rebuilt.from === 'seal' ? [] : exchangesOfReplay(replayed)

async function lay(
  trx: Trx,
  meteringPointId: string,
  row: DamagedRow,
  rebuilt: Rebuilt,
  why: { readonly actor: string; readonly details: object; readonly now: number },
): Promise<void> {
  // Later than every event of the day, whatever the clock does.
  const at = new Date(
    Math.max(why.now, row.changed_at.getTime() + 1, (row.finalised_at?.getTime() ?? 0) + 1),
  ).toISOString()
  await sql`
    update contor.day_block set version = version + 1, changed_at = ${at}::timestamptz, payload = ${Buffer.from(rebuilt.payload)},
           sources = ${Buffer.from(rebuilt.sources)}, growth = ${Buffer.from(rebuilt.growth)},
           checksum = ${checksumOf(rebuilt)}, suspect = ${figuresOf(rebuilt.block).suspect}
     where metering_point_id = ${meteringPointId} and day = ${row.day}`.execute(trx)
  await sql`
    insert into contor.day_block_version (metering_point_id, day, version, sources, patch, changed_at, kind, rule, rule_version,
                                          actor, reason, details, billed)
    values (${meteringPointId}, ${row.day}, ${row.version}, ${Buffer.from(rebuilt.sources)}, ${Buffer.from(packPatch([]))},
            ${at}::timestamptz, 'repair', ${rebuilt.from === 'figures' ? 'figures-fit-content' : 'seal-proves-content'}, 1, ${why.actor}, 'the stored octets were altered',
            ${JSON.stringify(why.details)}::jsonb, ${row.bill_ref !== null})`.execute(trx)
}
