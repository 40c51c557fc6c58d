// Which meter a command leaves for next: those in the dark first, and nobody hidden behind a line that is full.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { buildNeighbourhood } from '@contor/simulator'
import { sql } from 'kysely'
import { asSystem, createKeyRing } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { importNetwork, type MeterRef } from '../network/index.ts'
import { findCommanded } from './desk.ts'
import { requestCommand } from './request.ts'
import { generateSigner } from './signing.ts'

let database: TestDatabase
let meters: (MeterRef & { lineId: string })[]
const signer = generateSigner()
before(async () => {
  database = await createTestDatabase()
  const list = buildNeighbourhood({ meters: 60, seed: 5, basePort: 20_000 })
  meters = await asSystem(database.db, async (trx) => {
    await importNetwork(trx, createKeyRing(Buffer.alloc(32, 5)), list)
    const { rows } = await sql<MeterRef & { lineId: string }>`
      select metering_point_id as "meteringPointId", id as "meterId", line_id as "lineId" from contor.meter order by line_id, id`.execute(
      trx,
    )
    return rows
  })
})
after(() => database.drop())

const ask = (meter: MeterRef, urgent: boolean, more: { notBefore?: Date } = {}) =>
  asSystem(database.db, (trx) =>
    requestCommand(trx, signer, {
      meteringPointId: meter.meteringPointId,
      meterId: meter.meterId,
      kind: 'read-state',
      parameters: {},
      orderId: null,
      requestedBy: 'user:o',
      approvedBy: null,
      supplier: null,
      urgent,
      ...more,
    }),
  )
const find = async (
  lines: readonly string[],
  limit: number,
  urgent: boolean,
  except: readonly string[] = [],
) =>
  (await asSystem(database.db, (trx) => findCommanded(trx, { lines, except }, limit, urgent))).map(
    ({ meterId }) => meterId,
  )

test('urgent ones and the others are asked for apart; a full line is left out; a meter keeps its own order', async () => {
  const byLine = Map.groupBy(meters, ({ lineId }) => lineId)
  const [full, free] = [...byLine.values()].filter((group) => group.length >= 4).slice(0, 2)
  assert.ok(full?.[0] && full[1] && full[2] && free?.[0] && free[1] && free[2] && free[3])
  for (const meter of full) await ask(meter, false)
  await ask(free[0], false)
  await ask(free[3], false)
  await ask(free[1], true)
  // An urgent one behind another of its meter that may not leave yet waits for it.
  await ask(free[2], false, { notBefore: new Date(Date.now() + 3_600_000) })
  await ask(free[2], true)
  const lines = [full[0].lineId, free[0].lineId]
  assert.deepEqual(await find(lines, 9, true), [free[1].meterId])
  assert.deepEqual(await find([free[0].lineId], 9, false), [free[0].meterId, free[3].meterId])
  assert.deepEqual(await find([free[0].lineId], 9, false, [free[0].meterId]), [free[3].meterId])
  assert.equal((await find(lines, 99, false)).length, full.length + 2)
  // A meter that is being spoken to is left alone.
  await asSystem(database.db, (trx) =>
    sql`update contor.meter_task set leased_until = now() + interval '1 minute' where meter_id = ${free[0]?.meterId}`.execute(
      trx,
    ),
  )
  assert.deepEqual(await find([free[0].lineId], 9, false), [free[3].meterId])
})
