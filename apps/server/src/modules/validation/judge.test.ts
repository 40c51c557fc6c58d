import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { emptySeries, quality } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { createTestNetwork, type TestNetwork } from '../acquisition/testing/network.ts'
import { type IncomingDay, loadDays } from '../readings/index.ts'
import { acceptDays, judgeDays } from './judge.ts'
import { loadRules } from './ruleBook.ts'

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

// 99 and 101 by turns: 100 on the mean, and nothing that looks frozen.
const uneven = Object.fromEntries(Array.from({ length: 96 }, (_, slot) => [slot, 99 + (slot % 2) * 2]))

test('a different second value is an open exception and never overwrites', async () => {
  const [, , point] = network.points
  const rules = await asSystem(database.db, loadRules)
  const context = {
    meteringPointId: point.id,
    meterId: point.meterId as string,
    approvedPowerW: 8_000,
    rules,
  }
  await asSystem(database.db, (trx) => acceptDays(trx, context, [incoming(day, 20, { 40: 100, 41: 200 })]))
  await asSystem(database.db, (trx) => acceptDays(trx, context, [incoming(day, 21, { 40: 100, 41: 250 })]))
  const [stored] = await asSystem(database.db, (trx) => loadDays(trx, point.id, day, day))
  assert.equal(stored.block.channels[0].values[41], 200)
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{
      rule: string
      from_slot: number
      details: unknown
    }>`select rule, from_slot, details from contor.validation_exception where metering_point_id = ${point.id}`.execute(
      trx,
    ),
  )
  assert.deepEqual(rows, [{ rule: 'duplicate', from_slot: 41, details: { kept: [200], refused: [250] } }])
})

test('a whole day that disagrees with its indexes has an exception until it agrees', async () => {
  const point = network.points[6]
  const rules = await asSystem(database.db, loadRules)
  const context = {
    meteringPointId: point.id,
    meterId: point.meterId as string,
    approvedPowerW: 8_000,
    rules,
  }
  const put = (at: string, value: number) =>
    asSystem(database.db, (trx) =>
      sql`insert into contor.index_reading (metering_point_id, meter_id, obis, at, kind, value_wh, exchange_id)
          values (${point.id}, ${point.meterId}, '1.0.1.8.0.255', ${at}, 'daily', ${value}, 1)`.execute(trx),
    )
  await put('2026-11-19T22:00:00Z', 1_000)
  await put('2026-11-20T22:00:00Z', 10_700)
  const judge = () =>
    asSystem(database.db, (trx) => judgeDays(trx, context, [day], 0, Date.parse('2026-11-20T22:00:00Z')))
  await asSystem(database.db, (trx) => acceptDays(trx, context, [incoming(day, 50, { ...uneven, 95: 0 })]))
  assert.deepEqual(
    (await judge()).map((f) => [f.rule, f.details['differenceWh']]),
    [['interval-sum', -201]],
  )
  await asSystem(database.db, (trx) =>
    sql`update contor.index_reading set value_wh = 10500 where metering_point_id = ${point.id} and value_wh = 10700`.execute(
      trx,
    ),
  )
  assert.deepEqual(await judge(), [])
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{
      status: string
    }>`select status from contor.validation_exception where metering_point_id = ${point.id}`.execute(trx),
  )
  assert.deepEqual(rows, [{ status: 'resolved' }])
})
