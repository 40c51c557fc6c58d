// Retention: what the law no longer wants kept goes, class by class, and every run says what it took and why.
// Detailed days leave their energy behind as totals of the month. Evidence of success rates (sessions, gaps,
// availability) stays for the life of the meter: no class takes it. Frames are the journal's matter.

import { addDays, type CivilDay, civilDayOf, type DayBlock, daysBetween, sum } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, type Db, systemActor, type Trx } from '../../../platform/index.ts'
import { writeAudit } from '../../access/index.ts'
import { legalRule } from '../../legal/index.ts'
import { type BlockRow, openBlock } from '../blockRow.ts'
import { bitOfDay, firstOfMonth } from '../months/days.ts'
import { holdDays } from '../months/unfold.ts'
import { type ClockJudgement, judgeServerClock } from './clock.ts'

export type RetentionClass = 'detail' | 'cumulative'
export type RetentionRun = {
  readonly class: RetentionClass
  /** Older than this went, as far as nothing holds it. */
  readonly beforeDay: CivilDay | null
  readonly deleted: number
  /** Older days that an open exception, difference or fault refers to. */
  readonly held: number
  /** Why nothing was done. */
  readonly refused: string | null
  readonly months: number
}

const ruleOfClass = {
  detail: 'retention.detail.months',
  cumulative: 'retention.cumulative.months',
} as const
/** Points of one transaction, and days of them at most. */
const pointsAtOnce = 200
const daysAtOnce = 5_000
/** Month blocks unfolded for it: no more than the days that it takes. */
const monthsAtOnce = 160

/**
 * Runs every class once. Each slice is one transaction: a crash leaves whole slices, and the next run goes on.
 * @param now epoch ms, the clock that is to be believed or not
 */
export async function runRetention(db: Db, now = Date.now(), signal?: AbortSignal): Promise<RetentionRun[]> {
  const runs: RetentionRun[] = []
  for (const name of ['detail', 'cumulative'] as const) {
    const { clock, months } = await asSystem(db, async (trx) => ({
      clock: await judgeServerClock(trx, now),
      months: (await legalRule(trx, ruleOfClass[name], civilDayOf(now))).value,
    }))
    const run = await runClass(db, name, clock, months, signal)
    runs.push(run)
    await asSystem(db, (trx) => record(trx, run))
  }
  return runs
}

async function runClass(
  db: Db,
  name: RetentionClass,
  clock: ClockJudgement,
  months: number,
  signal?: AbortSignal,
): Promise<RetentionRun> {
  const none = { class: name, beforeDay: null, deleted: 0, held: 0, months }
  if (!clock.believed) return { ...none, refused: clock.reason }
  const beforeDay = monthsBefore(clock.newest, months)
  let deleted = 0
  let held = 0
  for (let after = '0'; !signal?.aborted; ) {
    const points = await asSystem(db, (trx) => nextPoints(trx, after))
    const last = points.at(-1)
    if (last === undefined) break
    if (name === 'cumulative') deleted += await asSystem(db, (trx) => expireCumulative(trx, points, months))
    else {
      deleted += await expireAll(db, points, beforeDay, months, signal)
      held += await asSystem(db, (trx) => countHeld(trx, points, beforeDay))
    }
    after = last
  }
  return { ...none, beforeDay, deleted, held, refused: null }
}

/**
 * Takes away the detailed days of some points before a day, except held ones; each slice is one transaction.
 * @returns days that went
 */
export async function expireAll(
  db: Db,
  points: readonly string[],
  before: CivilDay,
  months: number,
  signal?: AbortSignal,
): Promise<number> {
  let deleted = 0
  while (!signal?.aborted) {
    const slice = await asSystem(db, (trx) => expireDays(trx, points, before, months))
    deleted += slice.deleted
    if (!slice.more) break
  }
  return deleted
}

/** The same day so many months before, or the last one of a shorter month; negative: after. */
export function monthsBefore(day: CivilDay, months: number): CivilDay {
  const [year, month, date] = day.split('-').map(Number)
  const index = year * 12 + (month - 1) - months
  const target = { year: Math.floor(index / 12), month: index % 12 }
  const lastDate = new Date(Date.UTC(target.year, target.month + 1, 0)).getUTCDate()
  return new Date(Date.UTC(target.year, target.month, Math.min(date, lastDate))).toISOString().slice(0, 10)
}

