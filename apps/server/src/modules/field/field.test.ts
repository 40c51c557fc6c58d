// Visits over HTTP, under everybody's own eyes: a crew's route, a record and its effect, and an order that was taken back
// while the crew had no signal.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { asSystem, type Role } from '../../platform/index.ts'
import { testInstallation } from '../../platform/testing/installation.ts'
import { createTestApp, type TestApp } from '../orders/testing/app.ts'
import { pixel, sha256, wholeRecord } from './testing/records.ts'

// Point 3 has no meter: its orders go to the crew.
const pods = testInstallation.points.map(({ pod }) => pod)
const manual = testInstallation.points.find((point) => !point.meter)?.pod ?? ''
let app: TestApp
const people: Readonly<Record<string, readonly [Role, string]>> = {
  operator: ['operator', 'user:o'],
  crew: ['crew', 'user:c'],
  mate: ['crew', 'user:m'],
  other: ['crew', 'user:x'],
  eva: ['supplier', 'supplier:EVA'],
  analyst: ['analyst', 'user:a'],
}

before(async () => {
  app = await createTestApp(people, { demo: false, engine: true })
  for (const [code, members] of [
    ['E1', ['user:c', 'user:m']],
    ['E2', ['user:x']],
  ] as const)
    assert.equal(
      (
        await call('operator', 'PUT', `/field/crews/${code}`, {
          name: `Echipa ${code}`,
          members,
          stations: code === 'E1' ? [] : ['999'],
        })
      ).status,
      200,
    )
})
after(() => app.close())
const call = (...asked: Parameters<TestApp['call']>) => app.call(...asked)

let count = 0
/** An order at the point without a meter, with the crew. */
async function orderInField(type = 'DECO_C') {
  const { status, body: order } = await call('operator', 'POST', '/orders', {
    type,
    meteringPoint: manual,
    requesterReference: `field-${count++}`,
  })
  assert.equal(status, 201, JSON.stringify(order))
  await reach(order.id, 'field')
  return order
}
async function reach(id: string, ...states: string[]): Promise<void> {
  let state = ''
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(100)) {
    state = (await call('operator', 'GET', `/orders/${id}`)).body.state
    if (states.includes(state)) return
  }
  assert.fail(`the order stays ${state}`)
}
const route = async (who: string) => (await call(who, 'GET', '/field/visits')).body.items
async function visitOf(order: { number: string }, who = 'crew') {
  const visit = (await route(who)).find(
    (one: { orderNumber: string; state: string }) => one.orderNumber === order.number && one.state === 'open',
  )
  assert.ok(visit, `no open visit of ${order.number}`)
  return visit
}
const send = (who: string, visit: { id: string }, record: object) =>
  call(who, 'POST', `/field/visits/${visit.id}/record`, record)
const alarms = async (kind: string) =>
  (
    await asSystem(app.db, (trx) =>
      sql<{
        n: number
      }>`select count(*)::int as n from contor.guard_event where kind = 'alarm' and reason like ${`${kind}%`}`.execute(
        trx,
      ),
    )
  ).rows[0]?.n

test('a crew sees its own visits and their points only; nothing of the debt', async () => {
  const order = await orderInField()
  assert.deepEqual(await route('other'), [])
  assert.equal((await call('eva', 'GET', '/field/visits')).status, 403)
  assert.equal((await call('analyst', 'GET', '/field/visits')).status, 403)
  const visit = await visitOf(order)
  assert.deepEqual([visit.pod, visit.why, visit.action], [manual, 'not-integrated', 'disconnect'])
  assert.equal((await visitOf(order, 'mate')).id, visit.id)
  assert.equal((await send('other', visit, wholeRecord(Date.now()))).status, 404)
  // The points that a crew sees by any other road are those of its visits.
  const points = async (who: string) =>
    (await call(who, 'GET', '/metering-points')).body.items.map(({ pod }: { pod: string }) => pod)
  assert.deepEqual([await points('crew'), await points('other')], [[manual], []])
  assert.equal((await call('crew', 'GET', `/orders/${order.id}`)).status, 403)
  // Given to another crew, the first one sees it no more.
  assert.equal((await call('crew', 'POST', `/field/visits/${visit.id}/assign`, { crew: 'E2' })).status, 403)
  assert.equal(
    (await call('operator', 'POST', `/field/visits/${visit.id}/assign`, { crew: 'E2' })).status,
    200,
  )
  assert.deepEqual([await route('crew'), await points('crew'), await points('other')], [[], [], [manual]])
  assert.equal((await send('other', visit, wholeRecord(Date.now()))).body.effect, 'executed')
  await reach(order.id, 'closed')
  assert.equal(pods.length, 3)
})

