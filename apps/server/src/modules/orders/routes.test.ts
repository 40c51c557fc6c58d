// Orders over HTTP, under everybody's own eyes: what each role sees and may do, and who may not.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Role } from '../../platform/index.ts'
import { testInstallation } from '../../platform/testing/installation.ts'
import { createTestApp, type TestApp } from './testing/app.ts'

// Points 1 and 2 are EVA's, point 1 customer 1's; point 3 is LUMEN's and has no meter.
const [first, second, third] = testInstallation.points.map(({ pod }) => pod) as [string, string, string]
let app: TestApp
const people: Readonly<Record<string, readonly [Role, string]>> = {
  operator: ['operator', 'user:o'],
  colleague: ['operator', 'user:p'],
  analyst: ['analyst', 'user:a'],
  crew: ['crew', 'user:c'],
  eva: ['supplier', 'supplier:EVA'],
  lumen: ['supplier', 'supplier:LUMEN'],
  customer: ['customer', 'customer:1'],
}

before(async () => {
  app = await createTestApp(people)
})
after(() => app.close())
const call = (...asked: Parameters<TestApp['call']>) => app.call(...asked)
const create = (who: string, meteringPoint: string, more: object = {}) =>
  call(who, 'POST', '/orders', {
    type: 'DECO_C',
    meteringPoint,
    requesterReference: `${who}-${meteringPoint}`,
    ...more,
  })
const later = { notBefore: new Date(Date.now() + 300 * 86_400_000).toISOString() }

test('who asks for what: own points only, own types only; the same reference answers 200 with the same order', async () => {
  assert.equal((await create('customer', second)).status, 404)
  assert.equal((await create('eva', third)).status, 404)
  const refused = await create('customer', first, {
    type: 'DECO_R',
    cause: 'MO-I-8',
    debtSince: '2026-01-01',
  })
  assert.deepEqual([refused.status, refused.body.error.field], [403, 'type'])
  for (const who of ['analyst', 'crew']) assert.equal((await create(who, first)).status, 403)
  const made = await create('customer', first, later)
  assert.equal(made.status, 201)
  const again = await create('customer', first, later)
  assert.deepEqual([again.status, again.body.id], [200, made.body.id])
  for (const other of [
    { reason: 'alt motiv' },
    { protectionReason: 'alt motiv, mai lung' },
    { notBefore: undefined },
  ]) {
    const refusal = await create('customer', first, { ...later, ...other })
    assert.deepEqual([refusal.status, refusal.body.error.field], [409, 'requesterReference'])
  }
})

test('bad input names the field, the value and the remedy, and writes nothing', async () => {
  const cases: readonly (readonly [object, string])[] = [
    [{ type: 'DECO_R' }, 'cause'],
    [{ type: 'DECO_R', cause: 'MO-I-8' }, 'debtSince'],
    [{ type: 'DECO_R', cause: 'MO-I-8', debtSince: '2999-01-01' }, 'debtSince'],
    [{ type: 'DECO_R', cause: 'NO-SUCH' }, 'cause'],
    [{ cause: 'SUSPEND' }, 'until'],
    [{ cause: 'SUSPEND', notBefore: '2026-12-01T08:00:00Z', until: '2027-01-15' }, 'until'],
    [{ meteringPoint: 'RO-NONE' }, 'meteringPoint'],
    [{ notBefore: '2999-01-01T00:00:00Z' }, 'notBefore'],
    [{ notbefore: '2026-12-01T08:00:00Z' }, 'notbefore'],
    [{ requesterReference: 'a\0b' }, 'requesterReference'],
    [{ meteringPoint: 'a\0b' }, 'meteringPoint'],
  ]
  const before = (await call('operator', 'GET', '/orders')).body.items.length
  for (const [change, field] of cases) {
    const answer = await create('operator', second, { requesterReference: `bad ${field}`, ...change })
    assert.ok(answer.status >= 400 && answer.status < 500)
    assert.equal(answer.body.error.field, field, JSON.stringify(answer.body))
    assert.ok(answer.body.error.remedy)
  }
  assert.equal((await call('operator', 'POST', '/orders', { type: 'DECO_X' })).status, 400)
  assert.equal((await call('operator', 'GET', '/orders')).body.items.length, before)
})

test('each sees the orders of the own points, and nobody else’s', async () => {
  const { body: own } = await create('eva', second, later)
  const count = async (who: string) => (await call(who, 'GET', '/orders')).body.items?.length ?? 0
  assert.deepEqual(
    await Promise.all(['operator', 'analyst', 'crew', 'eva', 'customer', 'lumen'].map(count)),
    [2, 2, 0, 2, 1, 0],
  )
  assert.equal((await call('eva', 'GET', `/orders/${own.id}`)).body.timeline[0].event, 'create')
  for (const who of ['customer', 'lumen'])
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['POST', '/cancel', { reason: 'nu vreau' }],
    ] as const)
      assert.equal((await call(who, method, `/orders/${own.id}${path}`, body)).status, 404)
  // Seen is not owned: the supplier sees the customer's order and does not take it back.
  const foreign = (await call('eva', 'GET', '/orders')).body.items.find(
    (one: { requester: string }) => one.requester === 'customer:1',
  )
  assert.equal(
    (await call('eva', 'POST', `/orders/${foreign.id}/cancel`, { reason: 'nu vreau' })).status,
    403,
  )
  assert.equal(
    (await call('customer', 'POST', `/orders/${foreign.id}/cancel`, { reason: 'm-am răzgândit' })).body.state,
    'cancelled',
  )
})

