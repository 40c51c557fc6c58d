import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { dayStart, emptySeries, quality } from '@contor/intervals'
import { sql } from 'kysely'
import { type Actor, asSystem } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { exchangeMeter } from '../network/index.ts'
import { backfillDays, graceMs, lockLedger, maintainLedger, openRanges, reconcileDays } from './gaps.ts'
import { createTestNetwork, type TestNetwork } from './testing/network.ts'

let database: TestDatabase
let network: TestNetwork
const operator: Actor = { subject: 'user:o', role: 'operator', scope: 'all', name: 'O', locale: 'ro' }
const day = '2026-11-20'
const noon = dayStart(day) + 12 * 3_600_000 + graceMs

before(async () => {
  database = await createTestDatabase()
  network = await createTestNetwork(database.db, 2)
})
after(() => database.drop())

/** Expected quarter-hours and those that the ledger explains, per point. */
async function covered(): Promise<{ expected: number; explained: number }[]> {
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{ expected: number; explained: number }>`
      select (extract(epoch from l.through_at - l.from_at) / 900)::int as expected,
             coalesce((select sum(g.count) from contor.gap g where g.metering_point_id = l.metering_point_id and g.state <> 'recovered'), 0)::int as explained
        from contor.ledger l order by l.metering_point_id`.execute(trx),
  )
  return rows
}

test('a new point owes every quarter-hour of the backfill, and a manual point owes them to the field', async () => {
  await maintainLedger(database.db, noon)
  const expected = (backfillDays - 1) * 96 + 48 + 4 // one autumn day of 100 quarters lies within
  for (const point of await covered()) assert.deepEqual(point, { expected, explained: expected })
  const manual = network.points.at(-1)
  const { rows } = await asSystem(database.db, (trx) =>
    sql`select distinct cause, owner from contor.gap where metering_point_id = ${manual?.id}`.execute(trx),
  )
  assert.deepEqual(rows, [{ cause: 'no-smart-meter', owner: 'field' }])
})

test('time passing widens what is owed without new rows for each quarter-hour', async () => {
  const rowsOf = async () =>
    (
      await asSystem(database.db, (trx) =>
        sql<{ n: number }>`select count(*)::int as n from contor.gap`.execute(trx),
      )
    ).rows[0].n
  const before = await rowsOf()
  await maintainLedger(database.db, noon + 2 * 900_000)
  await maintainLedger(database.db, noon + 2 * 900_000)
  assert.equal(await rowsOf(), before)
  for (const point of await covered()) assert.equal(point.explained, point.expected)
})

test('what a session brings closes rows; what the meter lacks twice is lost, with its cause', async () => {
  const point = network.points[1]
  const series = emptySeries('A+', day)
  for (const slot of [0, 1, 2, 5, 6]) series.quality[slot] = quality.measured
  const blocks = new Map([[day, { day, minutes: 15 as const, channels: [series] }]])
  const answered = { from: dayStart(day), through: dayStart(day) + 7 * 900_000 }
  const reconcile = () =>
    asSystem(database.db, async (trx) => {
      const span = await lockLedger(trx, point.id)
      assert.ok(span)
      return reconcileDays(trx, {
        meteringPointId: point.id,
        meterId: point.meterId as string,
        span,
        blocks,
        days: [day],
        answered,
      })
    })
  assert.deepEqual(await reconcile(), { recovered: 5, lost: 0 })
  assert.deepEqual(await reconcile(), { recovered: 0, lost: 2 })
  const { rows } = await asSystem(database.db, (trx) =>
    sql`select from_slot, count, cause, state, owner from contor.gap where metering_point_id = ${point.id} and day = ${day} and state <> 'recovered' order by from_slot`.execute(
      trx,
    ),
  )
  assert.deepEqual(rows, [
    { from_slot: 3, count: 2, cause: 'not-in-meter', state: 'lost', owner: 'estimation' },
    { from_slot: 7, count: 43, cause: 'not-read-yet', state: 'open', owner: 'collector' },
  ])
  const ranges = await asSystem(database.db, (trx) => openRanges(trx, point.id))
  assert.equal(ranges.at(-1)?.from, dayStart(day) + 7 * 900_000)
})

test('what a meter that was taken off owed is lost up to the exchange, and the next meter’s from there', async () => {
  const point = network.points[2]
  // Eight minutes into the quarter-hour from 10:00.
  const at = dayStart(day) + 10 * 3_600_000 + 8 * 60_000
  const open = async () =>
    (
      await asSystem(database.db, (trx) =>
        sql`select from_slot, count, cause, state, owner, meter_id as meter from contor.gap
             where metering_point_id = ${point.id} and day = ${day} and state <> 'recovered' order by from_slot`.execute(
          trx,
        ),
      )
    ).rows
  await maintainLedger(database.db, noon + 2 * 900_000)
  const [expectedBefore] = [(await covered())[2]]
  const { rows: old } = await asSystem(database.db, (trx) =>
    sql<{
      serial: string
      id: string
    }>`select serial, id from contor.meter where metering_point_id = ${point.id}`.execute(trx),
  )
  const next = await asSystem(database.db, (trx) =>
    exchangeMeter(trx, network.keys, operator, {
      meteringPointId: point.id,
      at,
      oldSerial: old[0].serial,
      endIndexes: {},
      startIndexes: {},
      meter: {
        serial: 'NEXT',
        systemTitle: new Uint8Array(8).fill(7),
        manufacturer: 'CTR',
        model: 'T1',
        host: '127.0.0.1',
        port: 4059,
        keys: { encryption: new Uint8Array(16), authentication: new Uint8Array(16) },
      },
      record: 'PV 1',
      reason: 'due',
    }),
  )
  await maintainLedger(database.db, noon + 3 * 900_000)
  assert.deepEqual(await open(), [
    { from_slot: 0, count: 41, cause: 'meter-removed', state: 'lost', owner: 'estimation', meter: old[0].id },
    { from_slot: 41, count: 10, cause: 'not-read-yet', state: 'open', owner: 'collector', meter: next },
  ])
  const earlier = await asSystem(database.db, (trx) =>
    sql<{
      n: number
    }>`select count(*)::int as n from contor.gap where metering_point_id = ${point.id} and day < ${day} and state = 'open'`.execute(
      trx,
    ),
  )
  assert.equal(earlier.rows[0].n, 0)
  // Nothing is owed twice and nothing is forgotten.
  const after = (await covered())[2]
  assert.deepEqual([after.explained, after.expected], [after.expected, expectedBefore.expected + 1])
  // Its memory turns up as a file: what is in it is recovered, as ever.
  const series = emptySeries('A+', day)
  for (let slot = 0; slot < 40; slot++) series.quality[slot] = quality.measured
  const recovered = await asSystem(database.db, async (trx) => {
    const span = await lockLedger(trx, point.id)
    assert.ok(span)
    const blocks = new Map([[day, { day, minutes: 15 as const, channels: [series] }]])
    const input = {
      meteringPointId: point.id,
      meterId: next,
      span,
      blocks,
      days: [day],
      answered: { from: 0, through: 0 },
    }
    return reconcileDays(trx, input)
  })
  assert.equal(recovered.recovered, 40)
  assert.deepEqual((await open())[0], {
    ...{ from_slot: 40, count: 1, cause: 'meter-removed', state: 'lost', owner: 'estimation', meter: next },
  })
})
