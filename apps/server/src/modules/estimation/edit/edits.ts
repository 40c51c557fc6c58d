// Edits by persons: made, approved by a second person where a bill stands on the day, undone.

import type { Channel } from '@contor/intervals'
import { sql } from 'kysely'
import { type Actor, ContorError, notFound, type Trx } from '../../../platform/index.ts'
import { writeAudit } from '../../access/index.ts'
import { type ChangeKind, replaceDay } from '../../readings/index.ts'
import { lockDays, sourcesAfter, withSlots } from '../days.ts'
import { replacementsOf, reversed, type SlotRunChange } from './changes.ts'
import type { Operation } from './operations.ts'
import { type EditPreview, type EditRequest, planEdit } from './preview.ts'

export type EditKind = 'edit' | 'undo' | 'recalculation'
export type EditState = 'pending' | 'applied' | 'refused' | 'undone'

export type Edit = {
  readonly id: string
  readonly meteringPointId: string
  readonly pod: string
  readonly kind: EditKind
  readonly state: EditState
  readonly author: string
  readonly at: Date
  readonly reason: string
  readonly channel: Channel
  readonly from: Date
  readonly to: Date
  readonly operation: Readonly<Record<string, unknown>>
  readonly billed: boolean
  readonly undoes: string | null
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
}

const columns = sql`id, metering_point_id as "meteringPointId",
  (select p.pod from contor.metering_point p where p.id = metering_point_id) as pod, kind, state, author, at, reason, channel, from_at as "from", to_at as "to",
  operation, billed, undoes, decided_by as "decidedBy", decided_at as "decidedAt"`

/** Version of the rule that an edit carries in the version log. */
const ruleVersion = 1

export type NewEdit = {
  readonly kind: EditKind
  readonly meteringPointId: string
  readonly channel: Channel
  readonly from: Date
  readonly to: Date
  readonly reason: string
  readonly operation: Readonly<Record<string, unknown>>
  readonly billed: boolean
  readonly undoes?: string
  readonly report?: object
  readonly days: readonly { readonly day: string; readonly changes: readonly SlotRunChange[] }[]
}

/** Keeps an edit with both values of every slot; it changes nothing yet. */
export async function keepEdit(trx: Trx, actor: Actor, edit: NewEdit): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into contor.edit (metering_point_id, kind, author, reason, channel, from_at, to_at, operation, billed, state, undoes, report)
    values (${edit.meteringPointId}, ${edit.kind}, ${actor.subject}, ${edit.reason}, ${edit.channel}, ${edit.from}, ${edit.to},
            ${JSON.stringify(edit.operation)}::jsonb, ${edit.billed}, 'pending', ${edit.undoes ?? null},
            ${edit.report ? JSON.stringify(edit.report) : null}::jsonb)
    returning id`.execute(trx)
  const [{ id }] = rows
  const changed = edit.days.filter((day) => day.changes.length > 0)
  await sql`
    insert into contor.edit_day (metering_point_id, edit_id, day, changes)
    select ${edit.meteringPointId}::bigint, ${id}::bigint, t.* from unnest(${changed.map((day) => day.day)}::date[],
           ${changed.map((day) => JSON.stringify(day.changes))}::jsonb[]) as t(day, changes)`.execute(trx)
  await writeAudit(trx, actor, 'reading.edit', `metering-point:${edit.meteringPointId}`, {
    edit: id,
    kind: edit.kind,
    channel: edit.channel,
    from: edit.from.toISOString(),
    to: edit.to.toISOString(),
    reason: edit.reason,
  })
  return id
}

/**
 * Makes an edit. Days that no bill stands on change at once; with a billed day among them the whole edit waits for a
 * second person.
 */
export async function makeEdit(
  trx: Trx,
  actor: Actor,
  request: EditRequest & { readonly reason: string },
): Promise<{ edit: Edit; preview: EditPreview }> {
  const { preview } = await planEdit(trx, request)
  if (preview.changedSlots === 0)
    throw new ContorError('invalid-request', 'The operation changes nothing', {
      field: 'operation',
      value: request.operation.kind,
      remedy: 'Look at the preview: it tells before and after of every day.',
    })
  const id = await keepEdit(trx, actor, {
    kind: 'edit',
    meteringPointId: request.meteringPointId,
    channel: request.channel,
    from: new Date(request.from),
    to: new Date(request.to),
    reason: request.reason,
    operation: { ...brief(request.operation), only: request.only },
    billed: preview.needsSecondPerson,
    days: preview.days,
  })
  if (!preview.needsSecondPerson) await applyEdit(trx, await lockEdit(trx, id), undefined)
  return { edit: await findEdit(trx, id), preview }
}

// Values of a long 'set' stand in the days of the edit; they are not kept twice.
function brief(operation: Operation): Record<string, unknown> {
  if (operation.kind !== 'set') return operation
  return { kind: 'set', count: operation.values.length }
}

/** A second person says yes: the edit takes effect. */
export async function approveEdit(trx: Trx, actor: Actor, id: string): Promise<Edit> {
  const edit = await pendingEdit(trx, actor, id)
  await applyEdit(trx, edit, actor.subject)
  await writeAudit(trx, actor, 'reading.approve', `metering-point:${edit.meteringPointId}`, { edit: id })
  return findEdit(trx, id)
}

/** A second person says no, or the author takes it back. */
export async function refuseEdit(trx: Trx, actor: Actor, id: string, reason: string): Promise<Edit> {
  const edit = await lockEdit(trx, id)
  if (edit.state !== 'pending') throw notPending(edit)
  const decider = actor.subject === edit.author ? null : actor.subject
  await sql`update contor.edit set state = 'refused', decided_by = ${decider}, decided_at = now()
             where metering_point_id = ${edit.meteringPointId} and id = ${id}`.execute(trx)
  await writeAudit(trx, actor, 'reading.approve', `metering-point:${edit.meteringPointId}`, {
    edit: id,
    refused: true,
    reason,
  })
  return findEdit(trx, id)
}

/**
 * Gives the slots of an applied edit their former values back, as a version of its own; on a billed day it waits
 * for a second person as the edit did.
 * @throws ContorError 'conflict' when one of the slots has changed since
 */
export async function undoEdit(trx: Trx, actor: Actor, id: string, reason: string): Promise<Edit> {
  const edit = await lockEdit(trx, id)
  if (edit.state !== 'applied')
    throw new ContorError('conflict', `Edit ${id} is ${edit.state}`, {
      field: 'id',
      value: id,
      remedy: 'Only an edit that has taken effect can be undone.',
    })
  const days = (await loadChanges(trx, edit)).map(({ day, changes }) => ({ day, changes: reversed(changes) }))
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from contor.billed_period b where b.metering_point_id = ${edit.meteringPointId}
       and exists (select 1 from unnest(${days.map((day) => day.day)}::date[]) d where d between b.from_day and b.to_day)`.execute(
    trx,
  )
  const undo = await keepEdit(trx, actor, {
    kind: 'undo',
    meteringPointId: edit.meteringPointId,
    channel: edit.channel,
    from: edit.from,
    to: edit.to,
    reason,
    operation: { kind: 'undo', of: id },
    billed: rows[0].n > 0,
    undoes: id,
    days,
  })
  if (rows[0].n === 0) await applyEdit(trx, await lockEdit(trx, undo), undefined)
  return findEdit(trx, undo)
}

