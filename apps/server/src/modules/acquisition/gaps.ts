// The gap ledger: every expected quarter-hour of a point is present, or one row says why not, since when, who
// owes it and until when. `ledger` holds the span for which that is true.

import {
  addDays,
  civilDayOf,
  type DayBlock,
  dayStart,
  daysBetween,
  isPresent,
  quality,
  seriesOf,
  slotsInDay,
} from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, type Db, type Trx } from '../../platform/index.ts'
import { type Deadlines, loadDeadlines } from '../legal/index.ts'
import { type GapCause, type GapRow, reconcileGaps, runsWhere } from './gapRuns.ts'

const quarterMs = 900_000

/** Days of history expected of a new point; a meter of this fleet holds 45. */
export const backfillDays = 45
/** A quarter-hour is expected this long after its end, ms. */
export const graceMs = 5 * 60_000

export const floorQuarter = (at: number) => Math.floor(at / quarterMs) * quarterMs

/**
 * Opens the ledger of points that have none, and brings every ledger that lags up to `now` less the grace:
 * what is new in the span is a gap until a session brings it.
 * @returns points whose span grew
 */
export async function maintainLedger(db: Db, now: number): Promise<number> {
  const through = floorQuarter(now - graceMs)
  const from = dayStart(addDays(civilDayOf(now), -(backfillDays - 1)))
  await asSystem(db, (trx) =>
    sql`insert into contor.ledger (metering_point_id, from_at, through_at)
        select p.id, ${new Date(from)}, ${new Date(from)} from contor.metering_point p
         where not exists (select 1 from contor.ledger l where l.metering_point_id = p.id)
        on conflict do nothing`.execute(trx),
  )
  await closeRemoved(db)
  let grown = 0
  // Points that stand at the same instant grow together; each group is one transaction.
  for (;;) {
    const batch = await asSystem(db, (trx) => growLedger(trx, through))
    grown += batch
    if (batch === 0) return grown
  }
}

/**
 * Gaps of meters that were taken off: what began before that is lost and estimation's from here (a value that turns up
 * later, from its memory or a file, still takes its place); what comes after is the next meter's.
 */
