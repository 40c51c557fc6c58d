import { sql } from 'kysely'
import type { Job as BossJob } from 'pg-boss'
import { asSystem, type Db } from '../db/pool.ts'
import type { Log } from '../log.ts'
import type { KeyRing } from '../secrets.ts'
import { openBoss } from './boss.ts'
import type { AnyJob } from './job.ts'
import { ensureQueue } from './queue.ts'

export interface Schedule {
  readonly job: AnyJob
  /** Five fields, in civil time of Europe/Bucharest. */
  readonly cron: string
  readonly input: object
}

export interface WorkerOptions {
  readonly db: Db
  readonly keys: KeyRing
  readonly log: Log
  readonly dataDir: string
  readonly jobs: readonly AnyJob[]
  readonly schedules?: readonly Schedule[]
}

const WATCH_MS = 500

/** Works off the queues of these jobs until stopped. Any number of workers may share a database. */
export async function startWorker(options: WorkerOptions): Promise<{ stop(): Promise<void> }> {
  const { db, log } = options
  const boss = await openBoss(db, true, (error) => log.error({ err: error }, 'job queue'))
  const ending = new AbortController()
  for (const job of options.jobs) {
    await ensureQueue(boss, job)
    for (let i = 0; i < job.parallel; i++)
      await boss.work(
        job.name,
        { pollingIntervalSeconds: 0.5, batchSize: 1 },
        async (batch: BossJob<object>[]) => {
          for (const item of batch) await runOne(options, job, item, ending.signal)
        },
      )
  }
  for (const schedule of options.schedules ?? [])
    await boss.schedule(schedule.job.name, schedule.cron, schedule.input, { tz: 'Europe/Bucharest' })
  return {
    async stop() {
      ending.abort(new Error('the worker ends'))
      await boss.stop({ graceful: true, timeout: 8_000 })
    },
  }
}

async function runOne(
  options: WorkerOptions,
  job: AnyJob,
  item: BossJob<object>,
  ending: AbortSignal,
): Promise<void> {
  const { db, log } = options
  const id = item.id
  const begun = await begin(db, job, id)
  if (!begun) return
  const cancelled = new AbortController()
  const signal = AbortSignal.any([ending, cancelled.signal, item.signal])
  let shown = { done: 0, total: null as number | null, note: '' }
  let written = shown
  const write = async () => {
    const now = shown
    const { rows } = await asSystem(db, (trx) =>
      sql<{
        cancel: boolean
      }>`update contor.job_run set done = ${now.done}, total = coalesce(${now.total}::bigint, total), note = ${now.note}, heard_at = now()
        where id = ${id} returning cancel`.execute(trx),
    )
    written = now
    if (rows[0]?.cancel) cancelled.abort(new Error('cancelled'))
  }
  const watch = setInterval(
    () => void write().catch((err: unknown) => log.warn({ err }, 'job progress')),
    WATCH_MS,
  )
  try {
    await job.run(job.schema.parse(item.data), {
      ...options,
      id,
      signal,
      progress(done, total, note) {
        shown = { done, total: total ?? shown.total, note: note ?? shown.note }
      },
    })
    clearInterval(watch)
    if (written !== shown) await write()
    await end(db, id, 'done', '')
  } catch (error) {
    clearInterval(watch)
    const text = error instanceof Error ? error.message : String(error)
    if (cancelled.signal.aborted) return end(db, id, 'cancelled', text)
    log.error({ err: error, job: job.name, id }, 'job failed')
    await end(db, id, ending.aborted ? 'queued' : 'failed', text)
    throw error
  }
}

/** A scheduled job has no row yet; one that was cancelled while it waited does not begin. */
async function begin(db: Db, job: AnyJob, id: string): Promise<boolean> {
  const { rows } = await asSystem(db, (trx) =>
    sql`insert into contor.job_run (id, name, requested_by, unit, state, attempts, started_at, heard_at)
        values (${id}, ${job.name}, 'system:schedule', ${job.unit}, 'running', 1, now(), now())
        on conflict (id) do update set state = 'running', attempts = contor.job_run.attempts + 1,
          started_at = coalesce(contor.job_run.started_at, now()), heard_at = now(), ended_at = null
        where not contor.job_run.cancel returning 1`.execute(trx),
  )
  return rows.length > 0
}

async function end(db: Db, id: string, state: string, note: string): Promise<void> {
  await asSystem(db, (trx) =>
    sql`update contor.job_run set state = ${state}, note = case when ${note} = '' then note else ${note} end, ended_at = now(), heard_at = now()
      where id = ${id}`.execute(trx),
  )
}