test('approving, recording and reporting are for those who may', async () => {
  const { body: order } = await create('operator', first, { ...later, requesterReference: 'o-1' })
  const act = async (who: string, path: string, body: object) =>
    (await call(who, 'POST', `/orders/${order.id}/${path}`, body)).status
  const reason = { reason: 'de acord' }
  for (const who of ['eva', 'customer', 'analyst', 'crew'])
    assert.equal(await act(who, 'approve', reason), 403, who)
  assert.equal(await act('operator', 'approve', reason), 403)
  assert.equal(await act('colleague', 'approve', reason), 200)
  const notice = { sentAt: '2026-01-01T08:00:00Z', channel: 'hand', proof: 'x 1' }
  assert.equal(await act('customer', 'notices', notice), 403)
  assert.equal(await act('eva', 'notices', notice), 200)
  assert.equal(await act('eva', 'notices', { ...notice, sentAt: '2999-01-01T08:00:00Z' }), 400)
  assert.equal(
    await act('customer', 'cures', { kind: 'payment', at: '2026-01-01T08:00:00Z', proof: 'x 1' }),
    403,
  )
  assert.equal(await act('operator', 'field-result', { result: 'done', reason: 'făcut' }), 409)
  assert.equal(await act('crew', 'field-result', { result: 'done', reason: 'făcut' }), 403)
  assert.equal(await act('operator', 'cancel', reason), 200)
})

test('a dry run writes nothing and names who would be dark; a batch takes the good ones and tells the others', async () => {
  const orders = [
    { type: 'DECO_C', meteringPoint: first, requesterReference: 'b1', ...later },
    { type: 'DECO_C', meteringPoint: 'RO-NONE', requesterReference: 'b2' },
    { type: 'RECO_C', meteringPoint: third, requesterReference: 'b3' },
  ]
  const before = (await call('operator', 'GET', '/orders?open=true')).body.items.length
  const { body: dry } = await call('operator', 'POST', '/orders:dry-run', { orders })
  assert.deepEqual(
    dry.items.map((one: { ok: boolean; dark: boolean; route?: string }) => [one.ok, one.dark, one.route]),
    [
      [true, true, 'field'],
      [false, false, undefined],
      [true, false, 'field'],
    ],
  )
  assert.deepEqual([dry.dark.points, dry.dark.powerW, dry.dark.stations[0].customers], [1, 6_000, 3])
  assert.equal((await call('operator', 'GET', '/orders?open=true')).body.items.length, before)
  const { body: batch } = await call('operator', 'POST', '/orders:batch', { orders })
  assert.deepEqual([batch.accepted, batch.items[1].error.field], [2, 'meteringPoint'])
  assert.equal((await call('operator', 'GET', `/orders/${batch.items[0].id}`)).body.batchId, batch.batchId)
})

test('pages follow one another without gap or repetition', async () => {
  const all = (await call('operator', 'GET', '/orders')).body.items.map(({ id }: { id: string }) => id)
  const found: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const { body } = await call('operator', 'GET', `/orders?limit=2${cursor ? `&cursor=${cursor}` : ''}`)
    found.push(...body.items.map(({ id }: { id: string }) => id))
    cursor = body.nextCursor
  }
  assert.deepEqual(found, all)
})

test('the guard: one stops, two open, a limit takes two; suppliers and customers have no part in it', async () => {
  for (const who of ['eva', 'customer', 'crew']) assert.equal((await call(who, 'GET', '/guard')).status, 403)
  assert.equal((await call('analyst', 'POST', '/guard/stop', { reason: 'probă' })).status, 403)
  assert.equal((await call('operator', 'POST', '/guard/stop', { reason: 'probă' })).status, 200)
  assert.equal((await call('analyst', 'GET', '/guard')).body.stopped.reason, 'probă')
  const { body: proposal } = await call('operator', 'POST', '/guard/proposals', {
    kind: 'resume',
    reason: 'gata',
  })
  assert.equal(
    (await call('operator', 'POST', `/guard/proposals/${proposal.id}/confirm`, { reason: 'de acord' }))
      .status,
    403,
  )
  assert.equal(
    (await call('colleague', 'POST', `/guard/proposals/${proposal.id}/confirm`, { reason: 'de acord' }))
      .status,
    200,
  )
  assert.equal(
    (await call('colleague', 'POST', `/guard/proposals/${proposal.id}/confirm`, { reason: 'de acord' }))
      .status,
    404,
  )
  assert.equal((await call('analyst', 'GET', '/guard')).body.stopped, null)
  const change = { scope: 'person', windowS: 3_600, maxCount: 3, maxShare: 0, maxPowerShare: 1 }
  const { body: limit } = await call('operator', 'POST', '/guard/proposals', {
    kind: 'limit',
    reason: 'mai strict',
    change,
  })
  await call('colleague', 'POST', `/guard/proposals/${limit.id}/confirm`, { reason: 'de acord' })
  const limits = (await call('analyst', 'GET', '/guard')).body.limits
  assert.deepEqual(
    limits.find((one: typeof change) => one.scope === 'person' && one.windowS === 3_600),
    change,
  )
  const { body: glass } = await call('operator', 'POST', '/guard/break-glass', {
    reason: 'avarie',
    minutes: 5,
  })
  assert.ok(Date.parse(glass.until) > Date.now())
  assert.equal(
    (await call('operator', 'POST', '/guard/break-glass', { reason: 'avarie', minutes: 999 })).status,
    400,
  )
  const events = (await call('analyst', 'GET', '/guard')).body.events.map(
    ({ kind }: { kind: string }) => kind,
  )
  assert.deepEqual(events, ['alarm', 'break-glass', 'resume', 'stop'])
})
