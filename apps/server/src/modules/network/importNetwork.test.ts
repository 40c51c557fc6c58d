import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { asSystem, createKeyRing } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { testInstallation } from '../../platform/testing/installation.ts'
import { getMeterKeys, importNetwork, listMeteringPoints } from './index.ts'

const ring = createKeyRing(Buffer.alloc(32, 3))
let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

async function dump(): Promise<Record<string, unknown[]>> {
  const client = new pg.Client({ connectionString: database.ownerUrl })
  await client.connect()
  try {
    const { rows } = await client.query(
      "select relname from pg_class where relnamespace = 'contor'::regnamespace and relkind = 'r' order by 1",
    )
    const all: Record<string, unknown[]> = {}
    for (const { relname } of rows)
      all[relname] = (await client.query(`select to_jsonb(t) as row from contor.${relname} t`)).rows
    return all
  } finally {
    await client.end()
  }
}

test('importing twice adds nothing and touches nothing that meters told', async () => {
  await asSystem(database.db, (trx) => importNetwork(trx, ring, testInstallation))
  await asSystem(database.db, (trx) => trx.updateTable('invocation_counter').set({ next: 900 }).execute())
  await asSystem(database.db, (trx) => trx.updateTable('meter').set({ state: 'commissioned' }).execute())
  const before = await dump()
  const result = await asSystem(database.db, (trx) => importNetwork(trx, ring, testInstallation))
  assert.equal(result.points, 3)
  assert.equal(result.meters, 2)
  const after = await dump()
  for (const [table, rows] of Object.entries(before))
    assert.deepEqual(
      new Set(after[table]!.map((row) => JSON.stringify(row))),
      new Set(rows.map((row) => JSON.stringify(row))),
      table,
    )
})

test('keys come back as they went in, and stand nowhere in the database in clear', async () => {
  const meter = testInstallation.points[0]!.meter!
  const keys = await asSystem(database.db, async (trx) => {
    const found = await trx
      .selectFrom('meter_serial')
      .selectAll()
      .where('serial', '=', meter.serial)
      .executeTakeFirstOrThrow()
    return getMeterKeys(trx, ring, { meteringPointId: found.metering_point_id, meterId: found.meter_id })
  })
  const { encryption, authentication, password } = meter.keys
  assert.deepEqual(keys, { pair: { encryption, authentication, version: 1 }, ...(password && { password }) })
  const everything = JSON.stringify(await dump()).toLowerCase()
  assert.ok(everything.includes(meter.serial.toLowerCase()))
  for (const secret of Object.values(meter.keys)) {
    const bytes = Buffer.from(secret!)
    for (const form of ['hex', 'base64', 'latin1'] as const)
      assert.ok(!everything.includes(bytes.toString(form).toLowerCase()), form)
  }
})

test('a search finds by POD, serial, name and address, without regard to case and diacritics', async () => {
  const find = async (query: string) =>
    (await asSystem(database.db, (trx) => listMeteringPoints(trx, { query, limit: 50 }))).items.map((item) =>
      item.pod.at(-1),
    )
  assert.deepEqual(await find('brutaria tara'), ['1'])
  assert.deepEqual(await find('BRUTĂRIA'), ['1'])
  assert.deepEqual(await find('stefan'), ['1'])
  assert.deepEqual(await find('ştefan'), ['1']) // with the cedilla that old keyboards write
  assert.deepEqual(await find('ctr24002'), ['2'])
  assert.deepEqual(await find('RO001E000000003'), ['3'])
  assert.deepEqual(await find('morii valea'), ['2', '3'])
  assert.deepEqual(await find('%'), [])
  assert.deepEqual(await find("'; drop table contor.meter; --"), [])
})

test('pages follow each other without a gap or a repetition', async () => {
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await asSystem(database.db, (trx) => listMeteringPoints(trx, { limit: 1, cursor }))
    seen.push(...page.items.map((item) => item.pod))
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  assert.deepEqual(seen, testInstallation.points.map((point) => point.pod).sort())
})

test('a serial that stands at one point is refused at another', async () => {
  const [first, second] = testInstallation.points
  const list = { ...testInstallation, points: [{ ...second!, meter: first!.meter! }] }
  await assert.rejects(
    asSystem(database.db, (trx) => importNetwork(trx, ring, list)),
    { code: 'conflict', field: 'serial', value: first!.meter!.serial },
  )
})

test('a meter on a line that is not listed is refused by name', async () => {
  const point = testInstallation.points[0]!
  const list = { ...testInstallation, points: [{ ...point, meter: { ...point.meter!, line: 'L9' } }] }
  await assert.rejects(
    asSystem(database.db, (trx) => importNetwork(trx, ring, list)),
    { code: 'invalid-request', field: 'line', value: 'L9' },
  )
})
