// One thread of sumCurves: adds its share up, answers and ends.

import { parentPort, workerData } from 'node:worker_threads'
import { createPool, type PoolOptions } from '../../../platform/index.ts'
import { CorruptDay } from '../blockRow.ts'
import { type SummedCurve, type SumTask, sumShare } from './sumShare.ts'

export type SumAnswer = {
  readonly curve?: SummedCurve
  /** An error of a class of ours would lose it on its way between threads. */
  readonly corrupt?: Pick<CorruptDay, 'meteringPointId' | 'day' | 'fault'>
  readonly error?: Error
}

const { database, task } = workerData as { database: PoolOptions; task: SumTask }
const db = createPool({ ...database, max: 1, applicationName: 'contor sum' })

async function answer(): Promise<SumAnswer> {
  try {
    return { curve: await sumShare(db, task) }
  } catch (error) {
    if (!(error instanceof CorruptDay)) return { error: error as Error }
    const { meteringPointId, day, fault } = error
    return { corrupt: { meteringPointId, day, fault } }
  }
}

parentPort?.postMessage(await answer())
await db.close()
