import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { dayStart } from '@contor/intervals'
import { sql } from 'kysely'
import { createHttp } from '../../platform/http/server.ts'
import { type Actor, type App, asSystem, createKeyRing, createLog } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { testInstallation } from '../../platform/testing/installation.ts'
import { importNetwork } from '../network/index.ts'
import { firstDayAfterNotice } from './notice.ts'
import { registerInterruptionRoutes } from './routes.ts'

const hour = 3_600_000
const operator: Actor = { subject: 'user:1', role: 'operator', scope: 'all', name: 'Op', locale: 'ro' }
let database: TestDatabase
let app: App
let actor = operator
// Monday 23 November 2026, 10:00; St. Andrew is the next Monday, the National Day the Tuesday after it.
let now = dayStart('2026-11-23') + 10 * hour
let points: { id: string; pod: string; stationId: string; feeder: string | null }[] = []

before(async () => {
  database = await createTestDatabase()
  const keys = createKeyRing(randomBytes(32))
  await asSystem(database.db, (trx) => importNetwork(trx, keys, testInstallation))
  const { rows } = await asSystem(database.db, (trx) =>
    sql<(typeof points)[number]>`select id, pod, station_id as "stationId", feeder from contor.metering_point
      where kind <> 'balance' order by id`.execute(trx),
  )
  points = rows
  const log = createLog('test', '/dev/null')
  app = await createHttp(log)
  app.decorateRequest('actor', null as never)
  app.addHook('onRequest', async (request) => {
    request.actor = actor
  })
  registerInterruptionRoutes(app, { db: database.db, keys, log, demo: false, now: async () => now })
})
after(async () => {
  await app?.close()
  await database.drop()
})

const post = async (url: string, payload: object) => {
  const answer = await app.inject({ method: 'POST', url, payload })
  return { status: answer.statusCode, body: answer.json() }
}
const iso = (ms: number) => new Date(ms).toISOString()
const messages = async (kind: string) => {
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{ n: number }>`select count(distinct metering_point_id)::int as n from contor.message
      where about = 'interruption' and kind = ${kind}`.execute(trx),
  )
  return rows[0]?.n
}

test('the notice counts whole working days: weekends and legal holidays do not', () => {
  assert.equal(firstDayAfterNotice(now, 3), '2026-11-27')
  // Wednesday: Thursday and Friday; Monday and Tuesday are holidays; Wednesday is the third.
  assert.equal(firstDayAfterNotice(dayStart('2026-11-25') + hour, 3), '2026-12-03')
  assert.equal(firstDayAfterNotice(now, 0), '2026-11-24')
})

