// Customers whose supply somebody's health or safety hangs on: one person protects, two end it.

import { randomUUID } from 'node:crypto'
import { civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { type Actor, ContorError, notFound, type Trx } from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import {
  type AskedEnd,
  askedEndHolds,
  endProtection,
  type ProtectionRow,
  readProtections,
  type Signer,
  sealAskedEnd,
  type Verifier,
} from '../commands/index.ts'

export type Protection = Omit<ProtectionRow, 'meteringPointId'>

/** An end that one person asked for and another has to confirm. */
export interface ProtectionEnd extends AskedEnd {
  readonly state: 'open' | 'confirmed' | 'withdrawn'
  readonly decidedBy: string | null
}

const endColumns = sql`metering_point_id as "meteringPointId", id, kind, valid_from as "validFrom", valid_to as "validTo", reason,
  asked_by as "askedBy", state, decided_by as "decidedBy"`

/** Protections of a point, ended ones included, and the ends that wait for a second person. */
export async function protectionsOf(
  trx: Trx,
  verifier: Verifier,
  meteringPointId: string,
): Promise<{ readonly items: Protection[]; readonly ends: ProtectionEnd[] }> {
  const rows = await readProtections(trx, verifier, sql`p.metering_point_id = ${meteringPointId}`)
  const items = rows.map(({ meteringPointId: _, ...item }) => item)
  const ends = await sql<ProtectionEnd>`
    select ${endColumns} from contor.protection_change
     where metering_point_id = ${meteringPointId} and state = 'open' order by asked_at`.execute(trx)
  return { items, ends: ends.rows }
}

/**
 * Protects a point from a day on. It takes nobody's supply, so one person is enough.
 * @throws ContorError 'conflict' when there is such a protection from that day on
 */
export async function protectPoint(
  trx: Trx,
  actor: Actor,
  meteringPointId: string,
  { kind, validFrom, validTo, reason }: Omit<Protection, 'setBy' | 'forgedEnds'>,
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
  signer: Signer,
  actor: Actor,
  meteringPointId: string,
  ask: Pick<ProtectionEnd, 'kind' | 'validFrom' | 'validTo' | 'reason'>,
): Promise<ProtectionEnd> {
  const running = await readProtections(
    trx,
    signer.verifier,
    sql`p.metering_point_id = ${meteringPointId} and p.kind = ${ask.kind} and p.valid_from = ${ask.validFrom}::date`,
  )
  if (!running.some(({ validTo }) => validTo === null || validTo > ask.validTo))
    throw notFound('protection', `${ask.kind} ${ask.validFrom}`)
  // A day that is over was a protected one, whatever is said of it later.
  const today = civilDayOf(Date.now())
  if (ask.validTo < today)
    throw new ContorError('invalid-request', 'A protection does not end in the past', {
      field: 'validTo',
      value: ask.validTo,
      remedy: `Give ${today} or a later day as its last one.`,
    })
  const end: AskedEnd = {
    meteringPointId,
    id: randomUUID(),
    kind: ask.kind,
    validFrom: ask.validFrom,
    validTo: ask.validTo,
    reason: ask.reason,
    askedBy: actor.subject,
  }
  const { rows } = await sql<ProtectionEnd>`
    insert into contor.protection_change (metering_point_id, id, kind, valid_from, valid_to, reason, asked_by, seal)
    values (${meteringPointId}, ${end.id}, ${end.kind}, ${end.validFrom}::date, ${end.validTo}::date, ${end.reason}, ${end.askedBy},
            ${sealAskedEnd(signer, end)})
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
  signer: Signer,
  actor: Actor,
  id: string,
  decision: 'confirmed' | 'withdrawn',
  reason: string,
): Promise<ProtectionEnd> {
  const { rows } = await sql<ProtectionEnd & { seal: Buffer | null }>`
    select ${endColumns}, seal from contor.protection_change where id = ${id}`.execute(trx)
  if (!rows[0]) throw notFound('end of a protection', id)
  const { seal, ...asked } = rows[0]
  mayDecide(actor, asked, decision)
  // Who asked is believed under the seal alone: another name in the row would make one person two.
  if (decision === 'confirmed' && !askedEndHolds(signer.verifier, asked, seal))
    throw new ContorError('conflict', 'The seal of this request does not hold', {
      field: 'id',
      value: id,
      remedy: 'Take it back and ask for the end again.',
    })
  const { numAffectedRows } = await sql`
    update contor.protection_change set state = ${decision}, decided_by = ${actor.subject}, decided_at = clock_timestamp()
     where metering_point_id = ${asked.meteringPointId} and id = ${id} and state = 'open'`.execute(trx)
  // Two who decide at the same time: the first one has.
  if (numAffectedRows !== 1n) mayDecide(actor, { ...asked, state: 'decided' }, decision)
  if (decision === 'confirmed') {
    const today = civilDayOf(Date.now())
    const late = asked.validTo < today
    await endProtection(trx, signer, late ? { ...asked, validTo: today } : asked, actor.subject)
  }
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