async function closeRemoved(db: Db): Promise<void> {
  await asSystem(db, async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtext('contor.acquisition.ledger'))`.execute(trx)
    const { rows } = await sql<Removed>`
      select g.metering_point_id as "pointId", g.id, g.day, g.from_slot as "fromSlot", g.count, m.removed_at as "removedAt",
             (select max(n.id) from contor.meter n where n.metering_point_id = m.metering_point_id and n.removed_at is null) as "nextId"
        from contor.meter m
        join contor.gap g on g.metering_point_id = m.metering_point_id and g.meter_id = m.id and g.state = 'open'
       where m.removed_at is not null and m.state = 'retired'
       order by g.metering_point_id, g.id limit ${growBatch}`.execute(trx)
    for (const row of rows) await closeOne(trx, row)
  })
}

type Removed = {
  readonly pointId: string
  readonly id: string
  readonly day: string
  readonly fromSlot: number
  readonly count: number
  readonly removedAt: Date
  readonly nextId: string | null
}

async function closeOne(trx: Trx, gap: Removed): Promise<void> {
  const { pointId, id, day, fromSlot, count } = gap
  // A quarter-hour that the exchange cuts was captured whole by neither meter.
  const cut = Math.ceil((gap.removedAt.getTime() - dayStart(day)) / quarterMs)
  const lost = Math.min(count, Math.max(0, cut - fromSlot))
  if (lost === count) {
    await sql`update contor.gap set state = 'lost', cause = 'meter-removed', owner = 'estimation', closed_at = now()
               where metering_point_id = ${pointId} and id = ${id}`.execute(trx)
    return
  }
  if (lost > 0)
    await sql`
      insert into contor.gap (metering_point_id, meter_id, day, from_slot, count, cause, owner, deadline, attempts,
             last_attempt_at, state, opened_at, closed_at)
      select metering_point_id, meter_id, day, from_slot, ${lost}, 'meter-removed', 'estimation', deadline, attempts,
             last_attempt_at, 'lost', clock_timestamp(), clock_timestamp()
        from contor.gap where metering_point_id = ${pointId} and id = ${id}`.execute(trx)
  await sql`
    update contor.gap set from_slot = from_slot + ${lost}, count = count - ${lost}, meter_id = ${gap.nextId}::bigint,
           cause = case when ${gap.nextId}::bigint is null then 'no-smart-meter' else cause end,
           owner = case when ${gap.nextId}::bigint is null then 'field' else owner end
     where metering_point_id = ${pointId} and id = ${id}`.execute(trx)
}

/** Points whose ledgers grow in one transaction. */
const growBatch = 500

async function growLedger(trx: Trx, through: number): Promise<number> {
  // One process at a time: on a cluster, rows of several nodes cannot be locked as they are chosen.
  await sql`select pg_advisory_xact_lock(hashtext('contor.acquisition.ledger'))`.execute(trx)
  const { rows } = await sql<{ meteringPointId: string; throughAt: Date }>`
    select metering_point_id as "meteringPointId", through_at as "throughAt" from contor.ledger
     where through_at < ${new Date(through)} order by through_at limit ${growBatch}`.execute(trx)
  const groups = Map.groupBy(rows, (row) => row.throughAt.getTime())
  const deadlines = await loadDeadlines(trx)
  let points = 0
  for (const [from, standing] of groups) {
    // A session may have widened a span since it was looked at: only those that still stand there grow.
    const grown = await sql<{ id: string }>`
      update contor.ledger set through_at = ${new Date(through)}
       where metering_point_id = any(${standing.map((row) => row.meteringPointId)}::bigint[]) and through_at = ${new Date(from)}
      returning metering_point_id as id`.execute(trx)
    const ids = grown.rows.map((row) => row.id)
    points += ids.length
    if (ids.length > 0)
      for (const run of runsBetween(from, through)) await openForAll(trx, ids, run, deadlines)
  }
  return points
}

/** The slots of [from, to) day by day. */
export function runsBetween(from: number, to: number): { day: string; fromSlot: number; count: number }[] {
  if (from >= to) return []
  return daysBetween(civilDayOf(from), civilDayOf(to - 1)).map((day) => {
    const start = dayStart(day)
    const fromSlot = Math.max(0, (from - start) / quarterMs)
    const toSlot = Math.min(slotsInDay(day), (to - start) / quarterMs)
    return { day, fromSlot, count: toSlot - fromSlot }
  })
}

async function openForAll(
  trx: Trx,
  ids: readonly string[],
  run: { day: string; fromSlot: number; count: number },
  deadlines: Deadlines,
) {
  // A gap that ends where this one begins grows instead of getting a neighbour.
  const { rows } = await sql<{ id: string }>`
    update contor.gap g set count = g.count + ${run.count}
      from contor.metering_point p
      left join contor.meter m on m.metering_point_id = p.id and m.state <> 'retired'
     where p.id = any(${[...ids]}::bigint[]) and g.metering_point_id = p.id and g.day = ${run.day} and g.state = 'open'
       and g.from_slot + g.count = ${run.fromSlot}
       and (m.id is not null or g.cause = 'no-smart-meter')
    returning g.metering_point_id as id`.execute(trx)
  const grown = new Set(rows.map((row) => row.id))
  const fresh = ids.filter((id) => !grown.has(id))
  if (fresh.length === 0) return
  await sql`
    insert into contor.gap (metering_point_id, meter_id, day, from_slot, count, cause, owner, deadline)
    select p.id, m.id, ${run.day}, ${run.fromSlot}, ${run.count},
           case when m.id is null then 'no-smart-meter' else 'not-read-yet' end,
           case when m.id is null then 'field' else 'collector' end, ${deadlines(run.day)}
      from contor.metering_point p
      left join contor.meter m on m.metering_point_id = p.id and m.state <> 'retired'
     where p.id = any(${fresh}::bigint[])`.execute(trx)
}

export type Span = { readonly from: number; readonly through: number }

/** Locks the ledger of a point for the rest of the transaction. */
export async function lockLedger(trx: Trx, meteringPointId: string): Promise<Span | undefined> {
  const { rows } = await sql<{ from_at: Date; through_at: Date }>`
    select from_at, through_at from contor.ledger where metering_point_id = ${meteringPointId} for update`.execute(
    trx,
  )
  return rows[0] && { from: rows[0].from_at.getTime(), through: rows[0].through_at.getTime() }
}

/** Widens a span; it never shrinks. The caller reconciles the days that came in. */
export async function widenLedger(trx: Trx, meteringPointId: string, span: Span): Promise<void> {
  await sql`update contor.ledger set from_at = least(from_at, ${new Date(span.from)}),
                   through_at = greatest(through_at, ${new Date(span.through)})
             where metering_point_id = ${meteringPointId}`.execute(trx)
}

export type Reconcile = {
  readonly meteringPointId: string
  readonly meterId: string
  readonly span: Span
  /** Stored days by date, as they stand in this transaction. */
  readonly blocks: ReadonlyMap<string, DayBlock>
  readonly days: readonly string[]
  /** Instants [from, to) that the meter has just answered for: what is missing in them it does not hold. */
  readonly answered: Span
}

const isEstimate = (byte: number) => (byte & 7) === quality.estimated

/** Brings the rows of some days to what is stored. @returns quarter-hours recovered and found lost */
export async function reconcileDays(
  trx: Trx,
  input: Reconcile,
): Promise<{ recovered: number; lost: number }> {
  const { rows } = await sql<GapRow & { day: string }>`
    select id, day, from_slot as "fromSlot", count, cause, state from contor.gap
     where metering_point_id = ${input.meteringPointId} and day = any(${[...input.days]}::date[])
       and state in ('open', 'lost') order by day, from_slot for update`.execute(trx)
  const closed: string[] = []
  const opened: { day: string; fromSlot: number; count: number; cause: GapCause; state: 'open' | 'lost' }[] =
    []
  let recovered = 0
  let lost = 0
  for (const day of [...input.days].sort()) {
    const ofDay = rows.filter((row) => row.day === day)
    const start = dayStart(day)
    const slots = slotsInDay(day)
    const slotAt = (at: number) => Math.min(slots, Math.max(0, (at - start) / quarterMs))
    const block = input.blocks.get(day)
    const series = block && seriesOf(block, 'A+')
    // An estimate for a bill that was due does not end the recovery: the meter may still hold the value.
    const owed = (slot: number) =>
      ofDay.some((row) => row.state === 'open' && slot >= row.fromSlot && slot < row.fromSlot + row.count)
    const missing = runsWhere(
      (slot) =>
        !series || !isPresent(series.quality[slot]) || (isEstimate(series.quality[slot]) && owed(slot)),
      slotAt(input.span.from),
      slotAt(input.span.through),
    )
    const answeredFrom = slotAt(input.answered.from)
    const answeredTo = slotAt(input.answered.through)
    const change = reconcileGaps(ofDay, missing, (slot, before) => {
      if (slot >= answeredFrom && slot < answeredTo) {
        // Once may be a bad moment of the meter: only what a second answer lacks too is lost.
        return { cause: 'not-in-meter', state: before?.cause === 'not-in-meter' ? 'lost' : 'open' }
      }
      return { cause: before?.cause ?? 'not-read-yet', state: before?.state ?? 'open' }
    })
    closed.push(...change.recovered, ...change.replaced)
    opened.push(...change.opened.map((o) => ({ day, ...o })))
    const before = ofDay.reduce((all, row) => all + row.count, 0)
    recovered += Math.max(0, before - missing.reduce((all, run) => all + run.count, 0))
    for (const o of change.opened) if (o.state === 'lost') lost += o.count
  }
  if (closed.length > 0) {
    await sql`update contor.gap set state = 'recovered', closed_at = now()
               where metering_point_id = ${input.meteringPointId} and id = any(${closed}::bigint[])`.execute(
      trx,
    )
  }
  if (opened.length > 0) {
    const deadlines = await loadDeadlines(trx)
    await sql`
      insert into contor.gap (metering_point_id, meter_id, day, from_slot, count, cause, owner, deadline, state, opened_at, closed_at)
      select ${input.meteringPointId}::bigint, ${input.meterId}::bigint, t.day, t.from_slot, t.count, t.cause,
             case when t.cause in ('not-in-meter', 'meter-removed') then 'estimation' else 'collector' end, t.deadline, t.state,
             clock_timestamp(), case t.state when 'lost' then clock_timestamp() end
        from unnest(${opened.map((o) => o.day)}::date[], ${opened.map((o) => o.fromSlot)}::int[], ${opened.map((o) => o.count)}::int[],
                    ${opened.map((o) => o.cause)}::text[], ${opened.map((o) => deadlines(o.day).toISOString())}::timestamptz[],
                    ${opened.map((o) => o.state)}::text[]) as t(day, from_slot, count, cause, deadline, state)`.execute(
      trx,
    )
  }
  return { recovered, lost }
}

/** What is open for a point, oldest first, as instants [from, to). */
export async function openRanges(trx: Trx, meteringPointId: string): Promise<{ from: number; to: number }[]> {
  const { rows } = await sql<{ day: string; from_slot: number; count: number }>`
    select day, from_slot, count from contor.gap
     where metering_point_id = ${meteringPointId} and state = 'open' order by day, from_slot`.execute(trx)
  return rows.map((row) => {
    const from = dayStart(row.day) + row.from_slot * quarterMs
    return { from, to: from + row.count * quarterMs }
  })
}

/** Notes a failed attempt on everything open of a point, with its cause. */
export async function noteAttempt(trx: Trx, meteringPointId: string, cause: GapCause): Promise<void> {
  await sql`update contor.gap set cause = ${cause}, attempts = attempts + 1, last_attempt_at = now()
             where metering_point_id = ${meteringPointId} and state = 'open' and cause <> 'no-smart-meter'`.execute(
    trx,
  )
}
