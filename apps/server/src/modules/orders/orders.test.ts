// Whole lives of orders: real PostgreSQL, real sockets, DLMS meters of the virtual neighbourhood, the collector and the
// engine. Only the calendar is the test's.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildNeighbourhood, type RunningNeighbourhood, startNeighbourhood } from '@contor/simulator'
import { sql } from 'kysely'
import { type Actor, asSystem, ContorError, createKeyRing, createLog } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { startCollector } from '../acquisition/index.ts'
import { generateSigner, loosen } from '../commands/index.ts'
import { importNetwork } from '../network/index.ts'
import { approveOrder, cancelOrder, recordCure, recordFieldResult, recordNotice } from './act.ts'
import { createOrder, type OrderRequest } from './create.ts'
import { advanceOrders, type EngineContext } from './engine.ts'
import type { Verdict } from './gate/gate.ts'
import type { OrderState } from './machine.ts'
import type { Order } from './store.ts'
import { loadOrder } from './view.ts'

const dayMs = 86_400_000
const keys = createKeyRing(randomBytes(32))
const signer = generateSigner()
let database: TestDatabase
let running: RunningNeighbourhood
let collector: { stop(): Promise<void> }
let ahead = 0
const clock = {
  now: async () => Date.now() + ahead,
  advance: async (ms: number) => {
    ahead += ms
    return Date.now() + ahead
  },
}
let engine: EngineContext
const points: { id: string; pod: string; serial: string | null; kind: string }[] = []
const supplier: Actor = { subject: 'supplier:EVA', role: 'supplier', scope: 'all', name: 'S', locale: 'ro' }
const operator: Actor = { subject: 'user:o', role: 'operator', scope: 'all', name: 'O', locale: 'ro' }
const second: Actor = { subject: 'user:p', role: 'operator', scope: 'all', name: 'P', locale: 'ro' }

before(async () => {
  database = await createTestDatabase()
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as { port: number }
  await new Promise((resolve) => probe.close(resolve))
  const whole = buildNeighbourhood({ meters: 40, seed: 5, basePort: Math.min(port, 64_000) })
  const good = whole.points.filter((p) => p.kind === 'household' && p.meter && !p.meter.fault).slice(0, 8)
  const without = whole.points.filter((p) => !p.meter).slice(0, 1)
  const neighbourhood = { ...whole, points: [...good, ...without] }
  running = await startNeighbourhood(neighbourhood)
  await asSystem(database.db, (trx) => importNetwork(trx, keys, neighbourhood))
  const { rows } = await asSystem(database.db, (trx) =>
    sql<
      (typeof points)[number]
    >`select p.id, p.pod, p.kind, m.serial from contor.metering_point p left join contor.meter m on m.metering_point_id = p.id order by p.id`.execute(
      trx,
    ),
  )
  points.push(...rows)
  const log = createLog('test')
  // What the engine could not do is seen in the test's output.
  log.error = (details: object) => console.error(details)
  collector = await startCollector({ db: database.db, keys, log, verifier: signer.verifier })
  engine = { db: database.db, signer, clock, log }
  await until(async () => {
    const { rows: left } = await asSystem(database.db, (trx) =>
      sql`select 1 from contor.meter where state <> 'commissioned'`.execute(trx),
    )
    return left.length === 0
  }, 'every meter commissioned')
})
after(async () => {
  await collector.stop()
  await running.close()
  await database.drop()
})

