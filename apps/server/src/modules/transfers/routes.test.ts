import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { emptySeries, slotsInDay } from '@contor/intervals'
import { sql } from 'kysely'
import { createHttp } from '../../platform/http/server.ts'
import { type Actor, type App, asSystem, createLog, systemActor } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { createTestNetwork, type TestNetwork } from '../acquisition/testing/network.ts'
import { registerNetworkRoutes } from '../network/index.ts'
import { storeDays } from '../readings/index.ts'
import { windowOf } from './deliveries/availability.ts'
import { registerFile } from './import/receive.ts'
import { runImport } from './import/run.ts'
import { registerTransfersRoutes } from './index.ts'

let database: TestDatabase
let network: TestNetwork
let dataDir: string
let app: App
const operator: Actor = { ...systemActor, role: 'operator', subject: 'user:1' }
let actor = operator
beforeEach(() => {
  actor = operator
})
before(async () => {
  database = await createTestDatabase()
  network = await createTestNetwork(database.db, 3)
  dataDir = await mkdtemp(join(tmpdir(), 'contor-routes-'))
  app = await createHttp(createLog('test'))
  app.addHook('onRequest', async (request) => {
    request.actor = actor
  })
  const services = { db: database.db, keys: network.keys, log: createLog('test'), demo: false, dataDir }
  registerTransfersRoutes(app, services)
  registerNetworkRoutes(app, services)
  await asSystem(database.db, async (trx) => {
    await sql`update contor.metering_point set supplier = null`.execute(trx)
    await sql`update contor.metering_point set reading_mode = 'smart', supplier = case pod when 'RO000001' then 'Bega' else 'EVA' end
               where pod in ('RO000001', 'RO000002', 'RO000003')`.execute(trx)
  })
})
after(async () => {
  await app.close()
  await database.drop()
  await rm(dataDir, { recursive: true, force: true })
})
const get = async (url: string) => {
  const answer = await app.inject({ url })
  return { status: answer.statusCode, body: answer.json() }
}

test('rejected lines come page by page, in the order of the file', async () => {
  const path = join(dataDir, 'bad.csv')
  const lines = ['pod,start,A+ [Wh]', ...Array.from({ length: 5 }, (_, i) => `RO9,2026-10-2${i},1`)]
  await writeFile(path, `${lines.join('\r\n')}\r\n`)
  const id = await registerFile(
    database.db,
    { name: 'bad.csv', format: 'csv', options: {}, requestedBy: 'user:1' },
    path,
    Buffer.alloc(32),
  )
  await runImport(database.db, id, { signal: new AbortController().signal, progress: () => {} })
  await asSystem(database.db, (trx) =>
    sql`insert into contor.auth_user (id, name, email, role) values ('1', 'Ana Pop', 'ana@od.example', 'operator')`.execute(
      trx,
    ),
  )
  assert.equal((await get(`/imports/${id}`)).body.requestedByName, 'Ana Pop')
  const seen: number[] = []
  let cursor = ''
  let pages = 0
  do {
    const { status, body } = await get(`/imports/${id}/rejects?limit=2${cursor && `&cursor=${cursor}`}`)
    assert.equal(status, 200, JSON.stringify(body))
    assert.ok(body.items.length <= 2)
    for (const one of body.items) {
      assert.ok(one.field && one.reason)
      seen.push(one.line)
    }
    cursor = body.nextCursor
    pages++
  } while (cursor !== null)
  assert.deepEqual([seen, pages], [[2, 3, 4, 5, 6], 3])
  assert.equal((await get('/imports/99/rejects')).status, 404)
})

test('suppliers are those of the points that the asker sees', async () => {
  assert.deepEqual((await get('/suppliers')).body.items, [
    { supplier: 'Bega', points: 1 },
    { supplier: 'EVA', points: 2 },
  ])
  await asSystem(database.db, (trx) =>
    sql`insert into contor.access_grant (subject, metering_point_id) values ('supplier:E', ${network.points[2].id})`.execute(
      trx,
    ),
  )
  actor = { ...operator, role: 'supplier', scope: 'granted', subject: 'supplier:E' }
  assert.deepEqual((await get('/suppliers')).body.items, [{ supplier: 'EVA', points: 1 }])
})

test('the window says its rule, its instants in any season, and what is there by now', async () => {
  const day = '2026-11-20'
  const series = emptySeries('A+', day)
  series.values.fill(10)
  series.quality.fill(1)
  await asSystem(database.db, (trx) =>
    storeDays(trx, network.points[2].id, [
      {
        day,
        block: { day, minutes: 15, channels: [series] },
        sources: new Array(slotsInDay(day)).fill({ exchangeId: 1, row: 0 }),
      },
    ]),
  )
  const at = (time: string) => windowOf(database.db, day, Date.parse(time))
  const window = await at('2026-11-20T23:30:00Z')
  assert.deepEqual(
    [new Date(window.opensAt).toISOString(), new Date(window.closesAt).toISOString()],
    ['2026-11-20T23:00:00.000Z', '2026-11-21T11:00:00.000Z'],
  )
  assert.deepEqual(window.suppliers, [
    { supplier: 'Bega', points: 1, completePoints: 0 },
    { supplier: 'EVA', points: 2, completePoints: 1 },
  ])
  assert.deepEqual(
    [(await at('2026-11-20T22:59:59Z')).state, window.state, (await at('2026-11-21T11:00:00Z')).state],
    ['ahead', 'open', 'closed'],
  )
  // The nights on which the clock is turned: 03:00 becomes 04:00, 04:00 becomes 03:00.
  const instants = async (of: string) => {
    const { opensAt, closesAt } = await windowOf(database.db, of, 0)
    return [opensAt, closesAt].map((ms) => new Date(ms).toISOString())
  }
  assert.deepEqual(await instants('2026-03-28'), ['2026-03-28T23:00:00.000Z', '2026-03-29T10:00:00.000Z'])
  assert.deepEqual(await instants('2026-10-24'), ['2026-10-24T22:00:00.000Z', '2026-10-25T11:00:00.000Z'])
  const { body } = await get(`/deliveries/window?day=${day}`)
  assert.deepEqual([body.rule.opens, body.rule.closes, body.rule.share], ['01:00', '13:00', 1])
  assert.equal((await get('/deliveries/window?day=2010-01-01')).status, 404)
})
