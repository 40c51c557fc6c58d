import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { dayStart, daysBetween, sum } from '@contor/intervals'
import { tariffsOfDay } from '@contor/vee'
import { sql } from 'kysely'
import { asSystem } from '../../../platform/index.ts'
import { createTestNetwork, type TestNetwork } from '../../acquisition/testing/network.ts'
import { finalise, loadDays, rebillDifferences } from '../../readings/index.ts'
import { estimateForBilling } from '../estimate/job.ts'
import { dayOf, incomingOf, putRegisters, store, testPeriods } from '../testing/curve.ts'
import { createTestServer } from '../testing/server.ts'

let server: Awaited<ReturnType<typeof createTestServer<TestNetwork>>>
const call: typeof server.call = (...given) => server.call(...given)

before(async () => {
  server = await createTestServer((db) => createTestNetwork(db, 6), {
    ana: 'operator',
    dan: 'operator',
    analyst: 'analyst',
    supplier: 'supplier',
  })
})
after(() => server.close())

const calendar = { name: 't', version: 1, source: 't', periods: testPeriods }
const tariffOf = (day: string, slot: number) => tariffsOfDay(calendar, day)[slot]
const days = daysBetween('2026-11-09', '2026-11-11')
const truth = days.map((day, i) => dayOf(day, (slot) => (slot % 10) + 10 * i + 1))
const at = (day: string, slot: number) => new Date(dayStart(day) + slot * 900_000).toISOString()

async function values(id: string, day: string): Promise<number[]> {
  const [stored] = await asSystem(server.db, (trx) => loadDays(trx, id, day, day))
  return [...stored.block.channels[0].values]
}
async function fresh(index: number): Promise<string> {
  const point = server.network.points[index]
  await asSystem(server.db, (trx) => putRegisters(trx, point, truth, tariffOf))
  await store(
    server.db,
    point.id,
    truth.map((block) => incomingOf(block, () => true)),
  )
  return point.id
}

test('the preview tells sums, registers and balance, and writes nothing', async () => {
  const id = await fresh(1)
  await asSystem(server.db, (trx) =>
    sql`insert into contor.station_day (station_id, day, supplied_wh, returned_wh, consumed_wh, produced_wh, points_expected, points_present, complete)
        select station_id, ${days[0]}, 10000, 0, 9000, 0, 7, 7, true from contor.metering_point where id = ${id}`.execute(
      trx,
    ),
  )
  const body = {
    meteringPointId: id,
    from: at(days[0], 40),
    to: at(days[0], 44),
    operation: { kind: 'fill', value: 100 },
  }
  const { status, body: preview } = await call('POST', '/api/edits:preview', 'ana', body)
  assert.equal(status, 200)
  const was = [0, 1, 2, 3].reduce((all, i) => all + ((40 + i) % 10) + 1, 0)
  assert.deepEqual(preview.period, {
    before: sum(truth[0].channels[0]),
    after: sum(truth[0].channels[0]) + 400 - was,
    difference: 400 - was,
  })
  assert.deepEqual(preview.balance, [
    { day: days[0], lossBeforeWh: 1_000, lossAfterWh: 1_000 - (400 - was), complete: true },
  ])
  const moved = preview.registers.filter(
    (r: { agreesBefore: boolean; agreesAfter: boolean }) => !r.agreesAfter,
  )
  assert.deepEqual(
    moved.map((r: Record<string, unknown>) => [
      r['tariff'],
      r['agreesBefore'],
      Number(r['sumAfter']) - Number(r['sumBefore']),
    ]),
    [[2, true, 400 - was]],
  )
  assert.equal(preview.needsSecondPerson, false)
  assert.deepEqual(await values(id, days[0]), [...truth[0].channels[0].values])
})

