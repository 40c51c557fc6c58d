// A meter gives way to another in mid-day, seven minutes into a quarter-hour: the day is whole to the watt-hour, what
// both captured of that quarter-hour is nobody's, and the record refuses what cannot be.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { dayEnd, dayStart, emptySeries, isPresent, quality, seriesOf, sum } from '@contor/intervals'
import { buildNeighbourhood, startNeighbourhood } from '@contor/simulator'
import { sql } from 'kysely'
import { type Actor, asSystem, ContorError, createKeyRing, createLog } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { testInstallation } from '../../platform/testing/installation.ts'
import { startCollector } from '../acquisition/index.ts'
import { acceptIndexes, type IncomingDay, loadDays } from '../readings/index.ts'
import { acceptDays, judgeDays, loadRuleBook } from '../validation/index.ts'
import { changeConstants, type Exchange, exchangeMeter, listInstallations, multiplierOf } from './exchange.ts'
import { importNetwork } from './importNetwork.ts'

const total = '1.0.1.8.0.255'
const day = '2026-03-10'
const at = dayStart(day) + 12 * 3_600_000 + 7 * 60_000
const slotOfExchange = 48
const operator: Actor = { subject: 'user:o', role: 'operator', scope: 'all', name: 'O', locale: 'ro' }
const keys = createKeyRing(Buffer.alloc(32, 5))
let database: TestDatabase
let points: readonly { readonly id: string; readonly meterId: string; readonly serial: string }[]

before(async () => {
  database = await createTestDatabase()
  await asSystem(database.db, (trx) => importNetwork(trx, keys, testInstallation))
  const found = await asSystem(database.db, (trx) =>
    sql<{ id: string; meterId: string; serial: string }>`
      select metering_point_id as id, id as "meterId", serial from contor.meter order by metering_point_id`.execute(
      trx,
    ),
  )
  points = found.rows
})
after(() => database.drop())

// Uneven, and no two neighbours alike: nothing looks frozen, every slot is told apart.
const energy = Array.from({ length: 96 }, (_, slot) => 180 + ((slot * 37) % 90))
const before12 = energy.slice(0, slotOfExchange).reduce((all, wh) => all + wh, 0)
const after12 = energy.slice(slotOfExchange + 1).reduce((all, wh) => all + wh, 0)
const whole = energy.reduce((all, wh) => all + wh, 0)
/** Of the quarter-hour of the exchange, what the old meter counted. */
const part = 83

function captured(
  exchangeId: number,
  from: number,
  to: number,
  change: Record<number, number> = {},
  divide = 1,
): IncomingDay {
  const series = emptySeries('A+', day)
  const sources: IncomingDay['sources'] = new Array(96).fill(undefined)
  for (let slot = from; slot < to; slot++) {
    series.values[slot] = change[slot] ?? energy[slot] / divide
    series.quality[slot] = quality.measured
    sources[slot] = { exchangeId, row: slot }
  }
  return { day, block: { day, minutes: 15, channels: [series] }, sources }
}

function exchangeOf(point: (typeof points)[number], change: Partial<Exchange> = {}): Exchange {
  const [template] = testInstallation.points
  assert.ok(template?.meter)
  return {
    meteringPointId: point.id,
    at,
    oldSerial: point.serial,
    endIndexes: { [total]: 1_000_000 + before12 + part },
    startIndexes: { [total]: 17 },
    meter: { ...template.meter, serial: `NEW-${point.id}`, port: 30_001, line: undefined },
    record: 'PV 12/2026',
    reason: 'verificare metrologică',
    ...change,
  }
}

async function judged(point: (typeof points)[number], meterId: string) {
  const rules = (await asSystem(database.db, loadRuleBook)).rulesFor({
    segment: 'household',
    readingMode: 'smart',
  })
  const context = { meteringPointId: point.id, approvedPowerW: 6_000, rules }
  return {
    accept: (meter: string, incoming: IncomingDay) =>
      asSystem(database.db, (trx) => acceptDays(trx, { ...context, meterId: meter }, [incoming])),
    index: (meter: string, instant: number, valueWh: number) =>
      asSystem(database.db, (trx) =>
        acceptIndexes(trx, { meteringPointId: point.id, meterId: meter }, 'daily', [
          { obis: total, at: instant, valueWh, exchangeId: 1, row: 0 },
        ]),
      ),
    judge: () =>
      asSystem(database.db, (trx) => judgeDays(trx, { ...context, meterId }, [day], 0, dayEnd(day))),
    stored: async () => (await asSystem(database.db, (trx) => loadDays(trx, point.id, day, day)))[0],
  }
}

