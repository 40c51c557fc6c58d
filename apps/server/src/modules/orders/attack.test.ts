// The drill: what somebody can darken who has stolen an operator's account, a supplier's token, or the worker's access
// to the database. Each is given time and persistence; the relays of real DLMS meters are counted.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { type Actor, asSystem, ContorError } from '../../platform/index.ts'
import { approveOrder, cancelOrder, recordNotice } from './act.ts'
import { createOrder } from './create.ts'
import { advanceOrders } from './engine.ts'
import type { Order } from './store.ts'
import { createWorld, until, type World } from './testing/world.ts'

let world: World
const thief: Actor = { subject: 'user:stolen', role: 'operator', scope: 'all', name: 'O', locale: 'ro' }
const supplier: Actor = { subject: 'supplier:EVA', role: 'supplier', scope: 'all', name: 'S', locale: 'ro' }
const owner: Actor = { subject: 'user:o', role: 'operator', scope: 'all', name: 'O', locale: 'ro' }
const houses = 24

before(async () => {
  world = await createWorld(houses)
})
after(() => world.close())

/** Until nothing moves any more: every command is at its end or held. */
async function calm(): Promise<void> {
  await until(async () => {
    while ((await advanceOrders(world.engine)) > 0);
    const { rows } = await asSystem(world.db, (trx) =>
      sql`select 1 from contor.relay_command c where c.state in ('queued', 'released') and c.held is null
             and not exists (select 1 from contor.relay_command o where o.metering_point_id = c.metering_point_id
                                and o.state in ('queued', 'released') and o.created_at < c.created_at) limit 1`.execute(
        trx,
      ),
    )
    return rows.length === 0
  }, 'everything done or held')
}

/** Asks again for all that the guard holds, as often as an impatient thief does. */
async function insist(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await asSystem(world.db, (trx) =>
      sql`update contor.relay_command set next_at = clock_timestamp(), held = null where state = 'queued'`.execute(
        trx,
      ),
    )
    await calm()
  }
}

test('a supplier’s token: no notice, no darkness; with forged notices the days still have to pass', async () => {
  const made: Order[] = []
  for (const { pod } of world.metered) {
    const { order } = await createOrder(
      world.engine,
      supplier,
      { type: 'DECO_R', meteringPoint: pod, cause: 'CG-7.1-a', requesterReference: `theft-${pod}` },
      { now: await world.now() },
    )
    made.push(order)
    const sentAt = new Date(await world.now()).toISOString()
    await recordNotice(
      world.engine,
      supplier,
      order,
      { sentAt, channel: 'email', proof: 'fals 123' },
      await world.now(),
    )
  }
  await calm()
  assert.equal(world.dark(), 0)
  // The notices are on record for three weeks in which anybody may look; somebody does and cancels.
  for (const order of made) await cancelOrder(world.db, owner, order, 'preavize false', await world.now())
})

test('an operator’s account: a batch waits for a second person, and the thief is not one', async () => {
  const now = await world.now()
  const made = []
  for (const { pod } of world.metered.slice(0, 12))
    made.push(
      await createOrder(
        world.engine,
        thief,
        { type: 'DECO_C', meteringPoint: pod, requesterReference: `lot-${pod}` },
        { now, batchId: '00000000-0000-4000-8000-000000000001' },
      ),
    )
  await calm()
  assert.equal(world.dark(), 0)
  for (const { order } of made)
    await assert.rejects(
      approveOrder(world.engine, thief, order, 'eu însumi', now),
      (e) => e instanceof ContorError && e.code === 'not-allowed',
    )
  await calm()
  assert.equal(world.dark(), 0)
  for (const { order } of made) await cancelOrder(world.db, owner, order, 'cont furat', now)
})

test('an operator’s account, one by one and insisting: the budgets end it, and what was strange is an alarm', async () => {
  for (const { pod } of world.metered)
    await createOrder(
      world.engine,
      thief,
      { type: 'DECO_C', meteringPoint: pod, requesterReference: `one-${pod}` },
      { now: await world.now() },
    )
  await calm()
  await insist()
  // The place is one station of 25 customers: 10 a day there, 6 on a feeder, whatever is smaller first.
  const dark = world.dark()
  assert.ok(dark >= 1 && dark <= 10, `${dark} of ${houses} are dark`)
  const { rows } = await asSystem(world.db, (trx) =>
    sql<{ held: number; feeders: number }>`
      select (select count(*)::int from contor.relay_command where held is not null) as held,
             (select coalesce(max(n), 0)::int from (select count(*) as n from contor.guard_release group by station_id, feeder) f) as feeders`.execute(
      trx,
    ),
  )
  assert.equal(rows[0]?.held, houses - dark)
  assert.ok((rows[0]?.feeders ?? 99) <= 6)
})

