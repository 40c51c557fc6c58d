import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TreeNode } from '@contor/dlms'
import { createHttp } from '../../platform/http/server.ts'
import { type Actor, type App, createKeyRing, createLog } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { registerLossesRoutes } from '../losses/index.ts'
import { registerReadingsRoutes } from '../readings/index.ts'
import { startCollector } from './collector.ts'
import { registerAcquisitionRoutes } from './routes.ts'
import type { TestMeter } from './testing/meter.ts'
import { laySingleMeter } from './testing/single.ts'

const quarterMs = 900_000
const operator: Actor = { subject: 'user:1', role: 'operator', scope: 'all', name: 'Op', locale: 'ro' }
const stranger: Actor = { subject: 'token:9', role: 'third-party', scope: 'granted', name: 'T', locale: 'en' }
const encryptionKey = new Uint8Array(16).fill(0xe1)
const authenticationKey = new Uint8Array(16).fill(0xa2)

let database: TestDatabase
let meter: TestMeter
let app: App
let collector: { stop(): Promise<void> }
let point: string
let actor = operator

before(async () => {
  database = await createTestDatabase()
  const keys = createKeyRing(randomBytes(32))
  const laid = await laySingleMeter(database.db, keys, { encryptionKey, authenticationKey })
  meter = laid.meter
  point = laid.meteringPointId
  const log = createLog('test', '/dev/null')
  collector = await startCollector({ db: database.db, keys, log })
  app = await createHttp(log)
  app.decorateRequest('actor', null as never)
  app.addHook('onRequest', async (request) => {
    request.actor = actor
  })
  const services = { db: database.db, keys, log, demo: true }
  registerAcquisitionRoutes(app, services)
  registerReadingsRoutes(app, services)
  registerLossesRoutes(app, services)
  for (let i = 0; i < 300; i++) {
    const summary = await get('/collection/summary')
    if (summary.presentIntervals > 4_000 && summary.sessionsRunning === 0) return
    await sleep(100)
  }
  assert.fail('the meter was not read')
})
after(async () => {
  await app.close()
  await collector.stop()
  await meter.close()
  await database.drop()
})

async function get(url: string) {
  const answer = await app.inject({ url })
  assert.equal(answer.statusCode, 200, answer.body)
  return answer.json()
}

test('the summary adds up: present and gaps make what is expected', async () => {
  const summary = await get('/collection/summary')
  assert.equal(summary.presentIntervals + summary.gapIntervals, summary.expectedIntervals)
  assert.equal(summary.successRateYesterday, 1)
  assert.deepEqual([summary.meters, summary.metersRead, summary.phase], [1, 1, 'live'])
  const { items } = await get('/collection/days?days=3')
  assert.equal(items.length, 3)
  assert.ok(items[1].expected === 96 && items[1].present === 96)
})

test('a value leads to its frame, decoded with keys that are not shown', async () => {
  const yesterday = (await get('/collection/days?days=2')).items[0].day
  const { items, unit } = await get(
    `/metering-points/${point}/intervals?channel=A%2B&from=${yesterday}&to=${yesterday}`,
  )
  assert.equal(unit, 'Wh')
  assert.equal(items.length, 96)
  const chosen = items[50]
  assert.equal(chosen.value, (Date.parse(chosen.end) / quarterMs) % 251)
  const trace = await get(`/traces/${chosen.trace}`)
  assert.equal(trace.purpose, 'load-profile')
  assert.equal(trace.value.start, chosen.start)
  assert.equal(trace.value.channels[0].value, chosen.value)
  assert.ok(trace.frames.length >= 2)
  const text = JSON.stringify(trace)
  for (const secret of [encryptionKey, authenticationKey])
    assert.ok(!text.includes(Buffer.from(secret).toString('hex')))
  let node: TreeNode = trace.decoded
  for (const child of trace.focus.path) node = (node.children as TreeNode[])[child]
  const values = JSON.stringify(node)
  assert.ok(
    values.includes(`"value":${chosen.value}`),
    `row in focus shows ${chosen.value}: ${values.slice(0, 600)}`,
  )
})

