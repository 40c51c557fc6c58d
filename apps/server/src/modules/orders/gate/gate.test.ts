// The gate by cases: what the sources say, each with the day before and the day itself.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays, civilDayOf, dayStart } from '@contor/intervals'
import { asSystem, ContorError } from '../../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../../platform/testing/database.ts'
import type { Cure, Facts } from '../facts.ts'
import type { OrderType } from '../machine.ts'
import { findCause } from '../store.ts'
import { nextServedInstant } from './calendar.ts'
import { type GatePoint, judgeOrder, shippedFigures, type Verdict } from './gate.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

const hour = 3_600_000
const asked = dayStart('2026-06-01') + 10 * hour
const household: GatePoint = { kind: 'household', approvedPowerW: 6_000, integrated: true, protections: [] }
const small: GatePoint = { ...household, kind: 'business', approvedPowerW: 40_000 }
const large: GatePoint = { ...household, kind: 'business', approvedPowerW: 250_000 }

async function judge(
  type: OrderType,
  code: string,
  point: GatePoint,
  facts: Partial<Facts>,
  now: number,
  order: { inBatch?: boolean; approvedBy?: string | null } = {},
): Promise<Verdict> {
  const cause = await asSystem(database.db, (trx) => findCause(trx, code, type, point, '2026-06-01'))
  return judgeOrder(
    {
      type,
      createdAt: asked,
      requestedBy: 'user:o',
      approvedBy: order.approvedBy ?? null,
      inBatch: order.inBatch ?? false,
      facts: { notices: [], cures: [], ...facts },
    },
    point,
    cause,
    now,
    shippedFigures,
  )
}
const notice = (at: number) => ({
  sentAt: new Date(at).toISOString(),
  channel: 'hand' as const,
  proof: 'x 1',
  by: 'user:o',
})
const missing = (verdict: Verdict) => verdict.conditions.filter(({ ok }) => !ok).map(({ key }) => key)

// [cause, point, days of debt, notice days, unit]: CG 7.1 c), 7.2; Gazette 129/1999 art. 8, 28.
const debts = [
  ['CG-7.1-c', household, 50, 15],
  ['CG-7.1-c', small, 40, 5],
  ['CG-7.1-c', large, 40, 5],
  ['MO-I-8', household, 37, 3],
  ['MO-II-28', small, 25, 5],
  ['MO-III-28', large, 25, 5],
] as const

test('a debt: too young, no notice, notice too early, notice running, and then', async () => {
  for (const [code, point, debtDays, noticeDays] of debts) {
    const label = `${code} ${point.kind} ${point.approvedPowerW}`
    const at = (since: string) =>
      judge('DECO_R', code, point, { debtSince: since }, asked, { approvedBy: 'user:p' })
    // The debt's days are whole ones: due on day 0, the cause is there on day n + 1.
    const old = addDays(civilDayOf(asked), -(debtDays + 1))
    assert.ok(missing(await at(addDays(old, 1))).includes('debt-age'), label)
    assert.ok(!missing(await at(old)).includes('debt-age'), label)
    assert.equal((await at(old)).runsAt, undefined, `${label}: nothing is known without a notice`)
    const withNotice = (sentAt: number, now: number) =>
      judge('DECO_R', code, point, { debtSince: old, notices: [notice(sentAt)] }, now, {
        approvedBy: 'user:p',
      })
    const early = await withNotice(dayStart(addDays(civilDayOf(asked), -3)), asked)
    assert.ok(missing(early).includes('notice-sent'), `${label}: a notice before the cause`)
    const running = await withNotice(asked, asked)
    assert.equal(running.verdict, 'wait', label)
    assert.ok(running.runsAt && running.runsAt > asked + noticeDays * 24 * hour, label)
    assert.equal((await withNotice(asked, running.runsAt - 1)).verdict, 'wait', label)
    const then = await withNotice(asked, running.runsAt)
    assert.deepEqual([then.verdict, missing(then)], ['run', []], label)
    // At night it waits again, however long ago the notice was.
    const night = dayStart(addDays(civilDayOf(running.runsAt), 30)) + 2 * hour
    assert.deepEqual(missing(await withNotice(asked, night)), ['served-hours'], label)
  }
})

