// Customers whose supply somebody's health or safety hangs on: one person protects, two end it.

import { randomUUID } from 'node:crypto'
import { type CivilDay, civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { type Actor, ContorError, notFound, type Trx } from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'

export const protectionKinds = [
  'life-support',
  'hospital',
  'school',
  'water',
  'public-safety',
  'vulnerable',
  'other',
] as const
export type ProtectionKind = (typeof protectionKinds)[number]

export interface Protection {
  readonly kind: ProtectionKind
  readonly validFrom: CivilDay
  /** The last day; null while it has no end. */
  readonly validTo: CivilDay | null
  readonly reason: string
  readonly setBy: string
}

/** An end that one person asked for and another has to confirm. */
export interface ProtectionEnd {
  readonly id: string
  readonly meteringPointId: string
  readonly kind: ProtectionKind
  readonly validFrom: CivilDay
  readonly validTo: CivilDay
  readonly reason: string
  readonly askedBy: string
  readonly state: 'open' | 'confirmed' | 'withdrawn'
  readonly decidedBy: string | null
}

const endColumns = sql`metering_point_id as "meteringPointId", id, kind, valid_from as "validFrom", valid_to as "validTo", reason,
  asked_by as "askedBy", state, decided_by as "decidedBy"`

/** Protections of a point, ended ones included, and the ends that wait for a second person. */
export async function protectionsOf(
  trx: Trx,
  meteringPointId: string,
): Promise<{ readonly items: Protection[]; readonly ends: ProtectionEnd[] }> {
  const items = await sql<Protection>`
    select kind, valid_from as "validFrom", valid_to as "validTo", reason, set_by as "setBy" from contor.point_protection
     where metering_point_id = ${meteringPointId} order by valid_from desc, kind`.execute(trx)
  const ends = await sql<ProtectionEnd>`
    select ${endColumns} from contor.protection_change
     where metering_point_id = ${meteringPointId} and state = 'open' order by asked_at`.execute(trx)
  return { items: items.rows, ends: ends.rows }
}

/**
 * Protects a point from a day on. It takes nobody's supply, so one person is enough.
 * @throws ContorError 'conflict' when there is such a protection from that day on
 */
export async function protectPoint(
  trx: Trx,
  actor: Actor,
  meteringPointId: string,
  { kind, validFrom, validTo, reason }: Omit<Protection, 'setBy'>,
): Promise<void> {
  if (validTo !== null && validTo < validFrom)
    throw new ContorError('invalid-request', 'A protection ends after it begins', {
      field: 'validTo',
      value: validTo,
      remedy: 'Give its last day, or none.',
    })
  const { numAffectedRows } = await sql`
    insert into contor.point_protection (metering_point_id, kind, valid_from, valid_to, reason, set_by)
    values (${meteringPointId}, ${kind}, ${validFrom}::date, ${validTo}::date, ${reason}, ${actor.subject}) on conflict do nothing`.execute(
    trx,
  )
  if (numAffectedRows !== 1n)
    throw new ContorError('conflict', `The point is protected as ${kind} from ${validFrom} on already`, {
      field: 'validFrom',
      value: validFrom,
      remedy: 'Choose another day, or leave it as it is.',
    })
  await writeAudit(trx, actor, 'protection.set', `point:${meteringPointId}`, {
    kind,
    validFrom,
    validTo,
    reason,
  })
  await wakeOrders(trx, meteringPointId)
}

/** Asks for the end of a protection. @throws ContorError 'not-found' without such a protection that still runs */
export async function askProtectionEnd(
  trx: Trx,
  actor: Actor,
  meteringPointId: string,
  ask: Pick<ProtectionEnd, 'kind' | 'validFrom' | 'validTo' | 'reason'>,
): Promise<ProtectionEnd> {
  const { rows: running } = await sql`
    select 1 from contor.point_protection
     where metering_point_id = ${meteringPointId} and kind = ${ask.kind} and valid_from = ${ask.validFrom}::date
       and (valid_to is null or valid_to > ${ask.validTo}::date)`.execute(trx)
  if (running.length === 0) throw notFound('protection', `${ask.kind} ${ask.validFrom}`)
  // A day that is over was a protected one, whatever is said of it later.
  const today = civilDayOf(Date.now())
  if (ask.validTo < today)
    throw new ContorError('invalid-request', 'A protection does not end in the past', {
      field: 'validTo',
      value: ask.validTo,
      remedy: `Give ${today} or a later day as its last one.`,
    })
  const { rows } = await sql<ProtectionEnd>`
    insert into contor.protection_change (metering_point_id, id, kind, valid_from, valid_to, reason, asked_by)
    values (${meteringPointId}, ${randomUUID()}, ${ask.kind}, ${ask.validFrom}::date, ${ask.validTo}::date, ${ask.reason}, ${actor.subject})
    returning ${endColumns}`.execute(trx)
  const [asked] = rows
  if (!asked) throw new Error('the end that was asked for is not there')
  await writeAudit(trx, actor, 'protection.end-asked', `point:${meteringPointId}`, { ...ask, id: asked.id })
  return asked
}

/**
 * Confirms or withdraws the end of a protection.
 * @throws ContorError 'not-allowed' when whoever asked confirms, 'conflict' when it was decided before
 */
export async function decideProtectionEnd(
  trx: Trx,
  actor: Actor,
  id: string,
  decision: 'confirmed' | 'withdrawn',
  reason: string,
): Promise<ProtectionEnd> {
  const { rows } = await sql<ProtectionEnd>`
    select ${endColumns} from contor.protection_change where id = ${id}`.execute(trx)
  const asked = rows[0]
  if (!asked) throw notFound('end of a protection', id)
  mayDecide(actor, asked, decision)
  const { numAffectedRows } = await sql`
    update contor.protection_change set state = ${decision}, decided_by = ${actor.subject}, decided_at = clock_timestamp()
     where metering_point_id = ${asked.meteringPointId} and id = ${id} and state = 'open'`.execute(trx)
  // Two who decide at the same time: the first one has.
  if (numAffectedRows !== 1n) mayDecide(actor, { ...asked, state: 'decided' }, decision)
  if (decision === 'confirmed')
    await sql`update contor.point_protection set valid_to = greatest(${asked.validTo}::date, ${civilDayOf(Date.now())}::date)
               where metering_point_id = ${asked.meteringPointId} and kind = ${asked.kind} and valid_from = ${asked.validFrom}::date`.execute(
      trx,
    )
  await writeAudit(trx, actor, `protection.end-${decision}`, `point:${asked.meteringPointId}`, { id, reason })
  await wakeOrders(trx, asked.meteringPointId)
  return { ...asked, state: decision, decidedBy: actor.subject }
}

/** Whoever asked may take it back, and never be the second person. */
export function mayDecide(
  actor: Actor,
  asked: { readonly askedBy: string; readonly state: string },
  decision: 'confirmed' | 'withdrawn',
): void {
  if (asked.state !== 'open')
    throw new ContorError('conflict', `It is ${asked.state} already`, {
      field: 'state',
      value: asked.state,
      remedy: 'Read it again; what is decided stays.',
    })
  if (decision === 'confirmed' && actor.subject === asked.askedBy)
    throw new ContorError('not-allowed', 'Whoever asks does not confirm', {
      field: 'id',
      remedy: 'Another person with the right to approve orders confirms.',
    })
}

/** Orders that wait at the point are judged again by what holds there. */
async function wakeOrders(trx: Trx, meteringPointId: string): Promise<void> {
  await sql`update contor.work_order set next_at = created_at
             where metering_point_id = ${meteringPointId} and state in ('waiting', 'approval', 'ready')`.execute(
    trx,
  )
}
