// Visits come from orders that the crew has; crews see the points of their visits, and no others.

import { civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import type { Actor, Trx } from '../../platform/index.ts'
import { legalRule } from '../legal/index.ts'

/**
 * One open visit for each order that is with the crew; visits of orders that are elsewhere are withdrawn.
 * Any number of callers may run it at the same time.
 * @param day civil day on which a visit may be made first
 */
export async function dispatchVisits(trx: Trx, day: string): Promise<void> {
  await sql`
    update contor.field_visit v set state = 'withdrawn', ended_at = now()
      from contor.work_order o
     where v.state = 'open' and o.metering_point_id = v.metering_point_id and o.id = v.order_id and o.state <> 'field'
       and not exists (select 1 from contor.field_record r where r.metering_point_id = v.metering_point_id and r.visit_id = v.id)`.execute(
    trx,
  )
  await sql`
    insert into contor.field_visit (metering_point_id, id, order_id, seq, crew, visit_on, why, created_at)
    select o.metering_point_id, gen_random_uuid(), o.id, coalesce(before.seq, 0) + 1, coalesce(before.crew, served.code),
           case when sent.event = 'visit-postponed' then coalesce((sent.evidence->>'nextVisit')::date, ${day}::date) else ${day}::date end,
           case when sent.event = 'visit-postponed' then 'postponed'
                else coalesce(sent.evidence->>'why', sent.evidence->>'code', 'remote-failed') end,
           now()
      from contor.work_order o
      join contor.metering_point p on p.id = o.metering_point_id
      left join lateral (
        select max(v.seq) as seq, bool_or(v.state = 'open') as open, (array_agg(v.crew order by v.seq desc))[1] as crew
          from contor.field_visit v where v.metering_point_id = o.metering_point_id and v.order_id = o.id) before on true
      left join lateral (
        select e.event, e.evidence from contor.order_event e
         where e.metering_point_id = o.metering_point_id and e.order_id = o.id and e.event in ('send-field', 'visit-postponed')
         order by e.seq desc limit 1) sent on true
      left join lateral (
        select c.code from contor.field_crew c
         where c.active and (p.station_id = any(c.stations) or c.stations = '{}')
         order by (c.stations = '{}'), c.code limit 1) served on true
     where o.state = 'field' and not coalesce(before.open, false)
    on conflict do nothing`.execute(trx)
  await sql`
    update contor.field_visit v set crew = served.code
      from contor.metering_point p, contor.field_crew served
     where v.state = 'open' and v.crew is null and p.id = v.metering_point_id and served.active
       and served.code = (select c.code from contor.field_crew c
                           where c.active and (p.station_id = any(c.stations) or c.stations = '{}')
                           order by (c.stations = '{}'), c.code limit 1)`.execute(trx)
  await grantVisits(trx)
}

/**
 * What the members of crews see follows from their visits: row-level security asks these grants. A visit that has ended
 * is seen for some days more, to read its record and to send what there was no signal for.
 */
export async function grantVisits(trx: Trx): Promise<void> {
  const { value: days } = await legalRule(trx, 'field.access.days', civilDayOf(Date.now()))
  const seenAfterEnd = sql`${`${days} days`}::interval`
  const due = sql`
    select m.subject, v.metering_point_id, case when bool_or(v.state = 'open') then null else max(v.ended_at) + ${seenAfterEnd} end as valid_to
      from contor.field_visit v
      join contor.field_crew_member m on m.crew = v.crew and (m.valid_to is null or m.valid_to > now())
     where v.state = 'open' or v.ended_at > now() - ${seenAfterEnd}
     group by 1, 2`
  await sql`
    insert into contor.access_grant as g (subject, metering_point_id, valid_to) ${due}
    on conflict (subject, metering_point_id) do update set valid_to = excluded.valid_to
     where g.valid_to is distinct from excluded.valid_to`.execute(trx)
  await sql`
    update contor.access_grant g set valid_to = now()
     where g.subject in (select subject from contor.field_crew_member) and (g.valid_to is null or g.valid_to > now())
       and not exists (select 1 from (${due}) d where d.subject = g.subject and d.metering_point_id = g.metering_point_id)`.execute(
    trx,
  )
}

/** The crew of the demonstration: whoever signs in as crew belongs to it. */
export async function joinDemoCrew(trx: Trx, actor: Actor): Promise<void> {
  await sql`insert into contor.field_crew (code, name) values ('E1', 'Echipa 1') on conflict do nothing`.execute(
    trx,
  )
  await sql`insert into contor.field_crew_member (crew, subject) values ('E1', ${actor.subject}) on conflict do nothing`.execute(
    trx,
  )
}
