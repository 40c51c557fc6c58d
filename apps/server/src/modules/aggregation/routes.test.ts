import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays, type CivilDay, emptySeries, quality } from '@contor/intervals'
import { sql } from 'kysely'
import { createHttp } from '../../platform/http/server.ts'
import { type Actor, type App, asSystem, createKeyRing, createLog } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { importNetwork } from '../network/index.ts'
import { storeDays } from '../readings/index.ts'
import { registerAggregationRoutes } from './index.ts'

let database: TestDatabase
let app: App
const operator: Actor = { subject: 'user:1', role: 'operator', scope: 'all', name: 'Operator', locale: 'ro' }
const eva: Actor = { subject: 'supplier:EVA', role: 'supplier', scope: 'granted', name: 'EVA', locale: 'ro' }
let actor = operator

// The balance meter takes 100 Wh a quarter-hour, each of two smart points 30, the manual one is not measured.
before(async () => {
  database = await createTestDatabase()
  const log = createLog('test', '/dev/null')
  app = await createHttp(log)
  app.decorateRequest('actor', null as never)
  app.addHook('onRequest', async (request) => {
    request.actor = actor
  })
  registerAggregationRoutes(app, { db: database.db, keys: createKeyRing(Buffer.alloc(32)), log, demo: false })
  await asSystem(database.db, async (trx) => {
    const point = (pod: string, kind: 'balance' | 'household', readingMode: 'smart' | 'manual') => ({
      ...{ pod, name: pod, address: 'Street', kind, readingMode, supplier: 'EVA' },
      ...{ prosumer: false, phases: 1 as const, approvedPowerW: 8_000 },
    })
    await importNetwork(trx, createKeyRing(Buffer.alloc(32)), {
      station: { code: 'PT1', name: 'PT1', zone: 'N', ratedKva: 250 },
      lines: [],
      points: [
        point('B', 'balance', 'smart'),
        point('S1', 'household', 'smart'),
        point('S2', 'household', 'smart'),
        point('M', 'household', 'manual'),
      ],
    })
    const { rows } = await sql<{
      id: string
      pod: string
    }>`select id, pod from contor.metering_point`.execute(trx)
    for (const { id, pod } of rows) {
      if (pod === 'M') continue
      for (let day: CivilDay = '2026-11-02'; day <= '2026-11-08'; day = addDays(day, 1)) {
        const series = emptySeries('A+', day)
        series.values.fill(pod === 'B' ? 100 : 30)
        series.quality.fill(quality.measured)
        const sources = Array.from(series.values, (_, row) => ({ exchangeId: 1, row }))
        await storeDays(trx, id, [{ day, block: { day, minutes: 15, channels: [series] }, sources }])
      }
    }
  })
})
after(async () => {
  await app.close()
  await database.drop()
})

const get = async (url: string) => {
  const answer = await app.inject({ url })
  return {
    status: answer.statusCode,
    body: answer.headers['content-type']?.includes('json') ? answer.json() : answer.body,
  }
}
const post = async (url: string, payload: object) => {
  const answer = await app.inject({ method: 'POST', url, payload })
  return { status: answer.statusCode, body: answer.json() }
}

test('the curve of a set, as columns and as lines', async () => {
  actor = operator
  const { body } = await get(
    '/aggregates/curve?station=PT1&readingMode=smart&from=2026-11-02&to=2026-11-02&resolution=1h',
  )
  assert.deepEqual(
    [body.members, body.values[0], body.unit, body.starts[0]],
    [2, 240, 'Wh', '2026-11-01T22:00:00.000Z'],
  )
  const csv = await get('/aggregates/curve.csv?station=PT1&from=2026-11-02&to=2026-11-03&resolution=1d')
  assert.equal(
    csv.body,
    'start,Wh,expected,present,notMeasured\r\n2026-11-01T22:00:00.000Z,5760,288,192,0\r\n2026-11-02T22:00:00.000Z,5760,288,192,0\r\n',
  )
  assert.equal((await get('/aggregates/curve?from=2026-11-02&to=2026-11-02')).body.error.field, 'set')
})

test('a supplier has its own curve of a month; who is none is told where to ask', async () => {
  actor = eva
  const { body } = await get('/suppliers/me/curve?month=2026-11&resolution=1mo')
  assert.deepEqual([body.members, body.values], [3, [2 * 30 * 96 * 7]])
  actor = operator
  const refused = await get('/suppliers/me/curve?month=2026-11')
  assert.deepEqual([refused.status, refused.body.error.code], [403, 'not-allowed'])
})

