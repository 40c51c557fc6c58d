/** What other workspaces may use of the server: tests and benchmarks that need its database and its verbs. */
export { createApp } from './cli/app.ts'
export { createRoleToken } from './modules/access/index.ts'
export { countDays, publishSnapshot, summarise } from './modules/acquisition/index.ts'
export { generateSigner, loadSigner, loadVerifier } from './modules/commands/index.ts'
export { type InstallationList, importNetwork } from './modules/network/index.ts'
export {
  columnJudgeModule,
  compact,
  type IncomingDay,
  loadDays,
  packSources,
  type ReadingBatch,
  type SlotSource,
  startLoaders,
  storeDays,
  sumCurves,
} from './modules/readings/index.ts'
export { migrate } from './platform/db/migrate.ts'
export * from './platform/index.ts'
export { startEmbedded } from './platform/postgres/embedded.ts'
export { createTestDatabase, type TestDatabase } from './platform/testing/database.ts'
