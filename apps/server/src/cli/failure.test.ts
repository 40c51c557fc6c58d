// What a person at a terminal reads when something failed.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { ContorError } from '../platform/errors.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing/database.ts'
import { wordsOf } from './failure.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

/** What a connection with another part of the address says. */
async function saidBy(change: (url: URL) => void, query = 'select 1'): Promise<string> {
  const url = new URL(database.ownerUrl)
  change(url)
  const client = new pg.Client({ connectionString: url.href })
  try {
    await client.connect()
    await client.query(query)
  } catch (error) {
    return wordsOf(error)
  } finally {
    await client.end().catch(() => {})
  }
  throw new Error('nothing failed')
}

test('a database that is not there yet is told in two lines, with what to do and without a stack', async () => {
  const nowhere = await saidBy((url) => {
    url.port = '1'
  })
  assert.match(nowhere, /does not answer.*\n.*contor start/)
  assert.match(
    await saidBy((url) => {
      url.pathname = '/nothing_here'
    }),
    /does not exist.*nothing_here.*\n.*contor migrate/,
  )
  assert.match(
    await saidBy(() => {}, 'select * from contor.nothing_here'),
    /no such table.*\n.*contor migrate/,
  )
  assert.doesNotMatch(nowhere, /at .*\.ts:\d/)
})

test('what was foreseen has its remedy; what was not has its stack', () => {
  const foreseen = new ContorError('conflict', 'It stands in the way', {
    field: 'a',
    value: 1,
    remedy: 'Move it.',
  })
  assert.equal(wordsOf(foreseen), 'It stands in the way.\nMove it.')
  assert.match(wordsOf(new Error('surprise')), /^Error: surprise\n\s+at /)
  assert.equal(wordsOf('text'), 'text')
})
