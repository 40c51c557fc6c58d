import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, openSync } from 'node:fs'
import { chown, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { ContorError } from '../errors.ts'
import { readOrCreateSecret } from '../secrets.ts'
import { type Binaries, findBinaries } from './binaries.ts'
import { clearStaleLock, isPostgres, readPidFile } from './pidFile.ts'
import { createRunner, type Runner } from './unprivileged.ts'

export interface Embedded {
  readonly ownerUrl: string
  readonly appUrl: string
  readonly appPassword: string
  readonly port: number
  /** True when a server left behind by a killed Contor was taken over. */
  readonly adopted: boolean
  /** Stops the server and waits until it is gone. Later calls do nothing. */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  readonly dataDir: string
  /** Gives up durability for speed; for tests. */
  readonly volatile?: boolean
  /** Claims the folder for this process: a second claim fails with 'data-in-use'. Default true. */
  readonly claim?: boolean
  readonly onStep?: (step: 'initialising' | 'starting' | 'adopting') => void
}

const STOP_TIMEOUT_MS = 30_000
const START_TIMEOUT_MS = 60_000
const MAX_LOG_BYTES = 10_000_000

/**
 * Starts the PostgreSQL of the data folder, or takes over one that a killed Contor left running.
 * @throws ContorError 'data-in-use' when a living Contor holds the folder; 'database-failed' otherwise
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  await mkdir(options.dataDir, { recursive: true })
  const clusterDir = join(options.dataDir, 'pg')
  const secret = () => randomBytes(24).toString('base64url')
  const ownerPassword = await readOrCreateSecret(options.dataDir, 'postgres-owner', secret)
  const appPassword = await readOrCreateSecret(options.dataDir, 'postgres-app', secret)
  const url = (user: string, password: string, port: number) =>
    `postgres://${user}:${password}@127.0.0.1:${port}/contor`

  let adopted = true
  let port = await runningPort(clusterDir)
  if (port === undefined) {
    adopted = false
    port = await startCluster(options, clusterDir, ownerPassword)
  }
  const ownerUrl = url('contor', ownerPassword, port)
  await ensureDatabase(ownerUrl)
  const claim = options.claim === false ? undefined : await claimFolder(ownerUrl, options.dataDir)
  if (adopted) options.onStep?.('adopting')
  await writeFile(join(options.dataDir, 'postgres.json'), `${JSON.stringify({ port, pid: process.pid })}\n`)

  let stopping: Promise<void> | undefined
  return {
    ownerUrl,
    appUrl: url('contor_app', appPassword, port),
    appPassword,
    port,
    adopted,
    stop() {
      stopping ??= (async () => {
        await claim?.end().catch(() => {})
        await stopCluster(clusterDir)
      })()
      return stopping
    },
  }
}

/** Connection of a server that runs on this data folder, if one does. For commands beside a running server. */
export async function findRunning(
  dataDir: string,
): Promise<{ ownerUrl: string; appUrl: string; appPassword: string } | undefined> {
  const port = await runningPort(join(dataDir, 'pg'))
  if (port === undefined) return undefined
  const read = async (name: string) => (await readFile(join(dataDir, 'secrets', name), 'utf8')).trim()
  const appPassword = await read('postgres-app')
  return {
    ownerUrl: `postgres://contor:${await read('postgres-owner')}@127.0.0.1:${port}/contor`,
    appUrl: `postgres://contor_app:${appPassword}@127.0.0.1:${port}/contor`,
    appPassword,
  }
}

async function startCluster(
  options: EmbeddedOptions,
  clusterDir: string,
  ownerPassword: string,
): Promise<number> {
  const binaries = await findBinaries()
  const runner = await createRunner(binaries.root, clusterDir)
  if (!existsSync(clusterDir)) {
    options.onStep?.('initialising')
    await initialise(options.dataDir, clusterDir, ownerPassword, binaries, runner)
  }
  options.onStep?.('starting')
  await clearStaleLock(clusterDir)
  const port = await choosePort(options.dataDir)
  const logPath = join(options.dataDir, 'postgres.log')
  const large = await stat(logPath).then(
    (found) => found.size > MAX_LOG_BYTES,
    () => false,
  )
  const log = openSync(logPath, large ? 'w' : 'a', 0o600)
  const child = runner.spawn(binaries.postgres, ['-D', clusterDir, ...settings(port, options.volatile)], {
    // A session of its own: Ctrl-C in the terminal reaches Contor, which stops PostgreSQL last.
    detached: true,
    stdio: ['ignore', log, log],
    windowsHide: true,
  })
  child.unref()
  await waitUntilReady(child, port, ownerPassword, logPath)
  return port
}

function settings(port: number, volatile = false): string[] {
  const values: Record<string, string> = {
    port: `${port}`,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    max_connections: '100',
    shared_buffers: volatile ? '64MB' : '256MB',
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_wal_size: '2GB',
    jit: 'off',
    password_encryption: 'scram-sha-256',
    ...(volatile ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

// Made beside its place and renamed: a start that is killed half way leaves nothing that looks like a database.
async function initialise(
  dataDir: string,
  clusterDir: string,
  password: string,
  binaries: Binaries,
  runner: Runner,
): Promise<void> {
  for (const name of await readdir(dataDir))
    if (name.startsWith('pg.new-')) await rm(join(dataDir, name), { recursive: true, force: true })
  const fresh = await mkdtemp(join(dataDir, 'pg.new-'))
  const passwordFile = join(fresh, 'password')
  const cluster = join(fresh, 'pg')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (runner.uid !== undefined)
    for (const path of [fresh, passwordFile]) await chown(path, runner.uid, runner.uid)
  const args = ['-D', cluster, '-U', 'contor', `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
  // The builtin provider folds letters by Unicode and sorts by code point, the same on every machine.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const child = runner.spawn(binaries.initdb, [...args, ...locale, '--no-sync'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C', LANG: 'C' },
  })
  let output = ''
  child.stdout?.on('data', (chunk) => (output += chunk))
  child.stderr?.on('data', (chunk) => (output += chunk))
  const code = await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject))
  if (code !== 0) {
    await rm(fresh, { recursive: true, force: true })
    throw new ContorError(
      'database-failed',
      `PostgreSQL could not be initialised: ${output.trim().slice(-600)}`,
      {
        field: 'CONTOR_DATA',
        value: dataDir,
        remedy: 'Check the free space and the rights of the folder, or set DATABASE_URL.',
      },
    )
  }
  await rename(cluster, clusterDir)
  await rm(fresh, { recursive: true, force: true })
}

async function waitUntilReady(
  child: ChildProcess,
  port: number,
  password: string,
  logPath: string,
): Promise<void> {
  let ended: string | undefined
  child.once('exit', (code, signal) => (ended = signal ?? `code ${code}`))
  child.once('error', (error) => (ended = error.message))
  const until = Date.now() + START_TIMEOUT_MS
  while (Date.now() < until && ended === undefined) {
    const client = new pg.Client({
      connectionString: `postgres://contor:${password}@127.0.0.1:${port}/postgres`,
      connectionTimeoutMillis: 2_000,
    })
    client.on('error', () => {})
    const answered = await client.connect().then(
      () => true,
      () => false,
    )
    await client.end().catch(() => {})
    if (answered) return
    await sleep(50)
  }
  const tail = (await readFile(logPath, 'utf8').catch(() => '')).trim().split('\n').slice(-6).join('\n')
  throw new ContorError('database-failed', `PostgreSQL did not start (${ended ?? 'no answer'}):\n${tail}`, {
    remedy: `Read ${logPath}.`,
  })
}

async function ensureDatabase(ownerUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl.replace(/\/contor$/, '/postgres') })
  await client.connect().catch((cause: Error) => {
    throw new ContorError('database-failed', `PostgreSQL does not let us in: ${cause.message}`, { cause })
  })
  try {
    const { rowCount } = await client.query("select 1 from pg_database where datname = 'contor'")
    if (rowCount === 0)
      await client.query('create database contor').catch((error: { code?: string }) => {
        if (error.code !== '42P04' && error.code !== '23505') throw error
      })
  } finally {
    await client.end()
  }
}

