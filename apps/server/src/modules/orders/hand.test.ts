// The customer's hand is heard when the meter tells of it, not when the order's turn comes.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { type Actor, asSystem } from '../../platform/index.ts'
import { createOrder } from './create.ts'
import { createWorld, until, type World } from './testing/world.ts'

const port = 9_900 + (process.pid % 90)
const operator: Actor = { subject: 'user:o', role: 'operator', scope: 'all', name: 'O', locale: 'ro' }
let world: World
before(async () => {
  world = await createWorld(5, { push: { port, host: '127.0.0.1', destination: `127.0.0.1:${port}` } })
})
after(() => world.close())

const ask = async (type: 'DECO_C' | 'RECO_C', pod: string) =>
  (
    await createOrder(
      world.engine,
      operator,
      { type, meteringPoint: pod, requesterReference: `${type} ${pod}` },
      { now: await world.now() },
    )
  ).order

test('the meter tells that its button was held: the order closes without its calendar moving', async () => {
  const point = world.metered.find((one) => world.meter(one).spec.line.startsWith('PLC'))
  assert.ok(point)
  await until(async () => {
    const { rows } = await asSystem(world.db, (trx) =>
      sql`select 1 from contor.meter_push where metering_point_id = ${point.id} and objects is not null`.execute(
        trx,
      ),
    )
    return rows.length > 0
  }, 'the meter knows where to tell its events')
  await world.reach(await ask('DECO_C', point.pod), 'closed')
  const back = await ask('RECO_C', point.pod)
  await world.reach(back, 'customer')
  await until(async () => {
    await world.reach(back, 'customer')
    return (await world.show(back)).commands.every(({ state }) => state === 'done')
  }, 'the first look answered')
  const looks = (await world.show(back)).timeline.filter(({ event }) => event === 'looked').length
  world.meter(point).household.resident.pressButton(10)
  await world.reach(back, 'closed')
  const { timeline } = await world.show(back)
  assert.ok(timeline.filter(({ event }) => event === 'looked').length <= looks + 2)
  assert.equal(timeline.find(({ event }) => event === 'confirm')?.actor, 'customer')
})
