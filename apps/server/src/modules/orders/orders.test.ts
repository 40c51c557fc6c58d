// Whole lives of orders: real PostgreSQL, real sockets, DLMS meters of the virtual neighbourhood, the collector and the
// engine. Only the calendar is the test's.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { type Actor, asSystem, ContorError } from '../../platform/index.ts'
import { loosen } from '../commands/index.ts'
import { approveOrder, cancelOrder, recordCure, recordFieldResult, recordNotice } from './act.ts'
import { createOrder, type OrderRequest } from './create.ts'
import { advanceOrders } from './engine.ts'
import type { Verdict } from './gate/gate.ts'
import { createWorld, until, type World } from './testing/world.ts'

const dayMs = 86_400_000
let world: World
const supplier: Actor = { subject: 'supplier:EVA', role: 'supplier', scope: 'all', name: 'S', locale: 'ro' }
const operator: Actor = { subject: 'user:o', role: 'operator', scope: 'all', name: 'O', locale: 'ro' }
const second: Actor = { subject: 'user:p', role: 'operator', scope: 'all', name: 'P', locale: 'ro' }

before(async () => {
  world = await createWorld(8)
})
after(() => world.close())

const ask = async (
  actor: Actor,
  request: Omit<OrderRequest, 'requesterReference'> & { requesterReference?: string },
) =>
  (
    await createOrder(
      world.engine,
      actor,
      { requesterReference: randomBytes(6).toString('hex'), ...request },
      { now: await world.now() },
    )
  ).order
const withPoint = (index: number) => {
  const point = world.metered[index]
  assert.ok(point)
  return point
}

test('unpaid: notice, days, relay open, supplier told, payment, ready, the hand, light', async () => {
  const point = withPoint(0)
  const debtSince = new Date((await world.now()) - 60 * dayMs).toISOString().slice(0, 10)
  const order = await ask(supplier, { type: 'DECO_R', meteringPoint: point.pod, cause: 'MO-I-8', debtSince })
  await advanceOrders(world.engine)
  let detail = await world.show(order)
  assert.equal(detail.order.state, 'waiting')
  const condition = (key: string) =>
    (detail.order.verdict as Partial<Verdict>).conditions?.find((c) => c.key === key)
  assert.equal(condition('debt-age')?.ok, true)
  assert.equal(condition('notice-sent')?.ok, false)
  const sentAt = new Date(await world.now()).toISOString()
  await recordNotice(
    world.engine,
    supplier,
    order,
    { sentAt, channel: 'registered-letter', proof: 'RR 123 456 789 RO' },
    await world.now(),
  )
  await advanceOrders(world.engine)
  detail = await world.show(order)
  assert.equal(detail.order.state, 'waiting')
  assert.ok(detail.order.runsAt && detail.order.runsAt.getTime() > (await world.now()) + 2 * dayMs)
  assert.equal(world.meter(point).state.relay.output, true)
  await world.advance(detail.order.runsAt.getTime() - (await world.now()) + 60_000)
  await world.reach(order, 'closed')
  detail = await world.show(order)
  assert.deepEqual(
    [world.meter(point).state.relay.output, world.meter(point).state.relay.control],
    [false, 0],
  )
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

  const paidAt = new Date(await world.now()).toISOString()
  const { reconnect } = await recordCure(
    world.engine,
    supplier,
    order,
    { kind: 'payment', at: paidAt, proof: 'extras 77' },
    await world.now(),
  )
  assert.ok(reconnect)
  assert.equal(reconnect.follows, order.id)
  await world.reach(reconnect, 'customer')
  assert.deepEqual(
    [world.meter(point).state.relay.output, world.meter(point).state.relay.control],
    [false, 2],
  )
  const waiting = await world.show(reconnect)
  assert.ok(waiting.order.dueBy)
  assert.ok(waiting.messages.some(({ kind }) => kind === 'press-button'))
  // The resident's hand.
  Object.assign(world.meter(point).state.relay, { output: true, control: 1 })
  await world.advance(3 * 60_000)
  await world.reach(reconnect, 'closed')
  assert.equal((await world.show(reconnect)).messages.at(-1)?.kind, 'order-closed')
})

