// Folding: settled days of older months go into month blocks, a few points at a time. Whatever is done is whole
// after each transaction; a crash repeats at most one.

import { addDays, type CivilDay, civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, type Db, type Trx } from '../../../platform/index.ts'
import { legalRule } from '../../legal/index.ts'
import { CorruptDay } from '../blockRow.ts'
import { noteFault } from '../repair/faults.ts'
import { monthsBefore } from '../retention/expire.ts'
import { bitOfDay, firstOfMonth } from './days.ts'
import { type FoldRow, foldMonth, type MonthRow, sealsOf } from './monthRow.ts'
import { unfold } from './unfold.ts'

/** Points of one slice: they share a gate. */
const pointsAtOnce = 32
const monthsAtOnce = 96
const lockNotAvailable = '55P03'

export type Compaction = {
  /** Month blocks written, and days that went into them. */
  readonly months: number
  readonly days: number
  /** Months left for another time because somebody was writing. */
  readonly busy: number
}

type Range = { readonly from: CivilDay; readonly before: CivilDay; readonly unchangedSince: Date }
type Month = { readonly point: string; readonly month: CivilDay }

/**
 * Folds every month that has ended long enough ago and in which nothing changed since.
 * @param options.settledDays default: the figure 'compaction.settled.days' of the day
 * @param options.before fold months that end before this day, whatever the newest stored day is
 * @param options.now epoch ms; a clock that runs ahead folds nothing earlier, for the newest stored day counts too
 */
export async function compact(
  db: Db,
  options: {
    readonly settledDays?: number
    readonly now?: number
    readonly before?: CivilDay
    readonly signal?: AbortSignal
  } = {},
): Promise<Compaction> {
  const { now = Date.now(), signal } = options
  const total = { months: 0, days: 0, busy: 0 }
  const range = await asSystem(db, (trx) => rangeOf(trx, now, options))
  if (!range) return total
  for (let after = '0'; !signal?.aborted; ) {
    const points = await asSystem(db, (trx) => nextPoints(trx, after, range))
    const last = points.at(-1)
    if (last === undefined) break
    const months = await asSystem(db, (trx) => candidates(trx, points, range))
    for (let i = 0; i < months.length && !signal?.aborted; i += monthsAtOnce) {
      const some = months.slice(i, i + monthsAtOnce)
      const folded = await foldSome(db, some, range)
      total.months += folded?.months ?? 0
      total.days += folded?.days ?? 0
      total.busy += folded ? 0 : some.length
    }
    after = last
  }
  return total
}

async function rangeOf(
  trx: Trx,
  now: number,
  options: { readonly settledDays?: number; readonly before?: CivilDay },
): Promise<Range | undefined> {
  const today = civilDayOf(now)
  const settled = options.settledDays ?? (await legalRule(trx, 'compaction.settled.days', today)).value
  const keptMonths = (await legalRule(trx, 'retention.detail.months', today)).value
  const { rows } = await sql<{ newest: CivilDay | null }>`
    select max(day) as newest from contor.day_block where version > 0 and present > 0 and day <= ${today}::date`.execute(
    trx,
  )
  const newest = rows[0].newest
  if (newest === null) return undefined
  return {
    // A month that retention begins to take apart is not folded again.
    from: firstOfMonth(addDays(firstOfMonth(monthsBefore(newest, keptMonths)), 31)),
    before: options.before ? firstOfMonth(options.before) : firstOfMonth(addDays(newest, -settled)),
    unchangedSince: new Date(now - settled * 86_400_000),
  }
}

