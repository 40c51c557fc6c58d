import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { PgBoss } from 'pg-boss'
import { asSystem, type Db } from '../db/pool.ts'
import { ContorError, notFound } from '../errors.ts'
import { openBoss } from './boss.ts'
import type { Job } from './job.ts'

export interface JobRun {
  readonly id: string
  readonly name: string
  readonly requestedBy: string
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled'
  readonly done: number
  readonly total: number | null
  readonly unit: string
  readonly note: string
  readonly attempts: number
  readonly createdAt: string
  readonly startedAt: string | null
  readonly endedAt: string | null
}

// A dead worker's job is taken up by another after this time without a sign of life, seconds.
const heartbeatS = 20
const dayS = 86_400

/** Queues of one database, opened once for each pool. */
const opened = new WeakMap<object, Promise<PgBoss>>()

function bossOf(db: Db): Promise<PgBoss> {
  const known = opened.get(db.pool)
  if (known) return known
  const made = openBoss(db, false, () => {})
  opened.set(db.pool, made)
  made.catch(() => opened.delete(db.pool))
  return made
}

export async function ensureQueue(boss: PgBoss, job: Job<object>): Promise<void> {
  const options = {
    retryLimit: job.retries,
    retryDelay: 2,
    retryBackoff: true,
    retryDelayMax: 300,
    expireInSeconds: 23 * 3_600,
    heartbeatSeconds: heartbeatS,
    deleteAfterSeconds: 7 * dayS,
  }
  await boss.createQueue(job.name, options)
}

/** Puts a job into the queue. @returns its id, which `/api/jobs/{id}` takes */
export async function enqueue<T extends object>(
  db: Db,
  job: Job<T>,
  input: T,
  requestedBy: string,
): Promise<string> {
  const id = randomUUID()
  const boss = await bossOf(db)
  await ensureQueue(boss, job as unknown as Job<object>)
  await asSystem(db, async (trx) => {
    await sql`insert into contor.job_run (id, name, requested_by, unit) values (${id}, ${job.name}, ${requestedBy}, ${job.unit})`.execute(
      trx,
    )
  })
  await boss.send(job.name, job.schema.parse(input), { id })
  return id
}

const columns = sql`id, name, requested_by as "requestedBy", state, done::float8 as done, total::float8 as total, unit, note, attempts,
  to_json(created_at) as "createdAt", to_json(started_at) as "startedAt", to_json(ended_at) as "endedAt"`

export async function listJobs(db: Db, limit: number): Promise<JobRun[]> {
  const { rows } = await asSystem(db, (trx) =>
    sql<JobRun>`select ${columns} from contor.job_run order by created_at desc limit ${limit}`.execute(trx),
  )
  return rows
}

/** @throws ContorError 'not-found' */
export async function findJob(db: Db, id: string): Promise<JobRun> {
  const { rows } = await asSystem(db, (trx) =>
    sql<JobRun>`select ${columns} from contor.job_run where id = ${id}`.execute(trx),
  )
  if (!rows[0]) throw notFound('job', id)
  return rows[0]
}

/** Asks a job to stop: a queued one never starts, a running one sees its signal within a second. */
export async function cancelJob(db: Db, id: string): Promise<void> {
  const run = await findJob(db, id)
  if (run.state !== 'queued' && run.state !== 'running')
    throw new ContorError('conflict', `Job ${id} has ended (${run.state})`, { field: 'id', value: id })
  await asSystem(db, async (trx) => {
    await sql`update contor.job_run set cancel = true,
        state = case state when 'queued' then 'cancelled' else state end,
        ended_at = case state when 'queued' then now() else ended_at end where id = ${id}`.execute(trx)
  })
  if (run.state === 'queued') await (await bossOf(db)).cancel(run.name, id)
}

/** Closes the queue of a pool; the pool itself stays open. */
export async function closeQueue(db: Db): Promise<void> {
  const boss = await opened.get(db.pool)?.catch(() => undefined)
  opened.delete(db.pool)
  await boss?.stop({ graceful: false })
}
