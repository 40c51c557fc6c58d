import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { after, before, test } from 'node:test'
import { dayNumber, dayOfNumber } from '@contor/intervals'
import fc from 'fast-check'
import { sql } from 'kysely'
import { asSystem } from '../../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../../platform/testing/database.ts'
import { createTestNetwork } from '../../acquisition/testing/network.ts'
import { loadDays, storeDays } from '../store.ts'
import { type Judge, type ReadingBatch, slotsOf } from './batch.ts'
import { columnJudge } from './judge.ts'
import { loadBatch } from './load.ts'
import { startLoaders } from './loaders.ts'
import { batchOf, judgeModule, type Row, rules, source, wholeBatch } from './testing/batches.ts'

let database: TestDatabase
let points: string[]
const judge = columnJudge(rules)
const lenient: Judge = () => []
const day = dayNumber('2026-10-25')
const every = (value: number, slots = 100) =>
  Object.fromEntries(Array.from({ length: slots }, (_, slot) => [slot, value]))

before(async () => {
  database = await createTestDatabase()
  points = (await createTestNetwork(database.db, 12)).points.map(({ id }) => id)
})
after(() => database.drop())

const load = (batch: ReadingBatch, how: Judge = lenient) => loadBatch(database.db, batch, source, how)

async function stored(point: string, number: number) {
  const name = dayOfNumber(number)
  const [found] = await asSystem(database.db, (trx) => loadDays(trx, point, name, name))
  return found
}

/** Everything that a load writes about readings, in a comparable form. */
async function digest(db = database.db): Promise<unknown> {
  const { rows } = await asSystem(db, (trx) =>
    sql`select (select md5(string_agg(concat_ws('|', metering_point_id, day, version, slots, present, estimated, suspect,
                 import_wh, export_wh, payload, sources), ',' order by metering_point_id, day)) from contor.day_block) as blocks,
               (select md5(string_agg(concat_ws('|', metering_point_id, day, channel, rule, from_slot, count, details, status), ','
                 order by metering_point_id, day, channel, rule, from_slot)) from contor.validation_exception) as exceptions,
               (select md5(string_agg(concat_ws('|', station_id, day), ',' order by station_id, day)) from
                 (select distinct station_id, day from contor.station_day_stale) s) as stale,
               (select md5(string_agg(concat_ws('|', source, batch, days, readings, added, conflicts, findings, rejected), ','
                 order by source, batch)) from contor.load_batch) as batches`.execute(trx),
  )
  return rows[0]
}

test('a loaded day is the row that storeDays would have written', async () => {
  const [, point, other] = points
  const values = Object.fromEntries(Array.from({ length: 100 }, (_, slot) => [slot, (slot * 37) % 211]))
  const result = await load(batchOf('as-stored', [{ point, day, values }]))
  assert.deepEqual(result, {
    repeated: false,
    days: 1,
    readings: 100,
    added: 100,
    conflicts: 0,
    findings: 0,
    rejected: [],
  })
  const { block } = await stored(point, day)
  assert.deepEqual(
    [...block.channels[0].values],
    Array.from({ length: 100 }, (_, slot) => (slot * 37) % 211),
  )
  const sources = new Array<undefined>(100).fill(undefined)
  await asSystem(database.db, (trx) => storeDays(trx, other, [{ day: block.day, block, sources }]))
  const { rows } = await asSystem(database.db, (trx) =>
    trx
      .selectFrom('day_block')
      .select([
        'checksum',
        'version',
        'slots',
        'present',
        'estimated',
        'suspect',
        'import_wh',
        'export_wh',
        'payload',
      ])
      .where('metering_point_id', 'in', [point, other])
      .execute()
      .then((rows) => ({ rows })),
  )
  assert.equal(rows.length, 2)
  assert.deepEqual(rows[0], rows[1])
})

test('the same batch again changes nothing and tells the first result', async () => {
  const batch = () => batchOf('twice', [{ point: points[3], day, values: every(7) }])
  const first = await load(batch())
  const before = await digest()
  const again = await load(batch())
  assert.deepEqual(again, { ...first, repeated: true })
  assert.deepEqual(await digest(), before)
})

