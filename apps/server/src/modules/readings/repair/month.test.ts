import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { daysBetween, emptySeries, quality } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem } from '../../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../../platform/testing/database.ts'
import { createTestNetwork } from '../../acquisition/testing/network.ts'
import { compact } from '../months/index.ts'
import { loadDays, storeDays } from '../store.ts'
import { checkSeals, openFaults } from './faults.ts'
import { repairDay } from './repair.ts'

let database: TestDatabase
let points: readonly { id: string }[]
const days = daysBetween('2026-03-01', '2026-03-31')

before(async () => {
  database = await createTestDatabase()
  points = (await createTestNetwork(database.db, 4)).points.slice(1, 5)
  await asSystem(database.db, async (trx) => {
    for (const { id } of points)
      await storeDays(
        trx,
        id,
        days.map((day) => {
          const channels = (['A+', 'A-', 'R+'] as const).map((channel, c) => {
            const series = emptySeries(channel, day)
            for (let slot = 0; slot < series.values.length; slot++) {
              series.values[slot] = (Number(day.slice(8)) * 31 + slot * 17 + c * 5) % 400
              series.quality[slot] = quality.measured
            }
            return series
          })
          const sources = Array.from(channels[0].values, (_, row) => ({ exchangeId: 9, row }))
          return { day, block: { day, minutes: 15 as const, channels }, sources }
        }),
      )
  })
  const { months } = await compact(database.db, {
    settledDays: 0,
    before: '2026-09-01',
    now: Date.now() + 60_000,
  })
  assert.equal(months, 4)
})
after(() => database.drop())

const content = (id: string) =>
  asSystem(database.db, async (trx) =>
    (await loadDays(trx, id, days[0], days[30])).map(({ day, version, block, sources }) => ({
      day,
      version,
      channels: block.channels,
      sources,
    })),
  )
const alter = (id: string, section: string, ...octets: number[]) =>
  asSystem(database.db, async (trx) => {
    for (const at of octets)
      await sql`update contor.month_block set ${sql.ref(section)} =
                  set_byte(${sql.ref(section)}, ${at}, get_byte(${sql.ref(section)}, ${at}) # 20)
                 where metering_point_id = ${id}`.execute(trx)
  })
const lengthOf = async (id: string, section: string) =>
  (
    await asSystem(database.db, (trx) =>
      sql<{
        n: number
      }>`select length(${sql.ref(section)}) as n from contor.month_block where metering_point_id = ${id}`.execute(
        trx,
      ),
    )
  ).rows[0].n
const repair = (id: string, day = days[12]) =>
  asSystem(database.db, (trx) => repairDay(trx, id, day, async () => [], 'system:test'))

for (const section of ['heads', 'active', 'others'])
  test(`one altered octet of ${section} is named, found by the seal and laid back, its last octet and its seal too`, async () => {
    const { id } = points[0]
    const before = await content(id)
    const length = await lengthOf(id, section)
    for (const at of [0, Math.floor(length / 2), length - 5, length - 4, length - 1]) {
      await alter(id, section, at)
      await assert.rejects(content(id), /2026-03: its checksum does not hold/)
      assert.equal((await repair(id)).kind, 'repaired', `octet ${at} of ${length}`)
      assert.deepEqual(await content(id), before)
    }
    assert.deepEqual(await repair(id), { kind: 'sound' })
    assert.deepEqual(await asSystem(database.db, (trx) => openFaults(trx)), [])
  })

test('what no seal can tell is left as it is and named, until somebody lays it right', async () => {
  const { id } = points[1]
  const before = await content(id)
  await alter(id, 'active', 20, 21, 22)
  assert.equal((await repair(id)).kind, 'unrepaired')
  const [fault] = await asSystem(database.db, (trx) => openFaults(trx, id))
  assert.deepEqual([fault.day, /month block 2026-03/.test(fault.fault)], ['2026-03-01', true])
  await alter(id, 'active', 20, 21, 22)
  assert.deepEqual(await repair(id), { kind: 'sound' })
  assert.deepEqual(await asSystem(database.db, (trx) => openFaults(trx, id)), [])
  assert.deepEqual(await content(id), before)
})

test('two sections at once are not guessed', async () => {
  const { id } = points[2]
  await alter(id, 'active', 5)
  await alter(id, 'heads', 5)
  assert.equal((await repair(id)).kind, 'unrepaired')
})

test('a round over all seals, in slices, names each damaged month block once', async () => {
  // Points 1 and 3 of four: two damaged blocks among days that stand by themselves.
  const day = '2026-06-10'
  await asSystem(database.db, async (trx) => {
    for (const { id } of points) {
      const series = emptySeries('A+', day)
      series.values.fill(3)
      series.quality.fill(quality.measured)
      const sources = Array.from(series.values, (_, row) => ({ exchangeId: 10, row }))
      await storeDays(trx, id, [{ day, block: { day, minutes: 15, channels: [series] }, sources }])
    }
  })
  await alter(points[3].id, 'heads', 7)
  let [checked, faults, rounds] = [0, 0, 0]
  for (let slice = 0; slice < 30 && rounds === 0; slice++) {
    const found = await checkSeals(database.db, 1)
    checked += found.checked
    faults += found.faults
    if (found.roundEnded) rounds++
  }
  // Four days and four month blocks; that of the third point was named before.
  assert.deepEqual([checked, faults, rounds], [8, 1, 1])
  assert.deepEqual(
    (await asSystem(database.db, (trx) => openFaults(trx)))
      .map(({ meteringPointId }) => meteringPointId)
      .sort(),
    [points[2].id, points[3].id].sort(),
  )
})
