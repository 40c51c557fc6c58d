import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  addDays,
  channels,
  type DayBlock,
  daysBetween,
  emptySeries,
  quality,
  slotsInDay,
} from '@contor/intervals'
import fc from 'fast-check'
import { sql } from 'kysely'
import { asSystem, systemActor, withActor } from '../../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../../platform/testing/database.ts'
import { createTestNetwork, type TestNetwork } from '../../acquisition/testing/network.ts'
import { finalise } from '../billed.ts'
import { explain } from '../explain.ts'
import { loadPointCurve } from '../load/pointCurve.ts'
import { sumCurves } from '../load/sumCurves.ts'
import { loadMonths } from '../retention/months.ts'
import type { SlotSource } from '../sources.ts'
import { loadDays, replaceDay, storeDays } from '../store.ts'
import { loadDaysAsOf } from '../versions/asOf.ts'
import { compact } from './compact.ts'
import { dayRowsOf } from './dayRows.ts'

// The same network twice: one is folded again and again, the other never.
let folded: TestDatabase
let plain: TestDatabase
let network: TestNetwork
let base = Date.UTC(2026, 5, 1)
const first = '2026-02-20'
const last = '2026-04-10'
const days = daysBetween(first, last)

before(async () => {
  folded = await createTestDatabase()
  plain = await createTestDatabase()
  network = await createTestNetwork(folded.db, 40)
  const twin = await createTestNetwork(plain.db, 40)
  assert.deepEqual(
    twin.points.map(({ id }) => id),
    network.points.map(({ id }) => id),
  )
})
after(async () => {
  await folded.drop()
  await plain.drop()
})

function dayOf(day: string, seed: number, exchangeId: number) {
  const slots = slotsInDay(day)
  const sources: (SlotSource | undefined)[] = new Array(slots).fill(undefined)
  const series = channels
    .filter((_, c) => ((seed >> c) & 1) === 1 || c === 0)
    .map((channel, c) => {
      const one = emptySeries(channel, day)
      for (let slot = seed % 7; slot < slots - (seed % 5); slot++) {
        one.values[slot] = ((seed * (slot + 3) * (c + 1)) >>> 3) % 900
        one.quality[slot] = quality.measured | (slot % 50 === seed % 50 ? 8 : 0)
        sources[slot] = { exchangeId, row: slot }
      }
      return one
    })
  const block: DayBlock = { day, minutes: 15, channels: series }
  return { day, block, sources }
}

type Op =
  | { readonly kind: 'store'; readonly day: number; readonly count: number; readonly seed: number }
  | { readonly kind: 'estimate'; readonly day: number; readonly seed: number }
  | { readonly kind: 'bill'; readonly day: number; readonly seed: number }
  | { readonly kind: 'fold' }

const dayIndex = fc.integer({ min: 0, max: days.length - 1 })
const seed = fc.integer({ min: 0, max: 2 ** 20 })
const anyOp: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('store'),
      day: dayIndex,
      count: fc.integer({ min: 1, max: 40 }),
      seed,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('estimate'), day: dayIndex, seed }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('bill'), day: dayIndex, seed }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'fold' }) },
)

const fold = () =>
  compact(folded.db, { settledDays: 0, before: '2026-05-01', now: Date.now() + 1_000 * 86_400_000 })

/** Does one operation in one of the databases. */
async function act({ db }: TestDatabase, point: string, op: Op, now: number): Promise<unknown> {
  if (op.kind === 'store')
    return asSystem(db, (trx) =>
      storeDays(
        trx,
        point,
        days.slice(op.day, op.day + op.count).map((day, i) => dayOf(day, op.seed + i, op.seed + 1)),
        now,
      ),
    )
  if (op.kind === 'estimate')
    return asSystem(db, async (trx) => {
      const [day] = await loadDays(trx, point, days[op.day], days[op.day])
      if (!day) return 0
      const block: DayBlock = {
        ...day.block,
        channels: day.block.channels.map((series) => ({
          ...series,
          values: series.values.map((value, slot) => (slot === op.seed % 90 ? value + 7 : value)),
          quality: series.quality.map((byte, slot) => (slot === op.seed % 90 ? quality.estimated : byte)),
        })),
      }
      const why = { rule: 'r', ruleVersion: 1, actor: 'system:test', reason: 'a test' }
      return replaceDay(trx, point, block, day.sources, why, now)
    })
  if (op.kind === 'bill')
    return asSystem(db, (trx) =>
      finalise(
        trx,
        point,
        { from: days[op.day], to: addDays(days[op.day], 9), billRef: `B${op.seed}-${now}`, actor: 'u' },
        now,
      ),
    )
  return undefined
}

