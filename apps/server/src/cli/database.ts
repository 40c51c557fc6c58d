import { randomBytes } from 'node:crypto'
import type { Config } from '../platform/config.ts'
import { migrate } from '../platform/db/migrate.ts'
import { createPool, type Db } from '../platform/db/pool.ts'
import { installJobs } from '../platform/jobs/index.ts'
import { findRunning, startEmbedded } from '../platform/postgres/embedded.ts'
import { readOrCreateSecret } from '../platform/secrets.ts'

export interface OpenDatabase {
  readonly db: Db
  /** For identity: its connections have scope 'all'. */
  readonly authDb: Db
  readonly ownerUrl: string
  readonly appPassword: string | undefined
  /** Closes the pools, and stops PostgreSQL when we started it. */
  close(): Promise<void>
}

export interface OpenOptions {
  /** 'own': start the embedded server and hold the folder; 'join': use one that runs, or start it briefly. */
  readonly mode: 'own' | 'join'
  readonly applicationName: string
  readonly poolSize?: number
  readonly onStep?: (step: 'initialising' | 'starting' | 'adopting') => void
}

/** The database of the configuration: DATABASE_URL, or the embedded PostgreSQL of the data folder. */
export async function openDatabase(config: Config, options: OpenOptions): Promise<OpenDatabase> {
  if (config.databaseUrl !== undefined)
    return pools(config.databaseUrl, config.databaseUrl, { role: 'contor_app' }, undefined, options)
  const running = options.mode === 'join' ? await findRunning(config.dataDir) : undefined
  if (running) return pools(running.ownerUrl, running.appUrl, {}, running.appPassword, options)
  const embedded = await startEmbedded({
    dataDir: config.dataDir,
    ...(options.onStep ? { onStep: options.onStep } : {}),
  })
  const open = pools(embedded.ownerUrl, embedded.appUrl, {}, embedded.appPassword, options)
  return {
    ...open,
    async close() {
      await open.close()
      await embedded.stop()
    },
  }
}

function pools(
  ownerUrl: string,
  appUrl: string,
  parameters: Record<string, string>,
  appPassword: string | undefined,
  options: OpenOptions,
): OpenDatabase {
  const db = createPool({
    connectionString: appUrl,
    applicationName: options.applicationName,
    max: options.poolSize ?? 12,
    parameters,
  })
  const authDb = createPool({
    connectionString: appUrl,
    applicationName: `${options.applicationName} identity`,
    max: 4,
    parameters: { ...parameters, 'contor.scope': 'all' },
  })
  return {
    db,
    authDb,
    ownerUrl,
    appPassword,
    async close() {
      await Promise.all([db.close(), authDb.close()])
    },
  }
}

/** Brings tables and job queue to this version. @returns the names of the migrations applied */
export async function migrateDatabase(
  open: OpenDatabase,
  onStep?: (name: string) => void,
): Promise<string[]> {
  const applied = await migrate({
    ownerUrl: open.ownerUrl,
    appPassword: open.appPassword,
    ...(onStep ? { onStep } : {}),
  })
  await installJobs(open.ownerUrl)
  return applied
}

/** Signs session cookies: CONTOR_AUTH_SECRET, or made once in the data folder. */
export async function authSecret(config: Config, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  return (
    env['CONTOR_AUTH_SECRET'] ||
    (await readOrCreateSecret(config.dataDir, 'auth', () => randomBytes(32).toString('base64url')))
  )
}
