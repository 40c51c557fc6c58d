// A flood of commands beside readings that are due, with a real collector and meters on sockets: both go on, and an
// urgent command does not queue behind the flood.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  buildNeighbourhood,
  freePorts,
  type RunningNeighbourhood,
  startNeighbourhood,
} from '@contor/simulator'
import { sql } from 'kysely'
import { asSystem, createKeyRing, createLog } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { generateSigner, requestCommand } from '../commands/index.ts'
import { importNetwork, type MeterRef } from '../network/index.ts'
import { startCollector } from './collector.ts'

const signer = generateSigner()
let database: TestDatabase
let running: RunningNeighbourhood
let collector: { stop(): Promise<void> }
let meters: MeterRef[]

const query = async <T>(text: ReturnType<typeof sql<T>>): Promise<T[]> =>
  (await asSystem(database.db, (trx) => text.execute(trx))).rows

async function until(what: string, done: () => Promise<boolean>): Promise<void> {
  for (let i = 0; !(await done()); i++) {
    assert.ok(i < 1_800, `never came: ${what}`)
    await sleep(100)
  }
}

before(async () => {
  database = await createTestDatabase()
  const keys = createKeyRing(randomBytes(32))
  const whole = buildNeighbourhood({ meters: 60, seed: 5, basePort: await freePorts(61) })
  const points = whole.points
    .filter((p) => p.kind === 'household' && p.meter && !p.meter.fault && p.meter.line.startsWith('PLC'))
    .slice(0, 12)
  const neighbourhood = { ...whole, points }
  running = await startNeighbourhood(neighbourhood)
  await asSystem(database.db, (trx) => importNetwork(trx, keys, neighbourhood))
  collector = await startCollector({
    db: database.db,
    keys,
    log: createLog('test'),
    verifier: signer.verifier,
    bounds: { total: 4, reserved: 1, readingShare: 0.3 },
  })
  await until('every meter commissioned', async () => {
    const left = await query(sql`select 1 from contor.meter where state <> 'commissioned'`)
    return left.length === 0
  })
  meters = await query(sql<MeterRef>`
    select metering_point_id as "meteringPointId", id as "meterId" from contor.meter order by id`)
})
after(async () => {
  await collector?.stop()
  await running?.close()
  await database?.drop()
})

const ask = (meter: MeterRef, urgent: boolean) =>
  asSystem(database.db, (trx) =>
    requestCommand(trx, signer, {
      ...meter,
      kind: 'read-state',
      parameters: {},
      orderId: null,
      requestedBy: 'user:o',
      approvedBy: null,
      supplier: null,
      urgent,
    }),
  )

const counts = async () => {
  const [row] = await query(sql<{ done: number; read: number }>`
    select (select count(*)::int from contor.relay_command where state = 'done' and not urgent) as done,
           (select count(*)::int from contor.session s where purpose = 'collect' and outcome = 'ok'
               and started_at > (select min(created_at) from contor.relay_command)) as read`)
  return row ?? { done: 0, read: 0 }
}

test('commands without end and readings always due: both go on, and an urgent command goes before the flood', async () => {
  const aim = 60
  // How many commands pass before the first reading is done is the machine's business; that one is done is not.
  const enough = 10 * aim
  let askedUrgent: { readonly id: string; readonly doneBefore: number } | undefined
  let looks = 0
  let held = 0
  for (
    let now = { done: 0, read: 0 };
    now.done < aim || (now.read === 0 && now.done < enough);
    now = await counts()
  ) {
    // Every meter has a command that waits, and every meter is due: more of both than there are places.
    const idle = await query(sql<MeterRef>`
      select m.metering_point_id as "meteringPointId", m.id as "meterId" from contor.meter m
       where not exists (select 1 from contor.relay_command c where c.metering_point_id = m.metering_point_id and c.state = 'queued')`)
    for (const meter of idle) await ask(meter, false)
    await query(sql`update contor.meter_task set next_at = now() where next_at > now()`)
    const urgent = meters[meters.length - 1]
    if (askedUrgent === undefined && now.done >= aim / 3 && urgent)
      askedUrgent = { id: (await ask(urgent, true)).id, doneBefore: now.done }
    const leased = await query(sql`
      select 1 from contor.meter_task where leased_for = 'reading' and leased_by is not null and leased_until > now()`)
    looks++
    if (leased.length > 0) held++
    await sleep(50)
  }
  // A reading takes as long as it takes; what it keeps is a place.
  const { done, read } = await counts()
  assert.ok(read > 0, `no reading beside ${done} commands`)
  assert.ok(held >= looks / 3, `reading held a place at ${held} of ${looks} looks`)
  assert.ok(askedUrgent)
  const [{ before: doneBeforeIt } = { before: aim }] = await query(sql<{ before: number }>`
    select count(*)::int as before from contor.relay_command c join contor.relay_command u on u.id = ${askedUrgent.id}
     where not c.urgent and c.state = 'done' and c.finished_at < u.finished_at`)
  assert.ok(
    doneBeforeIt - askedUrgent.doneBefore < meters.length,
    `${doneBeforeIt - askedUrgent.doneBefore} commands that could wait went before the urgent one`,
  )
  const twice = await query(sql`
    select 1 from contor.command_step where step = 'ended' group by metering_point_id, command_id having count(*) > 1`)
  assert.equal(twice.length, 0)
})
