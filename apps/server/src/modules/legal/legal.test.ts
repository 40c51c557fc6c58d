import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { createHttp } from '../../platform/http/server.ts'
import { type Actor, type App, asSystem, createLog } from '../../platform/index.ts'
import { createKeyRing } from '../../platform/secrets.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { deadlineOf, loadDeadlines } from './deadline.ts'
import { registerLegalRoutes } from './routes.ts'
import { type LegalRule, legalRule, ruleOf } from './rules.ts'

let database: TestDatabase
let app: App
const operator: Actor = { subject: 'user:1', role: 'operator', scope: 'all', name: 'Operator', locale: 'ro' }
const customer: Actor = { subject: 'customer:1', role: 'customer', scope: 'granted', name: 'C', locale: 'ro' }
let actor = operator

before(async () => {
  database = await createTestDatabase()
  const log = createLog('test', '/dev/null')
  app = await createHttp(log)
  app.decorateRequest('actor', null as never)
  app.addHook('onRequest', async (request) => {
    request.actor = actor
  })
  registerLegalRoutes(app, { db: database.db, keys: createKeyRing(Buffer.alloc(32)), log, demo: false })
})
after(async () => {
  await app.close()
  await database.drop()
})

const rule = (name: string, value: number, validFrom: string, revision = 1): LegalRule => ({
  name,
  value,
  unit: 'days',
  validFrom,
  revision,
  source: 'a law',
  actor: 'x',
  reason: 'x',
  recordedAt: new Date(0),
})
const deadlineAt = async (day: string) => (await asSystem(database.db, loadDeadlines))(day).toISOString()

test('as shipped, a day is due at 13:00 local time of the next one, in winter and in summer', async () => {
  assert.equal(await deadlineAt('2026-11-22'), '2026-11-23T11:00:00.000Z')
  assert.equal(await deadlineAt('2026-07-01'), '2026-07-02T10:00:00.000Z')
  assert.equal(await deadlineAt('2010-07-01'), '2010-07-02T10:00:00.000Z')
})

test('the hour on the wall holds on the days when the clock changes', async () => {
  assert.equal(await deadlineAt('2026-03-28'), '2026-03-29T10:00:00.000Z')
  assert.equal(await deadlineAt('2026-10-24'), '2026-10-25T11:00:00.000Z')
})

test('a day is judged by the rules of its own time, and the last correction of a rule counts', () => {
  const rules = [
    rule('intervals.due.days', 5, '2020-01-01', 1),
    rule('intervals.due.days', 1, '2020-01-01', 2),
    rule('intervals.due.days', 2, '2026-07-01'),
    rule('intervals.due.hour', 13, '2020-01-01'),
    rule('intervals.due.hour', 24, '2026-07-01'),
  ]
  assert.equal(deadlineOf('2026-06-30', rules).toISOString(), '2026-07-01T10:00:00.000Z')
  assert.equal(deadlineOf('2026-07-01', rules).toISOString(), '2026-07-03T21:00:00.000Z')
  assert.equal(deadlineOf('2019-07-01', rules).toISOString(), '2019-07-02T10:00:00.000Z')
  assert.throws(() => ruleOf(rules, 'unknown.rule', '2026-01-01'), { code: 'not-found' })
})

test('a change of the law is another row with who and why; what was recorded cannot be altered', async () => {
  const change = {
    value: 30,
    validFrom: '2027-01-01',
    source: 'a new order, art. 1',
    reason: 'the law changed',
  }
  const put = (payload: object, name = 'retention.detail.months') =>
    app.inject({ method: 'PUT', url: `/legal-rules/${name}`, payload })
  assert.equal((await put(change)).json().revision, 1)
  const corrected = await put({ ...change, value: 36 })
  assert.deepEqual([corrected.statusCode, corrected.json().revision], [200, 2])
  const at = (day: string) =>
    asSystem(database.db, (trx) => legalRule(trx, 'retention.detail.months', day)).then((r) => r.value)
  assert.deepEqual([await at('2026-12-31'), await at('2027-01-01')], [24, 36])

  const listed = await app.inject({ url: '/legal-rules?name=retention.detail.months' })
  assert.deepEqual(
    listed.json().items.map((one: LegalRule) => [one.validFrom, one.revision, one.value, one.actor]),
    [
      ['2015-07-01', 1, 24, 'system:shipped'],
      ['2027-01-01', 1, 30, 'user:1'],
      ['2027-01-01', 2, 36, 'user:1'],
    ],
  )
  const audit = await asSystem(database.db, (trx) =>
    sql<{
      actor: string
      object: string
    }>`select actor, object from contor.audit where action = 'legal.change'`.execute(trx),
  )
  assert.deepEqual(audit.rows, Array(2).fill({ actor: 'user:1', object: 'retention.detail.months' }))
  const below = await put({ ...change, value: 23 })
  assert.deepEqual([below.statusCode, below.json().error.field], [400, 'value'])
  assert.equal((await put(change, 'no.such')).statusCode, 404)
  await assert.rejects(
    asSystem(database.db, (trx) => sql`update contor.legal_rule set value = 1`.execute(trx)),
    /permission denied/,
  )
})

test('the law is public; only who sees everything can record a change', async () => {
  actor = customer
  try {
    assert.ok((await app.inject({ url: '/legal-rules' })).json().items.length > 5)
    // This scope holds no permission hook: the database itself refuses.
    const refused = await app.inject({
      method: 'PUT',
      url: '/legal-rules/intervals.due.hour',
      payload: { value: 14, validFrom: '2026-01-01', source: 'none', reason: 'because' },
    })
    assert.ok(refused.statusCode >= 400, refused.body)
  } finally {
    actor = operator
  }
  assert.equal(await deadlineAt('2026-11-22'), '2026-11-23T11:00:00.000Z')
})
