import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { dayNumber, dayOfNumber } from '@contor/intervals'
import { asSystem, systemActor } from '../../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../../platform/testing/database.ts'
import { createTestNetwork } from '../../acquisition/testing/network.ts'
import { loadDays } from '../store.ts'
import { loadBatch } from './load.ts'
import { sumCurves } from './sumCurves.ts'
import { source, wholeBatch } from './testing/batches.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

test('the sum over points and days is that of the stored values, over a day of 100 quarter-hours', async () => {
  const points = (await createTestNetwork(database.db, 5)).points.map(({ id }) => id)
  const first = dayNumber('2026-10-24')
  const batch = wholeBatch('sum', points, [first, first + 1, first + 2], 5)
  await loadBatch(database.db, batch, source, () => [])
  const asked = points.slice(1, 4)
  const [from, to] = [dayOfNumber(first), dayOfNumber(first + 2)]
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
    const { sums, present } = await sumCurves(database.db, systemActor, asked, from, to, channel)
    assert.equal(sums.length, 292)
    assert.deepEqual([...sums], naive)
    assert.deepEqual([...present], counts)
  }
})
