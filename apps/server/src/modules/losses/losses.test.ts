import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type DayBlock, emptySeries, quality } from '@contor/intervals'
import fc from 'fast-check'
import { sql } from 'kysely'
import { type Actor, asSystem, ContorError, withActor } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { createTestNetwork, type TestNetwork } from '../acquisition/testing/network.ts'
import { storeDays } from '../readings/index.ts'
import { accuracyHistory, accuracyOf, recordAccuracy } from './accuracy.ts'
import { expectMissing, missingSlots } from './expected.ts'
import { fitLines } from './fit.ts'
import { parametersOf, recordLines, recordMetering } from './parameters.ts'
import { fitPeriod, summarisePeriod, worthByDay } from './period.ts'
import { recomputeStale } from './recompute.ts'
import { type StationMetering, transformerLoss } from './technical.ts'
import { pointUncertainty } from './uncertainty.ts'
import { answer, combined, each } from './verdict.ts'

let database: TestDatabase
let network: TestNetwork
const operator: Actor = { subject: 'user:1', role: 'operator', scope: 'all', name: 'Op', locale: 'ro' }

before(async () => {
  database = await createTestDatabase()
  network = await createTestNetwork(database.db, 2)
  // The point that is read by hand has no quarter-hours: it belongs to another station's balance here.
  await asSystem(database.db, async (trx) => {
    await sql`insert into contor.station (code, name, zone, rated_kva) values ('PT2', 'PT 2', 'Z', 100)`.execute(
      trx,
    )
    await sql`update contor.metering_point set station_id = (select id from contor.station where code = 'PT2')
               where reading_mode = 'manual'`.execute(trx)
  })
})
after(() => database.drop())

const dayOf = (i: number) => `2026-11-${String(i).padStart(2, '0')}`

function blockOf(day: string, wh: (slot: number) => number, from = 0): DayBlock {
  const series = emptySeries('A+', day)
  for (let slot = from; slot < series.values.length; slot++) {
    series.values[slot] = wh(slot)
    series.quality[slot] = quality.measured
  }
  return { day, minutes: 15, channels: [series] }
}

const store = (point: number, block: DayBlock) =>
  asSystem(database.db, (trx) =>
    storeDays(trx, network.points[point].id, [
      {
        day: block.day,
        block,
        sources: Array.from(block.channels[0].quality, (mark, row) =>
          mark ? { exchangeId: 1, row } : undefined,
        ),
      },
    ]),
  )

async function stationId(): Promise<string> {
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{ id: string }>`select id from contor.station where code = 'PT1'`.execute(trx),
  )
  return rows[0].id
}

test('the uncertainty of a meter is its limit over √3 of its energy, transformers as squares', () => {
  const facts = { limits: [0.01, 0.005], clockS: 0, estimates: [] }
  const practice = { estimateConfidence: 0.5, flaggedClockS: 180 }
  const found = pointUncertainty(
    blockOf(dayOf(1), () => 100),
    facts,
    practice,
  )
  assert.ok(Math.abs(found.meter - (9_600 * Math.sqrt(0.01 ** 2 + 0.005 ** 2)) / Math.sqrt(3)) < 1e-9)
  assert.deepEqual([found.estimated, found.clock], [0, 0])
})

test('a clock moves what flows at the two ends of the day; an estimate is worth what its confidence says', () => {
  const block = blockOf(dayOf(1), (slot) => (slot === 0 ? 300 : slot === 95 ? 400 : 1))
  block.channels[0].quality[10] = quality.estimated
  block.channels[0].quality[11] = quality.estimated
  block.channels[0].values[10] = 50
  block.channels[0].values[11] = 70
  const practice = { estimateConfidence: 0.5, flaggedClockS: 180 }
  const facts = { limits: [], clockS: -90, estimates: [{ fromSlot: 10, count: 2, confidence: 0.9 }] }
  const found = pointUncertainty(block, facts, practice)
  assert.ok(Math.abs(found.clock - (500 * 0.1) / Math.sqrt(3)) < 1e-9)
  assert.ok(Math.abs(found.estimated - (120 * 0.1) / Math.sqrt(3)) < 1e-9)
  const bare = pointUncertainty(block, { ...facts, estimates: [] }, practice)
  assert.ok(Math.abs(bare.estimated - (120 * 0.5) / Math.sqrt(3)) < 1e-9)
})