test('coarser resolutions sum the quarter-hours', async () => {
  const day = (await get('/collection/days?days=2')).items[0].day
  const fine = await get(`/metering-points/${point}/intervals?from=${day}&to=${day}&format=columns`)
  const coarse = await get(`/metering-points/${point}/intervals?from=${day}&to=${day}&resolution=1d`)
  assert.equal(
    coarse.items[0].value,
    fine.value.reduce((all: number, v: number) => all + v, 0),
  )
  const indexes = await get(`/metering-points/${point}/indexes?from=${day}&to=${day}`)
  const daily = indexes.items.filter(
    (i: { kind: string; obis: string }) => i.kind === 'daily' && i.obis === '1.0.1.8.0.255',
  )
  assert.equal(daily[1].valueWh - daily[0].valueWh, coarse.items[0].value)
})

test('read now shows its steps in order and ends', async () => {
  const asked = await app.inject({
    method: 'POST',
    url: `/metering-points/${point}/reads`,
    payload: { items: ['registers', 'clock'] },
  })
  assert.equal(asked.statusCode, 202, asked.body)
  const { id } = asked.json()
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as { port: number }
  const stream = await fetch(`http://127.0.0.1:${port}/reads/${id}/stream`)
  assert.equal(stream.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  const steps = [...(await stream.text()).matchAll(/^data: (.*)$/gm)].map((match) => JSON.parse(match[1]))
  assert.equal(steps[0].kind, 'connect')
  assert.equal(steps.at(-1).kind, 'done')
  const register = steps.find((step) => step.kind === 'value' && step.label === 'registers')
  assert.equal(register.values[0].name, '1.0.1.8.0.255')
  const trace = await get(`/traces/${register.trace}`)
  assert.equal(trace.purpose, 'registers')
  const read = await get(`/reads/${id}`)
  assert.equal(read.state, 'done')
})

test('who may not see a point finds neither it nor its frames', async () => {
  const day = (await get('/collection/days?days=2')).items[0].day
  const { items } = await get(`/metering-points/${point}/intervals?from=${day}&to=${day}`)
  actor = stranger
  try {
    for (const url of [
      `/metering-points/${point}/intervals?from=${day}&to=${day}`,
      `/metering-points/${point}/events`,
      `/traces/${items[3].trace}`,
    ]) {
      assert.equal((await app.inject({ url })).statusCode, 404, url)
    }
    assert.equal(
      (await app.inject({ method: 'POST', url: `/metering-points/${point}/reads`, payload: {} })).statusCode,
      404,
    )
  } finally {
    actor = operator
  }
})

test('ranges and references that make no sense are refused with the field', async () => {
  const wrong = await app.inject({ url: `/metering-points/${point}/intervals?from=2026-01-01&to=2026-12-31` })
  assert.deepEqual([wrong.statusCode, wrong.json().error.field], [400, 'to'])
  assert.equal((await app.inject({ url: '/traces/abc' })).statusCode, 400)
  assert.equal((await app.inject({ url: '/traces/999999999.0' })).statusCode, 404)
})

test('lists of sessions, lines, gaps and missing points answer', async () => {
  const sessions = await get('/collection/sessions?limit=1')
  assert.equal(sessions.items.length, 1)
  assert.ok(sessions.nextCursor)
  const next = await get(`/collection/sessions?limit=1&cursor=${sessions.nextCursor}`)
  assert.ok(Number(next.items[0].id) < Number(sessions.items[0].id))
  const [line] = (await get('/collection/lines')).items
  assert.deepEqual([line.code, line.meters, line.maxSessions], ['L1', 1, 4])
  const recovered = await get('/collection/gaps?state=recovered&limit=2')
  assert.equal(recovered.items.length, 2)
  const day = (await get('/collection/days?days=2')).items[0].day
  assert.deepEqual((await get(`/collection/missing?day=${day}`)).items, [])
})
