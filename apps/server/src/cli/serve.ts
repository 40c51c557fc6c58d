import { ensureFirstAdmin, type FirstAdmin } from '../modules/access/index.ts'
import { loadSigner } from '../modules/commands/index.ts'
import { runMessageDelivery } from '../modules/messages/index.ts'
import { createOrderClock, runOrderEngine } from '../modules/orders/index.ts'
import { startPowerEngine } from '../modules/power/index.ts'
import { startTrancheEngine } from '../modules/tranches/index.ts'
import type { Config } from '../platform/config.ts'
import { asSystem } from '../platform/db/pool.ts'
import { ContorError } from '../platform/errors.ts'
import { ensureConsole } from '../platform/http/console.ts'
import { listen } from '../platform/http/server.ts'
import { createLog, type Log } from '../platform/log.ts'
import { loadKeyRing } from '../platform/secrets.ts'
import { createApp } from './app.ts'
import { endWithParent, supervise, tellReady } from './children.ts'
import { authSecret, migrateDatabase, type OpenDatabase, openDatabase } from './database.ts'
import { reportFailure } from './failure.ts'
import { createShutdown, type Shutdown } from './shutdown.ts'
import { superviseWorker } from './worker.ts'

export const mainScript = new URL('../main.ts', import.meta.url).pathname

export interface WebOptions {
  readonly config: Config
  readonly open: OpenDatabase
  readonly log: Log
  readonly demo: boolean
  readonly shutdown: Shutdown
  readonly say: (text: string) => void
}

/** Builds the console when stale, then serves HTTP. @returns the address */
export async function startWeb(options: WebOptions): Promise<string> {
  const { config, open, log, say } = options
  await ensureConsole(() => say('Building the console …')).catch((error: unknown) => {
    if (!(error instanceof ContorError)) throw error
    say(`${error.message}\n${error.remedy ?? ''}`)
  })
  const signer = await loadSigner(config.dataDir)
  const keys = await loadKeyRing(config.dataDir)
  const app = await createApp({
    services: { db: open.db, keys, log, demo: options.demo },
    authDb: open.authDb,
    dataDir: config.dataDir,
    signer,
    secret: await authSecret(config),
    baseUrl: `http://${config.host}:${config.port}`,
    console: true,
  })
  // Orders move on in the process that holds the signing key, and nowhere else.
  const ending = new AbortController()
  const clock = createOrderClock(open.db, options.demo)
  const engine = runOrderEngine({ db: open.db, signer, clock, log }, ending.signal)
  const delivery = runMessageDelivery({ db: open.db, keys, log }, ending.signal)
  options.shutdown.add(async () => {
    ending.abort()
    await Promise.all([engine, delivery])
  })
  const power = startPowerEngine({ db: open.db, signer, log })
  options.shutdown.add(() => power.stop())
  const tranches = startTrancheEngine({ db: open.db, signer, log, now: clock.now })
  options.shutdown.add(() => tranches.stop())
  options.shutdown.add(() => app.close())
  return listen(app, config.host, config.port)
}

/** `contor serve`: no demo. Web and collector, or one of them. */
export async function serve(config: Config, only: 'web' | 'collector' | undefined): Promise<void> {
  const log = createLog(only ?? 'contor', process.env['CONTOR_LOG_FILE'])
  const say = (text: string) => process.stdout.write(`${text}\n`)
  const shutdown = createShutdown(() => log.info('stopping'))
  try {
    const open = await openDatabase(config, {
      mode: only === undefined ? 'own' : 'join',
      applicationName: `contor ${only ?? 'web'}`,
      onStep: (step) => log.info({ step }, 'postgresql'),
    })
    shutdown.add(() => open.close())
    await migrateDatabase(open, (name) => log.info({ name }, 'migrated'))
    if (only === 'collector') {
      endWithParent(() => void shutdown.run(0))
      const { runCollector } = await import('./collector.ts')
      const services = { db: open.db, keys: await loadKeyRing(config.dataDir), log, demo: false }
      const collector = await runCollector(services, config)
      shutdown.add(() => collector.stop())
      tellReady()
      return
    }
    announceAdmin(await asSystem(open.db, ensureFirstAdmin), say)
    const address = await startWeb({ config, open, log, demo: false, shutdown, say })
    if (only === undefined) {
      const collector = supervise({
        name: 'collector',
        script: mainScript,
        args: ['serve', '--only', 'collector'],
        log,
      })
      shutdown.add(() => collector.stop())
      const worker = superviseWorker(mainScript, log)
      shutdown.add(() => worker.stop())
    }
    say(`Contor is at ${address}`)
  } catch (error) {
    reportFailure(error)
    await shutdown.run(1)
  }
}

function announceAdmin(admin: FirstAdmin | undefined, say: (text: string) => void): void {
  if (!admin) return
  say(`First start. Administrator: ${admin.email}   password: ${admin.password}`)
  say('It is shown this once; change it after signing in.')
}