test('days that exist are merged: the first value stays, holes are filled', async () => {
  const [, , , , point, other] = points
  await load(batchOf('m1', [{ point, day, values: { 0: 5, 1: 6 } }]))
  const result = await load(
    batchOf('m2', [
      { point: other, day, values: every(1) },
      { point, day, values: { 1: 9, 2: 7 } },
    ]),
  )
  assert.deepEqual([result.days, result.readings, result.added, result.conflicts], [2, 102, 101, 1])
  const { block } = await stored(point, day)
  assert.deepEqual([...block.channels[0].values.subarray(0, 4)], [5, 6, 7, 0])
  assert.equal((await stored(other, day)).block.channels[0].values[99], 1)
})

test('a stored day between new ones is merged, wherever in the batch it stands', async () => {
  const known = points[1]
  const number = day + 400
  await load(batchOf('between', [{ point: known, day: number, values: { 3: 30 } }]))
  const rows = points.map((point): Row => ({ point, day: number, values: { 3: 31, 4: 40 } }))
  const result = await load(batchOf('around', rows))
  assert.deepEqual([result.added, result.conflicts], [2 * points.length - 1, 1])
  for (const point of points) {
    const found = await stored(point, number)
    const [{ values }] = found.block.channels
    assert.deepEqual([values[3], values[4]], [point === known ? 30 : 31, 40])
  }
})

test('any sequence of batches leaves what slot-by-slot insertion of rows leaves', async () => {
  const [, , , , , , a, b] = points
  let run = 0
  const row: fc.Arbitrary<Row> = fc.record({
    point: fc.constantFrom(a, b),
    day: fc.constantFrom(day - 1, day, day + 1),
    values: fc.dictionary(fc.nat({ max: 95 }).map(String), fc.integer({ min: -5, max: 900 }), {
      maxKeys: 20,
    }),
  })
  const unique = (rows: Row[]) => [...new Map(rows.map((r) => [`${r.point}/${r.day}`, r])).values()]
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(row, { maxLength: 6 }).map(unique), { minLength: 1, maxLength: 5 }),
      async (batches) => {
        // Other days for each run: what was stored stays.
        const shift = 10 * ++run
        const naive = new Map<string, number>()
        for (const [i, rows] of batches.entries()) {
          const shifted = rows.map((r) => ({ ...r, day: r.day + shift }))
          let added = 0
          let conflicts = 0
          for (const r of shifted)
            for (const [slot, value] of Object.entries(r.values)) {
              const key = `${r.point}/${r.day}/${slot}`
              const held = naive.get(key)
              if (held === undefined) {
                naive.set(key, value)
                added++
              } else if (held !== value) conflicts++
            }
          const result = await load(batchOf(`seq-${run}-${i}`, shifted))
          assert.deepEqual([result.added, result.conflicts], [added, conflicts])
        }
        for (const point of [a, b])
          for (let d = day - 1 + shift; d <= day + 1 + shift; d++) {
            const found = (await stored(point, d))?.block.channels[0]
            for (let slot = 0; slot < slotsOf(d); slot++) {
              const value = found && found.quality[slot] !== 0 ? found.values[slot] : undefined
              assert.equal(value, naive.get(`${point}/${d}/${slot}`))
            }
          }
      },
    ),
    { numRuns: 25 },
  )
})

test('what the rules find becomes exceptions and marks', async () => {
  const point = points[8]
  const values = { ...every(100, 96), 10: 9_000, 11: 8_000, 40: -3 }
  delete (values as Record<number, number>)[90]
  const result = await load(batchOf('rules', [{ point, day: day + 400, values }], 8_000), judge)
  assert.equal(result.findings, 3)
  const { rows } = await asSystem(database.db, (trx) =>
    trx
      .selectFrom('validation_exception')
      .select(['rule', 'from_slot', 'count', 'severity', 'details'])
      .where('metering_point_id', '=', point)
      .orderBy('from_slot')
      .execute()
      .then((rows) => ({ rows })),
  )
  assert.deepEqual(rows, [
    {
      rule: 'spike',
      from_slot: 10,
      count: 2,
      severity: 'warning',
      details: { highestWh: 9_000, limitWh: 6_000 },
    },
    { rule: 'negative', from_slot: 40, count: 1, severity: 'error', details: { lowestWh: -3 } },
    { rule: 'missing-interval', from_slot: 90, count: 1, severity: 'warning', details: { count: 1 } },
  ])
  const { quality } = (await stored(point, day + 400)).block.channels[0]
  assert.deepEqual([quality[9], quality[10], quality[11], quality[40], quality[90]], [1, 9, 9, 9, 0])
})