test('missing energy is expected from the own days, with the spread of one more day', () => {
  const history = [90, 100, 110].map((wh, i) => blockOf(dayOf(i + 1), () => wh))
  const missing = missingSlots(
    dayOf(9),
    blockOf(dayOf(9), () => 5, 4),
  )
  assert.deepEqual(missing, [0, 1, 2, 3])
  const found = expectMissing(dayOf(9), missing, history, 3)
  assert.equal(found?.importWh, 400)
  assert.ok(Math.abs((found?.spreadWh ?? 0) - 40 * Math.sqrt(4 / 3)) < 1e-9)
  assert.equal(expectMissing(dayOf(9), missing, history.slice(1), 3), undefined)
})

test('a transformer at its rated power takes its no-load and its whole load loss', () => {
  const metering: StationMetering = {
    side: 'mv',
    ratedKva: 250,
    noLoadW: 270,
    loadW: 2_350,
    tolerance: 0.1,
    powerFactor: 0.8,
    ownUseW: 0,
  }
  const rated = {
    activeWh: new Float64Array(96).fill(50_000),
    reactiveVarh: new Float64Array(96).fill(37_500),
  }
  assert.ok(Math.abs(transformerLoss(rated, metering).totalWh - 24 * (270 + 2_350)) < 1e-6)
  const assumed = transformerLoss({ ...rated, reactiveVarh: undefined }, metering).totalWh
  assert.ok(Math.abs(assumed - 24 * (270 + 2_350)) < 1e-6)
  assert.equal(transformerLoss(rated, { ...metering, side: 'lv' }).totalWh, 0)
})

test('the fit agrees with least squares done point by point, whatever the data', () => {
  const value = fc.double({ min: 0, max: 1_000, noNaN: true })
  const dayArbitrary = fc.array(fc.tuple(value, value), { minLength: 2, maxLength: 20 })
  fc.assert(
    fc.property(fc.array(dayArbitrary, { minLength: 3, maxLength: 8 }), (days) => {
      const all = days.flat()
      const meanX = all.reduce((sum, [x]) => sum + x, 0) / all.length
      const meanY = all.reduce((sum, [, y]) => sum + y, 0) / all.length
      const spread = all.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
      fc.pre(spread > 1_000)
      const slope = all.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread
      const scores = days.map((day) =>
        day.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY - slope * (x - meanX)), 0),
      )
      const variance =
        ((days.length / (days.length - 1)) * scores.reduce((sum, s) => sum + s * s, 0)) / spread ** 2
      const found = fitLines(
        days.map((day) => ({
          n: day.length,
          x: day.reduce((sum, [x]) => sum + x, 0),
          y: day.reduce((sum, [, y]) => sum + y, 0),
          xx: day.reduce((sum, [x]) => sum + x * x, 0),
          xy: day.reduce((sum, [x, y]) => sum + x * y, 0),
        })),
        3,
      )
      assert.ok(found)
      assert.ok(Math.abs(found.k * 1e6 - slope) < 1e-6 * Math.max(1, Math.abs(slope)))
      assert.ok(Math.abs(found.error * 1e6 - Math.sqrt(variance)) < 1e-4 * Math.max(1, Math.sqrt(variance)))
    }),
  )
})

