/** The one door of transfers: readings as files and messages, in and out. */
import type { App } from '../../platform/index.ts'
import type { AnyJob, Schedule } from '../../platform/jobs/index.ts'
import { type CimServices, registerCimRoutes } from './cim/routes.ts'
import { registerDeliveryRoutes } from './deliveries/routes.ts'
import { registerExportRoutes } from './export/routes.ts'
import { registerImportRoutes } from './import/routes.ts'
import { registerJobRoutes } from './jobRoutes.ts'
import { deliveryJob, importJob, keepFilesJob } from './jobs.ts'

export { type ImportFileOptions, importFile } from './cli.ts'
export { createFileSource } from './import/replay.ts'

/** What the worker process does for transfers. */
export const transferJobs: readonly AnyJob[] = [importJob, deliveryJob, keepFilesJob]
export const transferSchedules: readonly Schedule[] = [
  { job: deliveryJob, cron: '* * * * *', input: {} },
  { job: keepFilesJob, cron: '50 3 * * *', input: {} },
]

/** @param services with the data folder, where received files lie, and the nouns that other modules answer */
export function registerTransfersRoutes(app: App, services: CimServices): void {
  registerExportRoutes(app, services)
  registerImportRoutes(app, services)
  registerDeliveryRoutes(app, services)
  registerCimRoutes(app, services)
  registerJobRoutes(app, services)
}