test('a row that cannot be stored is told, the others go in', async () => {
  const point = points[9]
  const batch = batchOf('bad', [
    { point, day, values: every(1) },
    { point, day: day + 1, values: every(2 ** 31 - 1, 96) },
    { point, day: day + 2, values: every(1, 96) },
    { point: '0', day, values: {} },
    { point, day: day + 3, values: every(2, 96), estimated: true },
  ])
  batch.quality[batch.starts[2] + 5] = 4
  const result = await load(batch, judge)
  assert.deepEqual(
    [...result.rejected].sort((a, b) => a.row - b.row).map(({ row }) => row),
    [1, 2, 3],
  )
  assert.deepEqual([result.days, result.readings], [2, 196])
  assert.equal(await stored(point, day + 1), undefined)
  assert.equal((await stored(point, day + 3)).block.channels[0].quality[0], 2)
  await assert.rejects(
    load(
      batchOf('same', [
        { point, day, values: {} },
        { point, day, values: {} },
      ]),
    ),
    { code: 'invalid-request' },
  )
})

test('loaders at the same time, in opposite orders, lose nothing', async () => {
  const some = points.slice(1, 12)
  const rows = some.flatMap((point) =>
    [0, 1, 2].map((d) => ({ point, day: day + 900 + d, values: every(4, 96) })),
  )
  const results = await Promise.all(
    [rows, [...rows].reverse(), rows, [...rows].reverse()].map((part, i) => load(batchOf(`race-${i}`, part))),
  )
  assert.equal(
    results.reduce((all, { added }) => all + added, 0),
    rows.length * 96,
  )
})

test('worker threads leave the same state as loading one batch after the other', async () => {
  const other = await createTestDatabase()
  try {
    const ids = (await createTestNetwork(other.db, 12)).points.map(({ id }) => id)
    assert.deepEqual(ids, points)
    const [one, two] = [await createTestDatabase(), other]
    await createTestNetwork(one.db, 12)
    const batches = () =>
      Array.from({ length: 12 }, (_, i) => wholeBatch(`w${i}`, points.slice(1, 6), [day + i, day + i + 1], i))
    for (const batch of batches()) await loadBatch(one.db, batch, source, judge)
    const loaders = startLoaders({
      database: { connectionString: two.ownerUrl, parameters: two.parameters },
      threads: 2,
      judge: judgeModule,
    })
    // Batches overlap: in another order other values would be first, so each waits for the one before.
    for (const batch of batches()) await loaders.load(batch, source)
    const twice = batchOf('dup', [
      { point: points[1], day, values: {} },
      { point: points[1], day, values: {} },
    ])
    await assert.rejects(
      loaders.load(twice, source).finally(() => loaders.stop()),
      /stands twice/,
    )
    assert.deepEqual(await digest(two.db), await digest(one.db))
    await one.drop()
  } finally {
    await other.drop()
  }
})

test('kill -9 in mid-load, then the same batches again: the state of a load without the crash', async () => {
  const [crashed, calm] = [await createTestDatabase(), await createTestDatabase()]
  try {
    for (const { db } of [crashed, calm]) await createTestNetwork(db, 12)
    const first = dayNumber('2025-01-01')
    const child = (url: string) =>
      fork(new URL('./testing/loadChild.ts', import.meta.url), [url, `${first}`, points.join(',')], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      })
    const heard = (process: ChildProcess, wanted: number) =>
      new Promise<void>((resolve) => {
        process.on('message', (i) => {
          if (Number(i) >= wanted) resolve()
        })
        process.once('exit', () => resolve())
      })
    const died = (process: ChildProcess) =>
      process.exitCode === null && process.signalCode === null
        ? new Promise((resolve) => process.once('exit', resolve))
        : undefined
    for (const wanted of [3, 9, 17]) {
      const running = child(crashed.ownerUrl)
      await heard(running, wanted)
      await new Promise((resolve) => setTimeout(resolve, wanted % 7))
      running.kill('SIGKILL')
      await died(running)
    }
    const { rows } = await asSystem(crashed.db, (trx) =>
      sql<{ n: number }>`select count(*)::int as n from contor.load_batch`.execute(trx),
    )
    assert.ok(rows[0].n >= 17 && rows[0].n < 400, `killed after ${rows[0].n} batches`)
    const last = rows[0].n + 5
    for (const { db } of [crashed, calm])
      for (let i = 0; i < last; i++)
        await loadBatch(db, wholeBatch(`${i}`, points, [first + i], i), source, judge)
    assert.deepEqual(await digest(crashed.db), await digest(calm.db))
  } finally {
    await crashed.drop()
    await calm.drop()
  }
})