/** The next points that have days of the range, of one gate. */
async function nextPoints(trx: Trx, after: string, { from, before }: Range): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with next as (select p.id from contor.metering_point p
                   where p.id > ${after}::bigint
                     and exists (select 1 from contor.day_block b where b.metering_point_id = p.id
                                    and b.day >= ${from} and b.day < ${before} and b.version > 0)
                   order by p.id limit ${pointsAtOnce})
    select id from next where contor.month_gate(id) = (select contor.month_gate(min(id)) from next) order by id`.execute(
    trx,
  )
  return rows.map((row) => row.id)
}

async function candidates(trx: Trx, points: readonly string[], range: Range): Promise<Month[]> {
  const { rows } = await sql<Month>`
    select point, month from (
      select metering_point_id as point, date_trunc('month', day)::date as month from contor.day_block
       where metering_point_id = any(${[...points]}::bigint[]) and day >= ${range.from} and day < ${range.before} and version > 0
       group by 1, 2 having max(changed_at) < ${range.unchangedSince}) m
     where not exists (select 1 from contor.block_fault f
                        where f.metering_point_id = m.point and f.repaired_at is null
                          and f.day >= m.month and f.day < m.month + interval '1 month')
     order by 1, 2`.execute(trx)
  return rows
}

type Stored = FoldRow & {
  readonly point: string
  readonly slots: number
  readonly present: number
  readonly estimated: number
  readonly suspect: number
  readonly import_wh: number
  readonly export_wh: number
}

/** @returns undefined when a writer was in the way */
async function foldSome(db: Db, months: readonly Month[], range: Range) {
  try {
    return await asSystem(db, async (trx) => {
      const gate = await sql<{ taken: boolean }>`
        select contor.try_fold(${months[0].point}::bigint) as taken`.execute(trx)
      return gate.rows[0].taken ? fold(trx, months, range) : undefined
    })
  } catch (error) {
    if ((error as { code?: string }).code === lockNotAvailable) return undefined
    throw error
  }
}

async function fold(trx: Trx, months: readonly Month[], range: Range) {
  await unfoldParts(trx, months)
  const byMonth = await storedDays(trx, months, range)
  const folded: { point: string; row: MonthRow; days: Stored[] }[] = []
  for (const days of byMonth.values()) {
    const { point, day } = days[0]
    try {
      const row = foldMonth(point, firstOfMonth(day), days)
      if (row) folded.push({ point, row, days })
    } catch (error) {
      // It stays as it is, for the repair.
      if (!(error instanceof CorruptDay)) throw error
      await noteFault(trx, error)
    }
  }
  const expected = folded.reduce((all, { days }) => all + days.length, 0)
  if (expected === 0) return { months: 0, days: 0 }
  await insertMonths(trx, folded)
  const gone = await sql<{ n: number }>`
    select contor.drop_folded(${folded.map((f) => f.point)}::bigint[], ${folded.map((f) => f.row.month)}::date[]) as n`.execute(
    trx,
  )
  if (gone.rows[0].n !== expected)
    throw new Error(`folding: ${expected} days were folded and ${gone.rows[0].n} taken away`)
  return { months: folded.length, days: expected }
}

/** Days that came later than their month was folded: the month is folded anew with them. */
async function unfoldParts(trx: Trx, months: readonly Month[]): Promise<void> {
  const { rows } = await sql<MonthRow & { point: string }>`
    select m.metering_point_id as point, m.month, m.heads, m.active, m.others from contor.month_block m
      join unnest(${months.map((m) => m.point)}::bigint[], ${months.map((m) => m.month)}::date[]) as t(p, m)
        on m.metering_point_id = t.p and m.month = t.m order by 1, 2 for update of m nowait`.execute(trx)
  for (const { point, ...month } of rows) await unfold(trx, point, month)
}

async function storedDays(trx: Trx, months: readonly Month[], range: Range) {
  const { rows } = await sql<Stored & { known: string; changed: string }>`
    select b.metering_point_id as point, b.day, b.version, b.slots, b.present, b.estimated, b.suspect, b.import_wh, b.export_wh,
           b.payload, b.sources, b.growth, b.checksum, b.known_from, b.changed_at,
           (extract(epoch from b.known_from) * 1000000)::bigint as known,
           (extract(epoch from b.changed_at) * 1000000)::bigint as changed
      from unnest(${months.map((m) => m.point)}::bigint[], ${months.map((m) => m.month)}::date[]) as t(p, m)
      join contor.day_block b on b.metering_point_id = t.p and b.day >= t.m and b.day < t.m + interval '1 month'
     where b.version > 0 order by b.metering_point_id, b.day for update of b nowait`.execute(trx)
  const byMonth = Map.groupBy(
    rows.map(
      ({ known, changed, ...row }): Stored => ({
        ...row,
        known_us: Number(known),
        changed_us: Number(changed),
      }),
    ),
    (row) => `${row.point}/${firstOfMonth(row.day)}`,
  )
  // Between the list and the lock somebody may have written.
  for (const [key, days] of byMonth)
    if (days.some((row) => row.changed_at >= range.unchangedSince)) byMonth.delete(key)
  return byMonth
}

async function insertMonths(
  trx: Trx,
  folded: readonly { readonly point: string; readonly row: MonthRow; readonly days: readonly Stored[] }[],
): Promise<void> {
  const arrays = (pick: (day: Stored) => number, isUsual: (day: Stored) => boolean) =>
    folded.map(({ days }) => (days.every(isUsual) ? null : byDayOfMonth(days, pick)))
  const bytes = (pick: (row: MonthRow) => Uint8Array) => folded.map(({ row }) => Buffer.from(pick(row)))
  await sql`
    insert into contor.month_block (metering_point_id, month, held, import_wh, export_wh, present, estimated, suspect, heads, active, others, seals)
    select t.p, t.m, t.held, t.import_wh::int[], t.export_wh::int[], t.present::smallint[], t.estimated::smallint[],
           t.suspect::smallint[], t.heads, t.active, t.others, t.seals
      from unnest(${folded.map((f) => f.point)}::bigint[], ${folded.map((f) => f.row.month)}::date[],
                  ${folded.map((f) => f.days.reduce((bits, { day }) => bits | bitOfDay(day), 0))}::int[],
                  ${folded.map((f) => byDayOfMonth(f.days, (d) => d.import_wh))}::text[],
                  ${arrays(
                    (d) => d.export_wh,
                    (d) => d.export_wh === 0,
                  )}::text[],
                  ${arrays(
                    (d) => d.present,
                    (d) => d.present === d.slots,
                  )}::text[],
                  ${arrays(
                    (d) => d.estimated,
                    (d) => d.estimated === 0,
                  )}::text[],
                  ${arrays(
                    (d) => d.suspect,
                    (d) => d.suspect === 0,
                  )}::text[],
                  ${bytes((r) => r.heads)}::bytea[], ${bytes((r) => r.active)}::bytea[], ${bytes((r) => r.others)}::bytea[],
                  ${bytes(sealsOf)}::bytea[])
        as t(p, m, held, import_wh, export_wh, present, estimated, suspect, heads, active, others, seals)`.execute(
    trx,
  )
}

/** An element for each day of the month up to the last one held, as PostgreSQL reads an array. */
function byDayOfMonth(days: readonly Stored[], pick: (day: Stored) => number): string {
  const list: number[] = []
  for (const day of days) list[Number(day.day.slice(8)) - 1] = pick(day)
  return `{${Array.from(list, (one) => one ?? 0).join()}}`
}