test('an edit takes effect with its reason, and its undo gives the old values back', async () => {
  const { id } = server.network.points[1]
  const body = {
    meteringPointId: id,
    from: at(days[1], 0),
    to: at(days[1], 4),
    operation: { kind: 'set', values: [1, 2, 3, 4] },
    reason: 'contor citit greșit',
  }
  const made = await call('POST', '/api/edits', 'ana', body)
  assert.deepEqual([made.status, made.body.edit.state, made.body.edit.author], [201, 'applied', 'user:ana'])
  assert.deepEqual((await values(id, days[1])).slice(0, 5), [1, 2, 3, 4, truth[1].channels[0].values[4]])
  const shown = await call('GET', `/api/edits/${made.body.edit.id}`, 'ana')
  assert.deepEqual(shown.body.items[0].changes[0].after, [
    [1, 3],
    [2, 3],
    [3, 3],
    [4, 3],
  ])
  const undone = await call('POST', `/api/edits/${made.body.edit.id}/undo`, 'dan', { reason: 'era corect' })
  assert.deepEqual([undone.status, undone.body.state, undone.body.kind], [201, 'applied', 'undo'])
  assert.deepEqual(await values(id, days[1]), [...truth[1].channels[0].values])
  const list = await call('GET', `/api/edits?meteringPointId=${id}`, 'ana')
  assert.deepEqual(
    list.body.items.map((edit: { kind: string; state: string }) => [edit.kind, edit.state]),
    [
      ['undo', 'applied'],
      ['edit', 'undone'],
    ],
  )
  const again = await call('POST', `/api/edits/${made.body.edit.id}/undo`, 'dan', { reason: 'încă o dată' })
  assert.equal(again.status, 409)
})

test('an edit under a later one cannot be undone before it', async () => {
  const { id } = server.network.points[1]
  const range = { meteringPointId: id, from: at(days[2], 10), to: at(days[2], 12), reason: 'test' }
  const one = await call('POST', '/api/edits', 'ana', { ...range, operation: { kind: 'fill', value: 7 } })
  const two = await call('POST', '/api/edits', 'ana', { ...range, operation: { kind: 'fill', value: 8 } })
  assert.equal(
    (await call('POST', `/api/edits/${one.body.edit.id}/undo`, 'ana', { reason: 'test' })).status,
    409,
  )
  assert.equal(
    (await call('POST', `/api/edits/${two.body.edit.id}/undo`, 'ana', { reason: 'test' })).status,
    201,
  )
  assert.equal(
    (await call('POST', `/api/edits/${one.body.edit.id}/undo`, 'ana', { reason: 'test' })).status,
    201,
  )
  assert.deepEqual(await values(id, days[2]), [...truth[2].channels[0].values])
})

test('a billed day needs a second person, for the edit and for its undo', async () => {
  const id = await fresh(2)
  const bill = { from: days[0], to: days[2], billRef: 'F-1', actor: 'billing' }
  await asSystem(server.db, (trx) => finalise(trx, id, bill))
  const body = {
    meteringPointId: id,
    from: at(days[0], 0),
    to: at(days[0], 1),
    operation: { kind: 'fill', value: 51 },
    reason: 'reclamație admisă',
  }
  const made = await call('POST', '/api/edits', 'ana', body)
  assert.deepEqual([made.body.edit.state, made.body.preview.days[0].billed], ['pending', 'F-1'])
  assert.deepEqual(await values(id, days[0]), [...truth[0].channels[0].values])
  const own = await call('POST', `/api/edits/${made.body.edit.id}/approve`, 'ana')
  assert.deepEqual([own.status, own.body.error.code], [403, 'not-allowed'])
  const approved = await call('POST', `/api/edits/${made.body.edit.id}/approve`, 'dan')
  assert.deepEqual(
    [approved.status, approved.body.state, approved.body.decidedBy],
    [200, 'applied', 'user:dan'],
  )
  assert.equal((await values(id, days[0]))[0], 51)
  const open = await asSystem(server.db, (trx) => rebillDifferences(trx, id, days[0], days[2]))
  assert.deepEqual(
    open.map((each) => [each.beforeWh, each.afterWh, each.kind]),
    [[1, 51, 'edit']],
  )
  const undo = await call('POST', `/api/edits/${made.body.edit.id}/undo`, 'dan', { reason: 'greșeală' })
  assert.equal(undo.body.state, 'pending')
  assert.equal((await call('POST', `/api/edits/${undo.body.id}/approve`, 'ana')).body.state, 'applied')
  assert.equal((await values(id, days[0]))[0], 1)
  assert.equal((await call('POST', `/api/edits/${undo.body.id}/approve`, 'ana')).status, 409)
})

test('what has changed since the preview is not approved blindly; a refusal leaves all as it is', async () => {
  const { id } = server.network.points[2]
  const range = { meteringPointId: id, from: at(days[1], 0), to: at(days[1], 2), reason: 'test' }
  const one = await call('POST', '/api/edits', 'ana', { ...range, operation: { kind: 'fill', value: 5 } })
  const two = await call('POST', '/api/edits', 'dan', { ...range, operation: { kind: 'fill', value: 6 } })
  assert.equal((await call('POST', `/api/edits/${one.body.edit.id}/approve`, 'dan')).status, 200)
  assert.equal((await call('POST', `/api/edits/${two.body.edit.id}/approve`, 'ana')).status, 409)
  const refused = await call('POST', `/api/edits/${two.body.edit.id}/refuse`, 'ana', { reason: 'depășit' })
  assert.deepEqual([refused.body.state, (await values(id, days[1]))[0]], ['refused', 5])
})

