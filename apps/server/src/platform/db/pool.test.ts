// Connections that break: whoever was asking is told, the process lives, the next question is answered.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import { createTestDatabase, type TestDatabase } from '../testing/database.ts'
import { asSystem, type Trx } from './pool.ts'

let database: TestDatabase
let owner: pg.Client

before(async () => {
  database = await createTestDatabase()
  owner = new pg.Client({ connectionString: database.ownerUrl })
  await owner.connect()
})
after(async () => {
  await owner.end()
  await database.drop()
})

const pidOf = async (trx: Trx) => {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx)
  return rows[0]?.pid
}

for (const where of ['in the middle of a query', 'between two queries of a transaction', 'at rest'])
  test(`a connection ended ${where} costs its own work and nothing else`, async () => {
    let pid = 0
    const work = asSystem(database.db, async (trx) => {
      pid = (await pidOf(trx)) ?? 0
      if (where === 'at rest') return
      const ended = sleep(50).then(() => owner.query('select pg_terminate_backend($1)', [pid]))
      if (where === 'in the middle of a query') await sql`select pg_sleep(30)`.execute(trx)
      await ended
      await sleep(50)
      await sql`select 1`.execute(trx)
    })
    if (where === 'at rest') {
      await work
      await owner.query('select pg_terminate_backend($1)', [pid])
      await sleep(50)
    } else await assert.rejects(work, /terminat|connection error/i)
    assert.notEqual(await asSystem(database.db, pidOf), pid)
  })
