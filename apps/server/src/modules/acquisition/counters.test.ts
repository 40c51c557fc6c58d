import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { createCounterSource, raiseCounter, reserveCounters } from './counters.ts'
import { createTestNetwork, type TestNetwork } from './testing/network.ts'

let database: TestDatabase
let network: TestNetwork

before(async () => {
  database = await createTestDatabase()
  network = await createTestNetwork(database.db, 4)
})
after(() => database.drop())

function meterRef(i: number) {
  const { id, meterId } = network.points[i]
  return { meteringPointId: id, meterId: meterId as string }
}

test('a source hands out rising counters, each once, and never one that was not reserved', async () => {
  const sizes = fc.array(fc.record({ ensure: fc.nat(200), take: fc.nat(80) }), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(sizes, fc.integer({ min: 1, max: 70 }), async (steps, block) => {
      let reserved = 1
      const source = createCounterSource(async (count) => {
        const first = reserved
        reserved += count
        return first
      }, block)
      let last = 0
      for (const { ensure, take } of steps) {
        await source.ensure(ensure)
        for (let i = 0; i < Math.min(take, ensure); i++) {
          const counter = source.next()
          assert.ok(counter > last && counter < reserved)
          last = counter
        }
      }
    }),
  )
})

test('an empty reserve is an error, not a counter', () => {
  assert.throws(() => createCounterSource(async () => 1).next())
})

test('reservations at the same time never overlap', async () => {
  const meter = meterRef(1)
  const firsts = await Promise.all(Array.from({ length: 20 }, () => reserveCounters(database.db, meter, 7)))
  const sorted = [...firsts].sort((a, b) => a - b)
  for (let i = 1; i < sorted.length; i++) assert.ok(sorted[i] >= sorted[i - 1] + 7)
})

test('what the meter has seen lifts the counter and nothing lowers it', async () => {
  const meter = meterRef(2)
  await raiseCounter(database.db, meter, 5_000)
  assert.equal(await reserveCounters(database.db, meter, 1), 5_001)
  await raiseCounter(database.db, meter, 10)
  assert.equal(await reserveCounters(database.db, meter, 1), 5_002)
})

test('a key whose counters are used up gives no more', async () => {
  const meter = meterRef(3)
  await raiseCounter(database.db, meter, 0xffff_ffff - 3)
  assert.equal(await reserveCounters(database.db, meter, 3), 0xffff_fffd)
  await assert.rejects(reserveCounters(database.db, meter, 64), { code: 'conflict' })
})

test('a second process, and one that is killed, never get a counter twice', async () => {
  const meter = meterRef(4)
  const child = () =>
    fork(
      new URL('./testing/reserve.ts', import.meta.url),
      [database.ownerUrl, meter.meteringPointId, meter.meterId],
      {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      },
    )
  const seen: number[] = []
  const run = (process: ReturnType<typeof child>, killAfter: number) =>
    new Promise<void>((resolve) => {
      let got = 0
      process.on('message', (first: number) => {
        for (let i = 0; i < 64; i++) seen.push(first + i)
        if (++got === killAfter) process.kill('SIGKILL')
      })
      process.once('exit', () => resolve())
    })
  await Promise.all([run(child(), 3), run(child(), 5)])
  await run(child(), 2)
  assert.ok(seen.length >= 10 * 64)
  assert.equal(new Set(seen).size, seen.length)
})