test('a verdict follows the coverage on both sides, and is withheld where data lacks', () => {
  const uncertainties = each((source) => (source === 'points' ? 30 : source === 'balance-meter' ? 40 : 0))
  assert.equal(combined(uncertainties), 50)
  const ask = (likelyLossWh: number, technicalWh?: number, more = {}) =>
    answer({
      likelyLossWh,
      technicalWh,
      uncertainties,
      metered: true,
      unknownPoints: 0,
      coverage: 2,
      ...more,
    }).verdict
  assert.equal(ask(200, 100), 'within')
  assert.equal(ask(201, 100), 'more')
  assert.equal(ask(-101, 0), 'less')
  assert.equal(ask(201), 'no-technical')
  assert.equal(ask(100), 'within')
  assert.equal(ask(0, 0, { unknownPoints: 1 }), 'unknown')
  assert.equal(ask(0, 0, { metered: false }), 'unknown')
})

test('late data reconciles a stored balance, and recorded parameters split its loss', async () => {
  const station = await stationId()
  const load = (slot: number) => 200 + 10 * (slot % 24)
  // Lines take k · E² with k = 2·10⁻⁵, and 20 Wh of each quarter-hour go unexplained on the last day.
  const through = (slot: number) => 2 * load(slot)
  const headOf = (extra: number) => (slot: number) => {
    const below = through(slot)
    return Math.round(below + 2e-5 * below ** 2 + extra)
  }
  for (let i = 10; i <= 17; i++) {
    await store(0, blockOf(dayOf(i), headOf(i === 17 ? 60 : 0)))
    await store(1, blockOf(dayOf(i), load))
    await store(2, blockOf(dayOf(i), load, i === 16 ? 48 : 0))
  }
  await recomputeStale(database.db)
  const day = async (i: number) => {
    const found = await withActor(database.db, operator, (trx) =>
      worthByDay(trx, station, dayOf(i), dayOf(i)),
    )
    const worth = found.get(dayOf(i))
    assert.ok(worth)
    return worth
  }
  const half = Array.from({ length: 48 }, (_, slot) => load(slot)).reduce((a, b) => a + b, 0)
  const before = await day(16)
  // The missing half is expected from six equal days, so nothing is left open.
  assert.equal(before.missingWh, -half)
  assert.equal((await day(11)).verdict, 'within')

  await store(2, blockOf(dayOf(16), load))
  await recomputeStale(database.db)
  const after = await day(16)
  assert.equal(after.missingWh, 0)
  assert.equal(after.likelyLossWh, before.likelyLossWh)
  assert.deepEqual({ ...after }, { ...(await day(15)) })

  const fit = await withActor(database.db, operator, (trx) =>
    fitPeriod(trx, station, '', dayOf(10), dayOf(15)),
  )
  assert.ok(fit && Math.abs(fit.k - 2e-5) < 2e-6, String(fit?.k))
  await withActor(database.db, operator, async (trx) => {
    const why = { validFrom: dayOf(1), source: 'record 1', reason: 'first description' }
    await recordMetering(trx, operator, station, { ...why, side: 'lv' })
    await recordLines(trx, operator, station, { ...why, feeder: '', k: 2e-5, error: 1e-6, origin: 'fit' })
  })
  await recomputeStale(database.db)
  const split = await day(15)
  assert.ok(split.technicalWh !== null && split.technicalWh > 0)
  assert.ok(Math.abs(split.unexplainedWh) < 96)
  assert.equal(split.verdict, 'within')
  const last = await day(17)
  assert.equal(last.verdict, 'more')
  assert.ok(Math.abs(last.unexplainedWh - 96 * 60) < 200, String(last.unexplainedWh))

  const all = await withActor(database.db, operator, (trx) =>
    summarisePeriod(trx, station, '', dayOf(10), dayOf(17)),
  )
  assert.deepEqual([all.days, all.completeDays], [8, 8])
  assert.deepEqual(
    all.sources.map(({ wh }) => wh),
    all.sources.map(({ wh }) => wh).sort((a, b) => b - a),
  )
  assert.ok(all.sources.some(({ source }) => source === 'lines'))
})

