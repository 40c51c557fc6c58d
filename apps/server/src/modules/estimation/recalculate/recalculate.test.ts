import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays, daysBetween, sum } from '@contor/intervals'
import { dayKindOf } from '@contor/vee'
import { asSystem } from '../../../platform/index.ts'
import { createTestNetwork, type TestNetwork } from '../../acquisition/testing/network.ts'
import { finalise, loadDays, rebillDifferences } from '../../readings/index.ts'
import { dayOf, incomingOf, store } from '../testing/curve.ts'
import { createTestServer } from '../testing/server.ts'
import { coefficientOf } from './compute.ts'
import { periodOf } from './period.ts'

let server: Awaited<ReturnType<typeof createTestServer<TestNetwork>>>
const call: typeof server.call = (...given) => server.call(...given)

before(async () => {
  server = await createTestServer((db) => createTestNetwork(db, 4), {
    ana: 'operator',
    dan: 'admin',
    analyst: 'analyst',
  })
})
after(() => server.close())

async function stored(id: string, from: string, to: string) {
  return (await asSystem(server.db, (trx) => loadDays(trx, id, from, to))).map((each) => each.block)
}
const put = (id: string, days: readonly string[], value: (day: string, slot: number) => number) =>
  store(
    server.db,
    id,
    days.map((day) =>
      incomingOf(
        dayOf(day, (slot) => value(day, slot)),
        () => true,
      ),
    ),
  )

test('the period: known start, else the month after the last check, never more than 36 months', () => {
  const given = { foundOn: '2026-11-16', lastDay: '2026-11-17' }
  const cases = [
    [{ knownStart: '2026-10-05', lastCheck: '2020-01-01' }, '2026-10-05', 'known-start'],
    [{ lastCheck: '2025-02-14' }, '2025-03-01', 'month-after-last-check'],
    [{ lastCheck: '2025-12-01' }, '2026-01-01', 'month-after-last-check'],
    [{ lastCheck: '2015-06-30' }, '2023-11-16', 'limit'],
    [{ knownStart: '2020-01-01' }, '2023-11-16', 'limit'],
    [{ lastCheck: '2023-10-31' }, '2023-11-16', 'limit'],
    [{ lastCheck: '2023-11-30' }, '2023-12-01', 'month-after-last-check'],
  ] as const
  for (const [start, from, by] of cases) {
    const period = periodOf({ ...given, ...start })
    assert.deepEqual([period.from, period.to, period.startBy], [from, '2026-11-17', by])
    assert.equal(period.rule.mostMonths, 36)
  }
  // 29 February 2024 has no counterpart in 2021.
  assert.equal(
    periodOf({ foundOn: '2024-02-29', lastDay: '2024-02-29', lastCheck: '2010-01-01' }).from,
    '2021-02-28',
  )
  assert.throws(() => periodOf(given), /no period/)
  assert.throws(() => periodOf({ ...given, lastCheck: '2026-11-02' }), /no period/)
})

test('the coefficient of an error: a meter that lost a fifth is corrected by 1.25', () => {
  assert.deepEqual(coefficientOf(-20), { numerator: 100_000, denominator: 80_000 })
  assert.deepEqual(coefficientOf(2.5), { numerator: 100_000, denominator: 102_500 })
  assert.throws(() => coefficientOf(-100), /no coefficient/)
})

const base = {
  foundOn: '2026-11-16',
  lastDay: '2026-11-15',
  knownStart: '2026-10-30',
  reason: 'contor defect',
}

test('by the laboratory’s error: 1,000 Wh a day become 1,250, in two months, after approval only', async () => {
  const { id } = server.network.points[1]
  const days = daysBetween('2026-10-30', '2026-11-15')
  // 95 × 10 Wh and 50 Wh.
  await put(id, days, (_day, slot) => (slot === 0 ? 50 : 10))
  await asSystem(server.db, (trx) =>
    finalise(trx, id, { from: '2026-10-01', to: '2026-10-31', billRef: 'F-10', actor: 'billing' }),
  )
  const method = { kind: 'coefficient', errorPercent: -20, allowedErrorPercent: 2, certificate: 'BV 12/2026' }
  const body = { ...base, meteringPointId: id, method }
  const seen = await call('POST', '/api/recalculations:preview', 'ana', body)
  assert.equal(seen.status, 200)
  assert.deepEqual(seen.body.total, { measuredWh: 17_000, recalculatedWh: 21_250, differenceWh: 4_250 })
  assert.deepEqual(seen.body.months, [
    { month: '2026-10', measuredWh: 2_000, recalculatedWh: 2_500, differenceWh: 500 },
    { month: '2026-11', measuredWh: 15_000, recalculatedWh: 18_750, differenceWh: 3_750 },
  ])
  const made = await call('POST', '/api/recalculations', 'ana', body)
  assert.deepEqual([made.status, made.body.edit.state, made.body.edit.billed], [201, 'pending', true])
  assert.deepEqual(made.body.report, seen.body)
  assert.equal(sum((await stored(id, days[0], days[0]))[0].channels[0]), 1_000)
  assert.equal((await call('POST', `/api/edits/${made.body.edit.id}/approve`, 'ana')).status, 403)
  const approved = await call('POST', `/api/edits/${made.body.edit.id}/approve`, 'dan')
  assert.equal(approved.body.state, 'applied')
  const blocks = await stored(id, days[0], days[16])
  assert.equal(
    blocks.reduce((all, block) => all + sum(block.channels[0]), 0),
    21_250,
  )
  // 10 Wh × 1.25 is 12.5: half of the slots 12, half 13; 50 becomes 62 or 63.
  for (const block of blocks) {
    assert.equal(sum(block.channels[0]), 1_250)
    for (const [slot, value] of block.channels[0].values.entries())
      assert.ok(slot === 0 ? value === 62 || value === 63 : value === 12 || value === 13)
  }
  const open = await asSystem(server.db, (trx) => rebillDifferences(trx, id, '2026-10-01', '2026-10-31'))
  assert.equal(
    open.reduce((all, each) => all + each.afterWh - each.beforeWh, 0),
    seen.body.bills[0].differenceWh,
  )
  const page = await call('GET', `/api/recalculations/${made.body.edit.id}/report?locale=ro`, 'ana')
  assert.match(page.body, /^<!doctype html>/)
  for (const text of ['21,250', 'art. 13 alin. (3)', 'BV 12/2026', 'user:dan', 'F-10', 'Coeficient'])
    assert.ok(page.body.includes(text), text)
  const english = await call('GET', `/api/recalculations/${made.body.edit.id}/report?locale=en`, 'ana')
  assert.ok(english.body.includes('Correction coefficient') && english.body.includes('21.250 kWh'))
  const undone = await call('POST', `/api/edits/${made.body.edit.id}/undo`, 'ana', {
    reason: 'buletin anulat',
  })
  assert.equal((await call('POST', `/api/edits/${undone.body.id}/approve`, 'dan')).body.state, 'applied')
  assert.equal(sum((await stored(id, days[0], days[0]))[0].channels[0]), 1_000)
})