test('a payment before the act cancels it; the relay is not touched', async () => {
  const point = withPoint(1)
  const debtSince = new Date((await world.now()) - 90 * dayMs).toISOString().slice(0, 10)
  const order = await ask(supplier, {
    type: 'DECO_R',
    meteringPoint: point.pod,
    cause: 'CG-7.1-c',
    debtSince,
  })
  await advanceOrders(world.engine)
  const at = new Date(await world.now()).toISOString()
  const { order: cured, reconnect } = await recordCure(
    world.engine,
    supplier,
    order,
    { kind: 'payment', at, proof: 'OP 12' },
    await world.now(),
  )
  assert.equal(cured.state, 'cancelled')
  assert.equal(reconnect, undefined)
  await world.advance(40 * dayMs)
  await advanceOrders(world.engine)
  assert.equal(world.meter(point).state.relay.output, true)
})

test('paid while the command was under way: the relay opened, and the order to give supply back makes itself', async () => {
  const point = withPoint(7)
  const debtSince = new Date((await world.now()) - 60 * dayMs).toISOString().slice(0, 10)
  const order = await ask(supplier, { type: 'DECO_R', meteringPoint: point.pod, cause: 'MO-I-8', debtSince })
  const sentAt = new Date(await world.now()).toISOString()
  await recordNotice(
    world.engine,
    supplier,
    order,
    { sentAt, channel: 'hand', proof: 'semnat' },
    await world.now(),
  )
  await advanceOrders(world.engine)
  const { runsAt } = (await world.show(order)).order
  assert.ok(runsAt)
  await world.advance(runsAt.getTime() - (await world.now()) + 60_000)
  await advanceOrders(world.engine)
  // The engine does not look while the meter acts.
  await until(async () => (await world.show(order)).commands[0]?.state === 'done', 'the relay open')
  const at = new Date(await world.now()).toISOString()
  const { order: late, reconnect } = await recordCure(
    world.engine,
    supplier,
    order,
    { kind: 'payment', at, proof: 'OP 99' },
    await world.now(),
  )
  assert.deepEqual([late.state, reconnect], ['remote', undefined])
  await world.reach(order, 'closed')
  assert.equal(world.meter(point).state.relay.output, false)
  const { rows } = await asSystem(world.db, (trx) =>
    sql<{
      id: string
      type: string
      number: string
    }>`select id, type, number from contor.work_order where follows = ${order.id}`.execute(trx),
  )
  assert.deepEqual(
    rows.map(({ type }) => type),
    ['RECO_R'],
  )
  const back = (await world.show(rows[0] as { id: string })).order
  await world.reach(back, 'customer')
  assert.equal(world.meter(point).state.relay.control, 2)
  // The meter stays ready whatever is written here: there is nothing left to take back.
  await assert.rejects(
    cancelOrder(world.db, operator, back, 'greșeală', await world.now()),
    (e) => e instanceof ContorError && e.code === 'conflict',
  )
})

test('the crew reports only on what it has', async () => {
  const order = await ask(operator, {
    type: 'DECO_C',
    meteringPoint: withPoint(1).pod,
    notBefore: new Date((await world.now()) + dayMs).toISOString(),
  })
  await assert.rejects(
    recordFieldResult(
      world.db,
      operator,
      order,
      { result: 'done', reason: 'făcut', evidence: {} },
      await world.now(),
    ),
    (e) => e instanceof ContorError && e.field === 'state',
  )
  await cancelOrder(world.db, operator, order, 'nu mai trebuie', await world.now())
})

test('no smart meter: the crew has it; done on site closes it', async () => {
  const point = world.points.find((p) => p.serial === null)
  assert.ok(point)
  const order = await ask(operator, { type: 'DECO_C', meteringPoint: point.id })
  await world.reach(order, 'field')
  assert.equal((await world.show(order)).order.route, 'field')
  await recordFieldResult(
    world.db,
    operator,
    order,
    { result: 'done', reason: 'sigiliu 0042', evidence: { checklist: 'IPSSM 01' } },
    await world.now(),
  )
  await world.reach(order, 'closed')
})