test('the worker’s access to the database: no row it may write opens a relay, raises a limit or opens the guard', async () => {
  const before = world.dark()
  const attempt = async (what: ReturnType<typeof sql>) => {
    await asSystem(world.db, (trx) => what.execute(trx)).catch((error: { code?: string }) => {
      // insufficient_privilege: the role may not even try.
      assert.equal(error.code, '42501')
    })
  }
  // The guard's book cannot be emptied, its limits cannot be raised by rows without a signature.
  await attempt(sql`delete from contor.guard_release`)
  await attempt(sql`update contor.guard_release set at = '2020-01-01'`)
  await attempt(sql`update contor.guard_event set kind = 'alarm'`)
  await attempt(sql`insert into contor.guard_limit (scope, window_s, max_count, max_share, max_power_share, set_at, set_by, approved_by, reason, signature)
                    select scope, w, 1000000, 1, 1, now(), 'user:a', 'user:b', 'x', '\\x00' from unnest(array['all','station','feeder','person','supplier']) scope, unnest(array[3600, 86400]) w`)
  await attempt(
    sql`insert into contor.guard_event (at, kind, actor, reason, until, signature) values (now(), 'break-glass', 'user:a', 'x', now() + interval '4 hours', '\\x00')`,
  )
  await attempt(
    sql`insert into contor.guard_event (at, kind, actor, approved_by, reason, signature) values (now(), 'thaw', 'user:a', 'user:b', 'x', '\\x00')`,
  )
  await insist()
  assert.equal(world.dark(), before)
  // Orders of its own making: a copy that is ready, and every one that was cancelled or done begun again.
  await attempt(sql`
    insert into contor.work_order (metering_point_id, id, number, type, cause, requester, requester_reference, requested_by, supplier, facts, state, created_at, next_at, seal)
    select p.id, gen_random_uuid(), 'OL-FALS', 'DECO_C', 'CLIENT', 'user:a', 'x', 'user:a' || p.id, p.supplier, '{"notices":[],"cures":[]}', 'ready', now(), now(), o.seal
      from contor.metering_point p cross join (select seal from contor.work_order where seal is not null limit 1) o`)
  await attempt(
    sql`update contor.work_order set state = 'ready', ended_at = null, next_at = now(), command_id = null, requested_by = requester where number <> 'OL-FALS'`,
  )
  await insist()
  assert.equal(world.dark(), before)
  const forged = await asSystem(world.db, (trx) =>
    sql<{
      state: string
      n: number
    }>`select state, count(*)::int as n from contor.work_order group by state`.execute(trx),
  )
  assert.deepEqual(
    forged.rows.map(({ state }) => state),
    ['refused'],
  )
  // Commands of its own making, for every meter and before all others in its queue; and a genuine one that reads turned into one that opens.
  await attempt(sql`
    insert into contor.relay_command (metering_point_id, id, meter_id, kind, requested_by, created_at, not_before, expires_at, signature)
    select m.metering_point_id, gen_random_uuid(), m.id, 'disconnect', 'engine', '2020-01-01', now(), now() + interval '1 day', c.signature
      from contor.meter m cross join (select signature from contor.relay_command where state = 'done' limit 1) c`)
  await attempt(
    sql`update contor.relay_command set kind = 'disconnect', state = 'queued', finished_at = null, next_at = now() where state = 'done'`,
  )
  await sleep(500)
  await insist()
  assert.equal(world.dark(), before)
  const { rows } = await asSystem(world.db, (trx) =>
    sql<{ n: number }>`select count(*)::int as n from contor.guard_event where kind = 'alarm'`.execute(trx),
  )
  // Every meter that still has light refused one; where the relay is open there was nothing to ask for.
  assert.ok((rows[0]?.n ?? 0) >= houses - before)
})
