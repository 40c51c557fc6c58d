// Interruptions as rows: announced, begun, ended, with everybody concerned told in the same transaction.

import { randomUUID } from 'node:crypto'
import { civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { type Actor, ContorError, notFound, type Trx } from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import { legalRule } from '../legal/index.ts'
import { writeMessage } from '../messages/index.ts'
import { firstDayAfterNotice } from './notice.ts'

export const interruptionKinds = ['planned', 'accidental', 'requested'] as const
export const interruptionStates = ['announced', 'requested', 'ongoing', 'ended', 'cancelled'] as const
export type InterruptionKind = (typeof interruptionKinds)[number]
export type InterruptionState = (typeof interruptionStates)[number]

export interface Interruption {
  readonly id: string
  readonly number: string
  readonly kind: InterruptionKind
  readonly state: InterruptionState
  readonly stationId: string | null
  readonly station: string | null
  readonly feeder: string | null
  readonly startsAt: Date
  readonly endsAt: Date
  readonly reason: string
  /** How and where the installation is visibly separated. */
  readonly separation: string | null
  readonly startedAt: Date | null
  readonly endedAt: Date | null
  readonly createdBy: string
  readonly createdAt: Date
  readonly points: number
}

const columns = sql`
  i.id, i.number, i.kind, i.state, i.station_id as "stationId", s.name as station, i.feeder, i.starts_at as "startsAt",
  i.ends_at as "endsAt", i.reason, i.separation, i.started_at as "startedAt", i.ended_at as "endedAt",
  i.created_by as "createdBy", i.created_at as "createdAt",
  (select count(*)::int from contor.interruption_point x where x.interruption_id = i.id) as points`
const source = sql`contor.interruption i left join contor.station s on s.id = i.station_id`

/** Those that overlap [from, to), soonest first. */
export async function listInterruptions(trx: Trx, from: number, to: number): Promise<Interruption[]> {
  const { rows } = await sql<Interruption>`
    select ${columns} from ${source}
     where coalesce(i.started_at, i.starts_at) < ${new Date(to)} and coalesce(i.ended_at, i.ends_at) >= ${new Date(from)}
        or i.state = 'ongoing'
     order by i.starts_at, i.number limit 500`.execute(trx)
  return rows
}

/** @param id id or number */
export async function findInterruption(trx: Trx, id: string): Promise<Interruption> {
  const { rows } = await sql<Interruption>`
    select ${columns} from ${source} where i.id::text = ${id} or i.number = ${id}`.execute(trx)
  if (!rows[0]) throw notFound('interruption', id)
  return rows[0]
}

export interface NewInterruption {
  readonly kind: InterruptionKind
  readonly stationId: string | null
  /** With the station: one feeder of it. */
  readonly feeder: string | null
  /** POD or id; instead of a station. */
  readonly points: readonly string[]
  readonly startsAt: number
  readonly endsAt: number
  readonly reason: string
}

const hourMs = 3_600_000

/**
 * Records an interruption and tells everybody concerned.
 * @throws ContorError 'invalid-request' for a planned one without its notice, or one that concerns nobody
 */
export async function recordInterruption(
  trx: Trx,
  actor: Actor,
  input: NewInterruption,
  now: number,
): Promise<Interruption> {
  await checkTimes(trx, input, now)
  const points = await pointsOf(trx, input)
  const id = randomUUID()
  const state = input.kind === 'planned' ? 'announced' : input.kind === 'accidental' ? 'ongoing' : 'requested'
  const { rows } = await sql<{ number: string }>`
    insert into contor.interruption (id, number, kind, state, station_id, feeder, starts_at, ends_at, reason, started_at, created_by, created_at)
    values (${id}, ${`INT-${civilDayOf(now).slice(0, 4)}-`} || lpad(nextval('contor.interruption_number')::text, 6, '0'), ${input.kind},
            ${state}, ${input.stationId}, ${input.feeder}, ${new Date(input.startsAt)}, ${new Date(input.endsAt)}, ${input.reason},
            ${state === 'ongoing' ? new Date(input.startsAt) : null}, ${actor.subject}, ${new Date(now)}) returning number`.execute(
    trx,
  )
  const number = rows[0]?.number ?? ''
  await sql`
    insert into contor.interruption_point (metering_point_id, interruption_id, number)
    select p, ${id}::uuid, ${number} from unnest(${points}::bigint[]) p`.execute(trx)
  const made = await findInterruption(trx, id)
  const told =
    input.kind === 'requested'
      ? await tellOperator(trx, made)
      : await tell(trx, made, input.kind === 'planned' ? 'interruption-announced' : 'interruption-accidental')
  await note(trx, made, state, actor.subject, now, { messages: told, points: points.length })
  await writeAudit(trx, actor, 'interruption.plan', `interruption:${number}`, {
    kind: input.kind,
    points: points.length,
    startsAt: made.startsAt.toISOString(),
    endsAt: made.endsAt.toISOString(),
    reason: input.reason,
  })
  return made
}

async function checkTimes(
  trx: Trx,
  input: Pick<NewInterruption, 'kind' | 'startsAt' | 'endsAt'>,
  now: number,
): Promise<void> {
  const wrong = (field: string, value: number, text: string, remedy: string): never => {
    throw new ContorError('invalid-request', text, { field, value: new Date(value).toISOString(), remedy })
  }
  if (input.endsAt <= input.startsAt)
    wrong('endsAt', input.endsAt, 'It ends before it begins', 'Give the estimated end.')
  if (input.kind === 'accidental' && input.startsAt > now)
    wrong(
      'startsAt',
      input.startsAt,
      'An accidental interruption has begun',
      'Give when it began, or plan one.',
    )
  if (input.kind !== 'planned') return
  const longest = (await legalRule(trx, 'interruption.longest.hours', civilDayOf(now))).value
  if (input.endsAt - input.startsAt > longest * hourMs)
    wrong(
      'endsAt',
      input.endsAt,
      `A planned interruption lasts up to ${longest} hours`,
      'Announce it in parts.',
    )
  const days = (await legalRule(trx, 'interruption.notice.days', civilDayOf(now))).value
  const first = firstDayAfterNotice(now, days)
  if (civilDayOf(input.startsAt) < first)
    wrong(
      'startsAt',
      input.startsAt,
      `A planned interruption is announced ${days} working days before`,
      `The first possible day is ${first}.`,
    )
}

async function pointsOf(trx: Trx, input: NewInterruption): Promise<string[]> {
  if (input.stationId === null) {
    const ids: string[] = []
    for (const name of input.points) {
      const { rows } = await sql<{ id: string }>`
        select p.id from contor.metering_point p
         where ${/^[1-9]\d{0,18}$/.test(name) ? sql`p.id = ${name}` : sql`p.pod = ${name}`} and p.kind <> 'balance'`.execute(
        trx,
      )
      if (!rows[0]) throw notFound('metering point', name)
      ids.push(rows[0].id)
    }
    if (ids.length > 0) return [...new Set(ids)]
  }
  const { rows } = await sql<{ id: string }>`
    select p.id from contor.metering_point p
     where p.station_id = ${input.stationId} and p.kind <> 'balance'
       and (${input.feeder}::text is null or p.feeder = ${input.feeder}) order by p.id`.execute(trx)
  if (rows.length === 0)
    throw new ContorError('invalid-request', 'It concerns nobody', {
      field: 'stationId',
      value: input.stationId,
      remedy: 'Give a station, one of its feeders, or points.',
    })
  return rows.map(({ id }) => id)
}

async function note(
  trx: Trx,
  { id }: Pick<Interruption, 'id'>,
  event: string,
  actor: string,
  at: number,
  details: object,
): Promise<void> {
  await sql`
    insert into contor.interruption_event (interruption_id, seq, at, event, actor, details)
    select ${id}::uuid, coalesce(max(seq), 0) + 1, ${new Date(at)}, ${event}, ${actor}, ${JSON.stringify(details)}::jsonb
      from contor.interruption_event where interruption_id = ${id}`.execute(trx)
}

/** Writes to the customer and the supplier of each point. @returns messages */
async function tell(trx: Trx, one: Interruption, kind: string): Promise<number> {
  const { rows } = await sql<{ id: string; pod: string; customer: string | null; supplier: string | null }>`
    select p.id, p.pod, p.customer, p.supplier from contor.interruption_point x
      join contor.metering_point p on p.id = x.metering_point_id where x.interruption_id = ${one.id} order by p.id`.execute(
    trx,
  )
  let told = 0
  for (const row of rows)
    for (const recipient of [
      row.customer === null ? 'operator' : `customer:${row.customer}`,
      ...(row.supplier === null ? [] : [`supplier:${row.supplier}`]),
    ]) {
      await writeMessage(trx, messageOf(one, row, recipient, kind))
      told++
    }
  return told
}

/** A visible separation is made by hand: somebody has to send a crew. */
async function tellOperator(trx: Trx, one: Interruption): Promise<number> {
  const { rows } = await sql<{ id: string; pod: string }>`
    select p.id, p.pod from contor.interruption_point x
      join contor.metering_point p on p.id = x.metering_point_id where x.interruption_id = ${one.id}`.execute(
    trx,
  )
  for (const row of rows) await writeMessage(trx, messageOf(one, row, 'operator', 'interruption-requested'))
  return rows.length
}

const messageOf = (one: Interruption, row: { id: string; pod: string }, recipient: string, kind: string) => ({
  meteringPointId: row.id,
  about: 'interruption' as const,
  aboutId: one.id,
  recipient,
  kind,
  at: Date.now(),
  body: {
    pod: row.pod,
    number: one.number,
    startsAt: one.startsAt.toISOString(),
    endsAt: one.endsAt.toISOString(),
    minutes: Math.round((one.endsAt.getTime() - one.startsAt.getTime()) / 60_000),
    reason: one.reason,
    ...(one.endedAt && { endedAt: one.endedAt.toISOString() }),
  },
})

export type InterruptionAct =
  | { readonly act: 'start'; readonly at: number; readonly separation?: string | undefined }
  | { readonly act: 'end'; readonly at: number }
  | {
      readonly act: 'reschedule'
      readonly startsAt: number
      readonly endsAt: number
      readonly reason: string
    }
  | { readonly act: 'cancel'; readonly reason: string }

/** What may follow which state. */
const follows: Readonly<Record<InterruptionAct['act'], readonly InterruptionState[]>> = {
  start: ['announced', 'requested'],
  end: ['ongoing'],
  reschedule: ['announced'],
  cancel: ['announced', 'requested'],
}

/**
 * Moves an interruption on and tells everybody what changed for him.
 * @throws ContorError 'conflict' for an act that does not follow its state; 'invalid-request' for a time that cannot be,
 *   a new date without its notice, or a user's installation energised or dead without a visible separation
 */
export async function changeInterruption(
  trx: Trx,
  actor: Actor,
  id: string,
  change: InterruptionAct,
  now: number,
): Promise<Interruption> {
  const { id: key } = await findInterruption(trx, id)
  await sql`select 1 from contor.interruption where id = ${key} for update`.execute(trx)
  const one = await findInterruption(trx, key)
  if (!follows[change.act].includes(one.state))
    throw new ContorError('conflict', `${one.number} is ${one.state}`, {
      field: 'id',
      value: one.number,
      remedy: `${change.act} follows ${follows[change.act].join(' or ')}.`,
    })
  const details = await apply(trx, one, change, now)
  await note(trx, one, change.act, actor.subject, now, details)
  await writeAudit(trx, actor, 'interruption.change', `interruption:${one.number}`, {
    act: change.act,
    ...details,
  })
  return findInterruption(trx, key)
}

async function apply(trx: Trx, one: Interruption, change: InterruptionAct, now: number): Promise<object> {
  if (change.act === 'start') return start(trx, one, change, now)
  if (change.act === 'end') return end(trx, one, change.at, now)
  if (change.act === 'cancel') {
    await sql`update contor.interruption set state = 'cancelled' where id = ${one.id}`.execute(trx)
    return {
      reason: change.reason,
      messages: one.kind === 'requested' ? 0 : await tell(trx, one, 'interruption-cancelled'),
    }
  }
  const { startsAt, endsAt, reason } = change
  await checkTimes(trx, { kind: one.kind, startsAt, endsAt }, now)
  await sql`update contor.interruption set starts_at = ${new Date(startsAt)}, ends_at = ${new Date(endsAt)}
             where id = ${one.id}`.execute(trx)
  const moved = await findInterruption(trx, one.id)
  return {
    reason,
    before: one.startsAt.toISOString(),
    messages: await tell(trx, moved, 'interruption-rescheduled'),
  }
}

const timeRemedy = 'Give the instant as it was; leave it out for this moment.'

async function start(
  trx: Trx,
  one: Interruption,
  { at, separation }: Extract<InterruptionAct, { act: 'start' }>,
  now: number,
): Promise<object> {
  if (at > now || at < one.createdAt.getTime() - 24 * hourMs)
    throw new ContorError('invalid-request', 'Nothing begins in the future, or long before it was known', {
      field: 'at',
      value: new Date(at).toISOString(),
      remedy: timeRemedy,
    })
  if (one.kind === 'planned' && at < one.startsAt.getTime())
    throw new ContorError('invalid-request', 'Nobody is interrupted before the time that he was told', {
      field: 'at',
      value: new Date(at).toISOString(),
      remedy: 'Reschedule it with its notice; supply that went sooner is an accidental interruption.',
    })
  if (one.kind === 'requested' && (separation ?? '').trim().length < 5)
    throw new ContorError('invalid-request', 'The installation has to be visibly separated', {
      field: 'separation',
      remedy: 'Say how and where: a relay inside a meter shows no gap (ANRE 90/2015, annex 2, 1 j).',
    })
  await sql`update contor.interruption set state = 'ongoing', started_at = ${new Date(at)}, separation = ${separation ?? null}
             where id = ${one.id}`.execute(trx)
  return { at: new Date(at).toISOString(), separation: separation ?? null }
}

async function end(trx: Trx, one: Interruption, at: number, now: number): Promise<object> {
  if (at > now || at <= (one.startedAt?.getTime() ?? 0))
    throw new ContorError('invalid-request', 'It ends after it began, and not in the future', {
      field: 'at',
      value: new Date(at).toISOString(),
      remedy: timeRemedy,
    })
  await sql`update contor.interruption set state = 'ended', ended_at = ${new Date(at)} where id = ${one.id}`.execute(
    trx,
  )
  // From here on it is certain that nothing was used: missing quarter-hours of this time are estimated as zero.
  await sql`update contor.interruption_point set off_from = ${one.startedAt}, off_to = ${new Date(at)}
             where interruption_id = ${one.id}`.execute(trx)
  const ended = await findInterruption(trx, one.id)
  return { at: new Date(at).toISOString(), messages: await tell(trx, ended, 'interruption-ended') }
}
