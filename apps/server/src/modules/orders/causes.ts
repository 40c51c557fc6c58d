// Causes of law change by another row from a day on, made by two persons; what judged an order stays as it was.

import { randomUUID } from 'node:crypto'
import { type CivilDay, civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { type Actor, ContorError, notFound, type Trx } from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import type { Cause } from './gate/gate.ts'
import { mayDecide } from './protect.ts'

/** A cause as it shall hold from a day on. */
export type CauseRow = Cause & { readonly validFrom: CivilDay }

export interface CauseChange {
  readonly id: string
  readonly cause: CauseRow
  readonly reason: string
  readonly askedBy: string
  readonly askedAt: Date
  readonly state: 'open' | 'confirmed' | 'withdrawn'
  readonly decidedBy: string | null
}

const columns = sql`id, cause, reason, asked_by as "askedBy", asked_at as "askedAt", state, decided_by as "decidedBy"`

/** Changes that wait for a second person, oldest first. */
export async function openCauseChanges(trx: Trx): Promise<CauseChange[]> {
  const { rows } = await sql<CauseChange>`
    select ${columns} from contor.cause_change where state = 'open' order by asked_at limit 200`.execute(trx)
  return rows
}

/**
 * Asks for a change of a cause, or for another one.
 * @throws ContorError 'invalid-request' for a day that is over: orders of that day were judged already
 */
export async function askCauseChange(
  trx: Trx,
  actor: Actor,
  cause: CauseRow,
  reason: string,
): Promise<CauseChange> {
  const today = civilDayOf(Date.now())
  if (cause.validFrom < today)
    throw new ContorError('invalid-request', 'A cause does not change in the past', {
      field: 'validFrom',
      value: cause.validFrom,
      remedy: `Give ${today} or a later day.`,
    })
  await refuseTaken(trx, cause)
  const { rows } = await sql<CauseChange>`
    insert into contor.cause_change (id, cause, reason, asked_by)
    values (${randomUUID()}, ${JSON.stringify(cause)}::jsonb, ${reason}, ${actor.subject}) returning ${columns}`.execute(
    trx,
  )
  const [asked] = rows
  if (!asked) throw new Error('the change that was asked for is not there')
  await writeAudit(trx, actor, 'cause.change-asked', `cause:${cause.code}`, { id: asked.id, cause, reason })
  return asked
}

/**
 * The second person confirms, or somebody takes it back.
 * @throws ContorError 'not-allowed' when whoever asked confirms, 'conflict' when it was decided before or its day is taken
 */
export async function decideCauseChange(
  trx: Trx,
  actor: Actor,
  id: string,
  decision: 'confirmed' | 'withdrawn',
  reason: string,
): Promise<CauseChange> {
  const { rows } = await sql<CauseChange>`
    select ${columns} from contor.cause_change where id = ${id} for update`.execute(trx)
  const asked = rows[0]
  if (!asked) throw notFound('change of a cause', id)
  mayDecide(actor, asked, decision)
  const { cause } = asked
  if (decision === 'confirmed') {
    // Confirmed late, it holds from the day on which it is confirmed.
    const today = civilDayOf(Date.now())
    const validFrom = [today, cause.validFrom].sort().at(-1) ?? today
    await refuseTaken(trx, { ...cause, validFrom })
    await sql`
      insert into contor.order_cause (code, valid_from, category, types, notice_days, notice_unit, debt_days, cures, working_days_only,
             user_pays, justify_days, resupply_days, resupply_unit, title_ro, title_en, source, set_by)
      values (${cause.code}, ${validFrom}::date, ${cause.category}, ${[...cause.types]}::text[], ${cause.noticeDays}, ${cause.noticeUnit},
              ${cause.debtDays}, ${[...cause.cures]}::text[], ${cause.workingDaysOnly}, ${cause.userPays}, ${cause.justifyDays},
              ${cause.resupplyDays}, ${cause.resupplyUnit}, ${cause.titleRo}, ${cause.titleEn}, ${cause.source},
              ${`${asked.askedBy}, ${actor.subject}`})`.execute(trx)
  }
  await sql`update contor.cause_change set state = ${decision}, decided_by = ${actor.subject}, decided_at = clock_timestamp() where id = ${id}`.execute(
    trx,
  )
  await writeAudit(trx, actor, `cause.change-${decision}`, `cause:${cause.code}`, { id, reason })
  return { ...asked, state: decision, decidedBy: actor.subject }
}

async function refuseTaken(trx: Trx, { code, category, validFrom }: CauseRow): Promise<void> {
  const { rows } = await sql`
    select 1 from contor.order_cause where code = ${code} and category = ${category} and valid_from = ${validFrom}::date`.execute(
    trx,
  )
  if (rows.length > 0)
    throw new ContorError('conflict', `${code} of ${category} has a row from ${validFrom} on already`, {
      field: 'validFrom',
      value: validFrom,
      remedy: 'Choose a later day.',
    })
}
