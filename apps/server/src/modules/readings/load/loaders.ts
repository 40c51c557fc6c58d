// Loads on several cores: worker threads that judge, encode and write, each with connections of its own.

import { Worker } from 'node:worker_threads'
import type { PoolOptions } from '../../../platform/index.ts'
import { type LoadResult, type LoadSource, type ReadingBatch, transferables } from './batch.ts'

/** Where a worker finds the function that makes its judge: a function cannot be sent to it. */
export type JudgeModule = {
  /** URL of a module, as `import.meta.url` gives it. */
  readonly module: string
  /** Name of an export `(rules) => Judge`. */
  readonly name: string
  readonly rules: unknown
}

export type LoadersOptions = {
  readonly database: Pick<PoolOptions, 'connectionString' | 'parameters'>
  readonly threads: number
  readonly judge: JudgeModule
}

export type Loaders = {
  /** As `loadBatch`; the memory of the batch moves to the worker and must not be used afterwards. */
  load(batch: ReadingBatch, source: LoadSource): Promise<LoadResult>
  /** Loads taken at once; more wait in line. Producers that keep to it hold memory constant. */
  readonly slots: number
  stop(): Promise<void>
}

export type Task = { readonly id: number; readonly batch: ReadingBatch; readonly source: LoadSource }
export type Answer = { readonly id: number; readonly result?: LoadResult; readonly error?: Error }

/** While the database writes one batch, its worker encodes the next. */
export const loadsPerThread = 2

type Waiting = { resolve(result: LoadResult): void; reject(error: Error): void }
type Hand = { readonly worker: Worker; readonly waiting: Map<number, Waiting> }

/** Starts the workers. A worker that dies fails its loads; the same batches may be loaded again. */
export function startLoaders(options: LoadersOptions): Loaders {
  const hands = Array.from({ length: options.threads }, () => startHand(options))
  let next = 0
  return {
    slots: options.threads * loadsPerThread,
    load(batch, source) {
      const hand = hands.reduce((least, other) => (other.waiting.size < least.waiting.size ? other : least))
      const id = next++
      return new Promise((resolve, reject) => {
        hand.waiting.set(id, { resolve, reject })
        hand.worker.postMessage({ id, batch, source } satisfies Task, transferables(batch))
      })
    },
    async stop() {
      await Promise.all(
        hands.map(({ worker }) => {
          const ended = new Promise((resolve) => worker.once('exit', resolve))
          worker.postMessage('stop')
          return ended
        }),
      )
    },
  }
}

function startHand({ database, judge }: LoadersOptions): Hand {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { database, judge } })
  const waiting: Hand['waiting'] = new Map()
  const failAll = (error: Error) => {
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  worker.on('message', ({ id, result, error }: Answer) => {
    const one = waiting.get(id)
    waiting.delete(id)
    if (result) one?.resolve(result)
    else one?.reject(error ?? new Error('a loader answered nothing'))
  })
  worker.on('error', failAll)
  worker.on('exit', (code) => failAll(new Error(`a loader ended with code ${code}`)))
  return { worker, waiting }
}
