import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  addDays,
  type CivilDay,
  dayStart,
  emptySeries,
  quality,
  slotStart,
  slotsInDay,
} from '@contor/intervals'
import { sql } from 'kysely'
import { type Actor, asSystem, createKeyRing, systemActor } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { type InstalledPoint, importNetwork } from '../network/index.ts'
import { loadDays, replaceDay, storeDays } from '../readings/index.ts'
import { aggregate } from './aggregate.ts'
import { type BucketSize, resolutions } from './buckets.ts'
import { tellsApart } from './disclosure.ts'
import type { PointSet } from './set.ts'

// PT1: a balance point and 14 points of EVA, 12 of ION, among them a factory; PT2: 3 points of ION.
const from = '2026-10-24'
const to = '2026-11-02'
let database: TestDatabase
const ids = new Map<string, string>()

const point = (pod: string, extra: Partial<InstalledPoint>): InstalledPoint => ({
  pod,
  name: pod,
  address: 'Street',
  kind: 'household',
  prosumer: false,
  phases: 1,
  approvedPowerW: 8_000,
  readingMode: 'manual',
  ...extra,
})

before(async () => {
  database = await createTestDatabase()
  const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`)
  const pt1 = [
    point('B', { kind: 'balance' }),
    ...names('E', 14).map((pod) => point(pod, { supplier: 'EVA' })),
    ...names('I', 11).map((pod) => point(pod, { supplier: 'ION', feeder: 'F1' })),
    point('FACTORY', { supplier: 'ION', kind: 'business' }),
  ]
  const pt2 = names('J', 3).map((pod) => point(pod, { supplier: 'ION' }))
  await asSystem(database.db, async (trx) => {
    const keys = createKeyRing(new Uint8Array(32))
    const station = (code: string) => ({ code, name: code, zone: 'North', ratedKva: 250 })
    await importNetwork(trx, keys, { station: station('PT1'), lines: [], points: pt1 })
    await importNetwork(trx, keys, { station: station('PT2'), lines: [], points: pt2 })
    const { rows } = await sql<{
      id: string
      pod: string
    }>`select id, pod from contor.metering_point`.execute(trx)
    for (const { id, pod } of rows) ids.set(pod, id)
    for (const [pod, id] of ids) await storeRandom(trx, pod, id)
  })
})
after(() => database.drop())

let seed = 1
const random = (below: number) => {
  seed = (seed * 48_271) % 2_147_483_647
  return seed % below
}

/** Days with a hole each, and one estimated slot on the first. */
async function storeRandom(trx: Parameters<typeof storeDays>[0], pod: string, id: string): Promise<void> {
  for (let day: CivilDay = from; day <= to; day = addDays(day, 1)) {
    const series = emptySeries('A+', day)
    const hole = random(series.values.length)
    for (let slot = 0; slot < series.values.length; slot++) {
      if (slot === hole) continue
      // The factory has little until November: it rules its group in that month alone.
      series.values[slot] = pod === 'FACTORY' && day >= '2026-11-01' ? 100_000 : random(200)
      series.quality[slot] = quality.measured
    }
    const sources = Array.from(series.values, (_, row) => ({ exchangeId: 1, row }))
    await storeDays(trx, id, [{ day, block: { day, minutes: 15, channels: [series] }, sources }])
    if (day !== from) continue
    const [stored] = await loadDays(trx, id, day, day)
    const edited = structuredClone(stored.block)
    edited.channels[0].values[hole] = 7
    edited.channels[0].quality[hole] = quality.estimated
    await replaceDay(trx, id, edited, stored.sources, {
      kind: 'estimate',
      rule: 'linear',
      ruleVersion: 1,
      actor: 'system:test',
      reason: 'gap',
    })
  }
}

const supplier = (name: string): Actor => ({
  subject: `supplier:${name}`,
  role: 'supplier',
  scope: 'granted',
  name,
  locale: 'ro',
})
const ask = (actor: Actor, set: PointSet, resolution: BucketSize = '1d', days = { from, to }) =>
  aggregate(database.db, actor, { set, ...days, channel: 'A+', resolution })

/** The naive sum: point by point, slot by slot, put where the slot begins. */
async function naive(pods: readonly string[], bucket: (at: number, day: string) => number) {
  const sums = new Map<number, { sum: number; present: number; notMeasured: number; expected: number }>()
  for (const pod of pods)
    for (let day: CivilDay = from; day <= to; day = addDays(day, 1)) {
      const [loaded] = await asSystem(database.db, (trx) => loadDays(trx, ids.get(pod) as string, day, day))
      for (let slot = 0; slot < slotsInDay(day); slot++) {
        const at = bucket(slotStart(day, slot), day)
        const entry = sums.get(at) ?? { sum: 0, present: 0, notMeasured: 0, expected: 0 }
        const state = loaded.block.channels[0].quality[slot] & 7
        entry.expected++
        if (state !== 0) {
          entry.present++
          entry.sum += loaded.block.channels[0].values[slot]
        }
        if (state > 1) entry.notMeasured++
        sums.set(at, entry)
      }
    }
  return [...sums].sort(([a], [b]) => a - b)
}

const bucketStart: Record<BucketSize, (at: number, day: string) => number> = {
  '15m': (at) => at,
  '1h': (at) => at - (at % 3_600_000),
  '1d': (_, day) => dayStart(day),
  '1mo': (_, day) => Math.max(dayStart(`${day.slice(0, 7)}-01`), dayStart(from)),
}

for (const resolution of resolutions)
  test(`sums per ${resolution} are those of the stored values, over a day of 25 hours`, async () => {
    const got = await ask(systemActor, { station: 'PT1', supplier: 'EVA' }, resolution)
    assert.equal(got.members, 14)
    const wanted = await naive(
      [...ids.keys()].filter((pod) => pod.startsWith('E')),
      bucketStart[resolution],
    )
    assert.deepEqual(
      [...got.starts],
      wanted.map(([at]) => at),
    )
    for (const [i, [, { sum, present, notMeasured, expected }]] of wanted.entries())
      assert.deepEqual(
        [got.sums[i], got.present[i], got.notMeasured[i], got.expected[i]],
        [sum, present, notMeasured, expected],
      )
    assert.ok(got.notMeasured.some((count) => count > 0))
  })

test('a station holds what its points took, not its balance meter, nor a meter that counts it a second time', async () => {
  const whole = await ask(systemActor, { station: 'PT1' })
  assert.equal(whole.members, 26)
  await asSystem(database.db, (trx) =>
    sql`insert into contor.point_relation (metering_point_id, main_point_id, kind, valid_from, source, actor)
        values (${ids.get('E0')}, ${ids.get('E1')}, 'sub-consumer', '2026-01-01', 'contract', 'test')`.execute(
      trx,
    ),
  )
  try {
    assert.equal((await ask(systemActor, { station: 'PT1' })).members, 25)
    assert.equal((await ask(systemActor, { points: ['E0', 'E1'] })).members, 2)
  } finally {
    await asSystem(database.db, (trx) =>
      sql`update contor.point_relation set valid_to = '2026-01-02'`.execute(trx),
    )
  }
  assert.equal((await ask(systemActor, { station: 'PT1', kind: 'balance' })).members, 1)
})

test('a supplier has the sum of its own points, and of no one else’s by name', async () => {
  const mine = await ask(supplier('EVA'), { supplier: 'EVA' })
  assert.deepEqual(mine.sums, (await ask(systemActor, { supplier: 'EVA' })).sums)
  await assert.rejects(ask(supplier('EVA'), { supplier: 'ION' }), { code: 'not-allowed', field: 'supplier' })
  await assert.rejects(ask(supplier('EVA'), { points: ['E0', 'I0'] }), { code: 'not-found', field: 'points' })
  await assert.rejects(ask(supplier('EVA'), { points: ['E0', 'NONE'] }), {
    code: 'not-found',
    field: 'points',
  })
})

test('a group of those that one may not see is given only when it is large', async () => {
  // 12 of ION are hidden from EVA in PT1, 3 in PT2, 11 on feeder F1.
  const october = { from, to: '2026-10-31' }
  await assert.rejects(
    ask(supplier('EVA'), { station: 'PT2' }, '1d', october),
    /3 points that you may not see/,
  )
  const shown = await ask(supplier('EVA'), { station: 'PT1' }, '1d', october)
  assert.equal(shown.members, 26)
})

test('a group that differs from one had before by few is refused: subtracting would show them', async () => {
  const october = { from, to: '2026-10-31' }
  // All of PT1 was given in the test before; F1 lacks the factory alone.
  await assert.rejects(
    ask(supplier('EVA'), { station: 'PT1', feeder: 'F1' }, '1d', october),
    /differs from one/,
  )
  await assert.rejects(ask(supplier('EVA'), { zone: 'North' }, '1d', october), /differs from one/)
  // The same question again is no news, and somebody else has not had the other one.
  await ask(supplier('EVA'), { station: 'PT1' }, '1d', october)
  const other: Actor = { ...supplier('EVA'), subject: 'token:9', role: 'third-party' }
  assert.equal((await ask(other, { feeder: 'F1' }, '1d', october)).members, 11)
  await assert.rejects(
    ask(other, { feeder: 'F1', prosumer: false, kind: 'household', readingMode: 'smart' }),
    {
      code: 'not-found',
    },
  )
})

test('two questions at once, each harmless alone, are not both answered', async () => {
  const october = { from, to: '2026-10-31' }
  const asker: Actor = { ...supplier('EVA'), subject: 'token:10', role: 'third-party' }
  const answers = await Promise.allSettled([
    ask(asker, { station: 'PT1', supplier: undefined }, '1d', october),
    ask(asker, { zone: 'North' }, '1d', october),
  ])
  assert.deepEqual(answers.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
})

test('a group that one member rules is refused, on any day of the month in which it does', async () => {
  for (const days of [
    { from, to },
    { from: '2026-11-01', to: '2026-11-01' },
  ])
    await assert.rejects(ask(supplier('EVA'), { station: 'PT1' }, '1h', days), /more than 50 % of the energy/)
})

test('what cannot be answered says why', async () => {
  await assert.rejects(ask(systemActor, {}), { code: 'invalid-request', field: 'set' })
  await assert.rejects(ask(systemActor, { station: 'PT9' }), { code: 'not-found', field: 'station' })
  await assert.rejects(ask(systemActor, { points: ['NONE'] }), { code: 'not-found', field: 'points' })
  await assert.rejects(ask(systemActor, { feeder: 'F9' }), { code: 'not-found', field: 'set' })
  await assert.rejects(ask(systemActor, { station: 'PT1' }, '1d', { from: to, to: from }), { field: 'to' })
  await assert.rejects(ask(systemActor, { station: 'PT1' }, '15m', { from: '2025-01-01', to }), {
    field: 'resolution',
  })
})

test('groups are held apart by the members that only one of them has', () => {
  const group = (...members: number[]) => Float64Array.from(members)
  const naiveDifference = (one: Float64Array, other: Float64Array) =>
    one.filter((id) => !other.includes(id)).length + other.filter((id) => !one.includes(id)).length
  for (let round = 0; round < 500; round++) {
    const draw = () => group(...new Set(Array.from({ length: random(12) }, () => random(15)))).sort()
    const [one, other] = [draw(), draw()]
    const difference = naiveDifference(one, other)
    assert.equal(tellsApart(one, other, 4), difference > 0 && difference < 4)
  }
})
