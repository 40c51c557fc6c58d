// A run of a limitation tranche: proposed, approved by a second person and announced with that, warned, applied, lifted.

import { randomUUID } from 'node:crypto'
import { civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { type Actor, ContorError, notFound, type Trx } from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import { liftLimitation, type Signer, type Verifier } from '../commands/index.ts'
import { legalRule } from '../legal/index.ts'
import { writeMessage } from '../messages/index.ts'
import { checkDigest, findTranche, membersOf } from './plan.ts'
import { type Excluded, rehearse } from './rehearse.ts'

export const runStates = ['proposed', 'announced', 'warned', 'applied', 'lifted', 'cancelled'] as const
export type RunState = (typeof runStates)[number]

export interface Run {
  readonly id: string
  readonly number: string
  readonly code: string
  readonly version: number
  readonly state: RunState
  readonly startsAt: Date
  readonly endsAt: Date
  readonly emergency: string | null
  readonly reason: string
  readonly noticeHours: number
  readonly warningMinutes: number
  readonly proposedBy: string
  readonly proposedAt: Date
  readonly approvedBy: string | null
  readonly announcedAt: Date | null
  readonly warnedAt: Date | null
  readonly appliedAt: Date | null
  readonly liftedAt: Date | null
  readonly endedBy: string | null
  readonly endReason: string | null
  readonly seal: Buffer | null
}

export interface RunMember {
  readonly meteringPointId: string
  readonly normalW: number
  readonly limitW: number
  readonly excluded: Excluded | null
  readonly limitationId: string | null
}

const columns = sql`
  r.id, r.number, r.code, r.version, r.state, r.starts_at as "startsAt", r.ends_at as "endsAt", r.emergency, r.reason,
  r.notice_hours as "noticeHours", r.warning_minutes as "warningMinutes", r.proposed_by as "proposedBy",
  r.proposed_at as "proposedAt", r.approved_by as "approvedBy", r.announced_at as "announcedAt", r.warned_at as "warnedAt",
  r.applied_at as "appliedAt", r.lifted_at as "liftedAt", r.ended_by as "endedBy", r.end_reason as "endReason", r.seal`

export async function listRuns(trx: Trx, code?: string): Promise<Run[]> {
  const { rows } = await sql<Run>`
    select ${columns} from contor.limitation_run r where ${code ?? null}::text is null or r.code = ${code ?? null}
     order by r.starts_at desc, r.number desc limit 200`.execute(trx)
  return rows
}

/** @param id id or number */
export async function findRun(trx: Trx, id: string): Promise<Run> {
  const { rows } = await sql<Run>`
    select ${columns} from contor.limitation_run r where r.id::text = ${id} or r.number = ${id}`.execute(trx)
  if (!rows[0]) throw notFound('run', id)
  return rows[0]
}

/** Locks a run for whoever changes it. */
export async function lockRun(trx: Trx, id: string): Promise<Run> {
  const run = await findRun(trx, id)
  const { rows } = await sql<Run>`
    select ${columns} from contor.limitation_run r where r.id = ${run.id} for update`.execute(trx)
  return rows[0] ?? run
}

export async function runMembers(trx: Trx, runId: string): Promise<RunMember[]> {
  const { rows } = await sql<RunMember>`
    select metering_point_id as "meteringPointId", normal_w as "normalW", limit_w as "limitW", excluded,
           limitation_id as "limitationId"
      from contor.limitation_run_member where run_id = ${runId} order by metering_point_id`.execute(trx)
  return rows
}

export async function noteRun(
  trx: Trx,
  run: Pick<Run, 'id'>,
  event: string,
  actor: string,
  at: number,
  details: object = {},
): Promise<void> {
  await sql`
    insert into contor.limitation_run_event (run_id, seq, at, event, actor, details)
    select ${run.id}::uuid, coalesce(max(seq), 0) + 1, ${new Date(at)}, ${event}, ${actor}, ${JSON.stringify(details)}::jsonb
      from contor.limitation_run_event where run_id = ${run.id}`.execute(trx)
}

const sealBytes = (run: Run, approvedBy: string, members: readonly RunMember[]) =>
  Buffer.from(
    JSON.stringify([
      'contor-limitation-run-1',
      run.id,
      run.number,
      run.code,
      run.version,
      run.startsAt.getTime(),
      run.endsAt.getTime(),
      run.emergency,
      run.noticeHours,
      run.warningMinutes,
      run.proposedBy,
      approvedBy,
      members.map((m) => [m.meteringPointId, m.normalW, m.limitW, m.excluded]),
    ]),
  )

/** Whether two persons asked this house for exactly this run and these members. */
export const runHolds = (verifier: Verifier, run: Run, members: readonly RunMember[]): boolean =>
  run.seal !== null &&
  run.approvedBy !== null &&
  verifier.verify(sealBytes(run, run.approvedBy, members), run.seal)

export interface NewRun {
  readonly code: string
  readonly startsAt: number
  readonly endsAt: number
  /** Named reason: neither notice nor warning. */
  readonly emergency: string | null
  readonly reason: string
}

const hourMs = 3_600_000

/** @throws ContorError 'conflict' for a list that no limiter applies, 'invalid-request' for times against the rules */
export async function proposeRun(trx: Trx, actor: Actor, input: NewRun, now: number): Promise<Run> {
  const day = civilDayOf(now)
  const tranche = await findTranche(trx, input.code)
  if (tranche.state !== 'approved' || tranche.kind !== 'NL')
    throw new ContorError('conflict', `${tranche.code} (${tranche.kind}) is ${tranche.state}`, {
      field: 'code',
      value: input.code,
      remedy:
        'Only an approved list of limitation (NL) is applied by limiters; DM, DASF and DASU act in the stations.',
    })
  const noticeHours = (await legalRule(trx, 'limitation.notice.hours', day)).value
  const warningMinutes = (await legalRule(trx, 'limitation.warning.minutes', day)).value
  const longest = (await legalRule(trx, 'limitation.longest.hours', day)).value
  checkTimes(input, now, noticeHours)
  if (input.endsAt <= input.startsAt || input.endsAt - input.startsAt > longest * hourMs)
    throw new ContorError('invalid-request', `A run lasts up to ${longest} hours`, {
      field: 'endsAt',
      value: new Date(input.endsAt).toISOString(),
      remedy: 'Give an end after the start; a longer limitation is decided anew.',
    })
  await sql`select pg_advisory_xact_lock(hashtext(${`contor.tranche.${input.code}`}))`.execute(trx)
  const open = await sql<{ number: string }>`
    select number from contor.limitation_run where code = ${input.code} and state not in ('lifted', 'cancelled') limit 1`.execute(
    trx,
  )
  if (open.rows[0])
    throw new ContorError('conflict', `${input.code} runs already: ${open.rows[0].number}`, {
      field: 'code',
      value: input.code,
      remedy: 'Lift or cancel that run first.',
    })
  const { rows } = await sql<{ id: string }>`
    insert into contor.limitation_run (id, number, code, version, state, starts_at, ends_at, emergency, reason, notice_hours,
           warning_minutes, proposed_by, proposed_at)
    values (${randomUUID()}, ${`LIM-${day.slice(0, 4)}-`} || lpad(nextval('contor.limitation_run_number')::text, 6, '0'), ${tranche.code},
            ${tranche.version}, 'proposed', ${new Date(input.startsAt)}, ${new Date(input.endsAt)}, ${input.emergency}, ${input.reason},
            ${noticeHours}, ${warningMinutes}, ${actor.subject}, ${new Date(now)}) returning id`.execute(trx)
  const run = await findRun(trx, rows[0]?.id ?? '')
  await noteRun(trx, run, 'proposed', actor.subject, now, {
    reason: input.reason,
    emergency: input.emergency,
  })
  await writeAudit(trx, actor, 'limitation.propose', `run:${run.number}`, {
    code: run.code,
    version: run.version,
    startsAt: run.startsAt.toISOString(),
    endsAt: run.endsAt.toISOString(),
    emergency: run.emergency,
    reason: run.reason,
  })
  return run
}

function checkTimes(
  { startsAt, endsAt, emergency }: Pick<NewRun, 'startsAt' | 'endsAt' | 'emergency'>,
  now: number,
  noticeHours: number,
): void {
  if (endsAt <= now)
    throw new ContorError('invalid-request', 'The end of the run has passed', {
      field: 'endsAt',
      value: new Date(endsAt).toISOString(),
      remedy: 'Give a later end.',
    })
  if (emergency !== null || startsAt >= now + noticeHours * hourMs) return
  throw new ContorError('invalid-request', `A limitation is announced ${noticeHours} hours before`, {
    field: 'startsAt',
    value: new Date(startsAt).toISOString(),
    remedy: 'Start later, or name the emergency that leaves no time (ANRE 90/2015, annex 2, 7.4).',
  })
}

/**
 * The second person: who is limited to what is fixed and sealed, and everybody concerned is told.
 * @throws ContorError 'not-allowed' for who proposed it; 'conflict' when its notice can no longer be kept
 */
export async function approveRun(
  trx: Trx,
  signer: Signer,
  actor: Actor,
  id: string,
  now: number,
): Promise<Run> {
  const run = await lockRun(trx, id)
  expectState(run, ['proposed'])
  if (run.proposedBy === actor.subject)
    throw new ContorError('not-allowed', 'Whoever proposes a run does not approve it', {
      field: 'id',
      value: id,
      remedy: 'Another person approves it.',
    })
  checkTimes({ ...run, startsAt: run.startsAt.getTime(), endsAt: run.endsAt.getTime() }, now, run.noticeHours)
  const tranche = await findTranche(trx, run.code, run.version)
  if (tranche.state !== 'approved')
    throw new ContorError('conflict', `Version ${run.version} of ${run.code} is ${tranche.state}`, {
      field: 'id',
      value: id,
      remedy: 'Cancel the run and propose it for the version in force.',
    })
  const listed = await membersOf(trx, tranche)
  checkDigest(tranche, listed)
  const { members } = await rehearse(trx, signer.verifier, listed, run.proposedBy, now)
  for (const member of members)
    await sql`
      insert into contor.limitation_run_member (metering_point_id, run_id, normal_w, limit_w, excluded)
      values (${member.meteringPointId}, ${run.id}, ${member.normalW}, ${member.limitW}, ${member.excluded})`.execute(
      trx,
    )
  const seal = signer.sign(sealBytes(run, actor.subject, await runMembers(trx, run.id)))
  await sql`update contor.limitation_run set state = 'announced', approved_by = ${actor.subject}, announced_at = ${new Date(now)},
                   seal = ${seal} where id = ${run.id}`.execute(trx)
  const announced = await findRun(trx, run.id)
  const told = await tellMembers(trx, announced, 'limitation-announced', now)
  await noteRun(trx, run, 'announced', actor.subject, now, { messages: told })
  await writeAudit(trx, actor, 'limitation.approve', `run:${run.number}`, { messages: told })
  return announced
}

/** Writes to the customer and the supplier of everybody who is limited. @returns messages */
export async function tellMembers(trx: Trx, run: Run, kind: string, now: number): Promise<number> {
  const { rows } = await sql<{
    id: string
    pod: string
    customer: string | null
    supplier: string | null
    limitW: number
  }>`
    select p.id, p.pod, p.customer, p.supplier, m.limit_w as "limitW" from contor.limitation_run_member m
      join contor.metering_point p on p.id = m.metering_point_id
     where m.run_id = ${run.id} and m.excluded is null order by p.id`.execute(trx)
  let told = 0
  for (const row of rows)
    for (const recipient of [
      row.customer === null ? 'operator' : `customer:${row.customer}`,
      ...(row.supplier === null ? [] : [`supplier:${row.supplier}`]),
    ]) {
      await writeMessage(trx, {
        meteringPointId: row.id,
        about: 'limitation',
        aboutId: run.id,
        recipient,
        kind,
        at: Date.now(),
        body: {
          pod: row.pod,
          run: run.number,
          tranche: run.code,
          limitW: row.limitW,
          startsAt: run.startsAt.toISOString(),
          endsAt: run.endsAt.toISOString(),
          warningMinutes: run.warningMinutes,
          ...(run.emergency !== null && { emergency: run.emergency }),
          at: new Date(now).toISOString(),
        },
      })
      told++
    }
  return told
}

/** Takes a run back that has not been applied. */
export async function cancelRun(
  trx: Trx,
  actor: Pick<Actor, 'subject'>,
  id: string,
  reason: string,
  now: number,
): Promise<Run> {
  const run = await lockRun(trx, id)
  expectState(run, ['proposed', 'announced', 'warned'])
  await sql`update contor.limitation_run set state = 'cancelled', ended_by = ${actor.subject}, end_reason = ${reason}
             where id = ${run.id}`.execute(trx)
  const told = run.state === 'proposed' ? 0 : await tellMembers(trx, run, 'limitation-cancelled', now)
  await noteRun(trx, run, 'cancelled', actor.subject, now, { reason, messages: told })
  return findRun(trx, run.id)
}

/** Gives the permits back: one person is enough for that. */
export async function liftRun(
  trx: Trx,
  actor: Pick<Actor, 'subject'>,
  id: string,
  reason: string,
  now: number,
): Promise<Run> {
  const run = await lockRun(trx, id)
  expectState(run, ['applied'])
  let lifted = 0
  for (const { meteringPointId, limitationId } of await runMembers(trx, run.id))
    if (limitationId !== null && (await liftLimitation(trx, { meteringPointId, id: limitationId }))) lifted++
  await sql`update contor.limitation_run set state = 'lifted', ended_by = ${actor.subject}, end_reason = ${reason},
                   lifted_at = ${new Date(now)} where id = ${run.id}`.execute(trx)
  const told = await tellMembers(trx, run, 'limitation-lifted', now)
  await noteRun(trx, run, 'lifted', actor.subject, now, { reason, lifted, messages: told })
  return findRun(trx, run.id)
}

function expectState(run: Run, states: readonly RunState[]): void {
  if (states.includes(run.state)) return
  throw new ContorError('conflict', `${run.number} is ${run.state}`, {
    field: 'id',
    value: run.number,
    remedy: `Possible only while it is ${states.join(' or ')}.`,
  })
}