test('over an exchange in mid-quarter-hour the day is what both registers say, to the watt-hour', async () => {
  const [point] = points
  assert.ok(point)
  const newId = await asSystem(database.db, (trx) => exchangeMeter(trx, keys, operator, exchangeOf(point)))
  const { accept, index, judge, stored } = await judged(point, newId)
  await index(point.meterId, dayStart(day), 1_000_000)
  await index(newId, dayEnd(day), 17 + (energy[slotOfExchange] ?? 0) - part + after12)
  // Both captured something of the quarter-hour of the exchange; neither is the whole of it.
  await accept(point.meterId, captured(1, 0, slotOfExchange + 1, { [slotOfExchange]: part }))
  await accept(newId, captured(2, slotOfExchange, 96, { [slotOfExchange]: 5 }))
  const halves = await stored()
  assert.equal(
    isPresent(seriesOf(halves?.block ?? captured(0, 0, 0).block, 'A+')?.quality[slotOfExchange] ?? 0),
    false,
  )
  assert.deepEqual(await judge(), [])
  const series = seriesOf((await stored())?.block ?? captured(0, 0, 0).block, 'A+')
  assert.ok(series)
  assert.equal(series.values[slotOfExchange], energy[slotOfExchange])
  assert.equal(series.quality[slotOfExchange], quality.estimated)
  assert.equal(sum(series), whole)
})

test('the new meter is one that the collector will read, with its own keys and counters; the old one is retired', async () => {
  const [point] = points
  assert.ok(point)
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{ serial: string; state: string; tasks: number; counters: number; secrets: number }>`
      select m.serial, m.state,
             (select count(*)::int from contor.meter_task t where t.metering_point_id = m.metering_point_id and t.meter_id = m.id and t.next_at <= now()) as tasks,
             (select count(*)::int from contor.invocation_counter c where c.metering_point_id = m.metering_point_id and c.meter_id = m.id) as counters,
             (select count(*)::int from contor.meter_key k where k.metering_point_id = m.metering_point_id and k.meter_id = m.id) as secrets
        from contor.meter m where m.metering_point_id = ${point.id} order by m.id`.execute(trx),
  )
  assert.deepEqual(
    rows.map(({ serial, state }) => [serial, state]),
    [
      [point.serial, 'retired'],
      [`NEW-${point.id}`, 'installed'],
    ],
  )
  const fresh = rows[1]
  assert.deepEqual([fresh?.tasks, fresh?.counters, fresh?.secrets], [1, 1, 3])
  const history = await asSystem(database.db, (trx) => listInstallations(trx, point.id))
  assert.deepEqual(
    history.map(({ serial, validTo, endRecord, startRecord }) => [serial, validTo, endRecord, startRecord]),
    [
      [`NEW-${point.id}`, null, null, 'PV 12/2026'],
      [point.serial, new Date(at).toISOString(), 'PV 12/2026', null],
    ],
  )
})

test('what cannot be is refused by field: another serial, an earlier instant, a meter that stands elsewhere, half a transformer', async () => {
  const [first, second] = points
  assert.ok(first && second)
  const refused = (input: Exchange, field: string, code: string) =>
    assert.rejects(
      asSystem(database.db, (trx) => exchangeMeter(trx, keys, operator, input)),
      (e) => e instanceof ContorError && e.field === field && e.code === code,
      `${field} ${code}`,
    )
  await refused(exchangeOf(second, { oldSerial: 'CTR-ELSE' }), 'serial', 'conflict')
  await refused(
    exchangeOf(second, { meter: { ...exchangeOf(second).meter, serial: second.serial } }),
    'serial',
    'invalid-request',
  )
  await refused(
    exchangeOf(second, { meter: { ...exchangeOf(second).meter, serial: `NEW-${first.id}` } }),
    'serial',
    'conflict',
  )
  await refused(
    exchangeOf(second, { meter: { ...exchangeOf(second).meter, line: 'L-NONE' } }),
    'line',
    'invalid-request',
  )
  await refused(
    exchangeOf(first, {
      oldSerial: `NEW-${first.id}`,
      at: at - 60_000,
      meter: { ...exchangeOf(first).meter, serial: 'X-1' },
    }),
    'at',
    'conflict',
  )
  await refused(exchangeOf(second, { constants: { ctPrimary: 100 } }), 'ctPrimary', 'invalid-request')
  // Nothing of the refused ones stayed.
  const history = await asSystem(database.db, (trx) => listInstallations(trx, second.id))
  assert.deepEqual(history, [])
  assert.deepEqual(multiplierOf({ ctPrimary: 300, ctSecondary: 5, vtPrimary: 20_000, vtSecondary: 100 }), {
    numerator: 12_000,
    denominator: 1,
  })
  assert.deepEqual(multiplierOf({ ctPrimary: 300, ctSecondary: 5, showsPrimary: true }), {
    numerator: 1,
    denominator: 1,
  })
})

