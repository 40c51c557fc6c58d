// Trials of rules as work that survives its process: a sample first, then every point, batch by batch.

import { randomInt } from 'node:crypto'
import type { Finding } from '@contor/vee'
import { sql } from 'kysely'
import { type Actor, asSystem, type Db, notFound, type Trx } from '../../platform/index.ts'
import { type Group, loadRuleBook } from './ruleBook.ts'
import { checkTrial, countGroup, judgePoint, type Trial, type TrialPoint, trialPoints } from './trial.ts'

export const trialKinds = ['new', 'gone', 'both'] as const
/** `new` fails only by the parameters on trial, `gone` only by the live version, `both` by both. */
export type TrialKind = (typeof trialKinds)[number]

/** Counts of the points that have been judged. */
export type TrialCounts = {
  readonly points: number
  readonly days: number
  readonly trialFindings: number
  readonly liveFindings: number
} & Readonly<Record<TrialKind, number>>

export type TrialRun = Trial & {
  readonly id: string
  readonly jobId: string | null
  readonly requestedBy: string
  readonly requestedAt: Date
  readonly points: number | null
  readonly sample: TrialCounts | null
  readonly result: TrialCounts
  readonly after: string
  readonly endedAt: Date | null
  /** Of its job; null when the queue has forgotten it. */
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | null
}

export type TrialPointRow = {
  readonly pointId: string
  readonly pod: string
  readonly findings: number
  readonly first: Finding
}

/** Points of a batch, of the sample, and in each list of those that fail; trials are kept for days. */
export const trialRunLimits = { batch: 100, sample: 300, listed: 10_000, keptDays: 30 } as const

const nothing: TrialCounts = {
  points: 0,
  days: 0,
  trialFindings: 0,
  liveFindings: 0,
  new: 0,
  gone: 0,
  both: 0,
}

/**
 * Writes a trial down; the job begins it.
 * @throws ContorError 'not-found' | 'invalid-request'
 */
export async function recordTrial(trx: Trx, actor: Actor, trial: Trial): Promise<string> {
  await checkTrial(trx, trial)
  await sql`delete from contor.rule_trial
             where requested_at < now() - make_interval(days => ${trialRunLimits.keptDays})`.execute(trx)
  const { rows } = await sql<{ id: string }>`
    insert into contor.rule_trial (rule, parameters, applies_to, from_day, to_day, requested_by, result)
    values (${trial.rule}, ${JSON.stringify(trial.parameters)}::jsonb, ${JSON.stringify(trial.appliesTo)}::jsonb,
            ${trial.from}::date, ${trial.to}::date, ${actor.subject}, ${JSON.stringify(nothing)}::jsonb)
    returning id`.execute(trx)
  return rows[0].id
}

export async function noteJob(trx: Trx, id: string, jobId: string): Promise<void> {
  await sql`update contor.rule_trial set job_id = ${jobId}::uuid where id = ${id}`.execute(trx)
}

/** Trials, newest first: of a rule, or one. */
export async function listTrials(
  trx: Trx,
  of: { readonly rule: string } | { readonly id: string },
): Promise<TrialRun[]> {
  const wanted = 'id' in of ? sql`t.id = ${of.id}::bigint` : sql`t.rule = ${of.rule}`
  const { rows } = await sql<TrialRun>`
    select t.id, t.job_id as "jobId", t.rule, t.parameters, t.applies_to as "appliesTo",
           to_char(t.from_day, 'YYYY-MM-DD') as "from", to_char(t.to_day, 'YYYY-MM-DD') as "to",
           t.requested_by as "requestedBy", t.requested_at as "requestedAt", t.points::float8 as points, t.sample,
           t.result, t.after, t.ended_at as "endedAt", j.state
      from contor.rule_trial t left join contor.job_run j on j.id = t.job_id
     where ${wanted} order by t.id desc limit 20`.execute(trx)
  return rows
}

/** @throws ContorError 'not-found' */
export async function findTrial(trx: Trx, id: string): Promise<TrialRun> {
  const [found] = await listTrials(trx, { id })
  if (!found) throw notFound('trial', id)
  return found
}

/** Points of one list of a trial by their number. */
export async function listTrialPoints(
  trx: Trx,
  id: string,
  kind: TrialKind,
  limit: number,
  after?: string,
): Promise<TrialPointRow[]> {
  const { rows } = await sql<TrialPointRow>`
    select point_id as "pointId", pod, findings, first from contor.rule_trial_point
     where trial_id = ${id}::bigint and kind = ${kind} and point_id > ${after ?? '0'}::bigint
     order by point_id limit ${limit}`.execute(trx)
  return rows
}

interface TrialContext {
  readonly signal: AbortSignal
  progress(done: number, total: number): void
}

