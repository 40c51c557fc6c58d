// Stored days under their lock, and new contents for some of their slots.

import {
  type Channel,
  channels,
  type DayBlock,
  daysBetween,
  emptySeries,
  quality,
  replaceSlots,
  type SlotReplacement,
  seriesOf,
  slotsInDay,
} from '@contor/intervals'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { holdDays, type LoadedDay, loadDays, type SlotSource } from '../readings/index.ts'

/**
 * The days of a point, from the first to the last, locked for the rest of the transaction, so that nothing arrives
 * between what was looked at and what is written. Days that hold nothing are empty blocks.
 */
export async function lockDays(trx: Trx, id: string, from: string, to: string): Promise<LoadedDay[]> {
  const days = daysBetween(from, to)
  await holdDays(trx, id, days)
  await sql`
    insert into contor.day_block (metering_point_id, day, version, slots, present, import_wh, export_wh, payload, sources)
    select ${id}::bigint, d, 0, s, 0, 0, 0, ''::bytea, ''::bytea
      from unnest(${days}::date[], ${days.map((day) => slotsInDay(day))}::smallint[]) as t(d, s) order by d
    on conflict do nothing`.execute(trx)
  await sql`select day from contor.day_block where metering_point_id = ${id} and day between ${from} and ${to}
             order by day for update`.execute(trx)
  const stored = new Map((await loadDays(trx, id, from, to)).map((each) => [each.day, each]))
  return days.map(
    (day) =>
      stored.get(day) ?? {
        day,
        version: 0,
        block: { day, minutes: 15, channels: [] },
        sources: new Array<SlotSource | undefined>(slotsInDay(day)).fill(undefined),
      },
  )
}

/** A block with other values in some slots; a channel that it lacks is added. */
export function withSlots(block: DayBlock, replacements: readonly SlotReplacement[]): DayBlock {
  const lacking = [...new Set(replacements.map((each) => each.channel))].filter(
    (channel) => !seriesOf(block, channel),
  )
  const rank = (channel: Channel) => channels.indexOf(channel)
  const wide: DayBlock = {
    ...block,
    channels: [...block.channels, ...lacking.map((channel) => emptySeries(channel, block.day))].sort(
      (a, b) => rank(a.channel) - rank(b.channel),
    ),
  }
  return replaceSlots(wide, replacements)
}

/** The exchange that brought a slot stays its source as long as one channel of it is measured. */
export function sourcesAfter(
  block: DayBlock,
  sources: readonly (SlotSource | undefined)[],
): (SlotSource | undefined)[] {
  return sources.map((source, slot) =>
    block.channels.some((series) => (series.quality[slot] & 7) === quality.measured) ? source : undefined,
  )
}

/** The earlier and the later of two civil days. */
export const earlier = (a: string, b: string): string => [a, b].sort()[0]
export const later = (a: string, b: string): string => [a, b].sort()[1]
