import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { dayNumber, dayOfNumber } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, systemActor } from '../../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../../platform/testing/database.ts'
import { createTestNetwork } from '../../acquisition/testing/network.ts'
import { CorruptDay } from '../blockRow.ts'
import { loadDays } from '../store.ts'
import { copyOut } from './copyOut.ts'
import { loadBatch } from './load.ts'
import { sumCurves } from './sumCurves.ts'
import { source, wholeBatch } from './testing/batches.ts'

let database: TestDatabase
let network: string[]
before(async () => {
  database = await createTestDatabase()
  network = (await createTestNetwork(database.db, 5)).points.map(({ id }) => id)
})
after(() => database.drop())

const first = dayNumber('2026-10-24')
const [from, to] = [dayOfNumber(first), dayOfNumber(first + 2)]

/** Three days of the first points of the network. */
async function stored(id: string, count: number): Promise<string[]> {
  const points = network.slice(0, count)
  await loadBatch(database.db, wholeBatch(id, points, [first, first + 1, first + 2], 5), source, () => [])
  return points
}

test('the sum over points and days is that of the stored values, over a day of 100 quarter-hours', async () => {
  const points = await stored('sum', 5)
  const asked = points.slice(1, 4)
  for (const channel of ['A+', 'R-'] as const) {
    const naive: number[] = []
    const counts: number[] = []
    for (const point of asked) {
      let at = 0
      for (const { block } of await asSystem(database.db, (trx) => loadDays(trx, point, from, to))) {
        const series = block.channels.find((s) => s.channel === channel)
        for (const [slot, value] of (series?.values ?? []).entries()) {
          naive[at] = (naive[at] ?? 0) + value
          counts[at] = (counts[at] ?? 0) + (series?.quality[slot] ? 1 : 0)
          at++
        }
      }
    }
    for (const threads of [1, 2]) {
      const { sums, present } = await sumCurves(database.db, systemActor, asked, from, to, channel, threads)
      assert.equal(sums.length, 292)
      assert.deepEqual([...sums], naive)
      assert.deepEqual([...present], counts)
    }
  }
})

test('who sees nothing gets zeros, on one thread and on two', async () => {
  const points = await stored('seen', 4)
  const nobody = { ...systemActor, scope: 'granted' as const, subject: 'nobody' }
  for (const threads of [1, 2]) {
    const { sums, present } = await sumCurves(database.db, nobody, points, from, to, 'A+', threads)
    assert.equal(sums.length, 292)
    assert.ok(sums.every((sum) => sum === 0) && present.every((count) => count === 0))
  }
})

test('an altered day is named, not added, and the connection is good afterwards', async () => {
  const points = await stored('altered', 4)
  await asSystem(database.db, (trx) =>
    sql`update contor.day_block set payload = set_byte(payload, 9, get_byte(payload, 9) # 4)
         where metering_point_id = ${points[2]} and day = ${to}`.execute(trx),
  )
  for (const threads of [1, 2])
    await assert.rejects(
      sumCurves(database.db, systemActor, points, from, to, 'A+', threads),
      (error) => error instanceof CorruptDay && error.day === to && error.meteringPointId === points[2],
    )
  const { present } = await sumCurves(database.db, systemActor, points.slice(0, 2), from, to, 'A+')
  assert.ok(present.some((count) => count > 0))
})

test('a query that fails gives its error and leaves the connection usable', async () => {
  const client = await database.db.pool.connect()
  try {
    await assert.rejects(
      copyOut(client, 'select 1 / (3 - i) from generate_series(1, 5) i', 1, () => {}),
      /division by zero/,
    )
    const seen: number[] = []
    await copyOut(client, 'select i from generate_series(1, 60000) i', 1, ({ bytes, starts }) => {
      seen.push(bytes.readInt32BE(starts[0]))
    })
    assert.deepEqual(
      seen,
      Array.from({ length: 60_000 }, (_, i) => i + 1),
    )
    const nulls: number[] = []
    await copyOut(client, "select null::int, 'x'::text", 2, ({ bytes, starts, ends }) => {
      nulls.push(ends[0], ends[1] - starts[1], bytes[starts[1]])
    })
    assert.deepEqual(nulls, [-1, 1, 0x78])
    assert.deepEqual((await client.query('select 7 as n')).rows, [{ n: 7 }])
  } finally {
    client.release()
  }
})