/** Goes through the points of a trial from where it stands; each batch and its counts are one transaction. */
export async function runTrial(db: Db, id: string, context: TrialContext): Promise<void> {
  const trial = await asSystem(db, (trx) => findTrial(trx, id))
  const group = await asSystem(db, (trx) => countGroup(trx, trial.appliesTo))
  await asSystem(db, (trx) =>
    sql`update contor.rule_trial set points = ${group.points} where id = ${id}`.execute(trx),
  )
  context.progress(trial.result.points, group.points)
  if (!trial.sample && group.points > trialRunLimits.sample * 2) {
    const sample = await asSystem(db, async (trx) => {
      const points = await samplePoints(trx, trial.appliesTo, group.lowest, group.highest)
      return (await judgeBatch(trx, trial, points, context.signal)).counts
    })
    await asSystem(db, (trx) =>
      sql`update contor.rule_trial set sample = ${JSON.stringify(sample)}::jsonb where id = ${id}`.execute(
        trx,
      ),
    )
  }
  let { after, result } = trial
  for (;;) {
    context.signal.throwIfAborted()
    const batch = await asSystem(db, async (trx) => {
      const points = await trialPoints(trx, trial.appliesTo, trialRunLimits.batch, { after })
      if (points.length === 0) return undefined
      const judged = await judgeBatch(trx, trial, points, context.signal)
      const counts = sumOf(result, judged.counts)
      const last = points[points.length - 1].id
      await store(trx, id, result, judged.failing)
      await sql`update contor.rule_trial set result = ${JSON.stringify(counts)}::jsonb, after = ${last}::bigint
                 where id = ${id}`.execute(trx)
      return { last, counts }
    })
    if (!batch) break
    after = batch.last
    result = batch.counts
    context.progress(result.points, group.points)
  }
  await asSystem(db, (trx) =>
    sql`update contor.rule_trial set ended_at = now() where id = ${id}`.execute(trx),
  )
}

/** Points from everywhere in the range of numbers; a group that is thin in it gives fewer. */
async function samplePoints(trx: Trx, group: Group, lowest: number, highest: number): Promise<TrialPoint[]> {
  const range = highest - lowest + 1
  const numbers = new Set<string>()
  for (let i = 0; i < trialRunLimits.sample * 20; i++)
    numbers.add(String(lowest + (range > 2 ** 47 ? i : randomInt(range))))
  const found = await trialPoints(trx, group, trialRunLimits.sample * 20, { of: [...numbers] })
  // Found in order of their number: a part of them is taken from all over, not from the beginning.
  const step = Math.max(1, found.length / trialRunLimits.sample)
  return found.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step))
}

type Failing = TrialPointRow & { readonly kind: TrialKind }

async function judgeBatch(
  trx: Trx,
  trial: Trial,
  points: readonly TrialPoint[],
  signal: AbortSignal,
): Promise<{ counts: TrialCounts; failing: Failing[] }> {
  const days = await checkTrial(trx, trial)
  // The rules of this moment: a trial that runs for hours is compared with what judges while it runs.
  const book = await loadRuleBook(trx)
  let counts = nothing
  const failing: Failing[] = []
  for (const point of points) {
    signal.throwIfAborted()
    const said = await judgePoint(trx, trial, point, days, book)
    const kind = said.trial.length > 0 ? (said.live.length > 0 ? 'both' : 'new') : 'gone'
    const list = said.trial.length > 0 ? said.trial : said.live
    const one = {
      ...nothing,
      points: 1,
      days: said.days,
      trialFindings: said.trial.length,
      liveFindings: said.live.length,
    }
    counts = sumOf(counts, list.length > 0 ? { ...one, [kind]: 1 } : one)
    if (list.length > 0)
      failing.push({ kind, pointId: point.id, pod: point.pod, findings: list.length, first: list[0] })
  }
  return { counts, failing }
}

const sumOf = (a: TrialCounts, b: TrialCounts): TrialCounts => ({
  points: a.points + b.points,
  days: a.days + b.days,
  trialFindings: a.trialFindings + b.trialFindings,
  liveFindings: a.liveFindings + b.liveFindings,
  new: a.new + b.new,
  gone: a.gone + b.gone,
  both: a.both + b.both,
})

async function store(trx: Trx, id: string, before: TrialCounts, failing: readonly Failing[]): Promise<void> {
  const room = failing.filter((one) => before[one.kind] < trialRunLimits.listed)
  if (room.length === 0) return
  await sql`
    insert into contor.rule_trial_point (trial_id, point_id, kind, pod, findings, first)
    select ${id}::bigint, t.* from unnest(
      ${room.map((one) => one.pointId)}::bigint[], ${room.map((one) => one.kind)}::text[],
      ${room.map((one) => one.pod)}::text[], ${room.map((one) => one.findings)}::int[],
      ${room.map((one) => JSON.stringify(one.first))}::jsonb[]) as t`.execute(trx)
}
