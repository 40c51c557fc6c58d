import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { migrate, readMigrations } from '../db/migrate.ts'
import { createPool, type Db } from '../db/pool.ts'
import { startEmbedded } from '../postgres/embedded.ts'

/** A PostgreSQL for tests: fast, forgetful, in a temporary folder. */
export interface TestPostgres {
  /** Give it to test processes as CONTOR_TEST_DATABASE_URL. */
  readonly url: string
  stop(): Promise<void>
}

export interface TestDatabase {
  /** As the application sees it: role contor_app, row-level security in force. */
  readonly db: Db
  /** As its owner: sees and does everything. */
  readonly ownerUrl: string
  /** Connection of `db`, for child processes; pass `parameters` with it. */
  readonly parameters: Readonly<Record<string, string>>
  drop(): Promise<void>
}

/** Started once per test run by the runner; without it each test process has its own. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const dataDir = await mkdtemp(join(tmpdir(), 'contor-test-'))
  await chmod(dataDir, 0o755)
  const postgres = await startEmbedded({ dataDir, volatile: true })
  return {
    url: postgres.ownerUrl,
    async stop() {
      await postgres.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

let own: Promise<TestPostgres> | undefined
let open = 0

async function serverUrl(): Promise<string> {
  const given = process.env['CONTOR_TEST_DATABASE_URL']
  if (given) return given
  own ??= startTestPostgres()
  return (await own).url
}

/**
 * A migrated, empty database of its own, cloned from a template. Call `drop()` in `after()`:
 * the last drop of a process also stops the PostgreSQL that the process started for itself.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  open++
  const server = await serverUrl()
  const name = `test_${randomBytes(8).toString('hex')}`
  const template = await ensureTemplate(server)
  await onServer(server, `create database ${name} template ${template}`)
  const ownerUrl = withDatabase(server, name)
  const parameters = { role: 'contor_app' }
  const db = createPool({ connectionString: ownerUrl, max: 5, parameters })
  let dropped = false
  return {
    db,
    ownerUrl,
    parameters,
    async drop() {
      if (dropped) return
      dropped = true
      await db.close()
      await onServer(server, `drop database ${name} with (force)`)
      open--
      if (open === 0 && own) {
        const postgres = await own
        own = undefined
        await postgres.stop()
      }
    },
  }
}

/** An empty database without any migration, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<{ ownerUrl: string; drop(): Promise<void> }> {
  open++
  const server = await serverUrl()
  const name = `empty_${randomBytes(8).toString('hex')}`
  await onServer(server, `create database ${name}`)
  return {
    ownerUrl: withDatabase(server, name),
    async drop() {
      await onServer(server, `drop database ${name} with (force)`)
      open--
      if (open === 0 && own) {
        const postgres = await own
        own = undefined
        await postgres.stop()
      }
    },
  }
}

async function ensureTemplate(server: string): Promise<string> {
  const hash = createHash('sha256')
  for (const migration of await readMigrations()) hash.update(migration.checksum)
  const name = `template_${hash.digest('hex').slice(0, 16)}`
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    // Many test processes start at once: one makes the template, the others wait for it.
    await client.query("select pg_advisory_lock(hashtext('contor.test.template'))")
    const { rowCount } = await client.query(
      'select 1 from pg_database where datname = $1 and datistemplate',
      [name],
    )
    if (rowCount === 0) {
      await client.query(`drop database if exists ${name} with (force)`)
      await client.query(`create database ${name}`)
      await migrate({ ownerUrl: withDatabase(server, name) })
      await client.query(`alter database ${name} is_template true`)
    }
  } finally {
    await client.end()
  }
  return name
}

async function onServer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}