async function until(done: () => Promise<boolean>, what: string, seconds = 60): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !(await done()); ) {
    assert.ok(Date.now() < end, `in vain: ${what}`)
    await sleep(100)
  }
}
const show = async (order: Order) => {
  const detail = await asSystem(database.db, (trx) => loadOrder(trx, order.id))
  assert.ok(detail)
  return detail
}
/** Lets the engine work until the order is in one of these states. */
async function reach(order: Order, ...states: OrderState[]): Promise<void> {
  await until(
    async () => {
      await advanceOrders(engine)
      return states.includes((await show(order)).order.state)
    },
    `${order.number} ${states.join(' or ')}`,
  )
}
const meterOf = (point: { serial: string | null } | undefined) => {
  const meter = running.meters.get(point?.serial ?? '')
  assert.ok(meter)
  return meter
}
const ask = async (
  actor: Actor,
  request: Omit<OrderRequest, 'requesterReference'> & { requesterReference?: string },
) =>
  (
    await createOrder(
      database.db,
      actor,
      { requesterReference: randomBytes(6).toString('hex'), ...request },
      { now: await clock.now() },
    )
  ).order
const withPoint = (index: number) => {
  const point = points.filter((p) => p.serial !== null)[index]
  assert.ok(point)
  return point
}

test('unpaid: notice, days, relay open, supplier told, payment, ready, the hand, light', async () => {
  const point = withPoint(0)
  const debtSince = new Date((await clock.now()) - 60 * dayMs).toISOString().slice(0, 10)
  const order = await ask(supplier, { type: 'DECO_R', meteringPoint: point.pod, cause: 'MO-I-8', debtSince })
  await advanceOrders(engine)
  let detail = await show(order)
  assert.equal(detail.order.state, 'waiting')
  const condition = (key: string) =>
    (detail.order.verdict as Partial<Verdict>).conditions?.find((c) => c.key === key)
  assert.equal(condition('debt-age')?.ok, true)
  assert.equal(condition('notice-sent')?.ok, false)
  const sentAt = new Date(await clock.now()).toISOString()
  await recordNotice(
    database.db,
    supplier,
    order,
    { sentAt, channel: 'registered-letter', proof: 'RR 123 456 789 RO' },
    await clock.now(),
  )
  await advanceOrders(engine)
  detail = await show(order)
  assert.equal(detail.order.state, 'waiting')
  assert.ok(detail.order.runsAt && detail.order.runsAt.getTime() > (await clock.now()) + 2 * dayMs)
  assert.equal(meterOf(point).state.relay.output, true)
  await clock.advance(detail.order.runsAt.getTime() - (await clock.now()) + 60_000)
  await reach(order, 'closed')
  detail = await show(order)
  assert.deepEqual([meterOf(point).state.relay.output, meterOf(point).state.relay.control], [false, 0])
  assert.equal(detail.order.costBearer, 'operator')
  const steps = detail.commands[0]?.steps.map(({ step }) => step)
  assert.deepEqual(steps, ['state', 'released', 'acted', 'read-back', 'load', 'ended'])
  assert.ok(
    detail.commands[0]?.steps.every(
      ({ step, trace }) => step === 'released' || step === 'ended' || trace !== null,
    ),
  )
  assert.deepEqual(
    detail.messages.map(({ recipient, kind }) => `${recipient.split(':')[0]} ${kind}`),
    ['supplier order-closed'],
  )
  assert.deepEqual(
    detail.timeline.map(({ to }) => to).filter((to, i, all) => to !== all[i - 1]),
    ['waiting', 'ready', 'remote', 'executed', 'closed'],
  )

  const paidAt = new Date(await clock.now()).toISOString()
  const { reconnect } = await recordCure(
    database.db,
    supplier,
    order,
    { kind: 'payment', at: paidAt, proof: 'extras 77' },
    await clock.now(),
  )
  assert.ok(reconnect)
  assert.equal(reconnect.follows, order.id)
  await reach(reconnect, 'customer')
  assert.deepEqual([meterOf(point).state.relay.output, meterOf(point).state.relay.control], [false, 2])
  const waiting = await show(reconnect)
  assert.ok(waiting.order.dueBy)
  assert.ok(waiting.messages.some(({ kind }) => kind === 'press-button'))
  // The resident's hand.
  Object.assign(meterOf(point).state.relay, { output: true, control: 1 })
  await clock.advance(3 * 60_000)
  await reach(reconnect, 'closed')
  assert.equal((await show(reconnect)).messages.at(-1)?.kind, 'order-closed')
})