async function nextPoints(trx: Trx, after: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from contor.metering_point where id > ${after}::bigint order by id limit ${pointsAtOnce}`.execute(
    trx,
  )
  return rows.map((row) => row.id)
}

type OldRow = BlockRow & { readonly point: string }

async function expireDays(trx: Trx, points: readonly string[], before: CivilDay, months: number) {
  await unfoldOld(trx, points, before)
  const { rows } = await sql<OldRow>`
    select metering_point_id as point, day, version, payload, sources, growth, checksum, known_from, changed_at
      from contor.day_block
     where metering_point_id = any(${[...points]}::bigint[]) and day < ${before}
       and not contor.is_held(metering_point_id, day, day)
     order by metering_point_id, day limit ${daysAtOnce} for update`.execute(trx)
  // A day that cannot be read cannot be summed: it stays, for the check of the seals to name.
  const readable = rows.flatMap((row) => {
    try {
      return [{ row, block: row.version > 0 ? openBlock(row.point, row) : undefined }]
    } catch {
      return []
    }
  })
  if (readable.length === 0) return { deleted: 0, more: false }
  await addTotals(
    trx,
    readable.flatMap(({ row, block }) => (block ? [{ point: row.point, block }] : [])),
  )
  const gone = await sql<{ n: number }>`
    select contor.expire_days(${readable.map(({ row }) => row.point)}::bigint[], ${readable.map(({ row }) => row.day)}::date[],
                              ${months}::int) as n`.execute(trx)
  const deleted = gone.rows[0].n
  // Totals and days go together or not at all.
  if (deleted !== readable.length)
    throw new Error(`retention: ${readable.length} days were summed and ${deleted} deleted`)
  return { deleted, more: deleted > 0 }
}

/** Month blocks that hold a day from before become days again: a few at a time, the next call takes the next ones. */
async function unfoldOld(trx: Trx, points: readonly string[], before: CivilDay): Promise<void> {
  const { rows } = await sql<{ point: string; month: CivilDay }>`
    select metering_point_id as point, month from contor.month_block
     where metering_point_id = any(${[...points]}::bigint[]) and month < ${before}
       and not contor.is_held(metering_point_id, month, least((month + interval '1 month')::date, ${before}::date) - 1)
     order by 1, 2 limit ${monthsAtOnce}`.execute(trx)
  for (const { point, month } of rows)
    await holdDays(
      trx,
      point,
      daysBetween(month, addDays(month, 31)).filter((day) => firstOfMonth(day) === month),
    )
}

type Total = { point: string; month: CivilDay; channel: string; sum: number; days: number; taken: number }

/**
 * Adds days to the totals of their months. A day that is in its total already, and was brought once more from
 * somewhere, is not added again: the first one stays.
 */
async function addTotals(
  trx: Trx,
  days: readonly { readonly point: string; readonly block: DayBlock }[],
): Promise<void> {
  const key = (point: string, month: string, channel: string) => `${point}/${month}/${channel}`
  const { rows } = await sql<Total>`
    select metering_point_id as point, month, channel, taken from contor.month_total
     where metering_point_id = any(${[...new Set(days.map(({ point }) => point))]}::bigint[]) for update`.execute(
    trx,
  )
  const before = new Map(rows.map((row) => [key(row.point, row.month, row.channel), row.taken]))
  const totals = new Map<string, Total>()
  for (const { point, block } of days)
    for (const series of block.channels) {
      const month = firstOfMonth(block.day)
      const bit = bitOfDay(block.day)
      const at = key(point, month, series.channel)
      if ((before.get(at) ?? 0) & bit) continue
      const total = totals.get(at) ?? { point, month, channel: series.channel, sum: 0, days: 0, taken: 0 }
      totals.set(at, {
        ...total,
        sum: total.sum + sum(series),
        days: total.days + 1,
        taken: total.taken | bit,
      })
    }
  const list = [...totals.values()]
  await sql`
    insert into contor.month_total as m (metering_point_id, month, channel, sum, days, taken)
    select * from unnest(${list.map((t) => t.point)}::bigint[], ${list.map((t) => t.month)}::date[],
        ${list.map((t) => t.channel)}::text[], ${list.map((t) => t.sum)}::bigint[], ${list.map((t) => t.days)}::int[],
        ${list.map((t) => t.taken)}::int[])
    on conflict (metering_point_id, month, channel) do update
       set sum = m.sum + excluded.sum, days = m.days + excluded.days, taken = m.taken | excluded.taken`.execute(
    trx,
  )
}

async function expireCumulative(trx: Trx, points: readonly string[], months: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select contor.expire_cumulative(${[...points]}::bigint[], ${months}::int) as n`.execute(trx)
  return rows[0].n
}

async function countHeld(trx: Trx, points: readonly string[], before: CivilDay): Promise<number> {
  const { rows } = await sql<{ n: string }>`
    select count(*) as n from contor.day_block
     where metering_point_id = any(${[...points]}::bigint[]) and day < ${before}`.execute(trx)
  return Number(rows[0].n)
}

async function record(trx: Trx, run: RetentionRun): Promise<void> {
  await sql`
    insert into contor.retention_run (class, before_day, deleted, held, refused, rule, months)
    values (${run.class}, ${run.beforeDay}, ${run.deleted}, ${run.held}, ${run.refused}, ${ruleOfClass[run.class]}, ${run.months})`.execute(
    trx,
  )
  if (run.deleted > 0) await writeAudit(trx, systemActor, 'retention.run', run.class, { ...run })
}
