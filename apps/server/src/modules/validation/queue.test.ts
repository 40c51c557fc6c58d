import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { type Actor, asSystem, withActor } from '../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing/database.ts'
import { findPersonWith, personsWith } from '../access/index.ts'
import { createTestNetwork, type TestNetwork } from '../acquisition/testing/network.ts'
import { openExceptions } from './exceptions.ts'
import { changeExceptions, type ExceptionFilter, groupExceptions, listExceptions } from './queue.ts'
import { loadRules } from './ruleBook.ts'

let database: TestDatabase
let network: TestNetwork
const operator = (name: string): Actor => ({
  subject: `user:${name}`,
  role: 'operator',
  scope: 'all',
  name,
  locale: 'ro',
})
const ana = operator('ana')
const ion = operator('ion')

before(async () => {
  database = await createTestDatabase()
  network = await createTestNetwork(database.db, 3)
  await asSystem(database.db, async (trx) => {
    await sql`insert into contor.auth_user (id, name, email, role) values
      ('ana', 'Ana', 'ana@x.example', 'operator'), ('ion', 'Ion', 'ion@x.example', 'analyst'),
      ('cora', 'Cora', 'cora@x.example', 'customer')`.execute(trx)
    const rules = await loadRules(trx)
    for (const { id, meterId } of network.points.slice(0, 3))
      await openExceptions(
        trx,
        { meteringPointId: id, meterId },
        [1, 5].map((fromSlot) => ({
          rule: 'spike' as const,
          day: '2026-08-03',
          channel: 'A+' as const,
          fromSlot,
          count: 1,
          details: {},
        })),
        rules,
      )
    await sql`update contor.validation_exception set opened_at = now() - interval '10 days'
               where metering_point_id = ${network.points[2].id}`.execute(trx)
  })
})
after(() => database.drop())

const as = (actor: Actor, filter: ExceptionFilter, change: Parameters<typeof changeExceptions>[3]) =>
  withActor(database.db, actor, (trx) => changeExceptions(trx, actor, { filter }, change, 'shared work'))
const counts = async (by: 'person' | 'age', filter: ExceptionFilter = {}) =>
  Object.fromEntries(
    (await withActor(database.db, ana, (trx) => groupExceptions(trx, by, filter))).map((row) => [
      row.key,
      row.exceptions,
    ]),
  )
const statuses = async (filter: ExceptionFilter) => [
  ...new Set(
    (await withActor(database.db, ana, (trx) => listExceptions(trx, filter, 100))).map((row) => row.status),
  ),
]

test('who may work on exceptions is told by name and role, and nobody else is', async () => {
  const persons = await withActor(database.db, ana, (trx) => personsWith(trx, 'exceptions'))
  assert.deepEqual(persons, [
    { subject: 'user:ana', name: 'Ana', role: 'operator' },
    { subject: 'user:ion', name: 'Ion', role: 'analyst' },
  ])
  const named = (who: string) => asSystem(database.db, (trx) => findPersonWith(trx, 'exceptions', who))
  assert.equal((await named('Ion@x.example'))?.subject, 'user:ion')
  assert.equal(await named('cora@x.example'), undefined)
  // A customer's own connection sees no person at all.
  const customer: Actor = { ...ana, subject: 'customer:1', role: 'customer', scope: 'granted' }
  assert.deepEqual(await withActor(database.db, customer, (trx) => personsWith(trx, 'exceptions')), [])
})

test('given, taken, taken over and handed back; counted by person and by age', async () => {
  const [first, second, old] = network.points.map((point) => ({ meteringPointId: point.id }))
  assert.deepEqual(await counts('age'), { day: 4, month: 2 })
  assert.deepEqual(await counts('age', { age: 'month' }), { month: 2 })
  assert.equal(await as(ana, first, { action: 'assign', to: 'user:ion' }), 2)
  assert.deepEqual(await statuses(first), ['open'], 'given to another, who has not begun')
  assert.deepEqual(await counts('person'), { nobody: 4, 'user:ion': 2 })

  // Taking all leaves with the other what is the other's; taking over says so.
  assert.equal(await as(ana, {}, { action: 'acknowledge' }), 4)
  assert.deepEqual(await counts('person'), { 'user:ana': 4, 'user:ion': 2 })
  assert.equal(await as(ion, second, { action: 'assign', to: 'user:ion' }), 2)
  assert.deepEqual(await statuses(second), ['acknowledged'], 'taken over, and begun')
  assert.deepEqual(await counts('person'), { 'user:ana': 2, 'user:ion': 4 })

  assert.equal(await as(ana, old, { action: 'assign', to: null }), 2)
  assert.deepEqual(await counts('person', { age: 'month' }), { nobody: 2 })
  assert.deepEqual(await statuses({ assignedTo: 'nobody' }), ['open'])
  assert.deepEqual(await counts('age', { assignedTo: 'user:ion' }), { day: 4 })

  for (const to of ['user:cora', 'user:none', 'ion@x.example'])
    await assert.rejects(as(ana, first, { action: 'assign', to }), (error: Error) =>
      error.message.includes(to),
    )
  const { rows } = await asSystem(database.db, (trx) =>
    sql<{ actor: string; to: string | null }>`
      select actor, details ->> 'to' as to from contor.audit
       where action = 'exception.change' and details ->> 'action' = 'assign' order by id`.execute(trx),
  )
  assert.deepEqual(rows, [
    { actor: 'user:ana', to: 'user:ion' },
    { actor: 'user:ion', to: 'user:ion' },
    { actor: 'user:ana', to: null },
  ])
})