test('nothing is recorded before the checklist is confirmed, and each missing thing is named', async () => {
  const order = await orderInField('RECO_C')
  const visit = await visitOf(order)
  const now = Date.now()
  const whole = wholeRecord(now)
  const cases: readonly (readonly [object, string])[] = [
    [{ checklist: whole.checklist.slice(1) }, 'checklist'],
    [
      { checklist: whole.checklist.map((item) => ({ ...item, confirmed: item.code !== 'dead' })) },
      'checklist',
    ],
    [{ readings: whole.readings.slice(1) }, 'readings'],
    [{ readings: [whole.readings[0], { when: 'after', register: '1.8.0', energyWh: 1 }] }, 'readings'],
    [{ actedAt: null }, 'actedAt'],
    [{ result: 'no-access' }, 'nextVisit'],
    [{ result: 'unsafe', nextVisit: '2030-01-01' }, 'photos'],
    [{ result: 'wrong-address', note: '' }, 'note'],
    [{ result: 'nothing' }, 'result'],
    [{ finishedAt: new Date(now + 2 * 3_600_000).toISOString() }, 'finishedAt'],
  ]
  for (const [change, field] of cases) {
    const { status, body } = await send('crew', visit, { ...whole, ...change })
    assert.deepEqual([status, body.error.field], [400, field], JSON.stringify(change))
  }
  assert.equal(
    (
      await send('crew', visit, {
        ...whole,
        photos: [{ id: randomUUID(), sha256: sha256('x'), takenAt: whole.startedAt }],
      })
    ).body.error.field,
    'photos',
  )
  assert.equal((await visitOf(order)).recordNumber, null)
  // Nobody home: another visit of the same order, on the day that was said; work needs no checklist that did not begin.
  const postponed = await send('crew', visit, {
    ...wholeRecord(now, {
      result: 'no-access',
      nextVisit: '2040-05-06',
      checklist: [],
      readings: [],
      actedAt: null,
    }),
  })
  assert.equal(postponed.body.effect, 'postponed')
  const next = await visitOf(order)
  assert.deepEqual([next.seq, next.visitOn, next.why], [2, '2040-05-06', 'postponed'])
  assert.equal((await send('crew', next, whole)).body.effect, 'executed')
  await reach(order.id, 'closed')
})