test('a payment before the act cancels it; the relay is not touched', async () => {
  const point = withPoint(1)
  const debtSince = new Date((await clock.now()) - 90 * dayMs).toISOString().slice(0, 10)
  const order = await ask(supplier, {
    type: 'DECO_R',
    meteringPoint: point.pod,
    cause: 'CG-7.1-c',
    debtSince,
  })
  await advanceOrders(engine)
  const at = new Date(await clock.now()).toISOString()
  const { order: cured, reconnect } = await recordCure(
    database.db,
    supplier,
    order,
    { kind: 'payment', at, proof: 'OP 12' },
    await clock.now(),
  )
  assert.equal(cured.state, 'cancelled')
  assert.equal(reconnect, undefined)
  await clock.advance(40 * dayMs)
  await advanceOrders(engine)
  assert.equal(meterOf(point).state.relay.output, true)
})

test('no smart meter: the crew has it; done on site closes it', async () => {
  const point = points.find((p) => p.serial === null)
  assert.ok(point)
  const order = await ask(operator, { type: 'DECO_C', meteringPoint: point.id })
  await reach(order, 'field')
  assert.equal((await show(order)).order.route, 'field')
  await recordFieldResult(
    database.db,
    operator,
    order,
    { result: 'done', reason: 'sigiliu 0042', evidence: { checklist: 'IPSSM 01' } },
    await clock.now(),
  )
  await reach(order, 'closed')
})

test('the same reference is the same order; another content under it is refused', async () => {
  const point = withPoint(2)
  const request = {
    type: 'DECO_C' as const,
    meteringPoint: point.pod,
    notBefore: new Date((await clock.now()) + 9 * dayMs).toISOString(),
  }
  const first = await ask(supplier, { ...request, requesterReference: 'R-1' })
  const again = await Promise.all(
    Array.from({ length: 5 }, () => ask(supplier, { ...request, requesterReference: 'R-1' })),
  )
  assert.ok(again.every(({ id }) => id === first.id))
  await assert.rejects(
    ask(supplier, { ...request, type: 'REZ_CONTR', requesterReference: 'R-1' }),
    (e) => e instanceof ContorError && e.code === 'conflict',
  )
  // Another order at the same point would race with it.
  await assert.rejects(
    ask(supplier, { type: 'RECO_C', meteringPoint: point.pod }),
    (e) => e instanceof ContorError && e.field === 'meteringPoint',
  )
  const cancelled = await cancelOrder(
    database.db,
    supplier,
    first,
    'clientul s-a răzgândit',
    await clock.now(),
  )
  assert.equal(cancelled.state, 'cancelled')
})

test('a protected customer: a named reason and a second person, or nothing', async () => {
  const point = withPoint(3)
  await asSystem(database.db, (trx) =>
    sql`insert into contor.point_protection (metering_point_id, kind, valid_from, reason, set_by) values (${point.id}, 'life-support', '2020-01-01', 'concentrator de oxigen', 'user:o')`.execute(
      trx,
    ),
  )
  await assert.rejects(
    ask(operator, { type: 'DECO_C', meteringPoint: point.pod }),
    (e) => e instanceof ContorError && e.field === 'protectionReason',
  )
  const order = await ask(operator, {
    type: 'DECO_C',
    meteringPoint: point.pod,
    protectionReason: 'pacientul este internat, aparatul oprit',
  })
  await reach(order, 'approval')
  await assert.rejects(
    approveOrder(database.db, operator, order, 'da', await clock.now()),
    (e) => e instanceof ContorError && e.code === 'not-allowed',
  )
  assert.equal(meterOf(point).state.relay.output, true)
  await approveOrder(database.db, second, order, 'confirmat telefonic', await clock.now())
  await reach(order, 'closed')
  assert.equal(meterOf(point).state.relay.output, false)
})

