/** The one door of acquisition: did it arrive. */
export { registerDlms } from './cli/dlms.ts'
export { startCollector } from './collector.ts'
export { pushOptions } from './push/listen.ts'
export { registerRepair } from './repairCli.ts'
export { repairJobs, repairSchedules } from './repairJob.ts'
export { registerAcquisitionRoutes } from './routes.ts'
export { countDays, publishSnapshot, summarise } from './snapshot.ts'
