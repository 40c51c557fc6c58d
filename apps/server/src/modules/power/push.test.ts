// A trip that the meter tells by itself, and what strangers send to the same port.

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { asSystem, type Trx } from '../../platform/index.ts'
import { createWorld, until, type World, type WorldPoint } from '../orders/testing/world.ts'
import { advancePower } from './engine.ts'
import { listCases } from './view.ts'

const port = 9_000 + (process.pid % 900)
let world: World
before(async () => {
  world = await createWorld(2, { push: { port, host: '127.0.0.1', destination: `127.0.0.1:${port}` } })
})
after(() => world.close())

const system = <T>(fn: (trx: Trx) => Promise<T>) => asSystem(world.db, fn)
const counted = async () => {
  const { rows } = await system((trx) =>
    sql<{ outcome: string; count: number }>`
      select outcome, sum(count)::int as count from contor.push_count group by 1`.execute(trx),
  )
  return Object.fromEntries(rows.map(({ outcome, count }) => [outcome, count]))
}
const send = (bytes: Uint8Array) =>
  new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes))
    socket.on('error', reject)
    socket.on('close', () => resolve())
    socket.resume()
  })

test('a trip is told by the meter itself, and the case is there before anybody reads it', async () => {
  const [point, other] = world.metered as [WorldPoint, WorldPoint]
  await until(async () => {
    const { rows } = await system((trx) =>
      sql`select 1 from contor.meter_push p join contor.meter_task t on t.meter_id = p.meter_id where t.leased_by is null`.execute(
        trx,
      ),
    )
    return rows.length === 2
  }, 'every meter aimed, no session under way')
  const meter = world.meter(point)
  assert.equal(meter.state.pushTo, `127.0.0.1:${port}`)
  const limit = meter.state.limiterW
  meter.household.resident.load(limit + 700, Date.now() - 61_000)
  meter.household.tick(Date.now())
  let cases: Awaited<ReturnType<typeof listCases>> = []
  await until(async () => {
    await advancePower(world.engine)
    cases = await system((trx) => listCases(trx, { meteringPointId: point.id }, 9))
    return cases.length > 0
  }, 'the trip told')
  assert.deepEqual([cases[0]?.kind, cases[0]?.state, cases[0]?.loadW], ['over-power', 'open', limit + 700])
  const { rows } = await system((trx) =>
    sql<{ code: number; purpose: string; frames: Buffer }>`
      select e.code, x.purpose, x.frames from contor.meter_event e join contor.exchange x on x.id = e.exchange_id
       where e.metering_point_id = ${point.id} and e.log = 'relay' and e.code in (64, 65) order by e.code`.execute(
      trx,
    ),
  )
  assert.deepEqual(
    rows.map(({ code, purpose }) => [code, purpose]),
    [
      [64, 'push'],
      [65, 'push'],
    ],
  )

  // What was heard on the wire is sent again, altered, and by nobody; one more hangs up in the middle.
  const packed = rows[1]?.frames ?? Buffer.alloc(0)
  const message = Uint8Array.from(packed.subarray(packed.indexOf(Buffer.of(0, 1, 0, 1))))
  const altered = Uint8Array.from(message)
  altered[altered.length - 13] = (altered[altered.length - 13] ?? 0) ^ 1
  const stranger = Uint8Array.from(message)
  stranger[17] = (stranger[17] ?? 0) ^ 1
  await send(message)
  await send(altered)
  await send(stranger)
  await send(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
  await send(message.subarray(0, 20))
  await until(
    async () => ((await counted())['malformed'] ?? 0) >= 2 && (await counted())['accepted'] === 2,
    'counted',
    20,
  )
  assert.deepEqual(await counted(), {
    accepted: 2,
    replayed: 1,
    forged: 1,
    'unknown-sender': 1,
    malformed: 2,
  })
  const { rows: events } = await system((trx) =>
    sql`select 1 from contor.meter_event where metering_point_id = ${other.id} and code in (64, 65)`.execute(
      trx,
    ),
  )
  assert.equal(events.length, 0)
})
