// Protections, causes and figures change by two persons and from a day on; what the law asks for afterwards is a task.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays, civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem } from '../../platform/index.ts'
import { testInstallation } from '../../platform/testing/installation.ts'
import { figuresOn, loadLaw } from './figures.ts'
import { createTestApp, type TestApp } from './testing/app.ts'
import { until } from './testing/world.ts'

// Point 3 has no meter: its orders go to the crew, whose result a person records here.
const [first] = testInstallation.points.map(({ pod }) => pod) as [string]
const manual = testInstallation.points.find((point) => !point.meter)?.pod ?? ''
const dayMs = 86_400_000
let app: TestApp
before(async () => {
  app = await createTestApp(
    {
      operator: ['operator', 'user:o'],
      colleague: ['operator', 'user:p'],
      eva: ['supplier', 'supplier:EVA'],
    },
    { engine: true },
  )
})
after(() => app.close())

const post = async (who: string, url: string, body: object, status = 200) => {
  const answer = await app.call(who, 'POST', url, body)
  assert.equal(answer.status, status, answer.text)
  return answer.body
}
const now = async () => Date.parse((await app.call('operator', 'GET', '/orders/now')).body.now)
const today = () => civilDayOf(Date.now())
const order = async (id: string) => (await app.call('operator', 'GET', `/orders/${id}`)).body
const reach = (id: string, state: string) => until(async () => (await order(id)).state === state, state)
let count = 0
const ask = (more: object, status = 201) =>
  post('operator', '/orders', { type: 'DECO_C', requesterReference: `law-${count++}`, ...more }, status)

test('one person protects a point; its end takes another one; the order that waits is judged by it at once', async () => {
  const waiting = await ask({
    meteringPoint: manual,
    notBefore: new Date(Date.now() + 30 * dayMs).toISOString(),
  })
  await until(async () => (await order(waiting.id)).gate.conditions.length > 0, 'judged')
  const set = { kind: 'life-support', validFrom: today(), reason: 'aparat de oxigen' }
  const { items } = await post('operator', `/points/${manual}/protections`, set)
  assert.deepEqual([items.length, items[0].kind, items[0].setBy], [1, 'life-support', 'user:o'])
  await post('operator', `/points/${manual}/protections`, set, 409)
  await post('eva', `/points/${first}/protections`, set, 403)
  await until(
    async () =>
      (await order(waiting.id)).gate.conditions.some(
        ({ key }: { key: string }) => key === 'protected-reason',
      ),
    'the protection among the conditions',
  )
  const end = { kind: 'life-support', validFrom: today(), validTo: today(), reason: 'mutat' }
  await post('operator', `/points/${manual}/protections/end`, { ...end, validTo: '2020-01-01' }, 400)
  const asked = await post('operator', `/points/${manual}/protections/end`, end)
  await post('operator', `/protection-ends/${asked.id}/confirm`, { reason: 'eu însumi' }, 403)
  assert.equal(
    (await app.call('operator', 'GET', `/points/${manual}/protections`)).body.items[0].validTo,
    null,
  )
  assert.equal(
    (await post('colleague', `/protection-ends/${asked.id}/confirm`, { reason: 'verificat' })).decidedBy,
    'user:p',
  )
  await post('colleague', `/protection-ends/${asked.id}/withdraw`, { reason: 'totuși' }, 409)
  const after = (await app.call('operator', 'GET', `/points/${manual}/protections`)).body
  assert.deepEqual([after.items[0].validTo, after.ends], [today(), []])
  // The table itself knows no end that its asker confirmed.
  await assert.rejects(
    asSystem(app.db, (trx) => sql`update contor.protection_change set decided_by = asked_by`.execute(trx)),
    /check constraint/,
  )
  // Whoever reaches the table cannot end one, move one, or make one person two.
  const forged = { ...set, kind: 'hospital' }
  await post('operator', `/points/${manual}/protections`, forged)
  const attempt = (statement: ReturnType<typeof sql>) => asSystem(app.db, (trx) => statement.execute(trx))
  await assert.rejects(
    attempt(sql`update contor.point_protection set valid_to = '2020-01-01'`),
    /permission denied/,
  )
  await attempt(sql`
    insert into contor.protection_end (metering_point_id, id, kind, valid_from, valid_to, asked_by, confirmed_by, confirmed_at, seal)
    select metering_point_id, gen_random_uuid(), 'hospital', ${today()}::date, '2020-01-01', 'user:o', 'user:p', now(), seal
      from contor.protection_end`)
  const own = await post('operator', `/points/${manual}/protections/end`, { ...end, kind: 'hospital' })
  await attempt(sql`update contor.protection_change set asked_by = 'user:p' where id = ${own.id}`)
  await post('operator', `/protection-ends/${own.id}/confirm`, { reason: 'eu însumi' }, 409)
  const kept = (await app.call('operator', 'GET', `/points/${manual}/protections`)).body.items.find(
    ({ kind }: { kind: string }) => kind === 'hospital',
  )
  assert.deepEqual([kept.validTo, kept.forgedEnds], [null, 1])
  await attempt(sql`update contor.protection_change set asked_by = 'user:o' where id = ${own.id}`)
  await post('colleague', `/protection-ends/${own.id}/confirm`, { reason: 'verificat' })
  await post('operator', `/orders/${waiting.id}/cancel`, { reason: 'încercare' })
  // Its last day is a protected one.
  await ask({ meteringPoint: manual }, 400)
  await post('operator', '/demo/clock', { advanceMs: dayMs })
})

