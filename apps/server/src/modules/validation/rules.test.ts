import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays, emptySeries, quality } from '@contor/intervals'
import { sql } from 'kysely'
import { type Actor, asSystem, withActor } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { createTestNetwork, type TestNetwork } from '../acquisition/testing/network.ts'
import { storeDays } from '../readings/index.ts'
import { openExceptions } from './exceptions.ts'
import { listGroupChoices, rulesOfPoint } from './groups.ts'
import { changeExceptions, groupExceptions, listExceptions } from './queue.ts'
import { loadRuleBook, loadRules, RuleBook, type RuleRow } from './ruleBook.ts'
import { activateRule, draftRule, listRules } from './rules.ts'
import { tryRule } from './trial.ts'

let database: TestDatabase
let network: TestNetwork
const ana: Actor = { subject: 'user:ana', role: 'operator', scope: 'all', name: 'Ana', locale: 'ro' }
const first = '2026-09-01'

/** Days of a point whose quarter-hours swing around `wh`; day 30 is five times as high. */
async function fill(id: string, wh: number): Promise<void> {
  const days = Array.from({ length: 34 }, (_, i) => {
    const day = addDays(first, i)
    const series = emptySeries('A+', day)
    series.values.forEach((_, slot) => {
      series.values[slot] = (wh + ((slot + i) % 7)) * (i === 30 ? 5 : 1)
    })
    series.quality.fill(quality.measured)
    return {
      day,
      block: { day, minutes: 15 as const, channels: [series] },
      sources: new Array(96).fill(undefined),
    }
  })
  await asSystem(database.db, (trx) => storeDays(trx, id, days))
}

before(async () => {
  database = await createTestDatabase()
  network = await createTestNetwork(database.db, 4)
  await fill(network.points[1].id, 100)
  await fill(network.points[2].id, 400)
})
after(() => database.drop())

test('the version that names most of a point judges it; of equals the newest', () => {
  const row = (version: number, appliesTo: RuleRow['appliesTo']): RuleRow => ({
    rule: 'spike',
    version,
    severity: 'warning',
    parameters: { factor: version },
    appliesTo,
  })
  const book = new RuleBook([
    row(1, {}),
    row(2, { segment: 'business' }),
    row(3, { segment: 'business', modelId: 'x' }),
    row(4, {}),
    row(5, { stationId: '9' }),
  ])
  const version = (point: RuleRow['appliesTo']) => book.rulesFor(point).spike.version
  assert.deepEqual(
    [
      version({ segment: 'household' }),
      version({ segment: 'business', modelId: 'y' }),
      version({ segment: 'business', modelId: 'x' }),
      version({ segment: 'household', stationId: '9' }),
      version({ segment: 'business', stationId: '9' }),
    ],
    [4, 2, 3, 5, 5],
  )
  const order = book.fitting({ segment: 'business', modelId: 'x', stationId: '9' }).get('spike')
  assert.deepEqual(
    order?.map((one) => one.version),
    [3, 5, 2, 4, 1],
    'who judges, then who gives way',
  )
})

test('the shipped rules are those of the first installation and the ones that came with them', async () => {
  const rules = await asSystem(database.db, loadRules)
  assert.deepEqual(
    [rules.spike.parameters.factor, rules['interval-sum'].parameters.toleranceWh, rules.stuck.version],
    [3, 2, 1],
  )
})