test('a planned interruption: its notice, a new date with notice again, the real beginning and end', async () => {
  const [first] = points
  assert.ok(first)
  const here = points.filter(({ stationId }) => stationId === first.stationId)
  const body = { kind: 'planned', stationId: first.stationId, reason: 'revizie' }
  const on = (day: string, from: number) => ({
    startsAt: iso(dayStart(day) + from * hour),
    endsAt: iso(dayStart(day) + (from + 4) * hour),
  })
  const early = await post('/interruptions', { ...body, ...on('2026-11-26', 9) })
  assert.equal(early.status, 400)
  assert.match(early.body.error.remedy, /2026-11-27/)
  const { status, body: made } = await post('/interruptions', { ...body, ...on('2026-11-27', 9) })
  assert.deepEqual([status, made.state, made.points], [201, 'announced', here.length])
  assert.equal(await messages('interruption-announced'), here.length)
  const acts = `/interruptions/${made.id}/acts`
  const late = await post(acts, { act: 'reschedule', ...on('2026-11-26', 12), reason: 'vreme' })
  assert.equal(late.status, 400)
  const moved = await post(acts, { act: 'reschedule', ...on('2026-12-07', 9), reason: 'vreme' })
  assert.equal(moved.body.startsAt, on('2026-12-07', 9).startsAt)
  assert.equal(await messages('interruption-rescheduled'), here.length)
  assert.equal((await post(acts, { act: 'end' })).status, 409)
  now = dayStart('2026-12-07') + 8.9 * hour
  // Not before the time that everybody was told.
  assert.equal((await post(acts, { act: 'start' })).status, 400)
  now = dayStart('2026-12-07') + 9.5 * hour
  assert.equal((await post(acts, { act: 'start', at: iso(now + hour) })).status, 400)
  assert.equal((await post(acts, { act: 'start' })).body.state, 'ongoing')
  assert.equal((await post(acts, { act: 'cancel', reason: 'too late' })).status, 409)
  now += 2 * hour
  const ended = await post(acts, { act: 'end' })
  assert.deepEqual(
    [ended.body.state, ended.body.startedAt, ended.body.endedAt],
    ['ended', iso(now - 2 * hour), iso(now)],
  )
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{ from: Date; to: Date }>`select off_from as "from", off_to as "to" from contor.interruption_point
      where metering_point_id = ${first.id} and interruption_id = ${made.id}`.execute(trx),
  )
  assert.deepEqual([rows[0]?.from.getTime(), rows[0]?.to.getTime()], [now - 2 * hour, now])
  const detail = (await app.inject({ url: `/interruptions/${made.number}` })).json()
  assert.deepEqual(
    detail.events.map(({ event }: { event: string }) => event),
    ['announced', 'reschedule', 'start', 'end'],
  )
  assert.equal(detail.affected.length, here.length)
})

test('an accidental one is told at once, and does not lie ahead', async () => {
  const [first] = points
  const body = { kind: 'accidental', points: [first?.pod], reason: 'cablu rupt', endsAt: iso(now + 3 * hour) }
  assert.equal((await post('/interruptions', { ...body, startsAt: iso(now + hour) })).status, 400)
  const { status, body: made } = await post('/interruptions', { ...body, startsAt: iso(now - hour) })
  assert.deepEqual([status, made.state, made.startedAt], [201, 'ongoing', iso(now - hour)])
  assert.equal(await messages('interruption-accidental'), 1)
  const nobody = { ...body, points: [], startsAt: iso(now - hour) }
  assert.equal((await post('/interruptions', nobody)).status, 400)
})

test('a user with a fault asks; nothing counts as done without a visible separation', async () => {
  const [, point] = points
  assert.ok(point)
  await asSystem(database.db, (trx) =>
    sql`insert into contor.access_grant (subject, metering_point_id) values ('customer:77', ${point.id})`.execute(
      trx,
    ),
  )
  actor = { subject: 'customer:77', role: 'customer', scope: 'granted', name: 'C', locale: 'ro' }
  assert.equal(
    (await post(`/points/${points[0]?.pod}/interruption-request`, { reason: 'not mine' })).status,
    404,
  )
  const { status, body: made } = await post(`/points/${point.pod}/interruption-request`, {
    reason: 'scurtcircuit în tablou',
  })
  assert.deepEqual([status, made.kind, made.state], [201, 'requested', 'requested'])
  const mine = (await app.inject({ url: `/points/${point.pod}/interruptions` })).json()
  assert.ok(mine.items.some(({ id }: { id: string }) => id === made.id))
  actor = operator
  assert.equal(await messages('interruption-requested'), 1)
  const acts = `/interruptions/${made.id}/acts`
  assert.equal((await post(acts, { act: 'start' })).status, 400)
  const begun = await post(acts, { act: 'start', separation: 'siguranțe MPR scoase la firidă, plăcuță' })
  assert.deepEqual([begun.status, begun.body.state], [200, 'ongoing'])
  // What the database itself does not allow.
  await assert.rejects(
    asSystem(database.db, (trx) =>
      sql`update contor.interruption set separation = null where id = ${made.id}`.execute(trx),
    ),
    /check/,
  )
})
