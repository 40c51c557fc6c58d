// What the collection pages ask of the database.

import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { type CollectionDay, type CollectionSummary, countDays, summarise } from './snapshot.ts'

/** The collector's snapshot; counted here when the collector has not made one yet. */
export async function readSnapshot(trx: Trx): Promise<{ summary: CollectionSummary; days: CollectionDay[] }> {
  const { rows } = await sql<{ summary: CollectionSummary; days: CollectionDay[] }>`
    select summary, days from contor.collection_snapshot`.execute(trx)
  if (rows[0]) return rows[0]
  const counted = await countDays(trx, Date.now())
  const summary = await summarise(trx, Date.now(), { framesPerSecond: 0, intervalsPerSecond: 0 }, counted)
  return { summary, days: counted.days }
}

export type MissingRow = {
  meteringPointId: string
  pod: string
  name: string
  meterId: string | null
  serial: string | null
  line: string | null
  missingIntervals: number
  cause: string
  lastSeenAt: Date | null
  nextAttemptAt: Date | null
}

/** Points that lack quarter-hours of a day, most first; keyset by (missing, id). */
export async function listMissing(
  trx: Trx,
  day: string,
  limit: number,
  after?: readonly [number, string],
): Promise<MissingRow[]> {
  const [count, id] = after ?? [1_000_000, '0']
  const { rows } = await sql<MissingRow>`
    select p.id as "meteringPointId", p.pod, p.name, m.id as "meterId", m.serial, l.code as line, g.missing as "missingIntervals",
           g.cause, m.last_seen_at as "lastSeenAt", t.next_at as "nextAttemptAt"
      from (select metering_point_id, sum(count)::int as missing, (array_agg(cause order by count desc))[1] as cause
              from contor.gap where day = ${day} and state in ('open', 'lost') group by 1) g
      join contor.metering_point p on p.id = g.metering_point_id
      left join contor.meter m on m.metering_point_id = p.id and m.state <> 'retired'
      left join contor.line l on l.id = m.line_id left join contor.meter_task t on t.metering_point_id = m.metering_point_id and t.meter_id = m.id
     where (g.missing < ${count} or (g.missing = ${count} and p.id > ${id}::bigint))
     order by g.missing desc, p.id limit ${limit}`.execute(trx)
  return rows
}

export type SessionRow = {
  id: string
  meterId: string
  serial: string
  meteringPointId: string
  line: string
  purpose: string
  startedAt: Date
  endedAt: Date | null
  outcome: string | null
  errorCode: string | null
  errorText: string | null
  bytesIn: number
  bytesOut: number
  roundTrips: number
}

/** Sessions, newest first. */
export async function listSessions(
  trx: Trx,
  active: boolean | undefined,
  limit: number,
  before?: string,
): Promise<SessionRow[]> {
  const { rows } = await sql<SessionRow>`
    select s.id, s.meter_id as "meterId", m.serial, s.metering_point_id as "meteringPointId", l.code as line, s.purpose,
           s.started_at as "startedAt", s.ended_at as "endedAt", s.outcome, s.error_code as "errorCode", s.error_text as "errorText",
           s.bytes_in::float8 as "bytesIn", s.bytes_out::float8 as "bytesOut", s.round_trips as "roundTrips"
      from contor.session s join contor.meter m on m.metering_point_id = s.metering_point_id and m.id = s.meter_id join contor.line l on l.id = s.line_id
     where (${before ?? null}::bigint is null or s.id < ${before ?? null}::bigint)
       and (${active ?? null}::boolean is null or (s.ended_at is null) = ${active ?? null}::boolean)
     order by s.id desc limit ${limit}`.execute(trx)
  return rows
}

export type LineRow = {
  id: string
  code: string
  kind: string
  meters: number
  maxSessions: number
  running: number
  bytesPerSecond: number
  sessionsLastHour: number
  failuresLastHour: number
  metersFailing: number
}

export async function listLines(trx: Trx): Promise<LineRow[]> {
  const { rows } = await sql<LineRow>`
    with recent as (
      select line_id, count(*)::int as sessions, count(*) filter (where outcome = 'failed')::int as failures,
             coalesce(sum(bytes_in + bytes_out) filter (where ended_at > now() - interval '5 minutes'), 0)::float8 / 300 as rate
        from contor.session where id > (select coalesce(max(id), 0) - 20000 from contor.session)
         and started_at > now() - interval '1 hour' group by line_id),
    running as (select line_id, count(*)::int as n from contor.session where ended_at is null group by line_id),
    meters as (select m.line_id, count(*)::int as n, count(*) filter (where t.failures > 0)::int as failing
                 from contor.meter m left join contor.meter_task t on t.metering_point_id = m.metering_point_id and t.meter_id = m.id where m.state <> 'retired' group by m.line_id)
    select l.id, l.code, l.kind, coalesce(m.n, 0) as meters, l.max_sessions as "maxSessions", coalesce(r.n, 0) as running,
           coalesce(c.rate, 0) as "bytesPerSecond", coalesce(c.sessions, 0) as "sessionsLastHour",
           coalesce(c.failures, 0) as "failuresLastHour", coalesce(m.failing, 0) as "metersFailing"
      from contor.line l left join recent c on c.line_id = l.id left join running r on r.line_id = l.id
      left join meters m on m.line_id = l.id order by l.code`.execute(trx)
  return rows
}

export type GapListRow = {
  id: string
  meteringPointId: string
  pod: string
  serial: string | null
  day: string
  fromSlot: number
  count: number
  cause: string
  owner: string
  deadline: Date
  attempts: number
  state: string
}

/** Rows of the ledger in one state: open ones by deadline, closed ones by id; keyset by (deadline, id). */
export async function listGaps(
  trx: Trx,
  state: string,
  limit: number,
  after?: readonly [string, string],
  meteringPointId?: string,
): Promise<GapListRow[]> {
  const { rows } = await sql<GapListRow>`
    select g.id, g.metering_point_id as "meteringPointId", p.pod, m.serial, g.day, g.from_slot as "fromSlot", g.count, g.cause,
           g.owner, g.deadline, g.attempts, g.state
      from contor.gap g join contor.metering_point p on p.id = g.metering_point_id left join contor.meter m on m.metering_point_id = g.metering_point_id and m.id = g.meter_id
     where g.state = ${state} and (${meteringPointId ?? null}::bigint is null or g.metering_point_id = ${meteringPointId ?? null}::bigint)
       and (${after?.[1] ?? null}::bigint is null
            or (g.deadline, g.id) > (${after?.[0] ?? null}::timestamptz, ${after?.[1] ?? null}::bigint))
     order by g.deadline, g.id limit ${limit}`.execute(trx)
  return rows
}