test('a virtual meter is recorded, counted and withdrawn, each day by its own version', async () => {
  actor = operator
  const draft = {
    code: 'rest',
    name: 'What is not measured',
    formula: 'B:A+ - S1:A+ - S2:A+',
    validFrom: '2026-11-01',
    reason: 'balance',
  }
  assert.deepEqual(await post('/virtual-meters', draft), { status: 201, body: { code: 'rest', version: 1 } })
  const half = { ...draft, code: 'half', formula: '0.5*@rest' }
  assert.equal((await post('/virtual-meters', half)).status, 201)
  const curve = (await get('/virtual-meters/half/curve?from=2026-11-02&to=2026-11-03&resolution=1d')).body
  assert.deepEqual([curve.values, curve.members], [[20 * 96, 20 * 96], 3])
  const bad = await post('/virtual-meters', { ...draft, formula: 'B:A+ - S9:A+' })
  assert.deepEqual([bad.status, bad.body.error.value], [404, 'S9'])
  const loop = await post('/virtual-meters', { ...draft, formula: '@half' })
  assert.deepEqual(
    [loop.status, loop.body.error.message],
    [400, 'Virtual meters name each other: rest → half → rest'],
  )
  assert.equal(
    (await post('/virtual-meters', { ...draft, formula: null, validFrom: '2026-11-03' })).body.version,
    2,
  )
  const gone = await get('/virtual-meters/half/curve?from=2026-11-02&to=2026-11-03')
  assert.match(gone.body.error.message, /rest has no formula on 2026-11-03/)
  assert.equal((await get('/virtual-meters/rest')).body.items.length, 2)
})

test('virtual meters are not for those who see some points only', async () => {
  actor = eva
  assert.deepEqual((await get('/virtual-meters')).body.items, [])
  assert.equal((await get('/virtual-meters/half/curve?from=2026-11-02&to=2026-11-02')).status, 403)
})

test('a specific profile is computed, spread to the Wh, edited as a further version', async () => {
  actor = operator
  const days = { from: '2026-11-02', to: '2026-11-08' }
  const made = await post('/profiles/specific', {
    code: 'HH',
    name: 'Households',
    reason: 'yearly',
    ...days,
    set: { kind: 'household' },
  })
  assert.deepEqual(made, { status: 201, body: { code: 'HH', version: 1 } })
  // A supplier downloads it, edits it and an operator records what it agreed to.
  actor = eva
  const { body: csv } = await get('/profiles/HH/weights.csv')
  assert.match(csv, /^month,day,hour,weight\r\n1,working,0,120000\r\n/)
  actor = operator
  const edited = await post('/profiles/HH/versions', {
    csv: csv.replace('11,working,0,120000', '11,working,0,0'),
    reason: 'agreed',
  })
  assert.equal(edited.body.version, 2)
  const { body } = await get('/profiles/HH/curve?from=2026-11-02&to=2026-11-02&energyWh=230')
  assert.deepEqual(body.energyWh, [0, ...new Array(23).fill(10)])
  assert.deepEqual(
    (await get('/profiles/HH/curve?from=2026-11-02&to=2026-11-02&version=1')).body.weights[0],
    120_000,
  )
  assert.deepEqual(
    (await get('/profiles')).body.items.map((p: { version: number }) => p.version),
    [2, 1],
  )
  const wrong = await post('/profiles/HH/versions', { csv: csv.replace(',120000', ',x'), reason: 'agreed' })
  assert.deepEqual([wrong.status, wrong.body.error.field], [400, 'csv'])
})

test('a residual profile is what is left of the station', async () => {
  actor = operator
  const body = {
    code: 'PT1-residual',
    name: 'PT 1',
    reason: 'asked for',
    station: 'PT1',
    from: '2026-11-02',
    to: '2026-11-08',
    lossPercent: 5,
  }
  assert.equal((await post('/profiles/residual', body)).status, 201)
  const curve = (await get('/profiles/PT1-residual/curve?from=2026-11-02&to=2026-11-02')).body
  // 400 − 20 − 240 Wh an hour.
  assert.deepEqual([curve.weights.length, curve.weights[7]], [24, 140])
  assert.equal((await post('/profiles/residual', { ...body, zone: 'N' })).body.error.field, 'station')
})