test('by the new meter’s following period: days of the same kind, a holiday as a Sunday', async () => {
  const { id } = server.network.points[2]
  const following = daysBetween('2026-11-16', '2026-11-22')
  const level = { working: 10, saturday: 20, sunday: 30, holiday: 30 }
  // Working days rise by 2 Wh a day: 10, 12, 14, 16, 18; their mean is 14.
  await put(
    id,
    following,
    (day) => level[dayKindOf(day)] + (dayKindOf(day) === 'working' ? 2 * following.indexOf(day) : 0),
  )
  const method = { kind: 'following-period', from: following[0], to: following[6] }
  const body = {
    meteringPointId: id,
    foundOn: '2026-11-15',
    lastDay: '2026-11-15',
    knownStart: '2026-11-09',
    reason: 'contor oprit',
    method,
  }
  const seen = await call('POST', '/api/recalculations:preview', 'ana', body)
  assert.equal(seen.status, 200, JSON.stringify(seen.body))
  assert.deepEqual(seen.body.total, {
    measuredWh: 0,
    recalculatedWh: 96 * (5 * 14 + 20 + 30),
    differenceWh: 96 * (5 * 14 + 20 + 30),
  })
  assert.deepEqual(seen.body.method.kinds, [
    { kind: 'working', days: 5, energyWh: 96 * 70, standIn: null, laidOn: 5 },
    { kind: 'saturday', days: 1, energyWh: 96 * 20, standIn: null, laidOn: 1 },
    { kind: 'sunday', days: 1, energyWh: 96 * 30, standIn: null, laidOn: 1 },
  ])
  const halved = await call('POST', '/api/recalculations:preview', 'ana', {
    ...body,
    method: { ...method, factor: 0.5, agreement: 'PV 7' },
  })
  assert.equal(halved.body.total.recalculatedWh, 48 * 120)
  const unagreed = await call('POST', '/api/recalculations:preview', 'ana', {
    ...body,
    method: { ...method, factor: 0.5 },
  })
  assert.deepEqual([unagreed.status, unagreed.body.error.field], [400, 'method.agreement'])
  const holiday = await call('POST', '/api/recalculations:preview', 'ana', {
    ...body,
    knownStart: '2026-06-01',
    lastDay: '2026-06-01',
  })
  assert.deepEqual(holiday.body.method.kinds, [
    { kind: 'holiday', days: 1, energyWh: 96 * 30, standIn: 'sunday', laidOn: 1 },
  ])
  const made = await call('POST', '/api/recalculations', 'ana', body)
  assert.equal(made.body.edit.billed, false)
  assert.equal((await call('POST', `/api/edits/${made.body.edit.id}/approve`, 'dan')).status, 200)
  const [saturday] = await stored(id, '2026-11-14', '2026-11-14')
  assert.deepEqual([...new Set(saturday.channels[0].values)], [20])
})

test('what the law or the data do not carry is refused', async () => {
  const { id } = server.network.points[3]
  const method = { kind: 'coefficient', errorPercent: 1.9, allowedErrorPercent: 2, certificate: 'BV 1' }
  const body = { ...base, meteringPointId: id, method }
  assert.equal(
    (await call('POST', '/api/recalculations', 'ana', body)).body.error.field,
    'method.errorPercent',
  )
  const gap = { kind: 'following-period', from: '2026-11-16', to: addDays('2026-11-16', 3) }
  assert.equal(
    (await call('POST', '/api/recalculations', 'ana', { ...body, method: gap })).body.error.field,
    'method.to',
  )
  const before = { kind: 'following-period', from: '2026-11-01', to: '2026-11-05' }
  assert.equal(
    (await call('POST', '/api/recalculations', 'ana', { ...body, method: before })).body.error.field,
    'method.from',
  )
  assert.equal((await call('POST', '/api/recalculations', 'analyst', body)).status, 403)
  assert.equal((await call('GET', '/api/recalculations/12345', 'ana')).status, 404)
})