/** Holds an advisory lock for the life of this process: it ends with its connection, also after kill -9. */
async function claimFolder(ownerUrl: string, dataDir: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: ownerUrl,
    application_name: `contor owner ${process.pid}`,
  })
  client.on('error', () => {})
  await client.connect()
  for (let attempt = 0; attempt < 20; attempt++) {
    const { rows } = await client.query("select pg_try_advisory_lock(hashtext('contor.owner')) as mine")
    if (rows[0].mine) return client
    await sleep(100)
  }
  const { rows } = await client.query(
    "select application_name as name from pg_stat_activity where application_name like 'contor owner %' and pid <> pg_backend_pid()",
  )
  await client.end()
  const pid = rows[0]?.name.split(' ').at(-1)
  throw new ContorError(
    'data-in-use',
    `Another Contor${pid ? ` (process ${pid})` : ''} works in ${dataDir}`,
    {
      field: 'CONTOR_DATA',
      value: dataDir,
      remedy: 'Stop it first, or set CONTOR_DATA to another folder and PORT to another port.',
    },
  )
}

/** Port of a server that really listens for this cluster. A server that starts or stops is waited for. */
async function runningPort(clusterDir: string): Promise<number | undefined> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const found = await readPidFile(clusterDir)
    if (!found || !(await isPostgres(found.pid))) return undefined
    if (found.state === 'ready') return (await isFree(found.port)) ? undefined : found.port
    await sleep(100)
  }
  return undefined
}

async function stopCluster(clusterDir: string): Promise<void> {
  const found = await readPidFile(clusterDir)
  if (!found || !(await isPostgres(found.pid))) return
  if (process.platform === 'win32') {
    const { root, pgCtl } = await findBinaries()
    const runner = await createRunner(root, clusterDir)
    const child = runner.spawn(pgCtl, ['stop', '-m', 'fast', '-D', clusterDir], { stdio: 'ignore' })
    await new Promise((resolve) => child.once('close', resolve))
    return
  }
  process.kill(found.pid, 'SIGINT') // fast shutdown: rolls back what runs, writes a checkpoint
  const until = Date.now() + STOP_TIMEOUT_MS
  while (Date.now() < until) {
    if ((await readPidFile(clusterDir))?.pid !== found.pid || !(await isPostgres(found.pid))) return
    await sleep(50)
  }
  throw new ContorError('database-failed', `PostgreSQL (process ${found.pid}) does not stop`, {
    remedy: 'Its data is safe; end the process by hand.',
  })
}

async function choosePort(dataDir: string): Promise<number> {
  const remembered = await readFile(join(dataDir, 'postgres.json'), 'utf8').then(
    (text) => Number((JSON.parse(text) as { port?: number }).port),
    () => 0,
  )
  return remembered > 0 && (await isFree(remembered)) ? remembered : listenOnce(0)
}

async function isFree(port: number): Promise<boolean> {
  return listenOnce(port).then(
    () => true,
    () => false,
  )
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port))
    })
  })
}
