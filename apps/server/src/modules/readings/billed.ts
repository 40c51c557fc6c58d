// Billed periods: what a bill took as final, and what changed since.

import { type Channel, channels, type DayBlock, daysBetween, slotsInDay, sum } from '@contor/intervals'
import { sql } from 'kysely'
import { ContorError, type Trx } from '../../platform/index.ts'
import { holdDays } from './months/unfold.ts'
import { loadDaysAsOf } from './versions/asOf.ts'
import type { SlotChange } from './versions/patch.ts'

/** One change of a billed day, as the store wrote it. */
export type BilledChange = {
  readonly billRef: string
  readonly day: string
  readonly version: number
  readonly at: number
  readonly grown: readonly SlotChange[]
  readonly replaced: readonly SlotChange[]
  readonly why: { readonly kind?: string }
}

/** Notes what changes of billed days mean in Wh, by channel: the sum of all rows leads from the bill to what stands. */
export async function noteDifferences(
  trx: Trx,
  meteringPointId: string,
  changes: readonly BilledChange[],
): Promise<void> {
  const rows = changes.flatMap((change) => [
    ...differencesOf(change, change.grown, 'measured', null),
    ...differencesOf(change, change.replaced, change.why.kind ?? 'estimate', change.version - 1),
  ])
  if (rows.length === 0) return
  await sql`
    insert into contor.rebill_difference (metering_point_id, bill_ref, day, channel, before_wh, after_wh, kind, version, at)
    select ${meteringPointId}::bigint, t.*
      from unnest(${rows.map((r) => r.billRef)}::text[], ${rows.map((r) => r.day)}::date[], ${rows.map((r) => r.channel)}::text[],
                  ${rows.map((r) => r.before)}::bigint[], ${rows.map((r) => r.after)}::bigint[], ${rows.map((r) => r.kind)}::text[],
                  ${rows.map((r) => r.version)}::int[], ${rows.map((r) => new Date(r.at).toISOString())}::timestamptz[])
           as t(bill_ref, day, channel, before_wh, after_wh, kind, version, at)`.execute(trx)
}

function differencesOf(
  { billRef, day, at }: BilledChange,
  changes: readonly SlotChange[],
  kind: string,
  version: number | null,
) {
  return channels.flatMap((channel) => {
    const own = changes.filter((change) => change.channel === channel)
    const before = own.reduce((all, change) => all + change.before, 0)
    const after = own.reduce((all, change) => all + change.after, 0)
    return before === after ? [] : [{ billRef, day, channel, before, after, kind, version, at }]
  })
}

export type BilledPeriod = {
  readonly billRef: string
  readonly from: string
  readonly to: string
  /** Epoch ms: the bill holds what was known at this instant. */
  readonly finalisedAt: number
  /** Wh or varh by channel, as billed. */
  readonly sums: Readonly<Partial<Record<Channel, number>>>
}

/**
 * Marks what stands of a point's period as final under a bill. Differences that stood open against earlier bills
 * of these days are settled by it.
 * @param from first and @param to last civil day, both included
 * @param now epoch ms; later than every change of these days
 * @throws ContorError 'conflict' when the bill already covers this point
 */
export async function finalise(
  trx: Trx,
  meteringPointId: string,
  period: { readonly from: string; readonly to: string; readonly billRef: string; readonly actor: string },
  now = Date.now(),
): Promise<BilledPeriod> {
  const { from, to, billRef, actor } = period
  // Every day is locked, also one that holds nothing yet: a change comes wholly before the bill or wholly after it.
  const days = daysBetween(from, to)
  await holdDays(trx, meteringPointId, days)
  await sql`
    insert into contor.day_block (metering_point_id, day, version, slots, present, import_wh, export_wh, payload, sources)
    select ${meteringPointId}::bigint, d, 0, s, 0, 0, 0, ''::bytea, ''::bytea
      from unnest(${days}::date[], ${days.map((day) => slotsInDay(day))}::smallint[]) as t(d, s) order by d
    on conflict do nothing`.execute(trx)
  const { rows } = await sql<{ version: number; changed_at: Date }>`
    select version, changed_at from contor.day_block
     where metering_point_id = ${meteringPointId} and day between ${from} and ${to} order by day for update`.execute(
    trx,
  )
  const finalisedAt = rows.reduce(
    (at, row) => (row.version > 0 ? Math.max(at, row.changed_at.getTime()) : at),
    now,
  )
  const sums: Partial<Record<Channel, number>> = {}
  for (const { block } of await loadDaysAsOf(trx, meteringPointId, from, to, finalisedAt))
    addSums(sums, block)
  const inserted = await sql`
    insert into contor.billed_period (metering_point_id, bill_ref, from_day, to_day, finalised_at, actor, sums)
    values (${meteringPointId}, ${billRef}, ${from}, ${to}, ${new Date(finalisedAt)}, ${actor}, ${JSON.stringify(sums)}::jsonb)
    on conflict do nothing`.execute(trx)
  if (inserted.numAffectedRows !== 1n)
    throw new ContorError('conflict', `Bill ${billRef} already covers metering point ${meteringPointId}`, {
      field: 'billRef',
      value: billRef,
      remedy: 'A correction is a bill of its own, with its own number.',
    })
  await sql`
    update contor.rebill_difference set settled_by = ${billRef}
     where metering_point_id = ${meteringPointId} and day between ${from} and ${to} and settled_by is null`.execute(
    trx,
  )
  return { billRef, from, to, finalisedAt, sums }
}

function addSums(sums: Partial<Record<Channel, number>>, block: DayBlock): void {
  for (const series of block.channels) sums[series.channel] = (sums[series.channel] ?? 0) + sum(series)
}

/** A change of a billed day, in Wh or varh of the day's channel. */
export type RebillDifference = {
  readonly id: string
  readonly billRef: string
  readonly day: string
  readonly channel: Channel
  readonly beforeWh: number
  readonly afterWh: number
  readonly kind: string
  readonly version: number | null
  readonly at: Date
}

/** What changed since it was billed and no later bill has taken in, oldest first. */
export async function rebillDifferences(
  trx: Trx,
  meteringPointId: string,
  from: string,
  to: string,
): Promise<RebillDifference[]> {
  const { rows } = await sql<RebillDifference & { beforeWh: string; afterWh: string }>`
    select id, bill_ref as "billRef", day, channel, before_wh as "beforeWh", after_wh as "afterWh", kind, version, at
      from contor.rebill_difference
     where metering_point_id = ${meteringPointId} and day between ${from} and ${to} and settled_by is null order by id`.execute(
    trx,
  )
  return rows.map((row) => ({ ...row, beforeWh: Number(row.beforeWh), afterWh: Number(row.afterWh) }))
}

/** The bills that cover days of a range, oldest first. */
export async function billedPeriods(
  trx: Trx,
  meteringPointId: string,
  from: string,
  to: string,
): Promise<BilledPeriod[]> {
  const { rows } = await sql<Omit<BilledPeriod, 'finalisedAt'> & { finalisedAt: Date }>`
    select bill_ref as "billRef", from_day as "from", to_day as "to", finalised_at as "finalisedAt", sums
      from contor.billed_period
     where metering_point_id = ${meteringPointId} and from_day <= ${to} and to_day >= ${from} order by finalised_at`.execute(
    trx,
  )
  return rows.map((row) => ({ ...row, finalisedAt: row.finalisedAt.getTime() }))
}
