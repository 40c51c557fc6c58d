import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { emptySeries, quality } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { createTestNetwork, type TestNetwork } from '../acquisition/testing/network.ts'
import type { IncomingDay } from './profile.ts'
import { loadDays, replaceDay, storeDays } from './store.ts'

let database: TestDatabase
let network: TestNetwork

before(async () => {
  database = await createTestDatabase()
  network = await createTestNetwork(database.db, 6)
})
after(() => database.drop())

const day = '2026-11-20'

function incoming(name: string, exchangeId: number, slots: Record<number, number>): IncomingDay {
  const series = emptySeries('A+', name)
  const sources: IncomingDay['sources'] = new Array(series.values.length).fill(undefined)
  for (const [slot, value] of Object.entries(slots)) {
    series.values[Number(slot)] = value
    series.quality[Number(slot)] = quality.measured
    sources[Number(slot)] = { exchangeId, row: Number(slot) }
  }
  return { day: name, block: { day: name, minutes: 15, channels: [series] }, sources }
}

test('the same frames twice leave one reading, with the source of the first', async () => {
  const id = network.points[1].id
  const first = await asSystem(database.db, (trx) => storeDays(trx, id, [incoming(day, 10, { 0: 5, 1: 6 })]))
  const again = await asSystem(database.db, (trx) =>
    storeDays(trx, id, [incoming(day, 11, { 0: 5, 1: 6, 2: 7 })]),
  )
  assert.deepEqual([first[0].addedIntervals, again[0].addedIntervals, again[0].conflicts.length], [2, 1, 0])
  const [stored] = await asSystem(database.db, (trx) => loadDays(trx, id, day, day))
  assert.deepEqual([...stored.block.channels[0].values.subarray(0, 3)], [5, 6, 7])
  assert.deepEqual(stored.sources.slice(0, 4), [
    { exchangeId: 10, row: 0 },
    { exchangeId: 10, row: 1 },
    { exchangeId: 11, row: 2 },
    undefined,
  ])
})

test('writers at the same time lose nothing, whatever order their days come in', async () => {
  const id = network.points[3].id
  const days = ['2026-11-16', '2026-11-17', '2026-11-18', '2026-11-19']
  await Promise.all(
    Array.from({ length: 8 }, (_, writer) =>
      asSystem(database.db, (trx) => {
        const list = days.map((name) =>
          incoming(name, 100 + writer, { [writer * 10]: writer + 1, [writer * 10 + 1]: writer + 1 }),
        )
        return storeDays(trx, id, writer % 2 ? list : list.reverse())
      }),
    ),
  )
  const stored = await asSystem(database.db, (trx) => loadDays(trx, id, days[0], days[3]))
  assert.equal(stored.length, 4)
  for (const { block, sources } of stored) {
    for (let writer = 0; writer < 8; writer++) {
      assert.equal(block.channels[0].values[writer * 10], writer + 1)
      assert.deepEqual(sources[writer * 10], { exchangeId: 100 + writer, row: writer * 10 })
    }
  }
})

test('a block written together with a failing statement is not there', async () => {
  const id = network.points[4].id
  await assert.rejects(
    asSystem(database.db, async (trx) => {
      await storeDays(trx, id, [incoming(day, 30, { 0: 1 })])
      await sql`select 1 / 0`.execute(trx)
    }),
  )
  assert.deepEqual(await asSystem(database.db, (trx) => loadDays(trx, id, day, day)), [])
})

test('a replaced day keeps what it said before, and versions cannot be changed', async () => {
  const id = network.points[5].id
  await asSystem(database.db, (trx) => storeDays(trx, id, [incoming(day, 40, { 0: 1 })]))
  const replaced = incoming(day, 41, { 0: 2 })
  const why = { rule: 'duplicate', ruleVersion: 1, actor: 'system', reason: 'meter corrected itself' }
  await asSystem(database.db, (trx) => replaceDay(trx, id, replaced.block, replaced.sources, why))
  const [stored] = await asSystem(database.db, (trx) => loadDays(trx, id, day, day))
  assert.deepEqual([stored.version, stored.block.channels[0].values[0]], [2, 2])
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{
      version: number
      reason: string
    }>`select version, reason from contor.day_block_version where metering_point_id = ${id}`.execute(trx),
  )
  assert.deepEqual(rows, [{ version: 1, reason: 'meter corrected itself' }])
  await assert.rejects(
    asSystem(database.db, (trx) => sql`update contor.day_block_version set reason = 'x'`.execute(trx)),
    /permission denied/,
  )
})