/** Everything that anybody can see of a point. */
async function seen({ db }: TestDatabase, point: string, instants: readonly number[]) {
  const rows = await asSystem(db, (trx) => dayRowsOf(trx, [point], first, last))
  const figures = await asSystem(db, (trx) =>
    sql`select * from contor.day_figures where metering_point_id = ${point} order by day`.execute(trx),
  )
  return {
    rows: rows.map(({ day, version, sources, growth, known_from, changed_at }) => ({
      day,
      version,
      sources: Buffer.from(sources).toString('hex'),
      growth: Buffer.from(growth).toString('hex'),
      known_from,
      changed_at,
    })),
    figures: figures.rows,
    days: await asSystem(db, (trx) => loadDays(trx, point, first, last)),
    part: await asSystem(db, (trx) => loadDays(trx, point, '2026-03-05', '2026-03-29')),
    asOf: await Promise.all(
      instants.map((at) => asSystem(db, (trx) => loadDaysAsOf(trx, point, first, last, at))),
    ),
    explained: await asSystem(db, (trx) =>
      explain(
        trx,
        point,
        'A+',
        { from: Date.UTC(2026, 2, 3), to: Date.UTC(2026, 2, 6) },
        { first: '2026-03-03', last: '2026-03-06' },
      ),
    ),
    months: await asSystem(db, (trx) => loadMonths(trx, point, 'A+', first, last)),
    curve: await loadPointCurve(db, systemActor, point, first, last),
    sums: await sumCurves(db, systemActor, [point], '2026-02-25', '2026-04-03', 'A+', 1),
    exported: await sumCurves(db, systemActor, [point], first, last, 'A-', 1),
  }
}

const countOf = async ({ db }: TestDatabase, table: string, point: string) => {
  const { rows } = await asSystem(db, (trx) =>
    sql<{
      n: number
    }>`select count(*)::int as n from contor.${sql.raw(table)} where metering_point_id = ${point}`.execute(
      trx,
    ),
  )
  return rows[0].n
}

test('after any sequence of writes and foldings everybody sees what they saw without folding', async () => {
  let next = 0
  let foldedDays = 0
  await fc.assert(
    fc.asyncProperty(fc.array(anyOp, { minLength: 3, maxLength: 12 }), async (ops) => {
      const point = network.points[next++ % 36].id
      await Promise.all([folded, plain].map(({ ownerUrl }) => wipe(ownerUrl, point)))
      const instants: number[] = []
      for (const op of [...ops, { kind: 'fold' } as const]) {
        base += 60_000
        const now = base
        instants.push(now)
        if (op.kind === 'fold') {
          foldedDays += (await fold()).days
          continue
        }
        const results = [await act(folded, point, op, now), await act(plain, point, op, now)]
        assert.deepEqual(results[0], results[1])
      }
      assert.deepEqual(await seen(folded, point, instants), await seen(plain, point, instants))
      assert.equal(await countOf(plain, 'month_block', point), 0)
    }),
    { numRuns: 30 },
  )
  assert.ok(foldedDays > 500, `${foldedDays} days were folded`)
})

async function wipe(ownerUrl: string, point: string): Promise<void> {
  const { default: pg } = await import('pg')
  const owner = new pg.Client({ connectionString: ownerUrl })
  await owner.connect()
  for (const table of ['day_block', 'month_block', 'day_block_version', 'billed_period', 'rebill_difference'])
    await owner.query(`delete from contor.${table} where metering_point_id = $1`, [point])
  await owner.end()
}

test('a folded month is one row; late data unfolds that month alone', async () => {
  const point = network.points[37].id
  await act(folded, point, { kind: 'store', day: 0, count: days.length, seed: 5 }, base)
  assert.equal(await countOf(folded, 'day_block', point), days.length)
  await fold()
  assert.deepEqual(
    [await countOf(folded, 'day_block', point), await countOf(folded, 'month_block', point)],
    [0, 3],
  )
  const [late] = await asSystem(folded.db, (trx) =>
    storeDays(trx, point, [dayOf('2026-03-10', 127, 9)], base + 1),
  )
  assert.ok(late.added > 0)
  assert.deepEqual(
    [await countOf(folded, 'day_block', point), await countOf(folded, 'month_block', point)],
    [31, 2],
  )
  await fold()
  assert.deepEqual(
    [await countOf(folded, 'day_block', point), await countOf(folded, 'month_block', point)],
    [0, 3],
  )
})

