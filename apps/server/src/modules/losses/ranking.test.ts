import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays } from '@contor/intervals'
import fc from 'fast-check'
import { sql } from 'kysely'
import { asSystem } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { summarisePeriod } from './period.ts'
import { type Ranked, type RankingQuery, rankBalances, rankingCsv } from './ranking.ts'

let database: TestDatabase
const from = '2026-10-20'
const to = '2026-10-27'
const stations = ['PT-A', 'PT-B', 'PT-C', 'PT-D', 'PT-E']
const feeders = ['', 'F1 Moară', 'F2 =Vale']

const energy = fc.integer({ min: 0, max: 2_000_000 })
const spread = fc.integer({ min: 0, max: 400_000 }).map((tenths) => tenths / 10)
const part = fc.option(fc.integer({ min: 0, max: 20_000 }), { freq: 12 })
/** A stored day: most of them whole and described, so that every verdict turns up. */
const dayRow = fc.record({
  supplied_wh: energy,
  returned_wh: fc.integer({ min: 0, max: 20_000 }),
  consumed_wh: energy,
  produced_wh: fc.integer({ min: 0, max: 50_000 }),
  points_expected: fc.constant(10),
  points_present: fc.integer({ min: 0, max: 10 }),
  complete: fc.boolean(),
  metered: fc.constant(true),
  missing_wh: fc.integer({ min: -30_000, max: 30_000 }),
  unknown_points: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
  transformer_wh: part,
  line_wh: part,
  own_use_wh: part,
  u_balance: spread,
  u_points: spread,
  u_transformer: spread,
  u_line: spread,
  u_estimated: spread,
  u_missing: spread,
  u_clock: spread,
})

before(async () => {
  database = await createTestDatabase()
  const days = Array.from({ length: 10 }, (_, i) => addDays(from, i - 1))
  const rows = fc.sample(dayRow, { numRuns: stations.length * feeders.length * days.length, seed: 7 })
  await asSystem(database.db, async (trx) => {
    for (const code of [...stations, 'PT-EMPTY'])
      await sql`insert into contor.station (code, name, zone, rated_kva)
                values (${code}, ${`Post ${code}`}, ${code < 'PT-C' ? 'Nord' : 'Sud'}, 250)`.execute(trx)
    for (const code of stations)
      for (const feeder of feeders)
        for (const day of days) {
          // PT-B stands without a balance meter on one of its days; PT-C has a day without any balance.
          if (code === 'PT-C' && day === from) continue
          const row = { ...rows.pop(), ...(code === 'PT-B' && day === to ? { metered: false } : {}) }
          const names = Object.keys(row).map((name) => sql.ref(name))
          const values = Object.values(row).map((value) => sql`${value}`)
          await sql`insert into contor.balance_day (station_id, feeder, day, fit_n, fit_x, fit_y, fit_xx, fit_xy, ${sql.join(names)})
                    select id, ${feeder}, ${day}, 0, 0, 0, 0, 0, ${sql.join(values)} from contor.station where code = ${code}`.execute(
            trx,
          )
        }
  })
})
after(() => database.drop())

const rank = (change: Partial<RankingQuery> = {}) =>
  asSystem(database.db, (trx) =>
    rankBalances(trx, { from, to, level: 'station', sort: 'z', descending: true, limit: 100, ...change }),
  )

test('every row of the list says what the summary of its station or feeder says', async () => {
  const found = [...(await rank()).items, ...(await rank({ level: 'feeder' })).items]
  assert.equal(found.length, stations.length * feeders.length)
  for (const row of found) {
    const summary = await asSystem(database.db, (trx) =>
      summarisePeriod(trx, row.stationId, row.feeder, from, to),
    )
    const { enteredWh, z, ...rest } = row
    assert.equal(enteredWh, summary.suppliedWh + summary.producedWh)
    assert.ok(Math.abs((z ?? 0) - (summary.z ?? 0)) < 0.011, `${row.code} ${row.feeder}`)
    for (const key of [
      'days',
      'completeDays',
      'lossWh',
      'lossPercent',
      'likelyLossWh',
      'technicalWh',
      'unexplainedWh',
      'uncertaintyWh',
      'verdict',
    ] as const)
      assert.equal(rest[key], summary[key], `${key} of ${row.code} ${row.feeder}`)
  }
})

test('the most significant comes first, and what cannot be judged last whatever its figures', async () => {
  for (const level of ['station', 'feeder'] as const) {
    const { items } = await rank({ level })
    const judged = items.filter(({ verdict }) => verdict !== 'unknown')
    assert.ok(judged.length > 1 && judged.length < items.length, `${judged.length} of ${items.length}`)
    assert.deepEqual(
      items.slice(0, judged.length).map(({ z }) => z),
      judged.map(({ z }) => z ?? 0).sort((a, b) => b - a),
    )
  }
})

test('a list is ordered, searched, filtered and turned page by page', async () => {
  const codes = (items: readonly Ranked[]) => items.map(({ code }) => code)
  assert.deepEqual(codes((await rank({ sort: 'code', descending: false })).items), stations)
  const percent = (await rank({ sort: 'percent', descending: false })).items.map((row) => row.lossPercent)
  assert.deepEqual(
    percent,
    [...percent].sort((a, b) => (a ?? 0) - (b ?? 0)),
  )
  assert.deepEqual(codes((await rank({ search: 'nord', sort: 'code', descending: false })).items), [
    'PT-A',
    'PT-B',
  ])
  assert.deepEqual((await rank({ search: 'moară' })).items, [])
  assert.equal((await rank({ search: 'moară', level: 'feeder' })).items.length, stations.length)
  const unknown = await rank({ verdict: 'unknown' })
  assert.ok(codes(unknown.items).includes('PT-B'))
  assert.equal(unknown.items.length, unknown.counts.unknown)

  const all = await rank({ level: 'feeder' })
  const turned: Ranked[] = []
  let cursor: string | undefined
  do {
    const page = await rank({ level: 'feeder', limit: 4, cursor })
    turned.push(...page.items)
    cursor = page.nextCursor ?? undefined
  } while (cursor)
  assert.deepEqual(turned, all.items)
  await assert.rejects(rank({ cursor: 'x' }), /cursor/)
})

test('a list tells what it does not hold: days that wait, stations without a balance', async () => {
  await asSystem(database.db, async (trx) => {
    await sql`insert into contor.station_day_stale (metering_point_id, station_id, day)
              select 1, s.id, d.day::date from contor.station s, (values (${from}), (${from}), (${addDays(to, 1)})) d (day)
               where s.code in ('PT-A', 'PT-D')`.execute(trx)
  })
  const { waitingDays, withoutBalance } = await rank()
  assert.deepEqual([waitingDays, withoutBalance], [2, 1])
})

test('a file holds the same rows, and no cell that a spreadsheet would run', async () => {
  const { items } = await rank({ level: 'feeder', sort: 'code', descending: false })
  const lines = rankingCsv([{ ...items[1], feeder: '=1+1', name: 'Post "A", nou', technicalWh: null }]).split(
    '\r\n',
  )
  assert.equal(lines.length, 3)
  assert.equal(lines[1].startsWith(`PT-A,"Post ""A"", nou",Nord,'=1+1,8,`), true, lines[1])
  assert.equal(rankingCsv(items).split('\r\n').length, items.length + 2)
})
