// A month block is damaged in many ways and rebuilt from the exchanges of its days; beside it stands a twin that was
// written the same and never folded nor damaged.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { type DayBlock, daysBetween, emptySeries, flag, quality, slotsInDay } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem } from '../../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../../platform/testing/database.ts'
import { createTestNetwork } from '../../acquisition/testing/network.ts'
import { compact, dayRowsOf } from '../months/index.ts'
import type { IncomingDay } from '../profile.ts'
import { loadDays, replaceDay, storeDays } from '../store.ts'
import { loadDaysAsOf } from '../versions/asOf.ts'
import { checkPoint, openFaults } from './faults.ts'
import type { RepairSource, ReplayedDay } from './rebuild.ts'
import { repairDay } from './repair.ts'

let database: TestDatabase
let points: readonly string[]
const days = daysBetween('2026-03-01', '2026-03-31')
const base = Date.UTC(2026, 3, 2)
const at = (exchange: number) => base + exchange * 60_000

/** What an exchange brings of a day: the first half, or the whole. The meter's clock was wrong in exchanges 8 … 11. */
function brought(day: string, exchange: number, whole: boolean, kind: number, isWrong: boolean): IncomingDay {
  const block: DayBlock = {
    day,
    minutes: 15,
    channels: (['A+', 'A-', 'R+'] as const).map((channel, c) => {
      const series = emptySeries(channel, day)
      for (let slot = 0; slot < series.values.length; slot++) {
        if (!whole && slot > 47) continue
        // A hole that somebody will estimate.
        if (day === '2026-03-09' && slot > 80) continue
        series.values[slot] = (Number(day.slice(8)) * 31 + slot * 17 + c * 5 + kind * 41) % 400
        series.quality[slot] =
          quality.measured | (slot === 7 ? flag.powerDown : 0) | (isWrong ? flag.clockDeviated : 0)
      }
      return series
    }),
  }
  const sources = Array.from({ length: slotsInDay(day) }, (_, row) =>
    block.channels[0].quality[row] === 0 ? undefined : { exchangeId: exchange, row },
  )
  return { day, block, sources }
}

/** Two exchanges a day, three days in each: like a meter that is read and read again. */
const exchanges = (day: string) => {
  const group = Math.floor((Number(day.slice(8)) - 1) / 3) * 2
  return [
    { id: group + 1, whole: false },
    { id: group + 2, whole: true },
  ]
}
const isWrong = (id: number) => id >= 8 && id <= 11
const framesOf =
  (kind: number, lacks: (day: string) => boolean = () => false): RepairSource =>
  async (_trx, _point, { from, to }) =>
    days
      .filter((day) => day >= from && day <= to && !lacks(day))
      .flatMap((day) =>
        exchanges(day).map(
          ({ id, whole }): ReplayedDay => ({
            plain: brought(day, id, whole, kind, false),
            deviated: brought(day, id, whole, kind, true),
            at: at(id),
          }),
        ),
      )
      .sort((a, b) => (a.at ?? 0) - (b.at ?? 0))

async function lay(point: string, kind: number): Promise<void> {
  const why = { rule: 'r', ruleVersion: 1, actor: 'user:1', reason: 'a test' }
  for (let id = 1; id <= 22; id++)
    await asSystem(database.db, (trx) =>
      storeDays(
        trx,
        point,
        days.flatMap((day) =>
          exchanges(day)
            .filter((one) => one.id === id)
            .map(({ whole }) => brought(day, id, whole, kind, isWrong(id))),
        ),
        at(id),
      ),
    )
  for (const [i, [day, slots, byte]] of (
    [
      ['2026-03-09', [81, 82, 83, 95], quality.estimated],
      ['2026-03-17', [3, 4], quality.edited],
      ['2026-03-17', [4], quality.edited],
    ] as const
  ).entries())
    await asSystem(database.db, async (trx) => {
      const [stored] = await loadDays(trx, point, day, day)
      const block = structuredClone(stored.block)
      const sources = [...stored.sources]
      for (const slot of slots) {
        block.channels[0].values[slot] = 500 + i
        block.channels[0].quality[slot] = byte
        sources[slot] = undefined
      }
      await replaceDay(trx, point, block, sources, { ...why, kind: i ? 'edit' : 'estimate' }, at(30 + i))
    })
}

