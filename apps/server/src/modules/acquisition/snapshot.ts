// What the collection page shows, computed from the ledger and the day blocks and kept as one row.

import { addDays, civilDayOf, dayEnd, dayStart, daysBetween } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, type Db, type Trx } from '../../platform/index.ts'

export type CollectionDay = {
  day: string
  expected: number
  present: number
  estimated: number
  missing: number
  rate: number
}

export type CollectionSummary = {
  meters: number
  metersRead: number
  expectedIntervals: number
  presentIntervals: number
  estimatedIntervals: number
  gapIntervals: number
  successRateYesterday: number | null
  successRateToday: number | null
  sessionsRunning: number
  sessionsWaiting: number
  framesPerSecond: number
  intervalsPerSecond: number
  updatedAt: string
  phase: 'commissioning' | 'backfill' | 'live'
}

/** Rates that only the running collector knows. */
export type Rates = { readonly framesPerSecond: number; readonly intervalsPerSecond: number }

/** Channel of NOTIFY on which the summary is announced, as JSON. */
export const liveChannel = 'contor_live'

export type SmartDay = { day: string; expected: number; present: number }

/** Counts per day over all points, and over those with a remotely read meter for the success rates. */
export async function countDays(
  trx: Trx,
  now: number,
): Promise<{ days: CollectionDay[]; smart: SmartDay[] }> {
  const first = await sql<{
    from_at: Date | null
  }>`select min(from_at) as from_at from contor.ledger`.execute(trx)
  const from = first.rows[0]?.from_at
  if (!from) return { days: [], smart: [] }
  const today = civilDayOf(now)
  const start = civilDayOf(Math.max(from.getTime(), dayStart(addDays(today, -400))))
  const list = daysBetween(start, today)
  const { rows } = await sql<{
    day: string
    remote: boolean
    expected: string
    present: string
    estimated: string
    missing: string
  }>`
    with bounds as (select * from unnest(${list}::date[], ${list.map((d) => new Date(dayStart(d)).toISOString())}::timestamptz[],
                                         ${list.map((d) => new Date(dayEnd(d)).toISOString())}::timestamptz[]) as t(day, start, stop)),
    spans as (select p.reading_mode <> 'manual' as remote, l.from_at, l.through_at, count(*) as points
                from contor.ledger l join contor.metering_point p on p.id = l.metering_point_id group by 1, 2, 3),
    expected as (select b.day, s.remote, sum(s.points * greatest(0, extract(epoch from least(b.stop, s.through_at) - greatest(b.start, s.from_at)) / 900)::bigint) as n
                   from bounds b cross join spans s group by 1, 2),
    present as (select d.day, p.reading_mode <> 'manual' as remote, sum(d.present) as n, sum(d.estimated) as estimated
                  from contor.day_block d join contor.metering_point p on p.id = d.metering_point_id
                 where d.day >= ${start} group by 1, 2),
    missing as (select g.day, p.reading_mode <> 'manual' as remote, sum(g.count) as n
                  from contor.gap g join contor.metering_point p on p.id = g.metering_point_id
                 where g.state in ('open', 'lost') and g.day >= ${start} group by 1, 2)
    select e.day, e.remote, e.n as expected, coalesce(p.n, 0) as present, coalesce(p.estimated, 0) as estimated, coalesce(m.n, 0) as missing
      from expected e left join present p using (day, remote) left join missing m using (day, remote) order by e.day`.execute(
    trx,
  )
  const days = new Map<string, CollectionDay>()
  const smart: SmartDay[] = []
  for (const row of rows) {
    const day = days.get(row.day) ?? {
      day: row.day,
      expected: 0,
      present: 0,
      estimated: 0,
      missing: 0,
      rate: 0,
    }
    day.expected += Number(row.expected)
    day.present += Number(row.present)
    day.estimated += Number(row.estimated)
    day.missing += Number(row.missing)
    days.set(row.day, day)
    if (row.remote) smart.push({ day: row.day, expected: Number(row.expected), present: Number(row.present) })
  }
  // The rate is that of the points which can be read from here; the others are the field's.
  for (const { day, expected, present } of smart) {
    const all = days.get(day)
    if (all) all.rate = rate(present, expected) ?? 0
  }
  return { days: [...days.values()], smart }
}

function rate(present: number, expected: number): number | null {
  return expected > 0 ? Math.round((present / expected) * 1e5) / 1e5 : null
}

/** The summary as it stands. */
export async function summarise(
  trx: Trx,
  now: number,
  rates: Rates,
  counted: Awaited<ReturnType<typeof countDays>>,
): Promise<CollectionSummary> {
  const { rows } = await sql<{
    meters: number
    read: number
    fresh: number
    commissioned: number
    running: number
    waiting: number
  }>`
    select (select count(*) from contor.meter where state <> 'retired')::int as meters,
           (select count(*) from contor.meter where read_through is not null)::int as read,
           (select count(*) from contor.meter m join contor.meter_task t on t.metering_point_id = m.metering_point_id and t.meter_id = m.id where m.state = 'installed' and t.failures = 0)::int as fresh,
           (select count(*) from contor.meter_task t join contor.meter m on m.metering_point_id = t.metering_point_id and m.id = t.meter_id
             where m.state = 'commissioned' and t.failures = 0 and (m.read_through is null or m.read_through < now() - interval '2 hours'))::int as commissioned,
           (select count(*) from contor.session where ended_at is null)::int as running,
           (select count(*) from contor.meter_task where next_at <= now() and (leased_until is null or leased_until <= now()))::int as waiting`.execute(
    trx,
  )
  const row = rows[0]
  const total = (key: 'expected' | 'present' | 'estimated' | 'missing') =>
    counted.days.reduce((all, day) => all + day[key], 0)
  const today = civilDayOf(now)
  const rateOf = (day: string) => {
    const found = counted.smart.find((s) => s.day === day)
    return found ? rate(found.present, found.expected) : null
  }
  return {
    meters: row.meters,
    metersRead: row.read,
    expectedIntervals: total('expected'),
    presentIntervals: total('present'),
    estimatedIntervals: total('estimated'),
    gapIntervals: total('missing'),
    successRateYesterday: rateOf(addDays(today, -1)),
    successRateToday: rateOf(today),
    sessionsRunning: row.running,
    sessionsWaiting: row.waiting,
    framesPerSecond: Math.round(rates.framesPerSecond * 10) / 10,
    intervalsPerSecond: Math.round(rates.intervalsPerSecond * 10) / 10,
    updatedAt: new Date(now).toISOString(),
    phase: row.fresh > 0 ? 'commissioning' : row.commissioned > 0 ? 'backfill' : 'live',
  }
}

/** Stores the snapshot and announces the summary. */
export async function publishSnapshot(
  db: Db,
  summary: CollectionSummary,
  days: readonly CollectionDay[],
): Promise<void> {
  await asSystem(db, async (trx) => {
    await sql`
      insert into contor.collection_snapshot (one, updated_at, summary, days)
      values (true, ${summary.updatedAt}, ${JSON.stringify(summary)}::jsonb, ${JSON.stringify(days)}::jsonb)
      on conflict (one) do update set updated_at = excluded.updated_at, summary = excluded.summary, days = excluded.days`.execute(
      trx,
    )
    await sql`select pg_notify(${liveChannel}, ${JSON.stringify({ kind: 'summary', summary })})`.execute(trx)
  })
}