test('a record sent twice, or by two at once, has one effect; another one of the same visit is refused', async () => {
  const order = await orderInField()
  const visit = await visitOf(order)
  const photo = randomUUID()
  const put = (body: Buffer, type = 'image/png', id = photo) =>
    call('crew', 'PUT', `/field/visits/${visit.id}/photos/${id}`, body, type)
  assert.equal((await put(Buffer.from('no photo at all'))).status, 400)
  assert.equal((await put(Buffer.concat([pixel, Buffer.alloc(3 * 1024 * 1024)]))).status, 413)
  for (let times = 0; times < 2; times++) assert.equal((await put(pixel)).body.sha256, sha256(pixel))
  assert.equal((await put(Buffer.concat([pixel, Buffer.from([0])]))).status, 409)
  const record = wholeRecord(Date.now(), {
    photos: [{ id: photo, sha256: sha256(pixel), takenAt: new Date().toISOString(), caption: 'indexul' }],
    signatures: {
      crew: { name: 'Cornel Radu', strokes: [[[1, 1]]] },
      customer: {
        name: 'Ștefan Țuțuianu',
        strokes: [
          [
            [5, 5],
            [9, 9],
          ],
        ],
      },
    },
  })
  const answers = await Promise.all([send('crew', visit, record), send('mate', visit, record)])
  answers.push(await send('crew', visit, record))
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200],
  )
  assert.equal(new Set(answers.map(({ body }) => body.number)).size, 1)
  assert.deepEqual(new Set(answers.map(({ body }) => body.effect)), new Set(['executed']))
  assert.equal((await send('crew', visit, wholeRecord(Date.now()))).status, 409)
  await reach(order.id, 'closed')
  const { timeline } = (await call('operator', 'GET', `/orders/${order.id}`)).body
  const confirmed = timeline.filter(({ event }: { event: string }) => event === 'confirm')
  // Whichever of the two came first stands for the record.
  assert.equal(confirmed.length, 1)
  assert.ok(['user:c', 'user:m'].includes(confirmed[0].actor))
  assert.equal(confirmed[0].evidence.sha256, answers[0]?.body.sha256)
  // Photos are a person's home: seen by whom it concerns, and on record.
  assert.deepEqual((await call('mate', 'GET', `/field/visits/${visit.id}/photos/${photo}`)).raw, pixel)
  assert.equal((await call('other', 'GET', `/field/visits/${visit.id}/photos/${photo}`)).status, 404)
  const { rows } = await asSystem(app.db, (trx) =>
    sql<{
      actor: string
    }>`select actor from contor.audit where action = 'field.read' and details->>'photo' = ${photo}`.execute(
      trx,
    ),
  )
  assert.deepEqual(rows, [{ actor: 'user:m' }])
})

test('cancelled while the crew had no signal: the dark point gets its supply back, and it is told', async () => {
  const order = await orderInField()
  const visit = await visitOf(order)
  assert.equal(
    (await call('operator', 'POST', `/orders/${order.id}/cancel`, { reason: 'plătit' })).body.state,
    'cancelled',
  )
  const record = wholeRecord(Date.now())
  const { status, body } = await send('crew', visit, record)
  assert.equal(status, 200)
  assert.deepEqual(
    [body.effect, body.conflict.event, body.conflict.dark, body.conflict.actedAt],
    ['conflict', 'cancel', true, record.actedAt],
  )
  assert.ok(Date.parse(body.conflict.at) <= Date.now())
  const again = await send('crew', visit, record)
  assert.deepEqual(again.body, body)
  assert.equal(await alarms('field-darkened-after-cancel'), 1)
  const { items } = (await call('operator', 'GET', '/orders?open=true')).body
  const reconnect = items.find(({ number }: { number: string }) => number === body.conflict.reconnectOrder)
  assert.deepEqual([reconnect.type, reconnect.follows], ['RECO_C', order.id])
  // The crew finds the visit that gives supply back, and makes it.
  await reach(reconnect.id, 'field')
  const back = await visitOf(reconnect)
  assert.equal(back.action, 'reconnect')
  assert.equal((await send('crew', back, wholeRecord(Date.now()))).body.effect, 'executed')
  await reach(reconnect.id, 'closed')
})

test('another order stands in the way of giving supply back: the alarm is out, and it is asked for again', async () => {
  const order = await orderInField()
  const visit = await visitOf(order)
  await call('operator', 'POST', `/orders/${order.id}/cancel`, { reason: 'plătit' })
  const other = await call('operator', 'POST', '/orders', {
    type: 'DECO_C',
    meteringPoint: manual,
    requesterReference: 'in-the-way',
    notBefore: new Date(Date.now() + 300 * 86_400_000).toISOString(),
  })
  assert.equal(other.status, 201)
  const { body } = await send('crew', visit, wholeRecord(Date.now()))
  assert.deepEqual([body.effect, body.conflict.dark, body.conflict.reconnectOrder], ['conflict', true, null])
  assert.equal(await alarms('field-darkened-after-cancel'), 2)
  await call('operator', 'POST', `/orders/${other.body.id}/cancel`, { reason: 'face loc' })
  await route('crew')
  const { items } = (await call('operator', 'GET', '/orders?open=true')).body
  assert.deepEqual(
    items.map((one: { type: string; follows: string }) => [one.type, one.follows]),
    [['RECO_C', order.id]],
  )
})