before(async () => {
  database = await createTestDatabase()
  points = (await createTestNetwork(database.db, 6)).points.slice(1, 7).map(({ id }) => id)
  // Points 0 and 1 are alike; 1 is the twin.
  for (const [i, point] of points.entries()) await lay(point, i === 1 ? 0 : i)
  const twin = points[1]
  await asSystem(database.db, (trx) =>
    sql`insert into contor.block_fault (metering_point_id, day, fault) values (${twin}, '2026-03-01', 'held')`.execute(
      trx,
    ),
  )
  const { months } = await compact(database.db, { settledDays: 0, before: '2026-09-01', now: base + 1e9 })
  assert.equal(months, points.length - 1)
})
after(() => database.drop())

const seen = (point: string) =>
  asSystem(database.db, async (trx) => ({
    days: await loadDays(trx, point, days[0], days[30]),
    heads: (await dayRowsOf(trx, [point], days[0], days[30])).map(
      ({ day, version, known_from, changed_at, growth, sources }) => ({
        day,
        version,
        known_from,
        changed_at,
        growth: Buffer.from(growth).toString('hex'),
        sources: Buffer.from(sources).toString('hex'),
      }),
    ),
    asOf: await Promise.all(
      [5, 12, 30, 31, 40].map((id) => loadDaysAsOf(trx, point, days[0], days[30], at(id))),
    ),
  }))
type Section = 'heads' | 'active' | 'others'
type Stored = Record<Section, Buffer> & { seals: Buffer | null }
const rowOf = async (point: string): Promise<Stored> =>
  (
    await asSystem(database.db, (trx) =>
      sql<Stored>`select heads, active, others, seals from contor.month_block where metering_point_id = ${point}`.execute(
        trx,
      ),
    )
  ).rows[0]
const set = (point: string, { heads, active, others, seals }: Stored) =>
  asSystem(database.db, (trx) =>
    sql`update contor.month_block set heads = ${heads}, active = ${active}, others = ${others}, seals = ${seals}
         where metering_point_id = ${point}`.execute(trx),
  )
const alter = async (point: string, section: Section, change: (bytes: Buffer) => Buffer) => {
  const row = await rowOf(point)
  await set(point, { ...row, [section]: change(Buffer.from(row[section])) })
}
const run = (from: number, count: number) => (bytes: Buffer) => {
  for (let i = 0; i < count; i++) bytes[(from + i) % bytes.length] ^= 0x5a + i
  return bytes
}
const repair = (point: string, source: RepairSource, byFigures = false) =>
  asSystem(database.db, (trx) => repairDay(trx, point, days[12], source, 'system:test', { byFigures }))
const check = (point: string) => asSystem(database.db, (trx) => checkPoint(trx, point))
type Details = { faultIn?: string[]; days?: number; exchanges?: number[]; lost?: unknown; remedy?: string }
const lastFault = async (point: string) =>
  (
    await asSystem(database.db, (trx) =>
      sql<{ day: string; last_day: string; repaired_from: string | null; details: Details }>`
        select day, last_day, repaired_from, details from contor.block_fault
         where metering_point_id = ${point} order by found_at desc limit 1`.execute(trx),
    )
  ).rows[0]

