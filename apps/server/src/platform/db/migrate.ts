import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { ContorError } from '../errors.ts'
import { distribute } from './distribution.ts'

interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

export interface MigrateOptions {
  /** Connection of the owner of the schema. */
  readonly ownerUrl: string
  /** Password of contor_app; undefined: the role cannot log in, the owner steps down to it. */
  readonly appPassword?: string | undefined
  readonly onStep?: (name: string) => void
}

const folder = join(import.meta.dirname, 'migrations')
const APP_ROLE = 'contor_app'

/** The migrations of this version, in order: `NNNN-name.sql`. */
export async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}-.+\.sql$/.test(name)).sort()
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

/**
 * Brings the database to this version. Safe to run from several processes: one works, the others wait.
 * Each migration is one transaction. On the coordinator of a Citus cluster the tables are distributed afterwards.
 * @returns the names of the migrations applied
 * @throws ContorError 'migration-failed' | 'database-failed'
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const client = new pg.Client({ connectionString: options.ownerUrl, application_name: 'contor migrate' })
  try {
    await client.connect()
  } catch (cause) {
    throw new ContorError('database-failed', `PostgreSQL does not answer: ${(cause as Error).message}`, {
      cause,
      remedy: 'Check that it runs and that DATABASE_URL names its host, port, user, password and database.',
    })
  }
  try {
    await client.query("select pg_advisory_lock(hashtext('contor.migrate'))")
    await checkVersion(client)
    await ensureAppRole(client, options.appPassword)
    await client.query('create schema if not exists contor')
    await client.query(`create table if not exists contor.contor_migration (
      name text primary key, checksum text not null, applied_at timestamptz not null default now())`)
    const applied = await applyAll(client, options.onStep)
    await distribute(client)
    return applied
  } finally {
    await client.end()
  }
}

async function checkVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query("select current_setting('server_version_num')::int as version")
  if (rows[0].version < 150_000)
    throw new ContorError('database-failed', 'PostgreSQL 15 or newer is needed', {
      field: 'DATABASE_URL',
      value: rows[0].version,
      remedy: 'Upgrade that server, or unset DATABASE_URL to use the embedded one.',
    })
}

async function ensureAppRole(client: pg.Client, password: string | undefined): Promise<void> {
  const found = await client.query('select rolsuper, rolbypassrls from pg_roles where rolname = $1', [
    APP_ROLE,
  ])
  try {
    // The lock of migrate() is per database while roles are of the whole server, hence the second look.
    if (found.rowCount === 0)
      await client.query(`create role ${APP_ROLE} nologin`).catch((error: { code?: string }) => {
        if (error.code !== '42710' && error.code !== '23505') throw error
      })
    if (password !== undefined)
      await client.query(`alter role ${APP_ROLE} login password ${client.escapeLiteral(password)}`)
    // Membership alone does not say whether one may step down to the role (PostgreSQL 16 and later): try it.
    const mayStepDown = await client.query(`set role ${APP_ROLE}`).then(
      () => true,
      () => false,
    )
    if (mayStepDown) await client.query('reset role')
    else await client.query(`grant ${APP_ROLE} to current_user`)
  } catch (cause) {
    throw new ContorError(
      'database-failed',
      `The role ${APP_ROLE} cannot be prepared: ${(cause as Error).message}`,
      {
        cause,
        remedy: `As a superuser run: create role ${APP_ROLE} nologin; grant ${APP_ROLE} to <the user of DATABASE_URL>;`,
      },
    )
  }
  if (found.rows[0]?.rolsuper || found.rows[0]?.rolbypassrls)
    throw new ContorError('database-failed', `The role ${APP_ROLE} bypasses row-level security`, {
      remedy: `As a superuser run: alter role ${APP_ROLE} nosuperuser nobypassrls;`,
    })
}

async function applyAll(client: pg.Client, onStep?: (name: string) => void): Promise<string[]> {
  const done = new Map<string, string>(
    (await client.query('select name, checksum from contor.contor_migration')).rows.map((row) => [
      row.name,
      row.checksum,
    ]),
  )
  const migrations = await readMigrations()
  const known = new Set(migrations.map((migration) => migration.name))
  const foreign = [...done.keys()].filter((name) => !known.has(name))
  if (foreign.length > 0)
    throw new ContorError(
      'migration-failed',
      `The database is newer than this program (${foreign.join(', ')})`,
      {
        remedy: 'Start the version of Contor that made it, or a newer one.',
      },
    )
  const applied: string[] = []
  for (const migration of migrations) {
    const before = done.get(migration.name)
    if (before === migration.checksum) continue
    if (before !== undefined)
      throw new ContorError('migration-failed', `${migration.name} was changed after it had been applied`, {
        field: migration.name,
        value: before,
        remedy: 'Applied migrations never change: restore the file and write a new one.',
      })
    await apply(client, migration)
    applied.push(migration.name)
    onStep?.(migration.name)
  }
  return applied
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(migration.sql)
    await client.query('insert into contor.contor_migration (name, checksum) values ($1, $2)', [
      migration.name,
      migration.checksum,
    ])
    await client.query(`revoke insert, update, delete on contor.contor_migration from ${APP_ROLE}`)
    await client.query('commit')
  } catch (cause) {
    await client.query('rollback')
    throw new ContorError('migration-failed', `${migration.name}: ${(cause as Error).message}`, { cause })
  }
}

/** Names of migrations that the database still lacks; for the readiness check. Runs as contor_app. */
export async function pendingMigrations(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query('select name from contor.contor_migration')
  const done = new Set(rows.map((row) => row.name))
  return (await readMigrations()).map((migration) => migration.name).filter((name) => !done.has(name))
}
