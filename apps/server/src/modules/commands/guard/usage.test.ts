// What the guard counts in one pass over its releases, against counting each by hand.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import pg from 'pg'
import { asSystem } from '../../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../../platform/testing/database.ts'
import { exceeded, type Limit, limitScopes } from './limits.ts'
import { type History, recordRelease, refusedByLimits, type Sizes, unlikeHistory } from './usage.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
interface Row {
  readonly ageS: number
  readonly station: number
  readonly feeder: string | null
  readonly supplier: string | null
  readonly person: string
  readonly powerW: number
}
let seed = 7
const below = (n: number) => {
  seed = (seed * 48_271) % 2_147_483_647
  return seed % n
}
const rows: Row[] = Array.from({ length: 300 }, () => ({
  ageS: 30 + 60 * below(2_000),
  station: 1 + below(3),
  feeder: [null, 'A', 'B'][below(3)] ?? null,
  supplier: [null, 'EVA', 'LUMEN'][below(3)] ?? null,
  person: ['user:o', 'user:p'][below(2)] ?? '',
  powerW: 1_000 * (1 + below(9)),
}))
const size = { customers: 40, totalPowerW: 240_000 }

test('every scope and window, with and without a feeder and a supplier', async () => {
  // Only the owner can say when a release was.
  const owner = new pg.Client({ connectionString: database.ownerUrl })
  await owner.connect()
  for (const [n, row] of rows.entries())
    await owner.query(
      `insert into contor.guard_release (at, command_id, point_id, station_id, feeder, supplier, person, power_w)
       values (clock_timestamp() - make_interval(secs => $1), $2, 1, $3, $4, $5, $6, $7)`,
      [row.ageS, id(n), row.station, row.feeder, row.supplier, row.person, row.powerW],
    )
  await owner.end()
  await asSystem(database.db, async (trx) => {
    // Sizes as if counted a moment ago: the same everywhere.
    const sizes: Sizes = {
      get: () => ({ at: Date.now(), size }),
      set: () => sizes,
      size: 0,
    } as unknown as Sizes
    const verdicts = new Set<boolean>()
    for (let turn = 0; turn < 120; turn++) {
      const limits: Limit[] = Array.from({ length: 1 + below(4) }, () => ({
        scope: limitScopes[below(limitScopes.length)] ?? 'all',
        windowS: 60 * (1 + below(2_000)),
        maxCount: below(80),
        maxShare: below(100) / 100,
        maxPowerShare: below(300) / 100,
      }))
      const of = rows[below(rows.length)] ?? rows[0]
      assert.ok(of)
      // Every third one left before and leaves again: it is not among what went before it.
      const again = turn % 3 === 0 ? rows.indexOf(of) : 9_999
      const command = { meteringPointId: '1', id: id(again), requestedBy: of.person, supplier: of.supplier }
      const place = { stationId: String(of.station), feeder: of.feeder, approvedPowerW: of.powerW }
      const by = (limit: Limit) => {
        const within = rows.filter(
          (row, n) =>
            n !== again &&
            row.ageS < limit.windowS &&
            (limit.scope === 'all' ||
              (limit.scope === 'station' && row.station === of.station) ||
              (limit.scope === 'feeder' && row.station === of.station && row.feeder === of.feeder) ||
              (limit.scope === 'person' && row.person === of.person) ||
              (limit.scope === 'supplier' && row.supplier === of.supplier)),
        )
        const usage = {
          count: within.length,
          powerW: within.reduce((all, row) => all + row.powerW, 0),
          ...size,
        }
        const counts =
          (limit.scope !== 'supplier' || of.supplier !== null) &&
          (limit.scope !== 'feeder' || of.feeder !== null)
        return counts ? exceeded(limit, usage, of.powerW) : undefined
      }
      const expected = limits.map(by).find((why) => why !== undefined)
      const rate = { windowS: 3_600, minimum: 12, factor: 5 }
      assert.equal(await refusedByLimits(trx, { limits, rate }, command, place, sizes), expected)
      verdicts.add(expected === undefined)
    }
    assert.equal(verdicts.size, 2, 'both verdicts were met')
  })
})

test('an hour unlike the weeks before is seen by whoever counted the weeks a moment ago', async () => {
  const rate = { windowS: 3_600, minimum: 12, factor: 5 }
  const history: History = {}
  const ask = () => asSystem(database.db, (trx) => unlikeHistory(trx, rate, id(9_999), history))
  assert.equal(await ask(), undefined)
  const counted = history.counted
  assert.ok(counted && counted.before > 200)
  await asSystem(database.db, async (trx) => {
    const place = { stationId: '1', feeder: null, approvedPowerW: 1_000 }
    for (let n = 0; n < 80; n++)
      await recordRelease(
        trx,
        { meteringPointId: '1', id: id(1_000 + n), requestedBy: 'user:x', supplier: null },
        place,
      )
  })
  assert.match((await ask()) ?? '', /in 60 min, .* are usual/)
  assert.equal(history.counted, counted)
})

test('a release counts once within the hour, again after it, and nobody writes one into the past or away', async () => {
  const place = { stationId: '77', feeder: 'Z', approvedPowerW: 1_000 }
  const command = { meteringPointId: '1', id: id(5_000), requestedBy: 'user:z', supplier: null }
  const sizes: Sizes = new Map()
  const limit: Limit = { scope: 'station', windowS: 86_400, maxCount: 2, maxShare: 0, maxPowerShare: 1 }
  const rate = { windowS: 3_600, minimum: 1e6, factor: 5 }
  const owner = new pg.Client({ connectionString: database.ownerUrl })
  await owner.connect()
  const count = async () =>
    (await owner.query(`select count from contor.guard_tally where scope = 'feeder' and place = '77 Z'`)).rows
      .map(({ count }) => count as number)
      .reduce((all, one) => all + one, 0)
  await asSystem(database.db, (trx) => recordRelease(trx, command, place))
  await asSystem(database.db, (trx) => recordRelease(trx, command, place))
  assert.equal(await count(), 1)
  // A row laid down for a command beforehand, of another place, does not stand for its release.
  const next = { ...command, id: id(5_001) }
  await asSystem(database.db, (trx) => recordRelease(trx, next, { ...place, stationId: '78' }))
  await asSystem(database.db, (trx) => recordRelease(trx, next, place))
  assert.equal(await count(), 2)
  await owner.query(`update contor.guard_release set at = at - interval '2 hours' where command_id = $1`, [
    command.id,
  ])
  await asSystem(database.db, (trx) => recordRelease(trx, command, place))
  assert.equal(await count(), 3)
  await owner.end()
  assert.match(
    (await asSystem(database.db, (trx) =>
      refusedByLimits(trx, { limits: [limit], rate }, { ...command, id: id(5_002) }, place, sizes),
    )) ?? '',
    /^station: 3 in 24 h, 2 allowed/,
  )
  for (const statement of [
    `insert into contor.guard_release (at, command_id, point_id, station_id, person, power_w) values ('2020-01-01', gen_random_uuid(), 1, 1, 'x', 1)`,
    `insert into contor.guard_tally values ('all', '', now(), -100, 0)`,
    `update contor.guard_tally set count = 0`,
    `delete from contor.guard_tally`,
  ])
    await assert.rejects(
      asSystem(database.db, (trx) => sql.raw(statement).execute(trx)),
      /permission denied/,
    )
})
