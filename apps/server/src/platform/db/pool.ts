import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import pg from 'pg'
import { type Actor, systemActor } from '../actor.ts'
import type { Database } from './schema.ts'

export type Trx = Transaction<Database>

/** One pool, two views of it: Kysely for queries, pg for COPY and LISTEN. */
export interface Db {
  readonly kysely: Kysely<Database>
  readonly pool: pg.Pool
  /** What it was opened with: a worker thread opens its own. */
  readonly options: PoolOptions
  close(): Promise<void>
}

export interface PoolOptions {
  readonly connectionString: string
  /** Connections at most; default 10. */
  readonly max?: number
  /** Shown in pg_stat_activity. */
  readonly applicationName?: string
  /** Startup parameters of every connection, e.g. { role: 'contor_app' }. */
  readonly parameters?: Readonly<Record<string, string>>
}

const DATE_OID = 1082

// A civil day stays the text that it is: a Date would drag the process's zone into it.
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === DATE_OID && format !== 'binary') return (text: string) => text
    return pg.types.getTypeParser(oid, format as 'text')
  },
} as pg.CustomTypesConfig

/** Opens a pool; no connection is made before the first query. bigint and numeric arrive as strings. */
export function createPool(options: PoolOptions): Db {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.max ?? 10,
    application_name: options.applicationName ?? 'contor',
    idleTimeoutMillis: 30_000,
    types,
    ...(options.parameters
      ? {
          options: Object.entries(options.parameters)
            .map(([name, value]) => `-c ${name}=${value}`)
            .join(' '),
        }
      : {}),
  })
  // A connection that breaks is replaced: whoever was asking on it is told by his query. Without these listeners,
  // for connections at rest and for those in a transaction, it would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const kysely = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) }).withSchema('contor')
  return { kysely, pool, options, close: () => pool.end() }
}

/**
 * Runs `fn` in one transaction that sees what `actor` may see; everything else is invisible.
 * Tables are those of schema contor; raw sql writes the prefix (`contor.day_block`).
 */
export async function withActor<T>(db: Db, actor: Actor, fn: (trx: Trx) => Promise<T>): Promise<T> {
  // Asked before the transaction takes a connection: a pool may hold only one.
  const statements = await scopeStatements(db, actor)
  return db.kysely.transaction().execute(async (trx) => {
    for (const statement of statements) await sql.raw(statement).execute(trx)
    return fn(trx)
  })
}

const clusters = new WeakMap<pg.Pool, Promise<boolean>>()

/** Whether the database is the coordinator of a Citus cluster; asked once for each pool. */
function isCluster(db: Db): Promise<boolean> {
  let known = clusters.get(db.pool)
  if (!known) {
    known = db.pool
      .query("select to_regclass('pg_dist_partition') is not null as cluster")
      .then(({ rows }) => rows[0].cluster as boolean)
    clusters.set(db.pool, known)
    known.catch(() => clusters.delete(db.pool))
  }
  return known
}

/**
 * What a transaction begins with. One statement where there is one server; on a cluster SET LOCAL, one at a time:
 * only that form is carried to the nodes with the transaction (citus.propagate_set_commands = 'local').
 */
async function scopeStatements(db: Db, actor: Actor): Promise<string[]> {
  const scope = pg.escapeLiteral(actor.scope)
  const subject = pg.escapeLiteral(actor.subject)
  return (await isCluster(db))
    ? [`set local contor.scope = ${scope}`, `set local contor.subject = ${subject}`]
    : [`select set_config('contor.scope', ${scope}, true), set_config('contor.subject', ${subject}, true)`]
}

/** `withActor` on a bare pg client, for COPY and other things that Kysely does not speak. */
export async function withActorClient<T>(
  db: Db,
  actor: Actor,
  fn: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const statements = await scopeStatements(db, actor)
  const client = await db.pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    for (const statement of statements) await client.query(statement)
    const result = await fn(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((cause: Error) => {
      broken = cause
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** One transaction of the installation itself. */
export function asSystem<T>(db: Db, fn: (trx: Trx) => Promise<T>): Promise<T> {
  return withActor(db, systemActor, fn)
}