const damages: Readonly<Record<string, readonly [Section, (bytes: Buffer) => Buffer][]>> = {
  'a run of octets of A+': [['active', run(60, 40)]],
  'a run of octets of the other channels': [['others', run(100, 9)]],
  'the header of A+': [['active', run(0, 8)]],
  'the end of A+ and its seal': [['active', (bytes) => bytes.subarray(0, bytes.length - 30)]],
  'half of A+': [['active', (bytes) => bytes.subarray(0, bytes.length >> 1)]],
  'all of the other channels': [['others', () => Buffer.alloc(0)]],
  'all of A+': [['active', () => Buffer.alloc(0)]],
  'both, with zeros': [
    ['active', (bytes) => bytes.fill(0)],
    ['others', (bytes) => bytes.fill(0)],
  ],
}
for (const [name, alterations] of Object.entries(damages))
  test(`${name}: named, rebuilt from the exchanges and proved by the seals`, async () => {
    const [damaged, twin] = points
    const sound = await rowOf(damaged)
    for (const [section, change] of alterations) await alter(damaged, section, change)
    await assert.rejects(seen(damaged), /month block 2026-03/)
    assert.equal(await check(damaged), 1)
    assert.deepEqual(await repair(damaged, framesOf(0)), {
      kind: 'repaired',
      from: 'frames',
      unproven: [],
      version: 0,
    })
    assert.deepEqual(await rowOf(damaged), sound)
    assert.deepEqual(await seen(damaged), await seen(twin))
    const { day, last_day, repaired_from, details } = await lastFault(damaged)
    assert.deepEqual([day, last_day, repaired_from], ['2026-03-01', '2026-03-31', 'frames'])
    assert.deepEqual(
      [details.faultIn, details.days, details.exchanges?.length],
      [alterations.map(([section]) => section), 31, 22],
    )
    assert.deepEqual(await repair(damaged, framesOf(0)), { kind: 'sound' })
  })

test('octets that belong to another point are refused at once, and each gets its own back', async () => {
  const [one, , other] = points
  const sound = [await rowOf(one), await rowOf(other)]
  await set(one, { ...sound[0], active: sound[1].active, others: sound[1].others })
  await set(other, { ...sound[1], active: sound[0].active, others: sound[0].others })
  for (const point of [one, other]) {
    await assert.rejects(seen(point), /its checksum does not hold/)
    assert.equal(await check(point), 1)
  }
  assert.equal((await repair(one, framesOf(0))).kind, 'repaired')
  assert.equal((await repair(other, framesOf(2))).kind, 'repaired')
  assert.deepEqual([await rowOf(one), await rowOf(other)], sound)
})

test('months folded before seals were bound and kept twice: a run is proved by the seal, an exchange by the sums alone', async () => {
  const [, , , one, other] = points
  const plain = (bytes: Buffer) => {
    const content = bytes.subarray(0, -4)
    const sealed = Buffer.from(bytes)
    sealed.writeUInt32BE(crc32(content), content.length)
    return sealed
  }
  const sound = await rowOf(one)
  for (const point of [one, other]) {
    const row = await rowOf(point)
    await set(point, {
      heads: plain(row.heads),
      active: plain(row.active),
      others: plain(row.others),
      seals: null,
    })
    assert.equal(await check(point), 0)
  }
  const before = await seen(one)
  await alter(one, 'active', run(60, 30))
  assert.equal((await repair(one, framesOf(3))).kind, 'repaired')
  // It is laid with the seals of today.
  assert.deepEqual((await rowOf(one)).active, sound.active)
  const foreign = await rowOf(one)
  await alter(one, 'active', () => plain(foreign.active))
  await set(one, { ...(await rowOf(one)), seals: null, active: plain((await rowOf(other)).active) })
  assert.equal(await check(one), 1)
  const outcome = await repair(one, framesOf(3))
  assert.ok(outcome.kind === 'unrepaired' && /--by-figures/.test(outcome.remedy ?? ''))
  const byWord = await repair(one, framesOf(3), true)
  assert.ok(byWord.kind === 'repaired' && byWord.from === 'figures')
  assert.equal(byWord.unproven?.length, 31)
  const afterwards = await seen(one)
  // Marks of the wrong clock are not in the sums: the days that carry them are among those named unproven.
  const values = (state: typeof before) =>
    state.days.map(({ day, block }) => [day, block.channels.map((series) => [...series.values])])
  assert.deepEqual(values(afterwards), values(before))
})