test('a cause changes from a day on, by two persons; what was asked for before is judged as before', async () => {
  const { items } = (await app.call('operator', 'GET', '/orders/causes')).body
  const { validFrom: _, ...household } = items.find(
    ({ code, category }: { code: string; category: string }) =>
      code === 'CG-7.1-c' && category === 'household',
  )
  const from = addDays(today(), 10)
  const change = {
    ...household,
    workingDaysOnly: true,
    resupplyDays: 2,
    resupplyUnit: 'working',
    noticeDays: 20,
    validFrom: from,
    source: 'un ordin nou, art. 1',
    reason: 'legea s-a schimbat',
  }
  await post('operator', '/orders/cause-changes', { ...change, validFrom: '2020-01-01' }, 400)
  const asked = await post('operator', '/orders/cause-changes', change)
  await post('eva', `/orders/cause-changes/${asked.id}/confirm`, { reason: 'da' }, 403)
  await post('operator', `/orders/cause-changes/${asked.id}/confirm`, { reason: 'da da' }, 403)
  assert.equal((await app.call('operator', 'GET', '/orders/cause-changes')).body.items.length, 1)
  await post('colleague', `/orders/cause-changes/${asked.id}/confirm`, { reason: 'verificat în Monitor' })
  await post('operator', '/orders/cause-changes', change, 409)
  const debt = { type: 'DECO_R', meteringPoint: manual, cause: 'CG-7.1-c', debtSince: '2026-01-01' }
  const days = async (id: string) => {
    const find = async () =>
      (await order(id)).gate.conditions.find(({ key }: { key: string }) => key === 'notice-days')?.params.days
    await until(async () => (await find()) !== undefined, 'judged')
    return find()
  }
  const before = await ask(debt)
  assert.equal(await days(before.id), 15)
  await post('operator', '/demo/clock', { advanceMs: 12 * dayMs })
  assert.equal(await days(before.id), 15)
  await post('operator', `/orders/${before.id}/cancel`, { reason: 'încercare' })
  const later = await ask(debt)
  assert.equal(await days(later.id), 20)
  await post('operator', `/orders/${later.id}/cancel`, { reason: 'încercare' })
})

test('a figure of law changes what is judged: the hours in which supply is taken', async () => {
  const answer = await app.call('operator', 'PUT', '/legal-rules/orders.served.from', {
    value: 10,
    validFrom: addDays(today(), 1),
    source: 'practice: the cash desk opens later',
    reason: 'program nou',
  })
  assert.equal(answer.status, 200, answer.text)
  const deco = await ask({
    type: 'DECO_R',
    meteringPoint: manual,
    cause: 'CG-7.1-c',
    debtSince: '2026-01-01',
  })
  const sentAt = new Date(await now()).toISOString()
  await post('operator', `/orders/${deco.id}/notices`, { sentAt, channel: 'hand', proof: 'semnătura 1' })
  await until(async () => (await order(deco.id)).runsAt !== null, 'an instant')
  const at = new Date((await order(deco.id)).runsAt)
  const hour = new Intl.DateTimeFormat('en', {
    timeZone: 'Europe/Bucharest',
    hour: 'numeric',
    hourCycle: 'h23',
  })
  assert.equal(hour.format(at), '10')
  // The second person is asked for more often by a row, and never less often.
  const loose = await app.call('operator', 'PUT', '/legal-rules/orders.approval.watts', {
    value: 500_000,
    validFrom: today(),
    source: 'none at all',
    reason: 'mai repede',
  })
  assert.equal(loose.status, 400)
  // Nor by one that came past the bounds.
  await asSystem(app.db, async (trx) => {
    await sql`insert into contor.legal_rule (name, valid_from, revision, value, source, actor, reason)
              values ('orders.approval.watts', ${today()}::date, 1, 9000000, 'none', 'user:o', 'none')`.execute(
      trx,
    )
    const law = await loadLaw(trx)
    assert.equal(figuresOn(law, addDays(today(), 1)).approvalFromW, 100_000)
    assert.equal(figuresOn(law, addDays(today(), 1)).servedHours.from, 10)
    assert.equal(figuresOn(law, today()).servedHours.from, 8)
  })
  await post('operator', `/orders/${deco.id}/cancel`, { reason: 'încercare' })
})