test('new transformers in mid-day: the meter counts a fortieth from then on, the day is what it was', async () => {
  const [, point] = points
  assert.ok(point)
  const fine = energy.map((wh) => Math.round(wh / 40) * 40)
  const midnight = dayStart(day) + 12 * 3_600_000
  await asSystem(database.db, (trx) =>
    changeConstants(trx, operator, {
      meteringPointId: point.id,
      at: midnight,
      serial: point.serial,
      indexes: { [total]: 500_000 },
      constants: { ctPrimary: 200, ctSecondary: 5, accuracyClass: 'B' },
      record: 'PV 13/2026',
      reason: 'transformatoare noi',
    }),
  )
  const { accept, stored } = await judged(point, point.meterId)
  const shown = Object.fromEntries(fine.map((wh, slot) => [slot, slot < slotOfExchange ? wh : wh / 40]))
  await accept(point.meterId, captured(3, 0, 96, shown))
  const series = seriesOf((await stored())?.block ?? captured(0, 0, 0).block, 'A+')
  assert.ok(series)
  assert.deepEqual([...series.values], fine)
})

test('the collector commissions and reads the meter that was put on, and leaves the one that was taken off', async () => {
  const own = await createTestDatabase()
  const whole = buildNeighbourhood({
    meters: 40,
    seed: 5,
    basePort: 10_000 + ((process.pid * 41) % 200) * 100,
  })
  const good = whole.points.filter((p) => p.kind === 'household' && p.meter && !p.meter.fault)
  // The new meter is programmed for the place where it will stand: commissioning compares its limiter.
  const alike = Map.groupBy(good, (p) => `${p.approvedPowerW} ${p.meter?.modelId}`)
  const houses = [...alike.values()].find((group) => group.length > 1)?.slice(0, 2) ?? []
  const running = await startNeighbourhood({ ...whole, points: houses })
  const [house, spare] = houses
  assert.ok(house?.meter && spare?.meter)
  try {
    // The second meter lies in the store: it answers, and stands at no point.
    await asSystem(own.db, (trx) => importNetwork(trx, keys, { ...whole, points: [house] }))
    const { rows } = await asSystem(own.db, (trx) =>
      sql<{ id: string }>`select id from contor.metering_point`.execute(trx),
    )
    const pointId = rows[0]?.id ?? ''
    const newId = await asSystem(own.db, (trx) =>
      exchangeMeter(trx, keys, operator, {
        meteringPointId: pointId,
        at: Date.now() - 3 * 86_400_000,
        oldSerial: house.meter?.serial ?? '',
        endIndexes: {},
        startIndexes: {},
        meter: spare.meter as NonNullable<typeof spare.meter>,
        record: 'PV 14/2026',
        reason: 'înlocuire',
      }),
    )
    const collector = await startCollector({ db: own.db, keys, log: createLog('test') })
    try {
      const read = async () =>
        (
          await asSystem(own.db, (trx) =>
            sql<{ state: string; days: number; sessions: number }>`
              select (select state from contor.meter where metering_point_id = ${pointId} and id = ${newId}) as state,
                     (select count(*)::int from contor.day_block where metering_point_id = ${pointId} and present > 0) as days,
                     (select count(*)::int from contor.session where metering_point_id = ${pointId} and meter_id <> ${newId}) as sessions`.execute(
              trx,
            ),
          )
        ).rows[0]
      for (const end = Date.now() + 60_000; ; ) {
        const found = await read()
        if (found?.state === 'commissioned' && found.days >= 3) break
        assert.ok(Date.now() < end, JSON.stringify(found))
        await sleep(200)
      }
      const found = await read()
      // What it captured before it stood here is not the point's: three days and the one of the exchange at most.
      assert.ok((found?.days ?? 99) <= 4, `${found?.days} days`)
      assert.equal(found?.sessions, 0)
    } finally {
      await collector.stop()
    }
  } finally {
    await running.close()
    await own.drop()
  }
})