test('heads that are lost: values stay proved, instants become those of the exchanges, on a word and named', async () => {
  const [damaged, twin] = points
  const sound = await rowOf(damaged)
  await alter(damaged, 'heads', run(2, 20))
  const named = await repair(damaged, framesOf(0))
  assert.ok(named.kind === 'unrepaired' && named.lost?.length === 0 && /instants/.test(named.remedy ?? ''))
  const outcome = await repair(damaged, framesOf(0), true)
  assert.ok(outcome.kind === 'repaired' && outcome.from === 'figures')
  assert.deepEqual(
    outcome.unproven,
    days.map((day) => ({ day, what: 'instants' })),
  )
  const [now, known] = [await seen(damaged), await seen(twin)]
  assert.deepEqual(now.days, known.days)
  // Here the exchanges ended at the instants at which the days were stored: even the past comes back.
  assert.deepEqual(now.asOf, known.asOf)
  await set(damaged, sound)
})

test('days whose frames are no longer kept are named with the remedy, and nothing is written', async () => {
  const point = points[5]
  const gone = ['2026-03-04', '2026-03-05', '2026-03-28']
  const sound = await rowOf(point)
  await alter(point, 'active', run(70, 12))
  const damaged = await rowOf(point)
  const outcome = await repair(
    point,
    framesOf(5, (day) => gone.includes(day)),
    true,
  )
  assert.ok(outcome.kind === 'unrepaired')
  assert.deepEqual(
    outcome.lost,
    gone.map((day) => ({ day, reason: 'no-frames' })),
  )
  assert.match(outcome.remedy ?? '', /Days 04, 05, 28 of 2026-03 .* backup/)
  assert.deepEqual(await rowOf(point), damaged)
  const { repaired_from, details } = await lastFault(point)
  assert.deepEqual([repaired_from, details.lost], [null, outcome.lost])
  // Frames of another value are no proof either.
  const other: RepairSource = async (...asked) => {
    const all = await framesOf(5)(...asked)
    for (const { plain } of all) if (plain.day === '2026-03-20') plain.block.channels[0].values[3]++
    return all
  }
  const wrong = await repair(point, other, true)
  assert.deepEqual(wrong.kind === 'unrepaired' && wrong.lost, [
    { day: '2026-03-20', reason: 'other-figures' },
  ])
  // Days and frames of the whole month are held until the fault is over; the fault is found by any day of it.
  const held = await asSystem(database.db, (trx) =>
    sql<{
      held: boolean
    }>`select contor.is_held(${point}::bigint, '2026-03-28', '2026-03-28') as held`.execute(trx),
  )
  assert.equal(held.rows[0].held, true)
  assert.equal((await asSystem(database.db, (trx) => openFaults(trx, point, '2026-03-17'))).length, 1)
  await set(point, sound)
  assert.deepEqual(await repair(point, framesOf(5)), { kind: 'sound' })
})

test('other channels without their frames are not laid empty, even on a word', async () => {
  const point = points[2]
  const sound = await rowOf(point)
  await alter(point, 'others', run(40, 12))
  const outcome = await repair(point, async () => [], true)
  assert.deepEqual(
    outcome.kind === 'unrepaired' && outcome.lost,
    days.map((day) => ({ day, reason: 'no-frames' })),
  )
  await set(point, sound)
})

test('two repairs and a writer at once: it is laid once, and the late value is stored once', async () => {
  const [point, twin] = points
  await alter(point, 'active', run(60, 20))
  assert.equal(await check(point), 1)
  const begun = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  const slow: RepairSource = async (...asked) => {
    begun.resolve()
    await go.promise
    return framesOf(0)(...asked)
  }
  const first = repair(point, slow)
  await begun.promise
  const second = repair(point, framesOf(0))
  const late = brought('2026-03-09', 50, true, 0, false)
  const series = late.block.channels[0]
  series.values[90] = 77
  series.quality[90] = quality.measured
  late.sources[90] = { exchangeId: 50, row: 90 }
  const write = (id: string) => asSystem(database.db, (trx) => storeDays(trx, id, [late], at(60)))
  const writing = write(point)
  go.resolve()
  const kinds = (await Promise.all([first, second])).map(({ kind }) => kind)
  assert.deepEqual(kinds, ['repaired', 'sound'])
  assert.equal((await writing)[0].added, 1)
  assert.equal((await write(twin))[0].added, 1)
  assert.deepEqual(await seen(point), await seen(twin))
  assert.deepEqual(await asSystem(database.db, (trx) => openFaults(trx, point)), [])
})