test('the same reference is the same order; another content under it is refused', async () => {
  const point = withPoint(2)
  const request = {
    type: 'DECO_C' as const,
    meteringPoint: point.pod,
    notBefore: new Date((await world.now()) + 9 * dayMs).toISOString(),
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
  const cancelled = await cancelOrder(world.db, supplier, first, 'clientul s-a răzgândit', await world.now())
  assert.equal(cancelled.state, 'cancelled')
})

test('a protected customer: a named reason and a second person, or nothing', async () => {
  const point = withPoint(3)
  await asSystem(world.db, (trx) =>
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
  await world.reach(order, 'approval')
  await assert.rejects(
    approveOrder(world.engine, operator, order, 'da', await world.now()),
    (e) => e instanceof ContorError && e.code === 'not-allowed',
  )
  assert.equal(world.meter(point).state.relay.output, true)
  await approveOrder(world.engine, second, order, 'confirmat telefonic', await world.now())
  await world.reach(order, 'closed')
  assert.equal(world.meter(point).state.relay.output, false)
})

test('a row written straight into the table of commands is not executed', async () => {
  const point = withPoint(4)
  const { rows } = await asSystem(world.db, (trx) =>
    sql<{ id: string }>`select id from contor.meter where metering_point_id = ${point.id}`.execute(trx),
  )
  await asSystem(world.db, (trx) =>
    sql`insert into contor.relay_command (metering_point_id, id, meter_id, kind, requested_by, created_at, not_before, expires_at, signature)
        values (${point.id}, gen_random_uuid(), ${rows[0]?.id}, 'disconnect', 'user:o', now(), now(), now() + interval '1 day', '\\x00')`.execute(
      trx,
    ),
  )
  await until(async () => {
    const found = await asSystem(world.db, (trx) =>
      sql<{
        error_code: string
      }>`select error_code from contor.relay_command where metering_point_id = ${point.id} and state = 'failed'`.execute(
        trx,
      ),
    )
    return found.rows[0]?.error_code === 'not-authentic'
  }, 'the forged command refused')
  assert.equal(world.meter(point).state.relay.output, true)
  const alarms = await asSystem(world.db, (trx) =>
    sql`select 1 from contor.guard_event where kind = 'alarm'`.execute(trx),
  )
  assert.equal(alarms.rows.length, 1)
})

test('the stop holds what already waits; two persons open it again', async () => {
  const point = withPoint(5)
  await asSystem(world.db, (trx) =>
    sql`insert into contor.guard_event (at, kind, actor, reason) values (clock_timestamp(), 'stop', 'user:o', 'exercițiu')`.execute(
      trx,
    ),
  )
  const order = await ask(operator, { type: 'DECO_C', meteringPoint: point.pod })
  await world.reach(order, 'remote')
  await until(
    async () => (await world.show(order)).commands[0]?.held?.includes('stopped') === true,
    'held by the stop',
  )
  assert.equal(world.meter(point).state.relay.output, true)
  // A forged opening opens nothing.
  await asSystem(world.db, (trx) =>
    sql`insert into contor.guard_event (at, kind, actor, approved_by, reason, signature) values (clock_timestamp(), 'resume', 'user:o', 'user:p', 'gata', '\\x00')`.execute(
      trx,
    ),
  )
  await asSystem(world.db, (trx) =>
    sql`update contor.relay_command set next_at = now() where order_id = ${order.id}`.execute(trx),
  )
  const held = () =>
    world
      .show(order)
      .then(({ commands }) => commands[0]?.steps.filter(({ step }) => step === 'held').length ?? 0)
  await until(async () => (await held()) === 2, 'held a second time')
  // It asks less and less often by itself, and at once when the guard is opened.
  const { rows } = await asSystem(world.db, (trx) =>
    sql<{ s: number }>`
      select extract(epoch from next_at - now())::float8 as s from contor.relay_command where order_id = ${order.id}`.execute(
      trx,
    ),
  )
  assert.ok((rows[0]?.s ?? 0) > 130 && (rows[0]?.s ?? 0) <= 300, `${rows[0]?.s}`)
  assert.equal(world.meter(point).state.relay.output, true)
  await asSystem(world.db, (trx) =>
    loosen(trx, world.signer, 'resume', operator, { approvedBy: second.subject, reason: 'gata' }),
  )
  await world.reach(order, 'closed')
  assert.equal(world.meter(point).state.relay.output, false)
})

test('technical failure: after bounded attempts the crew has it, with what was tried', async () => {
  const point = withPoint(6)
  await asSystem(world.db, (trx) =>
    sql`update contor.meter set port = 1 where metering_point_id = ${point.id}`.execute(trx),
  )
  const order = await ask(operator, { type: 'DECO_C', meteringPoint: point.pod })
  await world.reach(order, 'remote')
  await until(
    async () => {
      await asSystem(world.db, (trx) =>
        sql`update contor.relay_command set next_at = now() where order_id = ${order.id} and state = 'queued'`.execute(
          trx,
        ),
      )
      await advanceOrders(world.engine)
      return (await world.show(order)).order.state === 'field'
    },
    'handed to the crew',
    90,
  )
  const detail = await world.show(order)
  assert.equal(detail.commands[0]?.errorCode, 'unreachable')
  assert.equal(detail.commands[0]?.steps.filter(({ step }) => step === 'no-contact').length, 6)
})
