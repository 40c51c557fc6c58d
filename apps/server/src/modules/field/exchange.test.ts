// A meter gives way to another in a crew's hands: planned by the office, noted on the phone, entered as it was noted.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { asSystem, type Role } from '../../platform/index.ts'
import { testInstallation } from '../../platform/testing/installation.ts'
import { createTestApp, type TestApp } from '../orders/testing/app.ts'
import { pixel, sha256, wholeRecord } from './testing/records.ts'

const [first, second, manual] = testInstallation.points.map(({ pod }) => pod)
const total = '1.0.1.8.0.255'
let app: TestApp
const people: Readonly<Record<string, readonly [Role, string]>> = {
  operator: ['operator', 'user:o'],
  crew: ['crew', 'user:c'],
  other: ['crew', 'user:x'],
  eva: ['supplier', 'supplier:EVA'],
}

before(async () => {
  app = await createTestApp(people, { demo: false })
  for (const [code, member, stations] of [
    ['E1', 'user:c', []],
    ['E2', 'user:x', ['999']],
  ] as const)
    await app.call('operator', 'PUT', `/field/crews/${code}`, { name: code, members: [member], stations })
})
after(() => app.close())

const plan = (who: string, meteringPoint: string | undefined, change: object = {}) =>
  app.call(who, 'POST', '/field/exchanges', {
    meteringPoint,
    visitOn: '2026-11-20',
    reason: 'termen metrologic',
    ...change,
  })
const route = async (who = 'crew') => (await app.call(who, 'GET', '/field/visits')).body.items
const send = (visit: { id: string }, record: object, who = 'crew') =>
  app.call(who, 'POST', `/field/visits/${visit.id}/record`, record)
const waiting = async () => (await app.call('operator', 'GET', '/exchanges')).body.items
const exchanged = (oldSerial: string, newSerial: string, change: object = {}) =>
  wholeRecord(Date.now(), {
    exchange: { oldSerial, newSerial, newModel: 'V2', reason: 'termen metrologic' },
    readings: [
      { when: 'before', register: '1.8.0', energyWh: 9_876_543 },
      { when: 'after', register: '1.8.0', energyWh: 12 },
    ],
    ...change,
  })
const meterOf = (serial: string) => ({
  serial,
  systemTitle: Buffer.from(serial.padEnd(8).slice(-8)).toString('hex'),
  manufacturer: 'CTR',
  model: 'V2',
  host: '127.0.0.1',
  port: 20_100,
  keys: { encryption: '0a'.repeat(16), authentication: '0b'.repeat(16), password: '0c0d' },
})
const enter = (note: Record<string, unknown>, change: object = {}) =>
  app.call('operator', 'POST', `/metering-points/${note['meteringPointId']}/exchange`, {
    at: note['at'],
    oldSerial: note['oldSerial'],
    endIndexes: note['endIndexes'],
    startIndexes: note['startIndexes'],
    record: note['record'],
    reason: note['reason'],
    meter: meterOf(String(note['newSerial'])),
    ...change,
  })

test('planned, on the route, made, noted, entered: the point has its new meter from the instant of the record', async () => {
  assert.equal((await plan('crew', first)).status, 403)
  assert.equal((await plan('eva', first)).status, 403)
  assert.equal((await plan('operator', 'RO-nowhere')).status, 404)
  assert.deepEqual((await plan('operator', manual)).body.error.field, 'meteringPoint')
  assert.equal((await plan('operator', first, { visitOn: '20.11.2026' })).body.error.field, 'visitOn')
  const planned = await plan('operator', first)
  assert.equal(planned.status, 201, planned.text)
  assert.match(planned.body.orderNumber, /^SC-2026-\d{6}$/)
  assert.equal((await plan('operator', first)).status, 409)

  assert.deepEqual(await route('other'), [])
  const [visit] = await route()
  assert.deepEqual(
    [visit.id, visit.task, visit.action, visit.orderType, visit.serial, visit.cause.ro],
    [planned.body.id, 'exchange', 'exchange', null, 'CTR24001', 'termen metrologic'],
  )
  const whole = exchanged('CTR24001', 'CTR25001')
  const cases: readonly (readonly [object, string])[] = [
    [{ exchange: undefined }, 'exchange'],
    [
      { exchange: { ...(whole['exchange' as never] as object), newSerial: 'CTR24001' } },
      'exchange.newSerial',
    ],
    [{ readings: [whole.readings[0]] }, 'readings'],
    [{ readings: [whole.readings[1]] }, 'readings'],
    [{ actedAt: null }, 'actedAt'],
    [{ checklist: [] }, 'checklist'],
    [{ exchange: { ...(whole['exchange' as never] as object), unreadable: true } }, 'photos'],
    [{ result: 'no-access', nextVisit: '2026-12-01' }, 'result'],
  ]
  for (const [change, field] of cases) {
    const { status, body } = await send(visit, { ...whole, ...change })
    assert.deepEqual([status, body.error?.field], [400, field], JSON.stringify(change))
  }
  const { body: answer } = await send(visit, whole)
  assert.equal(answer.effect, 'executed')
  assert.deepEqual((await send(visit, whole)).body, answer, 'sent again, it is the same')
  assert.equal((await app.call('crew', 'GET', `/field/visits/${visit.id}/record.pdf`)).status, 200)

  const [note, ...more] = await waiting()
  assert.equal(more.length, 0)
  assert.deepEqual(
    [note.pod, note.record, note.oldSerial, note.standing, note.newSerial, note.newModel, note.at],
    [first, answer.number, 'CTR24001', 'CTR24001', 'CTR25001', 'V2', whole.actedAt],
  )
  assert.deepEqual([note.endIndexes, note.startIndexes], [{ [total]: 9_876_543 }, { [total]: 12 }])
  assert.equal((await app.call('eva', 'GET', '/exchanges')).status, 403)

  // Entered as it was signed, or not at all.
  for (const [change, field] of [
    [{ endIndexes: { [total]: 9_876_544 } }, 'endIndexes'],
    [{ startIndexes: {} }, 'startIndexes'],
    [{ meter: meterOf('CTR25009') }, 'meter.serial'],
    [{ at: new Date(Date.parse(note.at) + 60_000).toISOString() }, 'at'],
  ] as const) {
    const { status, body } = await enter(note, change)
    assert.deepEqual([status, body.error?.field], [409, field])
  }
  assert.equal((await waiting()).length, 1)
  assert.equal((await enter(note)).status, 201)
  assert.deepEqual(await waiting(), [])
  const { items } = (
    await app.call('operator', 'GET', `/metering-points/${note.meteringPointId}/installations`)
  ).body
  assert.deepEqual(
    items.map(
      (one: { serial: string; validFrom: string; validTo: string | null; startRecord: string | null }) => [
        one.serial,
        one.validFrom === whole.actedAt,
        one.validTo,
        one.startRecord,
      ],
    ),
    [
      ['CTR25001', true, null, answer.number],
      ['CTR24001', false, whole.actedAt, null],
    ],
  )
  assert.deepEqual((await enter(note)).status, 409)
})

