// Messages as their receivers read them.

import { sql } from 'kysely'
import { type Actor, asSystem, ContorError, type Db, notFound, withActor } from '../../platform/index.ts'

export interface InboxMessage {
  readonly id: string
  readonly meteringPointId: string
  readonly pod: string
  readonly recipient: string
  readonly about: string
  readonly aboutId: string
  readonly kind: string
  readonly body: Record<string, unknown>
  readonly createdAt: Date
  readonly state: string
  readonly deliveredAt: Date | null
  readonly acknowledgedAt: Date | null
  readonly errorText: string | null
}

export interface InboxFilter {
  readonly kind?: string | undefined
  readonly recipient?: string | undefined
  readonly acknowledged?: boolean | undefined
  readonly failed?: boolean | undefined
}

/** Oldest first, so that a program can go on where it stopped. Others' letters are not one's own: only who sees all sees all. */
export async function listMessages(
  db: Db,
  actor: Actor,
  filter: InboxFilter,
  limit: number,
  after?: readonly [createdAt: string, id: string],
): Promise<InboxMessage[]> {
  return withActor(db, actor, async (trx) => {
    const { rows } = await sql<InboxMessage>`
      select m.id, m.metering_point_id as "meteringPointId", p.pod, m.recipient, m.about, coalesce(m.order_id::text, m.about_id) as "aboutId", m.kind, m.body,
             m.created_at as "createdAt", m.state, m.delivered_at as "deliveredAt", m.acknowledged_at as "acknowledgedAt", m.error_text as "errorText"
        from contor.message m join contor.metering_point p on p.id = m.metering_point_id
       where ${own(actor)}
         and (${filter.kind ?? null}::text is null or m.kind = ${filter.kind ?? null})
         and (${filter.recipient ?? null}::text is null or m.recipient = ${filter.recipient ?? null})
         and (${filter.acknowledged ?? null}::boolean is null or (m.acknowledged_at is not null) = ${filter.acknowledged ?? null}::boolean)
         and (${filter.failed ?? null}::boolean is null or (m.state = 'failed') = ${filter.failed ?? null}::boolean)
         and (${after?.[0] ?? null}::timestamptz is null or (m.created_at, m.id) > (${after?.[0] ?? null}::timestamptz, ${after?.[1] ?? null}::uuid))
       order by m.created_at, m.id limit ${limit}`.execute(trx)
    return rows
  })
}

const own = (actor: Actor) => (actor.scope === 'all' ? sql`true` : sql`m.recipient = ${actor.subject}`)

/** Its receiver has it. Saying so again changes nothing. @throws ContorError 'not-found' for others' messages */
export async function acknowledge(db: Db, actor: Actor, id: string): Promise<void> {
  const found = await withActor(db, actor, async (trx) => {
    const { rows } = await sql<{ meteringPointId: string; recipient: string }>`
      select m.metering_point_id as "meteringPointId", m.recipient from contor.message m where m.id = ${id} and ${own(actor)}`.execute(
      trx,
    )
    return rows[0]
  })
  if (!found) throw notFound('message', id)
  if (found.recipient !== actor.subject && found.recipient !== 'operator')
    throw new ContorError('not-allowed', `This message is for ${found.recipient}`, {
      field: 'id',
      value: id,
      remedy: 'Its receiver acknowledges it.',
    })
  await asSystem(db, (trx) =>
    sql`update contor.message set acknowledged_at = coalesce(acknowledged_at, now()), acknowledged_by = coalesce(acknowledged_by, ${actor.subject})
         where metering_point_id = ${found.meteringPointId} and id = ${id}`.execute(trx),
  )
}
