// The window in which the readings of the day before must become available (CC 18(3)): watched by dated rules.
import { addDays, civilDayOf, dayStart, slotsInDay } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, type Db, notFound } from '../../../platform/index.ts'
import { civilMinutes } from './clock.ts'

export interface Availability {
  readonly day: string
  readonly supplier: string
  readonly points: number
  readonly completePoints: number
  readonly missingSample: string[]
  readonly met: boolean
  readonly checkedAt: string
}

interface AvailabilityRule {
  readonly validFrom: string
  readonly opens: string
  readonly closes: string
  readonly share: number
  readonly source: string
}

/** The window of a day of readings: when it opens and closes, by which rule, and what is there by now. */
export interface Window {
  readonly day: string
  /** Instants on the day after the readings, epoch ms. */
  readonly opensAt: number
  readonly closesAt: number
  readonly state: 'ahead' | 'open' | 'closed'
  readonly rule: AvailabilityRule
  readonly suppliers: readonly { supplier: string; points: number; completePoints: number }[]
}

/**
 * The window of a day as it stands at `now`, with the whole days counted anew.
 * @throws ContorError 'not-found' for a day before the first rule
 */
export async function windowOf(db: Db, day: string, now: number): Promise<Window> {
  const next = addDays(day, 1)
  const rule = await availabilityRule(db, next)
  if (!rule) throw notFound('rule of availability', next)
  const [opensAt, closesAt] = [rule.opens, rule.closes].map((time) => instantOf(next, time))
  const { rows } = await asSystem(db, (trx) =>
    sql<{ supplier: string; points: number; completePoints: number }>`
      select p.supplier, count(*)::int as points, count(*) filter (where b.present = b.slots)::int as "completePoints"
        from contor.metering_point p left join contor.day_block b on b.metering_point_id = p.id and b.day = ${day}
       where p.supplier is not null and p.reading_mode = 'smart' group by p.supplier order by p.supplier`.execute(
      trx,
    ),
  )
  const state = now < opensAt ? 'ahead' : now < closesAt ? 'open' : 'closed'
  return { day, opensAt, closesAt, state, rule, suppliers: rows }
}

/** The instant of a civil time `HH:MM`; the quarter-hour it stands in, where the clock is turned that night. */
function instantOf(day: string, time: string): number {
  const [hours, minutes] = time.split(':').map(Number)
  const wanted = hours * 60 + minutes
  const start = dayStart(day)
  for (let slot = 0; slot < slotsInDay(day); slot++) {
    const at = start + slot * 900_000
    const reached = civilMinutes(at)
    if (reached <= wanted && wanted < reached + 15) return at + (wanted - reached) * 60_000
  }
  return start + wanted * 60_000
}

/** The rule of a day, undefined before the first one. */
async function availabilityRule(db: Db, day: string): Promise<AvailabilityRule | undefined> {
  const { rows } = await asSystem(db, (trx) =>
    sql<AvailabilityRule>`select valid_from as "validFrom", to_char(opens, 'HH24:MI') as opens, to_char(closes, 'HH24:MI') as closes,
        share::float8 as share, source from contor.availability_rule where valid_from <= ${day} order by valid_from desc limit 1`.execute(
      trx,
    ),
  )
  return rows[0]
}

/** Points with a smart meter of a supplier, and how many of them have every quarter-hour of a day. */
export async function wholeDays(
  db: Db,
  day: string,
  supplier: string,
): Promise<{ total: number; whole: number }> {
  const { rows } = await asSystem(db, (trx) =>
    sql<{ total: number; whole: number }>`
      select count(*)::int as total, count(*) filter (where b.present = b.slots)::int as whole
        from contor.metering_point p left join contor.day_block b on b.metering_point_id = p.id and b.day = ${day}
       where p.supplier = ${supplier} and p.reading_mode = 'smart'`.execute(trx),
  )
  return rows[0]
}

/**
 * After the window has closed: writes down, once for each day and supplier, what was available.
 * @returns the new entries; those with `met` false are the alarm
 */
export async function checkAvailability(db: Db, now: number): Promise<Availability[]> {
  const today = civilDayOf(now)
  const rule = await availabilityRule(db, today)
  if (!rule) return []
  const [hours, minutes] = rule.closes.split(':').map(Number)
  if (civilMinutes(now) < hours * 60 + minutes) return []
  return asSystem(db, async (trx) => {
    const { rows } = await sql<Availability>`
      insert into contor.availability_day (day, supplier, points, complete_points, missing_sample, met, checked_at)
      select ${addDays(today, -1)}::date, p.supplier, count(*), count(*) filter (where b.present = b.slots),
             coalesce(to_jsonb((array_agg(p.pod order by p.pod) filter (where b.present is null or b.present < b.slots))[1:100]), '[]'),
             count(*) filter (where b.present = b.slots) >= count(*) * ${rule.share}::numeric, ${new Date(now).toISOString()}
        from contor.metering_point p left join contor.day_block b on b.metering_point_id = p.id and b.day = ${addDays(today, -1)}
       where p.supplier is not null and p.reading_mode = 'smart' group by p.supplier
      on conflict do nothing returning ${columns}`.execute(trx)
    return rows
  })
}

const columns = sql`day, supplier, points, complete_points as "completePoints", missing_sample as "missingSample", met, to_json(checked_at) as "checkedAt"`

export async function listAvailability(db: Db, from: string, to: string): Promise<Availability[]> {
  const { rows } = await asSystem(db, (trx) =>
    sql<Availability>`select ${columns} from contor.availability_day where day between ${from} and ${to} order by day desc, supplier`.execute(
      trx,
    ),
  )
  return rows
}