test('a draft judges nothing; tried, it names who would fail; activated, it is the rule', async () => {
  const { db } = database
  const live = await asSystem(db, loadRules)
  const parameters = { shortestMemory: 10, deviations: 6, floorWh: 100_000 }
  const range = { from: addDays(first, 20), to: addDays(first, 33), appliesTo: {} }
  const result = await withActor(db, ana, (trx) => tryRule(trx, { rule: 'high-use', parameters, ...range }))
  assert.deepEqual(
    [result.points, result.days, result.trial, result.live],
    [6, 28, { points: 1, findings: 1 }, { points: 2, findings: 2 }],
  )
  assert.deepEqual([result.onlyTrial, result.onlyLive], [[], ['RO000001']])
  assert.deepEqual(
    result.samples.map((sample) => [sample.pod, sample.day]),
    [['RO000002', addDays(first, 30)]],
  )
  const draft = await withActor(db, ana, (trx) =>
    draftRule(trx, ana, {
      rule: 'high-use',
      parameters,
      severity: 'error',
      appliesTo: { segment: 'household' },
      reason: 'small swings are no news',
    }),
  )
  assert.deepEqual([draft.version, draft.state], [2, 'draft'])
  const of = async (segment: string) => (await asSystem(db, loadRuleBook)).rulesFor({ segment })['high-use']
  assert.equal((await of('household')).version, live['high-use'].version)
  await withActor(db, ana, (trx) => activateRule(trx, ana, 'high-use', 2, 'tried on September'))
  assert.deepEqual([(await of('household')).version, (await of('business')).version], [2, 1])
  await withActor(db, ana, (trx) =>
    draftRule(trx, ana, {
      rule: 'high-use',
      parameters,
      severity: 'info',
      appliesTo: { segment: 'household' },
      reason: 'again',
    }),
  )
  await withActor(db, ana, (trx) => activateRule(trx, ana, 'high-use', 3, 'milder'))
  const states = (await asSystem(db, listRules)).filter((rule) => rule.rule === 'high-use')
  assert.deepEqual(
    states.map((rule) => [rule.version, rule.state]),
    [
      [3, 'live'],
      [2, 'retired'],
      [1, 'live'],
    ],
  )
  const audit = await asSystem(db, (trx) =>
    sql<{ action: string; object: string }>`
      select action, object from contor.audit where actor = ${ana.subject} order by id`.execute(trx),
  )
  assert.deepEqual(
    audit.rows.map((row) => `${row.action} ${row.object}`),
    [
      'rule.draft high-use/2',
      'rule.activate high-use/2',
      'rule.draft high-use/3',
      'rule.activate high-use/3',
    ],
  )
})

test('a point tells the versions that judge it; groups are told with their points', async () => {
  const { db } = database
  const { id } = network.points[1]
  const before = await withActor(db, ana, (trx) => rulesOfPoint(trx, id))
  const of = (list: typeof before) =>
    list.filter(({ rule }) => rule === 'stuck').map((one) => [one.version, one.over.map((v) => v.version)])
  assert.deepEqual(of(before), [[1, []]])
  await withActor(db, ana, async (trx) => {
    const { rows } = await sql<{
      kind: string
    }>`select kind from contor.metering_point where id = ${id}`.execute(trx)
    const draft = await draftRule(trx, ana, {
      rule: 'stuck',
      parameters: before.find(({ rule }) => rule === 'stuck')?.parameters ?? {},
      severity: 'info',
      appliesTo: { segment: rows[0].kind },
      reason: 'a group of its own',
    })
    await activateRule(trx, ana, 'stuck', draft.version, 'a group of its own')
  })
  assert.deepEqual(of(await withActor(db, ana, (trx) => rulesOfPoint(trx, id))), [[2, [1]]])
  await assert.rejects(
    withActor(db, ana, (trx) => rulesOfPoint(trx, '99999999')),
    /99999999/,
  )

  const choices = await withActor(db, ana, listGroupChoices)
  const { rows } = await asSystem(db, (trx) =>
    sql<{ points: number }>`select count(*)::int as points from contor.metering_point`.execute(trx),
  )
  const sum = (list: readonly { points: number }[]) => list.reduce((all, one) => all + one.points, 0)
  assert.deepEqual(
    [sum(choices.segment), sum(choices.readingMode), sum(choices.stationId)],
    [rows[0].points, rows[0].points, rows[0].points],
  )
  assert.ok(choices.modelId.length > 0 && choices.modelId.every((one) => one.points > 0))
})

test('a draft with a wrong parameter is refused by its name', async () => {
  const draft = (parameters: Record<string, unknown>) =>
    withActor(database.db, ana, (trx) =>
      draftRule(trx, ana, { rule: 'spike', parameters, severity: 'info', appliesTo: {}, reason: 'a test' }),
    )
  await assert.rejects(draft({}), { code: 'invalid-request', field: 'parameters.factor' })
  await assert.rejects(draft({ factor: '3' }), { field: 'parameters.factor', value: '3' })
  await assert.rejects(draft({ factor: 3, limit: 9 }), { field: 'parameters.limit' })
  await assert.rejects(
    withActor(database.db, ana, (trx) =>
      tryRule(trx, { rule: 'duplicate', parameters: {}, appliesTo: {}, from: first, to: first }),
    ),
    { code: 'invalid-request', field: 'rule' },
  )
})

