// One thread of startLoaders: takes batches, loads them, answers.

import { parentPort, workerData } from 'node:worker_threads'
import { createPool } from '../../../platform/index.ts'
import type { Judge } from './batch.ts'
import { loadBatch } from './load.ts'
import { type Answer, type LoadersOptions, loadsPerThread, type Task } from './loaders.ts'

const { database, judge } = workerData as Pick<LoadersOptions, 'database' | 'judge'>
const db = createPool({ ...database, max: loadsPerThread, applicationName: 'contor load' })
const module = (await import(judge.module)) as Record<string, (rules: unknown) => Judge>
const decide = module[judge.name](judge.rules)

const running = new Set<Promise<void>>()

async function run({ id, batch, source }: Task): Promise<void> {
  const answer: Answer = await loadBatch(db, batch, source, decide).then(
    (result) => ({ id, result }),
    (error: Error) => ({ id, error }),
  )
  parentPort?.postMessage(answer)
}

parentPort?.on('message', async (message: Task | 'stop') => {
  if (message !== 'stop') {
    const one: Promise<void> = run(message).finally(() => running.delete(one))
    running.add(one)
    return
  }
  await Promise.all(running)
  await db.close()
  parentPort?.close()
})
