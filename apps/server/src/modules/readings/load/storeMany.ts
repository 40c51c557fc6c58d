// Days of many points in the caller's transaction, for whoever has more to write in it: a checkpoint, rejected lines.

import { type Channel, type CivilDay, channelBit, channels, dayNumber, slotsInDay } from '@contor/intervals'
import type pg from 'pg'
import { type Actor, type Db, type Trx, withActorClient } from '../../../platform/index.ts'
import { packSources, runsOf, type SlotSource } from '../sources.ts'
import type { ReadingBatch } from './batch.ts'
import { trxOf } from './load.ts'
import { type RowSources, storeRows } from './storeRows.ts'

/** A day of a point; a point and day stands once among those stored together. */
export type PointDay = {
  readonly pointId: string
  readonly day: CivilDay
  /** By the index of the channel in `channels`; one element per quarter-hour of the day. */
  readonly series: readonly ({ readonly values: Int32Array; readonly quality: Uint8Array } | undefined)[]
  /** Where each quarter-hour came from. */
  sources(): (SlotSource | undefined)[]
}

export type ManyStored = {
  /** Slots over all channels that had no value before. */
  readonly added: number
  /** Estimates that gave way to a measured value. */
  readonly superseded: number
  /** Slots that have another value; the stored one stays. */
  readonly conflicts: readonly {
    readonly day: PointDay
    readonly channel: Channel
    readonly slot: number
    readonly old: number
    readonly new: number
  }[]
  /** Days that cannot be stored, with the reason. */
  readonly refused: readonly { readonly day: PointDay; readonly reason: string }[]
}

/** A transaction as `actor` in both its forms: for COPY, and for SQL as everywhere else. */
export function inBulk<T>(
  db: Db,
  actor: Actor,
  fn: (client: pg.PoolClient, trx: Trx) => Promise<T>,
): Promise<T> {
  return withActorClient(db, actor, (client) => fn(client, trxOf(client)))
}

/** Stores days as `storeDays` does, those that nobody has stored by COPY. Nothing is judged. */
export async function storeManyDays(
  client: pg.PoolClient,
  trx: Trx,
  days: readonly PointDay[],
): Promise<ManyStored> {
  const byMask = new Map<number, PointDay[]>()
  for (const day of days) {
    const mask = day.series.reduce((all, one, i) => (one ? all | channelBit(channels[i]) : all), 0)
    const group = byMask.get(mask)
    if (group) group.push(day)
    else byMask.set(mask, [day])
  }
  const total = {
    added: 0,
    superseded: 0,
    conflicts: [] as ManyStored['conflicts'][number][],
    refused: [] as ManyStored['refused'][number][],
  }
  for (const [mask, group] of byMask) {
    group.sort((a, b) => Number(a.pointId) - Number(b.pointId) || (a.day < b.day ? -1 : 1))
    const stored = await storeRows(client, trx, columnsOf(mask, group), [...group.keys()], sourcesOf(group))
    total.added += stored.added
    total.superseded += stored.superseded
    for (const conflict of stored.conflicts) total.conflicts.push({ ...conflict, day: group[conflict.row] })
    for (const { row, reason } of stored.refused) total.refused.push({ day: group[row], reason })
  }
  return total
}

function sourcesOf(days: readonly PointDay[]): RowSources {
  return {
    packed: (row) => packSources(runsOf(days[row].sources())),
    expanded: (row) => days[row].sources(),
  }
}

function columnsOf(mask: number, days: readonly PointDay[]): ReadingBatch {
  const starts = new Int32Array(days.length)
  let length = 0
  for (const [row, { day, series }] of days.entries()) {
    starts[row] = length
    length += slotsInDay(day) * series.filter(Boolean).length
  }
  const values = new Int32Array(length)
  const quality = new Uint8Array(length)
  for (const [row, { series }] of days.entries()) {
    let at = starts[row]
    for (const one of series) {
      if (!one) continue
      values.set(one.values, at)
      quality.set(one.quality, at)
      at += one.values.length
    }
  }
  return {
    id: 'many',
    mask,
    points: Float64Array.from(days, ({ pointId }) => Number(pointId)),
    days: Int32Array.from(days, ({ day }) => dayNumber(day)),
    starts,
    values,
    quality,
    approvedPowerW: new Int32Array(days.length),
  }
}
