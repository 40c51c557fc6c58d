// Limiters and trips against real meters of the virtual neighbourhood, over sockets, with collector and engine.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { type Actor, asSystem, type Trx, withActor } from '../../platform/index.ts'
import { generateSigner, requestCommand, tighten } from '../commands/index.ts'
import { createWorld, until, type World, type WorldPoint } from '../orders/testing/world.ts'
import { listApproved, recordApproved } from './approved.ts'
import { advancePower } from './engine.ts'
import { listCases, loadCase } from './view.ts'

let world: World
before(async () => {
  world = await createWorld(5)
})
after(() => world.close())

const operator: Actor = { subject: 'user:7', role: 'operator', scope: 'all', name: 'Op', locale: 'ro' }
const system = <T>(fn: (trx: Trx) => Promise<T>) => asSystem(world.db, fn)
const context = () => world.engine
const casesOf = (point: WorldPoint) => system((trx) => listCases(trx, { meteringPointId: point.id }, 50))
const approvedW = async ({ id }: WorldPoint) => {
  const { rows } = await system((trx) =>
    sql<{ w: number }>`select approved_power_w as w from contor.metering_point where id = ${id}`.execute(trx),
  )
  return rows[0]?.w ?? 0
}
const settled = (done: () => Promise<boolean>, what: string) =>
  until(async () => {
    await advancePower(context())
    return done()
  }, what)
/** A session sooner than planned, once the one under way has ended. */
const readSoon = ({ id }: WorldPoint) =>
  until(async () => {
    const { numAffectedRows } = await system((trx) =>
      sql`update contor.meter_task set next_at = now() where metering_point_id = ${id} and leased_by is null`.execute(
        trx,
      ),
    )
    return numAffectedRows === 1n
  }, 'no session under way')
const messagesOf = async ({ id }: WorldPoint) => {
  const { rows } = await system((trx) =>
    sql<{ recipient: string; kind: string; body: Record<string, unknown> }>`
      select recipient, kind, body from contor.message where metering_point_id = ${id} order by created_at`.execute(
      trx,
    ),
  )
  return rows
}

test('a change of the permit is sealed, reaches the register and the meter, and is read back', async () => {
  const [point] = world.metered as [WorldPoint]
  const before = await approvedW(point)
  const watts = before + 2_000
  // As it left the factory: too patient.
  world.meter(point).state.limiterOverS = 300
  await withActor(world.db, operator, (trx) =>
    recordApproved(trx, world.signer, operator, point.pod, {
      watts,
      atr: 'ATR 118/2026',
      validFrom: civilDayOf(Date.now()),
      reason: 'more power',
    }),
  )
  assert.equal(await approvedW(point), watts)
  await settled(
    async () => (await casesOf(point)).some((c) => c.kind === 'threshold' && c.state === 'closed'),
    'the meter programmed',
  )
  const meter = world.meter(point)
  assert.deepEqual([meter.state.limiterW, meter.state.limiterOverS], [watts, 60])
  const [found] = await casesOf(point)
  assert.deepEqual([found?.closedBy, found?.approvedW, found?.thresholdW], ['programmed', watts, before])
  const detail = await system((trx) => loadCase(trx, found?.id ?? ''))
  assert.deepEqual(
    detail?.timeline.map(({ event }) => event),
    ['opened', 'programming', 'closed'],
  )
  assert.equal(detail?.timeline[0]?.evidence['why'], 'atr')
  assert.match(detail?.timeline[2]?.trace ?? '', /^\d+\.0$/)
  const history = await system((trx) => listApproved(trx, point.id))
  assert.deepEqual(
    history.map(({ watts: w, atr, actor }) => [w, atr, actor]),
    [
      [watts, 'ATR 118/2026', 'user:7'],
      [before, null, 'system'],
    ],
  )
})

test('a threshold that somebody changed at the meter is found and put right', async () => {
  const point = world.metered[1] as WorldPoint
  const right = await approvedW(point)
  world.meter(point).state.limiterW = right + 9_000
  await readSoon(point)
  await settled(
    async () => (await casesOf(point)).some((c) => c.kind === 'threshold' && c.state === 'closed'),
    'the drift put right',
  )
  assert.equal(world.meter(point).state.limiterW, right)
  const [found] = await casesOf(point)
  const detail = await system((trx) => loadCase(trx, found?.id ?? ''))
  assert.equal(detail?.timeline[0]?.evidence['why'], 'drift')
})

