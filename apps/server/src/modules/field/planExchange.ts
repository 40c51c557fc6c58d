// Exchanges that the operator plans: meters at their metrological term, worn or broken ones, integrations. No order
// asks for them; the crew finds them on its route among the others.

import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { type Actor, ContorError, notFound, type Trx } from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import { findVisit, type Visit } from './visits.ts'

export interface PlannedExchange {
  /** POD or id. */
  readonly meteringPoint: string
  /** Civil day, not before. */
  readonly visitOn: string
  readonly reason: string
}

/**
 * Puts the exchange of the meter of a point on the route of the crew that serves it.
 * @throws ContorError 'not-found' for a point that the actor does not see, 'conflict' when no meter stands there or
 *   an exchange is planned already
 */
export async function planExchange(trx: Trx, actor: Actor, plan: PlannedExchange): Promise<Visit> {
  const { rows } = await sql<{ id: string; serial: string | null; planned: string | null }>`
    select p.id, (select serial from contor.meter m where m.metering_point_id = p.id and m.removed_at is null order by m.id desc limit 1) as serial,
           (select number from contor.field_visit v where v.metering_point_id = p.id and v.task = 'exchange' and v.state = 'open') as planned
      from contor.metering_point p where p.pod = ${plan.meteringPoint} or p.id::text = ${plan.meteringPoint}`.execute(
    trx,
  )
  const [point] = rows
  if (!point) throw notFound('metering point', plan.meteringPoint)
  if (point.serial === null)
    throw new ContorError('conflict', 'No meter stands at this point', {
      field: 'meteringPoint',
      value: plan.meteringPoint,
      remedy: 'A point without a meter in the books is given one by the installation list.',
    })
  if (point.planned !== null)
    throw new ContorError('conflict', `Exchange ${point.planned} is planned here already`, {
      field: 'meteringPoint',
      value: plan.meteringPoint,
      remedy: 'Give that visit another day or crew.',
    })
  const { rows: drawn } = await sql<{
    n: string
  }>`select nextval('contor.exchange_visit_number')::text as n`.execute(trx)
  const number = `SC-${plan.visitOn.slice(0, 4)}-${(drawn[0]?.n ?? '').padStart(6, '0')}`
  const id = randomUUID()
  await sql`
    insert into contor.field_visit (metering_point_id, id, seq, visit_on, why, created_at, task, number, reason, planned_by)
    values (${point.id}, ${id}, 1, ${plan.visitOn}::date, 'exchange', now(), 'exchange', ${number}, ${plan.reason}, ${actor.subject})`.execute(
    trx,
  )
  await writeAudit(trx, actor, 'field.exchange', `visit:${id}`, { ...plan, number, serial: point.serial })
  const planned = await findVisit(trx, actor, id)
  if (!planned) throw notFound('visit', id)
  return planned
}

/** The next visit of an exchange that was put off: the same number and crew, another day. */
export async function visitAgain(trx: Trx, visit: Visit, day: string | undefined): Promise<void> {
  await sql`
    insert into contor.field_visit (metering_point_id, id, seq, crew, visit_on, why, created_at, task, number, reason, planned_by)
    select metering_point_id, gen_random_uuid(), seq + 1, crew, coalesce(${day ?? null}::date, visit_on), 'postponed', now(), task, number, reason, planned_by
      from contor.field_visit where metering_point_id = ${visit.meteringPointId} and id = ${visit.id}
    on conflict do nothing`.execute(trx)
}

/** Takes an exchange off the route before anybody went there. */
export async function withdrawExchange(trx: Trx, actor: Actor, id: string, reason: string): Promise<Visit> {
  const visit = await findVisit(trx, actor, id)
  if (!visit) throw notFound('visit', id)
  const { rows } = await sql`
    update contor.field_visit set state = 'withdrawn', ended_at = now()
     where metering_point_id = ${visit.meteringPointId} and id = ${id} and task = 'exchange' and state = 'open' returning 1`.execute(
    trx,
  )
  if (rows.length === 0)
    throw new ContorError(
      'conflict',
      visit.task === 'order' ? 'The visit is of an order' : `The visit is ${visit.state}`,
      {
        field: 'id',
        value: id,
        remedy:
          visit.task === 'order'
            ? 'Cancel the order: its visit goes with it.'
            : 'Only an exchange that waits is withdrawn.',
      },
    )
  await writeAudit(trx, actor, 'field.exchange-withdrawn', `visit:${id}`, {
    number: visit.orderNumber,
    reason,
  })
  return { ...visit, state: 'withdrawn' }
}