test('a station that is measured before its transformer needs the figures of the transformer', async () => {
  const station = await stationId()
  const change = { validFrom: dayOf(1), source: 'record 2', reason: 'moved', side: 'mv' as const }
  await assert.rejects(
    withActor(database.db, operator, (trx) => recordMetering(trx, operator, station, change)),
    /takes/,
  )
  await withActor(database.db, operator, (trx) =>
    recordMetering(trx, operator, station, { ...change, transformerClass: 'eu548-tier2' }),
  )
  await recomputeStale(database.db)
  const all = await withActor(database.db, operator, (trx) =>
    summarisePeriod(trx, station, '', dayOf(10), dayOf(10)),
  )
  assert.ok(all.transformerWh !== null && all.transformerWh > 24 * 270)
})

test('the certificate of a meter narrows the band from its first day on, and every version stays', async () => {
  const station = await stationId()
  const points = await withActor(database.db, operator, (trx) => accuracyOf(trx, station, dayOf(15)))
  const head = points[0]
  assert.equal(head.kind, 'balance')
  assert.notEqual(head.origin, 'certificate')
  const source = async (i: number) => {
    const all = await withActor(database.db, operator, (trx) =>
      summarisePeriod(trx, station, '', dayOf(i), dayOf(i)),
    )
    return all.sources.find((each) => each.source === 'balance-meter')?.wh ?? 0
  }
  const before = [await source(13), await source(14)]
  const change = { validFrom: dayOf(14), source: 'BV 77/2026', reason: 'metrological check' }
  await withActor(database.db, operator, async (trx) => {
    await recordAccuracy(trx, operator, head.meteringPointId, { ...change, meterClass: '0.5S' })
    await recordAccuracy(trx, operator, head.meteringPointId, {
      ...change,
      reason: 'written down wrong',
      meterClass: '0.2S',
    })
  })
  await recomputeStale(database.db)
  assert.equal(await source(13), before[0])
  assert.ok(Math.abs((await source(14)) - (before[1] * 20) / (head.limit * 10_000)) <= 1)
  const [certified] = await withActor(database.db, operator, (trx) => accuracyOf(trx, station, dayOf(14)))
  assert.deepEqual(
    [certified.meterClass, certified.origin, certified.source],
    ['0.2S', 'certificate', 'BV 77/2026'],
  )
  const history = await withActor(database.db, operator, (trx) => accuracyHistory(trx, head.meteringPointId))
  assert.deepEqual(
    history.map((row) => [row.revision, row.meterClass, row.reason]),
    [
      [2, '0.2S', 'written down wrong'],
      [1, '0.5S', 'metrological check'],
    ],
  )
  await assert.rejects(
    withActor(database.db, operator, (trx) =>
      recordAccuracy(trx, operator, head.meteringPointId, { ...change, meterClass: '0.2S', ctClass: '9' }),
    ),
    (error: unknown) =>
      error instanceof ContorError && error.field === 'ctClass' && /0\.5S/.test(error.remedy ?? ''),
  )
})

test('what was recorded of a station is told version by version; a feeder that is none is refused', async () => {
  const station = await stationId()
  const found = await withActor(database.db, operator, (trx) => parametersOf(trx, station))
  assert.deepEqual(
    found.metering.map((row) => [row.validFrom, row.revision, row.side, row.source, row.tolerance]),
    [
      [dayOf(1), 2, 'mv', 'record 2', 0.1],
      [dayOf(1), 1, 'lv', 'record 1', 0.1],
    ],
  )
  assert.deepEqual(
    found.lines.map((row) => [row.k, row.error, row.origin]),
    [[2e-5, 1e-6, 'fit']],
  )
  assert.ok(found.transformerClasses.length > 0)
  await assert.rejects(
    withActor(database.db, operator, (trx) =>
      recordLines(trx, operator, station, {
        validFrom: dayOf(1),
        source: 'record 3',
        reason: 'a typing error',
        feeder: 'F99',
        k: 0,
        error: 0,
        origin: 'practice',
      }),
    ),
    /F99/,
  )
})