test('a row written straight into the table of commands is not executed', async () => {
  const point = withPoint(4)
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{ id: string }>`select id from contor.meter where metering_point_id = ${point.id}`.execute(trx),
  )
  await asSystem(database.db, (trx) =>
    sql`insert into contor.relay_command (metering_point_id, id, meter_id, kind, requested_by, created_at, not_before, expires_at, signature)
        values (${point.id}, gen_random_uuid(), ${rows[0]?.id}, 'disconnect', 'user:o', now(), now(), now() + interval '1 day', '\\x00')`.execute(
      trx,
    ),
  )
  await until(async () => {
    const found = await asSystem(database.db, (trx) =>
      sql<{
        error_code: string
      }>`select error_code from contor.relay_command where metering_point_id = ${point.id} and state = 'failed'`.execute(
        trx,
      ),
    )
    return found.rows[0]?.error_code === 'not-authentic'
  }, 'the forged command refused')
  assert.equal(meterOf(point).state.relay.output, true)
  const alarms = await asSystem(database.db, (trx) =>
    sql`select 1 from contor.guard_event where kind = 'alarm'`.execute(trx),
  )
  assert.equal(alarms.rows.length, 1)
})

test('the stop holds what already waits; two persons open it again', async () => {
  const point = withPoint(5)
  await asSystem(database.db, (trx) =>
    sql`insert into contor.guard_event (at, kind, actor, reason) values (clock_timestamp(), 'stop', 'user:o', 'exercițiu')`.execute(
      trx,
    ),
  )
  const order = await ask(operator, { type: 'DECO_C', meteringPoint: point.pod })
  await reach(order, 'remote')
  await until(
    async () => (await show(order)).commands[0]?.held?.includes('stopped') === true,
    'held by the stop',
  )
  assert.equal(meterOf(point).state.relay.output, true)
  // A forged opening opens nothing.
  await asSystem(database.db, (trx) =>
    sql`insert into contor.guard_event (at, kind, actor, approved_by, reason, signature) values (clock_timestamp(), 'resume', 'user:o', 'user:p', 'gata', '\\x00')`.execute(
      trx,
    ),
  )
  await asSystem(database.db, (trx) =>
    sql`update contor.relay_command set next_at = now() where order_id = ${order.id}`.execute(trx),
  )
  await sleep(1_500)
  assert.equal(meterOf(point).state.relay.output, true)
  await asSystem(database.db, (trx) =>
    loosen(trx, signer, 'resume', operator, { approvedBy: second.subject, reason: 'gata' }),
  )
  await asSystem(database.db, (trx) =>
    sql`update contor.relay_command set next_at = now() where order_id = ${order.id}`.execute(trx),
  )
  await reach(order, 'closed')
  assert.equal(meterOf(point).state.relay.output, false)
})

test('technical failure: after bounded attempts the crew has it, with what was tried', async () => {
  const point = withPoint(6)
  await asSystem(database.db, (trx) =>
    sql`update contor.meter set port = 1 where metering_point_id = ${point.id}`.execute(trx),
  )
  const order = await ask(operator, { type: 'DECO_C', meteringPoint: point.pod })
  await reach(order, 'remote')
  await until(
    async () => {
      await asSystem(database.db, (trx) =>
        sql`update contor.relay_command set next_at = now() where order_id = ${order.id} and state = 'queued'`.execute(
          trx,
        ),
      )
      await advanceOrders(engine)
      return (await show(order)).order.state === 'field'
    },
    'handed to the crew',
    90,
  )
  const detail = await show(order)
  assert.equal(detail.commands[0]?.errorCode, 'unreachable')
  assert.equal(detail.commands[0]?.steps.filter(({ step }) => step === 'no-contact').length, 6)
})