test('without notice: emergencies run at once, the operator pays, and a letter is due in 30 working days', async () => {
  for (const code of ['CG-7.4-c', 'CG-7.4-d']) {
    const verdict = await judge('DECO_R', code, { ...household, integrated: false }, {}, asked)
    assert.deepEqual([verdict.verdict, verdict.costBearer, verdict.justifyDays], ['run', 'operator', 30])
  }
  for (const code of ['CG-7.4-a', 'CG-7.4-b']) {
    const verdict = await judge('DECO_R', code, { ...household, integrated: false }, {}, asked)
    assert.deepEqual([verdict.verdict, verdict.costBearer, verdict.justifyDays], ['run', 'user', 0])
  }
})

test('a user whose meter is integrated never pays (ANRE 177/2018 art. 22)', async () => {
  assert.equal((await judge('DECO_C', 'CLIENT', household, {}, asked)).costBearer, 'operator')
  assert.equal(
    (await judge('DECO_C', 'CLIENT', { ...household, integrated: false }, {}, asked)).costBearer,
    'user',
  )
})

test('a cure of the cause ends it, one of another cause does not', async () => {
  const cure = (kind: Cure['kind']): Cure => ({
    kind,
    at: new Date(asked).toISOString(),
    proof: 'OP 1',
    by: 'user:o',
  })
  const debt = { debtSince: '2026-01-01', notices: [notice(asked)] }
  const later = nextServedInstant(asked + 60 * 24 * hour, shippedFigures.servedHours)
  assert.equal(
    (await judge('DECO_R', 'MO-I-8', household, { ...debt, cures: [cure('payment')] }, later)).verdict,
    'cured',
  )
  assert.equal(
    (await judge('DECO_R', 'MO-I-8', household, { ...debt, cures: [cure('access')] }, later)).verdict,
    'run',
  )
})

test('a second person: for batches, large and public consumers, protected customers; never the first one', async () => {
  const of = (point: GatePoint, facts: Partial<Facts>, order: Parameters<typeof judge>[5]) =>
    judge('DECO_C', 'CLIENT', point, facts, asked, order)
  assert.equal((await of(household, {}, {})).verdict, 'run')
  assert.equal((await of(household, {}, { inBatch: true })).verdict, 'approval')
  assert.equal((await of(large, {}, {})).verdict, 'approval')
  assert.equal((await of({ ...small, kind: 'public' }, {}, {})).verdict, 'approval')
  assert.equal((await of(large, {}, { approvedBy: 'user:o' })).verdict, 'approval')
  assert.equal((await of(large, {}, { approvedBy: 'user:p' })).verdict, 'run')
  const ill = { ...household, protections: ['life-support'] }
  assert.deepEqual(missing(await of(ill, {}, { approvedBy: 'user:p' })), ['protected-reason'])
  assert.equal(
    (await of(ill, { protectionReason: 'aparatul este oprit' }, { approvedBy: 'user:p' })).verdict,
    'run',
  )
})

test('re-supply: at the latest two working days after, whatever is asked', async () => {
  const verdict = await judge('RECO_R', 'RESUPPLY', household, {}, asked)
  // Asked on Monday 1 June, a holiday then followed by Tuesday and Wednesday: the end of Wednesday.
  assert.equal(new Date(verdict.dueBy ?? 0).toISOString(), new Date(dayStart('2026-06-04')).toISOString())
  assert.equal(verdict.verdict, 'run')
})

test('a cause of another kind of consumer or another type is refused with those that fit', async () => {
  const find = (code: string, type: OrderType, point: GatePoint) =>
    asSystem(database.db, (trx) => findCause(trx, code, type, point, '2026-06-01'))
  await assert.rejects(
    find('MO-II-28', 'DECO_R', household),
    (e) => e instanceof ContorError && /MO-I-8/.test(e.remedy ?? ''),
  )
  await assert.rejects(
    find('MO-I-8', 'DECO_C', household),
    (e) => e instanceof ContorError && e.field === 'cause',
  )
  await assert.rejects(
    asSystem(database.db, (trx) => findCause(trx, 'CG-7.1-c', 'DECO_R', household, '2010-01-01')),
    (e) => e instanceof ContorError,
  )
})
