import { repairJobs, repairSchedules } from '../modules/acquisition/index.ts'
import { estimationJobs, estimationSchedules } from '../modules/estimation/index.ts'
import { retentionJobs, retentionSchedules } from '../modules/readings/index.ts'
import { transferJobs, transferSchedules } from '../modules/transfers/index.ts'
import { validationJobs } from '../modules/validation/index.ts'
import type { Config } from '../platform/config.ts'
import { startWorker } from '../platform/jobs/index.ts'
import { createLog } from '../platform/log.ts'
import { loadKeyRing } from '../platform/secrets.ts'
import { endWithParent, type Supervised, supervise, tellReady } from './children.ts'
import { migrateDatabase, openDatabase } from './database.ts'
import { reportFailure } from './failure.ts'
import { createShutdown } from './shutdown.ts'

/** `contor worker`: background jobs, of every module. Any number may run on one DATABASE_URL. */
export async function work(config: Config): Promise<void> {
  const log = createLog('worker', process.env['CONTOR_LOG_FILE'])
  const shutdown = createShutdown(() => log.info('stopping'))
  try {
    const open = await openDatabase(config, { mode: 'join', applicationName: 'contor worker', poolSize: 6 })
    shutdown.add(() => open.close())
    await migrateDatabase(open)
    endWithParent(() => void shutdown.run(0))
    const worker = await startWorker({
      db: open.db,
      keys: await loadKeyRing(config.dataDir),
      log,
      dataDir: config.dataDir,
      jobs: [...transferJobs, ...estimationJobs, ...repairJobs, ...retentionJobs, ...validationJobs],
      schedules: [...transferSchedules, ...estimationSchedules, ...repairSchedules, ...retentionSchedules],
    })
    shutdown.add(() => worker.stop())
    tellReady()
  } catch (error) {
    reportFailure(error)
    await shutdown.run(1)
  }
}

/** The worker as a child that ends with this process. */
export function superviseWorker(
  script: string,
  log: Parameters<typeof supervise>[0]['log'],
  env: Readonly<Record<string, string>> = {},
): Supervised {
  return supervise({ name: 'worker', script, args: ['worker'], log, env })
}