test('nobody home: the same exchange on another day; withdrawn, it leaves the route', async () => {
  const planned = (await plan('operator', second)).body
  const visit = (await route()).find(({ id }: { id: string }) => id === planned.id)
  const absent = wholeRecord(Date.now(), {
    result: 'no-access',
    nextVisit: '2026-12-02',
    checklist: [],
    readings: [],
    actedAt: null,
  })
  assert.equal((await send(visit, absent)).body.effect, 'postponed')
  const open = (await route()).filter((one: { state: string }) => one.state === 'open')
  assert.deepEqual(
    open.map((one: { orderNumber: string; visitOn: string; seq: number }) => [
      one.orderNumber,
      one.visitOn,
      one.seq,
    ]),
    [[planned.orderNumber, '2026-12-02', 2]],
  )
  assert.equal(
    (await app.call('operator', 'POST', `/field/exchanges/${open[0].id}/withdraw`, { reason: 'reprogramat' }))
      .body.state,
    'withdrawn',
  )
  assert.equal(
    (await app.call('operator', 'POST', `/field/exchanges/${open[0].id}/withdraw`, { reason: 'reprogramat' }))
      .status,
    409,
  )
  assert.deepEqual(
    (await route()).filter((one: { state: string }) => one.state === 'open'),
    [],
  )
})

test('a meter that shows nothing is noted without its index; another meter than in the books is noted as it hangs', async () => {
  const planned = (await plan('operator', second)).body
  const visit = { id: planned.id }
  await route()
  const photo = '7b0c9f5e-4f6d-4a55-9a43-0d1d6f1f2b10'
  await app.call('crew', 'PUT', `/field/visits/${visit.id}/photos/${photo}`, pixel, 'image/png')
  const record = exchanged('OTHER-1', 'CTR25002', {
    exchange: {
      oldSerial: 'OTHER-1',
      newSerial: 'CTR25002',
      newModel: 'V2',
      reason: 'ars',
      unreadable: true,
    },
    readings: [{ when: 'after', register: '1.8.0', energyWh: 0 }],
    photos: [{ id: photo, sha256: sha256(pixel), takenAt: new Date().toISOString() }],
  })
  assert.equal((await send(visit, record)).body.effect, 'executed')
  const [note] = await waiting()
  assert.deepEqual([note.oldSerial, note.standing, note.endIndexes], ['OTHER-1', 'CTR24002', {}])
  const { status, body } = await enter(note)
  assert.deepEqual([status, body.error.field, body.error.value], [409, 'serial', 'OTHER-1'])
  const aside = (who: string) =>
    app.call(who, 'POST', `/metering-points/${note.meteringPointId}/exchanges/${note.record}/set-aside`, {
      reason: 'alt contor decât în evidență',
    })
  assert.equal((await aside('crew')).status, 403)
  assert.equal((await aside('operator')).status, 200)
  assert.equal((await aside('operator')).status, 404)
  assert.deepEqual(await waiting(), [])
  assert.equal((await enter(note, { oldSerial: 'CTR24002' })).body.error.field, 'record')
  // The note stays: who set it aside, and why.
  const { rows } = await asSystem(app.db, (trx) =>
    sql<{ by: string; why: string }>`
      select settled_by as by, set_aside as why from contor.exchange_note where record = ${note.record}`.execute(
      trx,
    ),
  )
  assert.deepEqual(rows, [{ by: 'user:o', why: 'alt contor decât în evidență' }])
})
