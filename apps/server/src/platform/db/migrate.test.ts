import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { createEmptyDatabase } from '../testing/database.ts'
import { migrate, readMigrations } from './migrate.ts'

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

test('migrations: from nothing, twice, by several processes at once, and what they refuse', async (t) => {
  const { ownerUrl, drop } = await createEmptyDatabase()
  try {
    const names = (await readMigrations()).map((migration) => migration.name)

    await t.test('several at once apply each migration once', async () => {
      const results = await Promise.all([1, 2, 3].map(() => migrate({ ownerUrl })))
      assert.deepEqual(results.flat().sort(), names)
    })

    await t.test('again: nothing to do', async () => {
      assert.deepEqual(await migrate({ ownerUrl }), [])
    })

    await t.test(
      'the role of the application is neither superuser nor above row-level security',
      async () => {
        const [role] = await query(
          ownerUrl,
          "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = 'contor_app'",
        )
        assert.deepEqual(role, {
          rolsuper: false,
          rolbypassrls: false,
          rolcreaterole: false,
          rolcreatedb: false,
        })
      },
    )

    await t.test('a migration changed after the fact is refused by name', async () => {
      await query(ownerUrl, `update contor.contor_migration set checksum = 'x' where name = '${names[0]}'`)
      await assert.rejects(migrate({ ownerUrl }), { code: 'migration-failed', field: names[0] })
    })

    await t.test('a database of a newer version is refused', async () => {
      await query(ownerUrl, "insert into contor.contor_migration values ('9999-future.sql', 'x')")
      await assert.rejects(migrate({ ownerUrl }), /newer than this program \(9999-future\.sql\)/)
    })
  } finally {
    await drop()
  }
})

test('an unreachable server is named with a remedy', async () => {
  await assert.rejects(migrate({ ownerUrl: 'postgres://a:b@127.0.0.1:1/x' }), {
    code: 'database-failed',
    remedy: /DATABASE_URL/,
  })
})
