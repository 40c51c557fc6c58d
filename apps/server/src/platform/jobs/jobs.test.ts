import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { createLog } from '../log.ts'
import { createKeyRing } from '../secrets.ts'
import { createTestDatabase, type TestDatabase } from '../testing/database.ts'
import { cancelJob, closeQueue, defineJob, enqueue, findJob, installJobs, startWorker } from './index.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
  await installJobs(database.ownerUrl)
  await installJobs(database.ownerUrl)
})
after(async () => {
  await closeQueue(database.db)
  await database.drop()
})

const input = z.object({ n: z.number() })
const worker = (jobs: Parameters<typeof startWorker>[0]['jobs']) =>
  startWorker({
    db: database.db,
    keys: createKeyRing(randomBytes(32)),
    log: createLog('test'),
    dataDir: '/nonexistent',
    jobs,
  })
async function until(id: string, states: string[]) {
  for (;;) {
    const run = await findJob(database.db, id)
    if (states.includes(run.state)) return run
    await sleep(50)
  }
}

test('a job is done once with its input, tells its progress and ends; a failing one is tried again', async () => {
  const seen: number[] = []
  let failures = 0
  const count = defineJob(
    'count',
    input,
    async ({ n }, { progress }) => {
      seen.push(n)
      progress(n, 10, 'counted')
    },
    { unit: 'rows' },
  )
  const flaky = defineJob('flaky', input, async () => {
    if (failures++ === 0) throw new Error('first try')
  })
  const running = await worker([count, flaky])
  const [a, b] = [
    await enqueue(database.db, count, { n: 7 }, 'user:1'),
    await enqueue(database.db, flaky, { n: 1 }, 'user:1'),
  ]
  const run = await until(a, ['done'])
  assert.deepEqual(
    [run.done, run.total, run.unit, run.note, run.requestedBy, run.attempts],
    [7, 10, 'rows', 'counted', 'user:1', 1],
  )
  assert.deepEqual(seen, [7])
  assert.equal((await until(b, ['done'])).attempts, 2)
  await running.stop()
})

test('a cancelled job sees its signal; a waiting one never starts', async () => {
  let started = 0
  const endless = defineJob('endless', input, async (_input, { signal }) => {
    started++
    await new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error)),
    )
  })
  endless.schema.parse({ n: 1 })
  const waiting = await enqueue(database.db, endless, { n: 1 }, 'user:1')
  await cancelJob(database.db, waiting)
  const running = await worker([endless])
  const id = await enqueue(database.db, endless, { n: 2 }, 'user:1')
  await until(id, ['running'])
  await cancelJob(database.db, id)
  const reason = (await until(id, ['cancelled'])).note
  assert.equal(reason, 'cancelled')
  assert.equal((await findJob(database.db, waiting)).state, 'cancelled')
  assert.equal(started, 1)
  await assert.rejects(cancelJob(database.db, id), { code: 'conflict' })
  await running.stop()
})
