import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { civilDayOf, emptySeries, quality } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem } from '../../../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../../../platform/testing/database.ts'
import { createTestNetwork } from '../../acquisition/testing/network.ts'
import { storeDays } from '../../readings/index.ts'
import { removeOldFiles } from './keep.ts'
import { registerFile } from './receive.ts'

const dayMs = 86_400_000
const now = Date.parse('2026-11-20T10:00:00Z')
let database: TestDatabase
let folder: string

before(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'contor-files-'))
  await mkdir(join(folder, 'imports'))
  const { points } = await createTestNetwork(database.db, 2)
  // The newest data say that the clock is right.
  const day = civilDayOf(now - dayMs)
  const series = emptySeries('A+', day)
  series.values.fill(1)
  series.quality.fill(quality.measured)
  const sources = Array.from(series.values, (_, row) => ({ exchangeId: 1, row }))
  await asSystem(database.db, (trx) =>
    storeDays(trx, points[1].id, [{ day, block: { day, minutes: 15, channels: [series] }, sources }]),
  )
})
after(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

async function received(name: string, days: number, state = 'done', where = join(folder, 'imports')) {
  await writeFile(join(where, name), 'pod')
  const file = { name, format: 'csv', options: {}, requestedBy: 'user:1' }
  const id = await registerFile(database.db, file, join(where, name), Buffer.alloc(32))
  await asSystem(database.db, (trx) =>
    sql`update contor.import_file set state = ${state}, ended_at = ${new Date(now - days * dayMs)} where id = ${id}`.execute(
      trx,
    ),
  )
  return id
}
const left = async (where = join(folder, 'imports')) => (await readdir(where)).sort()

test('files of ended imports go after 400 days, their rows stay; a crash before the row is made good', async () => {
  await received('young.csv', 399)
  const old = await received('old.csv', 401)
  await received('going.csv', 500, 'running')
  const halfway = await received('halfway.csv', 600, 'failed')
  // Killed between the file and its row.
  await rm(join(folder, 'imports', 'halfway.csv'))
  assert.deepEqual(await removeOldFiles(database.db, folder, now), { removed: 2, refused: null })
  assert.deepEqual(await left(), ['going.csv', 'young.csv'])
  const rows = await asSystem(database.db, (trx) =>
    sql<{ id: string }>`select id from contor.import_file where removed_at is not null order by id`.execute(
      trx,
    ),
  )
  assert.deepEqual(
    rows.rows.map(({ id }) => id),
    [old, halfway],
  )
  assert.deepEqual(await removeOldFiles(database.db, folder, now), { removed: 0, refused: null })
})

test('a file that was registered where it lay is not ours to remove', async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), 'contor-theirs-'))
  try {
    await received('theirs.csv', 900, 'done', elsewhere)
    assert.equal((await removeOldFiles(database.db, folder, now)).removed, 0)
    assert.deepEqual(await left(elsewhere), ['theirs.csv'])
  } finally {
    await rm(elsewhere, { recursive: true })
  }
})

test('a clock that jumped removes nothing', async () => {
  const { removed, refused } = await removeOldFiles(database.db, folder, now + 500 * dayMs)
  assert.equal(removed, 0)
  assert.match(refused ?? '', /the clock says/)
  assert.deepEqual(await left(), ['going.csv', 'young.csv'])
})
