// Relief from stored quarter-hours: who kept his limit, and whether the plan was reached.

import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { dayStart, emptySeries, quality } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, createKeyRing, type Trx } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { testInstallation } from '../../platform/testing/installation.ts'
import { importNetwork } from '../network/index.ts'
import { storeDays } from '../readings/index.ts'
import { reportRun } from './report.ts'
import { findRun } from './run.ts'

let database: TestDatabase
let points: string[] = []
const day = '2026-11-17'
const hour = 3_600_000
const from = dayStart(day) + 17 * hour
const system = <T>(fn: (trx: Trx) => Promise<T>) => asSystem(database.db, fn)

before(async () => {
  database = await createTestDatabase()
  await system((trx) => importNetwork(trx, createKeyRing(randomBytes(32)), testInstallation))
  const { rows } = await system((trx) =>
    sql<{
      id: string
    }>`select id from contor.metering_point where kind <> 'balance' order by id limit 4`.execute(trx),
  )
  points = rows.map(({ id }) => id)
})
after(() => database?.drop())

/** A day of quarter-hours from 16:00 on, W each. */
async function measured(point: string, watts: readonly number[]): Promise<void> {
  const series = emptySeries('A+', day)
  const sources = new Array(series.values.length).fill(undefined)
  for (const [index, w] of watts.entries()) {
    const slot = 64 + index
    series.values[slot] = w / 4
    series.quality[slot] = quality.measured
    sources[slot] = { exchangeId: 1, row: slot }
  }
  await system((trx) =>
    storeDays(trx, point, [{ day, block: { day, minutes: 15, channels: [series] }, sources }]),
  )
}

/** A run of two hours from 17:00, lifted after one, with limits of 2 kW under a normal power of 5 kW. */
async function makeRun(excluded: string | undefined): Promise<string> {
  const id = randomUUID()
  await system(async (trx) => {
    await sql`
      insert into contor.limitation_run (id, number, code, version, state, starts_at, ends_at, reason, notice_hours, warning_minutes, proposed_by, proposed_at)
      values (${id}, ${`LIM-${id.slice(0, 8)}`}, 'NL-9', 1, 'lifted', ${new Date(from)}, ${new Date(from + 2 * hour)}, 'a test', 24, 15, 'user:1', now())`.execute(
      trx,
    )
    for (const point of points.slice(0, 3)) {
      const limitation = point === excluded ? null : randomUUID()
      if (limitation)
        await sql`
          insert into contor.limitation (metering_point_id, id, watts, starts_at, ends_at, cause, actor, approved_by, recorded_at, seal, lifted_at)
          values (${point}, ${limitation}, 2000, ${new Date(from)}, ${new Date(from + 2 * hour)}, 'x', 'user:1', 'user:2', now(),
                  ${Buffer.alloc(64)}, ${new Date(from + hour)})`.execute(trx)
      await sql`
        insert into contor.limitation_run_member (metering_point_id, run_id, normal_w, limit_w, excluded, limitation_id)
        values (${point}, ${id}, 5000, 2000, ${point === excluded ? 'protected' : null}, ${limitation})`.execute(
        trx,
      )
    }
  })
  return id
}

test('before and during come from quarter-hours within the limitation; a missing one is not a zero', async () => {
  const [kept, broke, silent] = points as [string, string, string]
  // 16:00–17:00 before, 17:00–18:00 during, then back: what follows the lift does not count.
  await measured(kept, [4_800, 4_800, 5_000, 5_000, 1_600, 2_000, 1_800, 1_800, 9_000])
  await measured(broke, [4_000, 4_000, 4_000, 4_000, 3_600, 3_600, 3_200, 3_200])
  const id = await makeRun(undefined)
  const report = await system(async (trx) => reportRun(trx, await findRun(trx, id), Date.now()))
  const of = (point: string) => report.members.find(({ meteringPointId }) => meteringPointId === point)
  const { beforeW, duringW, highestW, reliefW, verdict } = of(kept) ?? {}
  assert.deepEqual([beforeW, duringW, highestW, reliefW, verdict], [4_900, 1_800, 2_000, 3_100, 'kept'])
  assert.deepEqual([of(broke)?.reliefW, of(broke)?.verdict], [600, 'not-kept'])
  assert.deepEqual([of(silent)?.reliefW, of(silent)?.verdict], [null, 'not-measured'])
  assert.deepEqual(
    [report.plannedW, report.reliefW, report.measured, report.limited, report.reached],
    [9_000, 3_700, 2, 3, null],
  )
})

test('the plan is judged when everybody who was limited is measured', async () => {
  const [, broke, silent] = points as [string, string, string]
  const id = await makeRun(silent)
  let report = await system(async (trx) => reportRun(trx, await findRun(trx, id), Date.now()))
  // 3.7 kW of 6 kW.
  assert.deepEqual(
    [report.plannedW, report.reliefW, report.limited, report.reached],
    [6_000, 3_700, 2, false],
  )
  assert.equal(report.members.find((m) => m.meteringPointId === silent)?.verdict, 'excluded')
  const other = await makeRun(broke)
  report = await system(async (trx) => reportRun(trx, await findRun(trx, other), Date.now()))
  assert.equal(report.reached, null)
  await measured(silent, [4_000, 4_000, 4_000, 4_000, 1_000, 1_000, 1_000, 1_000])
  report = await system(async (trx) => reportRun(trx, await findRun(trx, other), Date.now()))
  assert.deepEqual([report.reliefW, report.reached], [6_100, true])
})
