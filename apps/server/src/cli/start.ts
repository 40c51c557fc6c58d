import { createServer } from 'node:net'
import { join } from 'node:path'
import { demoAccounts, ensureDemoAccounts } from '../modules/access/index.ts'
import { importNetwork } from '../modules/network/index.ts'
import type { Config } from '../platform/config.ts'
import { asSystem } from '../platform/db/pool.ts'
import { portError } from '../platform/http/server.ts'
import { createLog } from '../platform/log.ts'
import { loadKeyRing } from '../platform/secrets.ts'
import { supervise } from './children.ts'
import { migrateDatabase, openDatabase } from './database.ts'
import { reportFailure } from './failure.ts'
import { demoInstallation, demoSeed } from './neighbourhood.ts'
import { reportProgress } from './progress.ts'
import { mainScript, startWeb } from './serve.ts'
import { createShutdown } from './shutdown.ts'
import { simulatorScript } from './simulate.ts'
import { superviseWorker } from './worker.ts'

const postgresSteps = {
  initialising: 'Creating the database …',
  starting: 'Starting PostgreSQL …',
  adopting: 'Taking over the PostgreSQL that the last run left …',
} as const

/** `contor start`: the demonstration. Database, virtual neighbourhood, collector, console. */
export async function start(config: Config): Promise<void> {
  const started = performance.now()
  const say = (text: string) => process.stdout.write(`${text}\n`)
  const shutdown = createShutdown(say)
  try {
    await checkPort(config)
    const logFile = join(config.dataDir, 'contor.log')
    const open = await openDatabase(config, {
      mode: 'own',
      applicationName: 'contor web',
      onStep: (step) => say(postgresSteps[step]),
    })
    shutdown.add(() => open.close())
    const log = createLog('contor', logFile)
    const applied = await migrateDatabase(open)
    if (applied.length > 0) say(`Database prepared (${applied.length} migrations).`)

    const simulator = supervise({
      name: 'simulator',
      script: simulatorScript,
      args: [
        ...['--meters', `${config.demoMeters}`, '--port', `${config.simulatorPort}`],
        ...['--seed', `${demoSeed}`, '--state', join(config.dataDir, 'neighbourhood.json')],
      ],
      log,
    })
    shutdown.add(() => simulator.stop())
    say(`Virtual neighbourhood Valea Mare: ${config.demoMeters} metering points …`)
    const list = demoInstallation(config)
    const keys = await loadKeyRing(config.dataDir)
    await asSystem(open.db, async (trx) => {
      await importNetwork(trx, keys, list)
      await ensureDemoAccounts(trx)
    })
    const address = await startWeb({ config, open, log, demo: true, shutdown, say })
    await simulator.ready
    const collector = supervise({
      name: 'collector',
      script: mainScript,
      args: ['serve', '--only', 'collector'],
      log,
      env: {
        CONTOR_LOG_FILE: logFile,
        // Beside the meters' own ports: they tell events of their relays at once.
        CONTOR_PUSH_PORT: process.env['CONTOR_PUSH_PORT'] ?? `${config.simulatorPort - 1}`,
      },
    })
    shutdown.add(() => collector.stop())
    const worker = superviseWorker(mainScript, log, { CONTOR_LOG_FILE: logFile })
    shutdown.add(() => worker.stop())
    say(welcome(address, config, (performance.now() - started) / 1_000))
    const progress = reportProgress(open.db, say)
    shutdown.add(async () => progress.stop())
  } catch (error) {
    if (shutdown.requested) return
    reportFailure(error)
    await shutdown.run(1)
  }
}

// Before anything is started: the most frequent failure should cost no time.
function checkPort(config: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', (error) => reject(portError(error, config.host, config.port)))
    probe.listen(config.port, config.host, () => probe.close(() => resolve()))
  })
}

function welcome(address: string, config: Config, seconds: number): string {
  const accounts = demoAccounts.map(
    (account) => `    ${account.role.padEnd(10)} ${account.email.padEnd(28)} ${account.password}`,
  )
  return [
    '',
    `  Contor is ready after ${seconds.toFixed(1)} s:  ${address}`,
    '',
    '  Demo accounts (role, e-mail, password):',
    ...accounts,
    '',
    '  Look first at: Collection (who has been read, who is missing and why), then Network → a point →',
    '  its load curve; click a value to see the frame that brought it. Read now shows a live exchange.',
    `  API: ${address}/api/docs    token: npx contor token --role operator    data: ${config.dataDir}`,
    '  Stop with Ctrl-C.',
    '',
  ].join('\n')
}