test('an act without notice leaves a letter to be sent within 30 working days, until it is recorded', async () => {
  const danger = await ask({ type: 'DECO_R', meteringPoint: manual, cause: 'CG-7.4-c' })
  await reach(danger.id, 'field')
  await post('operator', `/orders/${danger.id}/field-result`, { result: 'done', reason: 'cablu căzut' })
  await reach(danger.id, 'closed')
  const due = async () => (await app.call('operator', 'GET', '/orders?toJustify=true')).body.items
  assert.deepEqual(
    (await due()).map(({ id }: { id: string }) => id),
    [danger.id],
  )
  const { justifyBy } = await order(danger.id)
  assert.ok(justifyBy > addDays(civilDayOf(await now()), 30), justifyBy)
  const letter = { sentAt: new Date(await now()).toISOString(), channel: 'registered-letter', proof: 'RR 5' }
  await post('eva', `/orders/${danger.id}/justification`, letter, 403)
  await post('operator', `/orders/${danger.id}/justification`, letter)
  await post('operator', `/orders/${danger.id}/justification`, letter, 409)
  assert.deepEqual(await due(), [])
  const shown = await order(danger.id)
  assert.equal(shown.justifiedAt, letter.sentAt)
  assert.equal(shown.timeline.at(-1).event, 'justified')
})

test('a suspension ends by itself on its day, once; one that something else ended does not', async () => {
  const suspend = async () => {
    const until = addDays(civilDayOf(await now()), 100)
    const asked = await ask({ meteringPoint: manual, cause: 'SUSPEND', until })
    await reach(asked.id, 'field')
    await post('operator', `/orders/${asked.id}/field-result`, { result: 'done', reason: 'cerere 7' })
    await reach(asked.id, 'closed')
    return asked.id as string
  }
  const after = async (id: string) => (await order(id)).after
  await ask({ meteringPoint: manual, cause: 'SUSPEND', until: addDays(today(), 40) }, 400)
  const one = await suspend()
  await post('operator', '/demo/clock', { advanceMs: 98 * dayMs })
  const early = await ask({ type: 'RECO_C', meteringPoint: manual })
  await post('operator', `/orders/${early.id}/cancel`, { reason: 'încă nu' })
  assert.equal(await after(one), null)
  await post('operator', '/demo/clock', { advanceMs: 3 * dayMs })
  await until(async () => (await after(one)) !== null, 'the order that connects again')
  const back = await order((await after(one)).id)
  assert.deepEqual([back.type, back.requester, back.before.id], ['RECO_C', 'system', one])
  await reach(back.id, 'field')
  await post('operator', `/orders/${back.id}/field-result`, { result: 'done', reason: 'reconectat' })
  await reach(back.id, 'closed')

  const two = await suspend()
  await post('operator', '/demo/clock', { advanceMs: dayMs })
  const wanted = await ask({ type: 'RECO_C', meteringPoint: manual })
  await reach(wanted.id, 'field')
  await post('operator', `/orders/${wanted.id}/field-result`, { result: 'done', reason: 'înapoi acasă' })
  await reach(wanted.id, 'closed')
  await post('operator', '/demo/clock', { advanceMs: 120 * dayMs })
  await until(async () => {
    const { rows } = await asSystem(app.db, (trx) =>
      sql`select 1 from contor.work_order where id = ${two} and next_at is null`.execute(trx),
    )
    return rows.length > 0
  }, 'the suspension looked at on its day')
  assert.equal(await after(two), null)
})
