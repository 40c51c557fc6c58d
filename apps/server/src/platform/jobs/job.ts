import type { z } from 'zod'
import type { Db } from '../db/pool.ts'
import type { Log } from '../log.ts'
import type { KeyRing } from '../secrets.ts'

/** What a job is given: the installation, its own progress, and the signal that tells it to stop. */
export interface JobContext {
  readonly db: Db
  readonly keys: KeyRing
  readonly log: Log
  readonly dataDir: string
  /** Aborted when somebody cancels the job or the worker ends; the reason is an Error. */
  readonly signal: AbortSignal
  /** Id of the run; the same for every attempt. */
  readonly id: string
  /** Tells how far it is; cheap to call often, written at most twice a second. */
  progress(done: number, total?: number, note?: string): void
}

/** A coarse piece of work that survives the process that does it. */
export interface Job<T extends object> {
  readonly name: string
  readonly schema: z.ZodType<T>
  readonly run: (input: T, context: JobContext) => Promise<void>
  /** What progress counts. */
  readonly unit: string
  /** Attempts after the first; default 3. */
  readonly retries: number
  /** Runs at the same time in one worker; default 1. */
  readonly parallel: number
}

// biome-ignore lint/suspicious/noExplicitAny: jobs of every input stand in one list
export type AnyJob = Job<any>

/** @param name of the queue: letters, digits, - and _ */
export function defineJob<T extends object>(
  name: string,
  schema: z.ZodType<T>,
  run: Job<T>['run'],
  options: { readonly unit?: string; readonly retries?: number; readonly parallel?: number } = {},
): Job<T> {
  return {
    name,
    schema,
    run,
    unit: options.unit ?? '',
    retries: options.retries ?? 3,
    parallel: options.parallel ?? 1,
  }
}
