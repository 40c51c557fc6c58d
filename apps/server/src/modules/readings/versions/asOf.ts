// Days as they were known at an instant.

import { sql } from 'kysely'
import type { Trx } from '../../../platform/index.ts'
import { type BlockRow, openBlock } from '../blockRow.ts'
import { dayRows } from '../months/dayRows.ts'
import { expandSources, unpackSources } from '../sources.ts'
import type { LoadedDay } from '../store.ts'
import { channelsOfMask, type Growth, unpackGrowth } from './growth.ts'
import { DayCanvas, unpackPatch } from './patch.ts'

type VersionRow = { day: string; version: number; sources: Buffer; patch: Buffer; changed_at: Date }
type Event = { readonly at: number } & ({ readonly growth: Growth } | { readonly version: VersionRow })

/**
 * The days of a point as they were known at `knownAt` (epoch ms, included), ascending; a day of which nothing was
 * known is absent. What came later is undone, newest first.
 * @throws ContorError 'data-corrupt' when the seal of a day does not hold
 */
export async function loadDaysAsOf(
  trx: Trx,
  meteringPointId: string,
  from: string,
  to: string,
  knownAt: number,
): Promise<LoadedDay[]> {
  const instant = new Date(knownAt)
  const all = await dayRows(trx, meteringPointId, from, to)
  const rows = all.filter((row) => row.known_from <= instant)
  const log = await sql<VersionRow>`
    select day, version, sources, patch, changed_at from contor.day_block_version
     where metering_point_id = ${meteringPointId} and day between ${from} and ${to} and changed_at > ${instant}
     order by day, version`.execute(trx)
  const byDay = Map.groupBy(log.rows, (row) => row.day)
  return rows.flatMap((row) => rewind(meteringPointId, row, byDay.get(row.day) ?? [], knownAt))
}

function rewind(
  meteringPointId: string,
  row: BlockRow,
  later: readonly VersionRow[],
  knownAt: number,
): LoadedDay[] {
  const block = openBlock(meteringPointId, row)
  if (!block) return []
  const events: Event[] = [
    ...later.map((version) => ({ at: version.changed_at.getTime(), version })),
    ...unpackGrowth(row.growth)
      .filter((growth) => growth.at > knownAt)
      .map((growth) => ({ at: growth.at, growth })),
  ].sort((a, b) => b.at - a.at)
  const slots = block.channels[0]?.values.length ?? 0
  let sources = expandSources(unpackSources(row.sources), slots)
  const canvas = new DayCanvas(block)
  for (const event of events) {
    if ('version' in event) {
      canvas.undo(unpackPatch(event.version.patch))
      sources = expandSources(unpackSources(event.version.sources), slots)
    } else
      for (const run of event.growth.runs)
        for (let slot = run.fromSlot; slot < run.fromSlot + run.count; slot++)
          for (const channel of channelsOfMask(run.mask)) canvas.set(channel, slot, 0, 0)
  }
  const known = canvas.finish()
  if (known.channels.length === 0) return []
  const held = known.channels.map((series) => series.quality)
  return [
    {
      day: row.day,
      version: later[0]?.version ?? row.version,
      block: known,
      sources: sources.map((source, slot) => (held.some((bytes) => bytes[slot] !== 0) ? source : undefined)),
    },
  ]
}