test('over-power: the relay opens, the customer is told, his hand closes it, and nobody else does', async () => {
  const point = world.metered[2] as WorldPoint
  const meter = world.meter(point)
  const limit = await approvedW(point)
  const at = Date.now()
  meter.household.resident.load(limit + 1_500, at - 61_000)
  meter.household.tick(at)
  assert.equal(meter.state.relay.output, false)
  await readSoon(point)
  await settled(async () => (await casesOf(point)).length > 0, 'the trip seen')
  const [open] = await casesOf(point)
  assert.deepEqual(
    [open?.kind, open?.state, open?.loadW, open?.loadSource, open?.thresholdW],
    ['over-power', 'open', limit + 1_500, 'meter', limit],
  )
  const [told] = await messagesOf(point)
  assert.deepEqual([told?.kind, told?.body['readingMode']], ['over-power', 'smart'])
  assert.match(told?.recipient ?? '', /^customer:\d+$/)
  // He unloads and holds the button.
  meter.household.resident.load(undefined)
  assert.equal(meter.household.resident.pressButton(10).relay, 'closed')
  await system((trx) => sql`update contor.power_case set next_at = now() where id = ${open?.id}`.execute(trx))
  await settled(async () => (await casesOf(point))[0]?.state === 'closed', 'the case closed')
  assert.equal((await casesOf(point))[0]?.closedBy, 'customer')
  assert.deepEqual(
    (await messagesOf(point)).map(({ kind }) => kind),
    ['over-power', 'over-power-ended'],
  )
  assert.deepEqual([meter.state.relay.opened, meter.state.relay.closed], [1, 1])
  const { rows } = await system((trx) =>
    sql<{ kind: string }>`
      select distinct kind from contor.relay_command where metering_point_id = ${point.id}`.execute(trx),
  )
  assert.deepEqual(rows, [{ kind: 'read-state' }])
})

test('a figure written straight into the register programs nothing and waits for a person', async () => {
  const point = world.metered[3] as WorldPoint
  const right = await approvedW(point)
  await system(async (trx) => {
    await sql`update contor.metering_point set approved_power_w = 1 where id = ${point.id}`.execute(trx)
    await sql`update contor.limiter_watch set look = true where metering_point_id = ${point.id}`.execute(trx)
  })
  await settled(async () => (await casesOf(point)).length > 0, 'a case')
  const [found] = await casesOf(point)
  assert.deepEqual([found?.kind, found?.state, found?.approvedW], ['register', 'operator', right])
  assert.equal(world.meter(point).state.limiterW, right)
  // A forged row of the history is no permit either.
  await system((trx) =>
    sql`insert into contor.approved_power (metering_point_id, valid_from, revision, watts, atr, reason, actor, recorded_at, seal)
        values (${point.id}, '2001-01-01', 1, 1, 'forged', 'forged', 'user:7', now(), ${Buffer.alloc(64)})`.execute(
      trx,
    ),
  )
  await advancePower(context())
  await advancePower(context())
  assert.equal((await casesOf(point)).length, 1)
  const { rows } = await system((trx) =>
    sql`select 1 from contor.relay_command where metering_point_id = ${point.id} and kind = 'set-limiter'`.execute(
      trx,
    ),
  )
  assert.equal(rows.length, 0)
})

test('a command of 1 W that a stranger signed is not executed', async () => {
  const point = world.metered[4] as WorldPoint
  const right = await approvedW(point)
  const meterId = await system(async (trx) => {
    const { rows } = await sql<{
      id: string
    }>`select id from contor.meter where metering_point_id = ${point.id}`.execute(trx)
    return rows[0]?.id ?? ''
  })
  const { id } = await system((trx) =>
    requestCommand(trx, generateSigner(), {
      meteringPointId: point.id,
      meterId,
      kind: 'set-limiter',
      parameters: { thresholdW: 1 },
      orderId: null,
      requestedBy: 'user:7',
      approvedBy: null,
      supplier: null,
      urgent: true,
    }),
  )
  let end: { state: string; code: string | null } | undefined
  await until(async () => {
    const { rows } = await system((trx) =>
      sql<{
        state: string
        code: string | null
      }>`select state, error_code as code from contor.relay_command where id = ${id}`.execute(trx),
    )
    end = rows[0]
    return end?.state === 'failed'
  }, 'the command refused')
  assert.equal(end?.code, 'not-authentic')
  assert.equal(world.meter(point).state.limiterW, right)
})