test('what changed lately is not folded, nor the month of the newest day', async () => {
  const point = network.points[38].id
  await act(folded, point, { kind: 'store', day: 0, count: days.length, seed: 9 }, base)
  await compact(folded.db, { before: '2026-05-01', now: base + 10 * 86_400_000 })
  assert.equal(await countOf(folded, 'month_block', point), 0)
  await compact(folded.db, { settledDays: 0, now: base + 10 * 86_400_000 })
  assert.equal(await countOf(folded, 'month_block', point), 2)
})

test('the application cannot take a month block or a day away', async () => {
  const attempt = (statement: string) => asSystem(folded.db, (trx) => sql.raw(statement).execute(trx))
  await assert.rejects(attempt('delete from contor.month_block'), /permission denied/)
  await assert.rejects(attempt('update contor.month_block set held = 1'), /permission denied/)
  const point = network.points[37].id
  const before = await countOf(folded, 'month_block', point)
  await attempt(`select contor.drop_unfolded(array[${point}::bigint], array['2026-03-01'::date])`)
  assert.equal(await countOf(folded, 'month_block', point), before)
  const seenByNobody = await withActor(
    folded.db,
    { ...systemActor, subject: 'customer:none', scope: 'granted' },
    (trx) => sql<{ n: number }>`select count(*)::int as n from contor.day_figures`.execute(trx),
  )
  assert.equal(seenByNobody.rows[0].n, 0)
  // Whoever may see one point sees its folded days, and no other's.
  await asSystem(folded.db, (trx) =>
    sql`insert into contor.access_grant (subject, metering_point_id) values ('customer:one', ${point})`.execute(
      trx,
    ),
  )
  const own = await withActor(
    folded.db,
    { ...systemActor, subject: 'customer:one', scope: 'granted' },
    (trx) =>
      sql<{ point: string; n: number }>`
        select metering_point_id as point, count(*)::int as n from contor.day_figures group by 1`.execute(
        trx,
      ),
  )
  const all = await asSystem(folded.db, (trx) =>
    sql<{
      n: number
    }>`select count(*)::int as n from contor.day_figures where metering_point_id = ${point}`.execute(trx),
  )
  assert.ok(all.rows[0].n > 0)
  assert.deepEqual(own.rows, [{ point, n: all.rows[0].n }])
})

test('writers and folding at the same time lose nothing', async () => {
  const points = network.points.slice(20, 24).map(({ id }) => id)
  const month = daysBetween('2026-01-01', '2026-01-28')
  const part = (day: string, from: number): ReturnType<typeof dayOf> => {
    const series = emptySeries('A+', day)
    const sources: (SlotSource | undefined)[] = new Array(series.values.length).fill(undefined)
    for (let slot = from; slot < series.values.length; slot += 4) {
      series.values[slot] = slot + Number(day.slice(8))
      series.quality[slot] = quality.measured
      sources[slot] = { exchangeId: 900 + from, row: slot }
    }
    return { day, block: { day, minutes: 15, channels: [series] }, sources }
  }
  let going = true
  let months = 0
  const folding = (async () => {
    while (going)
      months += (await compact(folded.db, { settledDays: 0, before: '2026-02-01', now: Date.now() + 60_000 }))
        .months
  })()
  // Each writer has a quarter of every day, and its own order of days. They go round, the last with the same
  // values, until folding has come between them.
  let round = 0
  do {
    await Promise.all(
      [0, 1, 2, 3].map(async (from) => {
        const order = from % 2 ? month : [...month].reverse()
        for (let i = 0; i < order.length; i += 7)
          for (const id of points)
            await asSystem(folded.db, (trx) =>
              storeDays(
                trx,
                id,
                order.slice(i, i + 7).map((day) => part(day, from)),
              ),
            )
      }),
    )
  } while (months === 0 && ++round < 50)
  going = false
  await folding
  assert.ok(months > 0, 'nothing was folded beside the writers')
  for (const id of points) {
    const stored = await asSystem(folded.db, (trx) => loadDays(trx, id, month[0], month[27]))
    assert.equal(stored.length, 28)
    for (const { day, block } of stored) {
      const [series] = block.channels
      assert.deepEqual(
        [...series.values],
        Array.from({ length: 96 }, (_, slot) => slot + Number(day.slice(8))),
      )
      assert.ok(series.quality.every((byte) => byte === quality.measured))
    }
  }
})