const changeKind: Readonly<Record<EditKind, ChangeKind>> = {
  edit: 'edit',
  undo: 'undo',
  recalculation: 'recalculation',
}

async function applyEdit(trx: Trx, edit: Edit, approvedBy: string | undefined): Promise<void> {
  const days = await loadChanges(trx, edit)
  const id = edit.meteringPointId
  const locked = new Map(
    (days.length > 0 ? await lockDays(trx, id, days[0].day, days[days.length - 1].day) : []).map((each) => [
      each.day,
      each,
    ]),
  )
  for (const { day, changes } of days) {
    const stored = locked.get(day)
    if (!stored) throw new Error(`day ${day} of metering point ${id} vanished under its lock`)
    const block = withSlots(stored.block, replacementsOf(stored.block, edit.channel, changes))
    await replaceDay(trx, id, block, sourcesAfter(block, stored.sources), {
      kind: changeKind[edit.kind],
      rule: `edit.${String(edit.operation['kind'])}`,
      ruleVersion,
      actor: edit.author,
      reason: edit.reason,
      details: { edit: edit.id },
      ...(approvedBy === undefined ? {} : { approvedBy }),
    })
  }
  await sql`update contor.edit set state = 'applied', decided_by = ${approvedBy ?? null},
                   decided_at = ${approvedBy === undefined ? null : sql`now()`}
             where metering_point_id = ${id} and id = ${edit.id}`.execute(trx)
  if (edit.undoes !== null)
    await sql`update contor.edit set state = 'undone' where metering_point_id = ${id} and id = ${edit.undoes}`.execute(
      trx,
    )
}

export async function loadChanges(
  trx: Trx,
  edit: Pick<Edit, 'id' | 'meteringPointId'>,
): Promise<{ day: string; changes: SlotRunChange[] }[]> {
  const { rows } = await sql<{ day: string; changes: SlotRunChange[] }>`
    select day, changes from contor.edit_day where metering_point_id = ${edit.meteringPointId} and edit_id = ${edit.id} order by day`.execute(
    trx,
  )
  return rows
}

async function pendingEdit(trx: Trx, actor: Actor, id: string): Promise<Edit> {
  const edit = await lockEdit(trx, id)
  if (edit.state !== 'pending') throw notPending(edit)
  if (edit.author === actor.subject)
    throw new ContorError('not-allowed', `Edit ${id} is your own`, {
      field: 'id',
      value: id,
      remedy: 'Another person approves it.',
    })
  return edit
}

const notPending = (edit: Edit) =>
  new ContorError('conflict', `Edit ${edit.id} is ${edit.state}`, {
    field: 'id',
    value: edit.id,
    remedy: 'Only an edit that waits for a second person can be decided.',
  })

async function lockEdit(trx: Trx, id: string): Promise<Edit> {
  const { rows } = await sql<Edit>`select ${columns} from contor.edit where id = ${id} for update`.execute(
    trx,
  )
  if (!rows[0]) throw notFound('edit', id)
  return rows[0]
}

export async function findEdit(trx: Trx, id: string): Promise<Edit> {
  const { rows } = await sql<Edit>`select ${columns} from contor.edit where id = ${id}`.execute(trx)
  if (!rows[0]) throw notFound('edit', id)
  return rows[0]
}

/** Newest first. */
export async function listEdits(
  trx: Trx,
  filter: {
    readonly meteringPointId?: string | undefined
    readonly state?: EditState | undefined
    readonly kind?: EditKind | undefined
    readonly limit: number
    readonly before?: string | undefined
  },
): Promise<Edit[]> {
  const { rows } = await sql<Edit>`
    select ${columns} from contor.edit
     where (${filter.meteringPointId ?? null}::bigint is null or metering_point_id = ${filter.meteringPointId ?? null}::bigint)
       and (${filter.state ?? null}::text is null or state = ${filter.state ?? null}::text)
       and (${filter.kind ?? null}::text is null or kind = ${filter.kind ?? null}::text)
       and (${filter.before ?? null}::bigint is null or id < ${filter.before ?? null}::bigint)
     order by id desc limit ${filter.limit}`.execute(trx)
  return rows
}