test('a smaller power is programmed through the guard, a larger one past it; a stop holds the smaller', async () => {
  const point = world.metered[0] as WorldPoint
  const before = await approvedW(point)
  const approve = (watts: number) =>
    withActor(world.db, operator, (trx) =>
      recordApproved(trx, world.signer, operator, point.pod, {
        watts,
        atr: `ATR ${watts}`,
        validFrom: civilDayOf(Date.now()),
        reason: 'another permit',
      }),
    )
  const programmed = async (watts: number) =>
    settled(async () => world.meter(point).state.limiterW === watts, `${watts} W programmed`)
  const counted = async () => {
    const { rows } = await system((trx) =>
      sql<{ count: number }>`
        select count(*)::int as count from contor.guard_release g join contor.relay_command c on c.id = g.command_id
         where c.metering_point_id = ${point.id}`.execute(trx),
    )
    return rows[0]?.count
  }
  assert.equal(await counted(), 0)
  await approve(before - 1_000)
  await programmed(before - 1_000)
  assert.equal(await counted(), 1)
  // Back up: nobody loses anything by it.
  await approve(before)
  await programmed(before)
  assert.equal(await counted(), 1)
  await system((trx) => tighten(trx, 'stop', 'user:9', 'a drill'))
  await approve(before - 1_500)
  let held: string | null | undefined
  await settled(async () => {
    const { rows } = await system((trx) =>
      sql<{ held: string | null }>`
        select held from contor.relay_command where metering_point_id = ${point.id} and state = 'queued'`.execute(
        trx,
      ),
    )
    held = rows[0]?.held
    return typeof held === 'string'
  }, 'the command held')
  assert.match(held ?? '', /stopped by user:9/)
  assert.equal(world.meter(point).state.limiterW, before)
})

test('a meter that loses its threshold again and again is a person’s, who may have it tried once more', async () => {
  const point = world.metered[1] as WorldPoint
  const right = await approvedW(point)
  const openCase = async () =>
    (await casesOf(point)).find((c) => c.kind === 'threshold' && c.state !== 'closed')
  for (let n = 0; (await openCase())?.state !== 'operator'; n++) {
    assert.ok(n < 5, 'programmed without end')
    world.meter(point).state.limiterW = right + 100 * (n + 1)
    await readSoon(point)
    await settled(
      async () => world.meter(point).state.limiterW === right || (await openCase())?.state === 'operator',
      'programmed or given up',
    )
    await advancePower(context())
  }
  assert.ok(
    (await messagesOf(point)).some((m) => m.kind === 'limiter-not-kept' && m.recipient === 'operator'),
  )
})

test('three trips in a month are a case of their own: the customer needs another permit', async () => {
  const point = world.metered[2] as WorldPoint
  const meter = world.meter(point)
  const limit = await approvedW(point)
  for (let trip = 2; trip <= 3; trip++) {
    assert.ok(!(await casesOf(point)).some(({ kind }) => kind === 'repeated'))
    const at = Date.now()
    meter.household.resident.load(limit + 500 * trip, at - 61_000)
    meter.household.tick(at)
    await readSoon(point)
    const open = async () => (await casesOf(point)).find((c) => c.kind === 'over-power' && c.state === 'open')
    await settled(async () => (await open()) !== undefined, `trip ${trip} seen`)
    // By the breaker: the meter feels it and closes the relay.
    meter.household.resident.load(undefined)
    meter.household.resident.openBreaker()
    meter.household.resident.closeBreaker()
    await system((trx) =>
      sql`update contor.power_case set next_at = now() where metering_point_id = ${point.id} and state = 'open'`.execute(
        trx,
      ),
    )
    await settled(async () => (await open()) === undefined, `trip ${trip} over`)
    // Entries of one trip stand apart from those of the next.
    await sleep(2_100)
  }
  const repeated = (await casesOf(point)).find(({ kind }) => kind === 'repeated')
  assert.deepEqual([repeated?.state, repeated?.loadW], ['operator', limit + 1_500])
  const kinds = (await messagesOf(point)).map(({ kind }) => kind)
  assert.deepEqual(
    kinds.filter((kind) => kind === 'over-power' || kind === 'over-power-repeated'),
    ['over-power', 'over-power', 'over-power', 'over-power-repeated'],
  )
})