test('every operation does what it says', async () => {
  const id = await fresh(3)
  const other = await fresh(4)
  const base = { meteringPointId: id, from: at(days[0], 8), to: at(days[0], 12) }
  const after = async (operation: object, more: object = {}) => {
    const { status, body } = await call('POST', '/api/edits:preview', 'ana', { ...base, ...more, operation })
    assert.equal(status, 200, JSON.stringify(body))
    const slots = [...truth[0].channels[0].values].slice(8, 12).map((value) => [value, 1])
    for (const run of body.days[0].changes)
      for (const [i, slot] of run.after.entries()) slots[run.fromSlot + i - 8] = slot
    return slots
  }
  const edited = (values: number[]) => values.map((value) => [value, 3])
  // Slots 8…11 hold 9, 10, 1, 2.
  assert.deepEqual(await after({ kind: 'total', total: 10, shape: 'flat' }), edited([3, 2, 3, 2]))
  assert.deepEqual(await after({ kind: 'total', total: 44, shape: 'current' }), edited([18, 20, 2, 4]))
  assert.deepEqual(
    await after({ kind: 'total', total: 62, shape: 'day', day: days[1] }),
    edited([19, 20, 11, 12]),
  )
  assert.deepEqual(await after({ kind: 'copy', day: days[2] }), edited([29, 30, 21, 22]))
  assert.deepEqual(
    await after({ kind: 'copy', day: days[1], meteringPointId: other }),
    edited([19, 20, 11, 12]),
  )
  assert.deepEqual(await after({ kind: 'factor', factor: 1.5 }), edited([14, 15, 1, 3]))
  assert.deepEqual(await after({ kind: 'clear' }), [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, 0],
  ])
  assert.deepEqual(await after({ kind: 'fill', value: 3 }, { only: 'missing' }), [
    [9, 1],
    [10, 1],
    [1, 1],
    [2, 1],
  ])
  const profile = await after({ kind: 'total', total: 1_000, shape: 'profile' })
  assert.equal(
    profile.reduce((all, [value]) => all + value, 0),
    1_000,
  )
})

test('accepting an estimate makes it a person’s value', async () => {
  const point = server.network.points[5]
  await asSystem(server.db, (trx) => putRegisters(trx, point, truth, tariffOf))
  await store(
    server.db,
    point.id,
    truth.map((block, i) => incomingOf(block, (slot) => i !== 1 || slot >= 20)),
  )
  await estimateForBilling(server.db, point.id, days[1], days[1])
  const before = await values(point.id, days[1])
  const made = await call('POST', '/api/edits', 'ana', {
    meteringPointId: point.id,
    from: at(days[1], 0),
    to: at(days[1], 96),
    operation: { kind: 'accept' },
    reason: 'verificat la fața locului',
  })
  assert.equal(made.body.preview.changedSlots, 20)
  const [stored] = await asSystem(server.db, (trx) => loadDays(trx, point.id, days[1], days[1]))
  assert.ok(stored.block.channels[0].quality.subarray(0, 20).every((byte) => byte === 3))
  assert.deepEqual(await values(point.id, days[1]), before)
})

test('who may not edit is refused; what does not fit is told', async () => {
  const { id } = server.network.points[3]
  const body = {
    meteringPointId: id,
    from: at(days[0], 0),
    to: at(days[0], 4),
    operation: { kind: 'fill', value: 1 },
  }
  for (const who of ['analyst', 'supplier'])
    assert.equal((await call('POST', '/api/edits', who, { ...body, reason: 'test' })).status, 403)
  assert.equal((await call('POST', '/api/edits', 'ana', body)).status, 400)
  const crooked = { ...body, from: '2026-11-09T10:05:00Z', to: '2026-11-09T11:00:00Z' }
  assert.equal((await call('POST', '/api/edits:preview', 'ana', crooked)).body.error.field, 'from')
  const short = { ...body, operation: { kind: 'set', values: [1] } }
  assert.equal((await call('POST', '/api/edits:preview', 'ana', short)).body.error.field, 'operation.values')
  const nothing = { ...body, only: 'missing', reason: 'test' }
  assert.equal((await call('POST', '/api/edits', 'ana', nothing)).status, 400)
  assert.equal((await call('GET', '/api/edits/999999', 'ana')).status, 404)
  const none = await call('GET', '/api/edits', 'supplier')
  assert.deepEqual(none.body.items, [])
})
