// Sums over many points: few on the asker's thread, many on threads with connections of their own.

import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { type Channel, type CivilDay, dayNumber } from '@contor/intervals'
import { type Actor, ContorError, type Db } from '../../../platform/index.ts'
import { CorruptDay } from '../blockRow.ts'
import { emptyCurve, type SummedCurve, type SumTask, sumShare } from './sumShare.ts'
import type { SumAnswer } from './sumWorker.ts'

/** Stored days from which threads cost less than they bring. */
const manyDays = 60_000
const mostThreads = 4

/**
 * The curve of a set of points together: one sum per quarter-hour from the start of `from` to the end of `to`.
 * Points the actor does not see add nothing; missing slots add nothing and lower `present`. Each thread sees the
 * store at its own instant; days that arrive meanwhile may be in the sum or not.
 * @param threads default: one for little, else one for each core
 * @returns for each quarter-hour the sum in Wh or varh (exact below 2⁵³), how many points had a value, and how many
 * of those values were not measured
 * @throws CorruptDay when the seal of a stored day does not hold
 * @throws ContorError 'invalid-request' for a point that is no id of a metering point
 */
export async function sumCurves(
  db: Db,
  actor: Actor,
  points: readonly string[],
  from: CivilDay,
  to: CivilDay,
  channel: Channel,
  threads?: number,
): Promise<SummedCurve> {
  const days = dayNumber(to) - dayNumber(from) + 1
  const all: SumTask = { actor, points: idsOf(points), from, to, channel }
  const hands =
    threads ?? (points.length * days < manyDays ? 1 : Math.min(mostThreads, availableParallelism()))
  if (hands < 2) return sumShare(db, all)
  const share = Math.ceil(points.length / hands)
  const tasks = Array.from({ length: hands }, (_, i) => ({
    ...all,
    points: all.points.slice(i * share, (i + 1) * share),
  }))
  const total = emptyCurve(all)
  for (const { sums, present, notMeasured } of await Promise.all(tasks.map((task) => onThread(db, task)))) {
    for (let slot = 0; slot < sums.length; slot++) {
      total.sums[slot] += sums[slot]
      total.present[slot] += present[slot]
      total.notMeasured[slot] += notMeasured[slot]
    }
  }
  return total
}

/** In the order of the table's key: neighbours stand on the same pages. */
function idsOf(points: readonly string[]): Float64Array {
  const ids = Float64Array.from(points, Number)
  const wrong = ids.findIndex((id) => !Number.isSafeInteger(id) || id < 1)
  if (wrong >= 0)
    throw new ContorError('invalid-request', 'Not the id of a metering point', {
      field: 'points',
      value: points[wrong],
      remedy: 'Ids are positive integers.',
    })
  return ids.sort()
}

function onThread(db: Db, task: SumTask): Promise<SummedCurve> {
  const { connectionString, parameters } = db.options
  const worker = new Worker(new URL('./sumWorker.ts', import.meta.url), {
    workerData: { database: { connectionString, parameters }, task },
  })
  return new Promise((resolve, reject) => {
    worker.once('message', (answer: SumAnswer) => {
      if (answer.curve) resolve(answer.curve)
      else if (answer.corrupt) {
        const { meteringPointId, day, fault } = answer.corrupt
        reject(new CorruptDay(meteringPointId, day, fault))
      } else reject(answer.error)
    })
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`a thread that sums ended with code ${code}`)))
  })
}