test('exceptions are work: grouped, assigned, closed with a reason, and reopened by news only', async () => {
  const { db } = database
  const rules = await asSystem(db, loadRules)
  const finding = (slot: number, highestWh: number) => ({
    rule: 'spike' as const,
    day: '2026-08-03',
    channel: 'A+' as const,
    fromSlot: slot,
    count: 1,
    details: { highestWh },
  })
  const of = (i: number) => ({ meteringPointId: network.points[i].id, meterId: network.points[i].meterId })
  const open = (i: number, ...list: ReturnType<typeof finding>[]) =>
    asSystem(db, (trx) => openExceptions(trx, of(i), list, rules))
  await asSystem(db, (trx) =>
    sql`insert into contor.auth_user (id, name, email, role) values ('ion', 'Ion', 'ion@x.example', 'operator')`.execute(
      trx,
    ),
  )
  await open(1, finding(1, 9_000), finding(5, 9_100))
  await open(2, finding(1, 7_000))
  const groups = await withActor(db, ana, (trx) =>
    groupExceptions(trx, 'rule', { status: 'open', rule: 'spike' }),
  )
  assert.deepEqual(
    groups.map((group) => [group.key, group.exceptions, group.points, group.unassigned, group.ages.day]),
    [['spike', 3, 2, 3, 3]],
  )
  const change = (filter: object, action: Parameters<typeof changeExceptions>[3]) =>
    withActor(db, ana, (trx) => changeExceptions(trx, ana, { filter }, action, 'a crane on the site'))
  assert.equal(await change({ rule: 'spike', status: 'open' }, { action: 'assign', to: 'user:ion' }), 3)
  assert.equal(
    await change({ meteringPointId: network.points[1].id, rule: 'spike' }, { action: 'resolve' }),
    2,
  )
  await open(1, finding(1, 9_000), finding(5, 12_000))
  const rows = await withActor(db, ana, (trx) => listExceptions(trx, { rule: 'spike' }, 10))
  assert.deepEqual(
    rows.map((row) => [row.pod, row.fromSlot, row.status, row.assignedTo, row.resolution]),
    [
      ['RO000001', 1, 'resolved', 'user:ion', 'a crane on the site'],
      ['RO000001', 5, 'open', 'user:ion', null],
      ['RO000002', 1, 'open', 'user:ion', null],
    ],
  )
  const ofDay = (day: string) => withActor(db, ana, (trx) => listExceptions(trx, { rule: 'spike', day }, 10))
  assert.deepEqual([(await ofDay('2026-08-03')).length, (await ofDay('2026-08-04')).length], [3, 0])
  assert.equal(await change({ rule: 'spike', day: '2026-08-04' }, { action: 'acknowledge' }), 0)
  // A point without a meter is found under a model of its own, and never stands for every model.
  await asSystem(db, (trx) =>
    openExceptions(trx, { meteringPointId: network.points[3].id, meterId: null }, [finding(9, 8_000)], rules),
  )
  const bare = await withActor(db, ana, (trx) => groupExceptions(trx, 'model', { rule: 'spike' }))
  assert.deepEqual(
    bare.map((group) => [group.key, group.exceptions]).filter(([key]) => key === 'none'),
    [['none', 1]],
  )
  assert.deepEqual(
    (await withActor(db, ana, (trx) => listExceptions(trx, { modelId: 'none' }, 10))).map((row) => row.pod),
    ['RO000003'],
  )
  // A supplier sees and touches what is behind its own points only.
  const eva: Actor = {
    subject: 'supplier:EVA',
    role: 'supplier',
    scope: 'granted',
    name: 'EVA',
    locale: 'ro',
  }
  await asSystem(db, (trx) =>
    trx
      .insertInto('access_grant')
      .values({ subject: eva.subject, metering_point_id: network.points[2].id })
      .execute(),
  )
  const seen = await withActor(db, eva, (trx) => listExceptions(trx, {}, 100))
  assert.deepEqual(
    seen.map((row) => row.pod),
    ['RO000002'],
  )
})
