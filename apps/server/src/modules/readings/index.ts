/** The one door of readings: what is stored, as it was known at any time, and where it came from. */
export { acceptCurrents, acceptEvents, acceptIndexes, type MeterEvent } from './accept.ts'
export { billedPeriods, finalise, rebillDifferences } from './billed.ts'
export { registerExplain } from './cli.ts'
export { registerErase } from './erase/cli.ts'
export { loadMethods } from './explain.ts'
export {
  columnJudgeModule,
  inBulk,
  type PointDay,
  type ReadingBatch,
  startLoaders,
  storeManyDays,
  sumCurves,
} from './load/index.ts'
export { compact, dayRowsOf, holdDays, registerCompact } from './months/index.ts'
export { type IncomingDay, interpretProfile, type ProfileRows } from './profile.ts'
export {
  checkPoint,
  checkSeals,
  openFaults,
  type RepairOutcome,
  type RepairSource,
  type ReplayedDay,
  repairDay,
} from './repair/index.ts'
export { judgeServerClock, retentionJobs, retentionSchedules } from './retention/index.ts'
export { registerReadingsRoutes } from './routes.ts'
export {
  packSources,
  parseTraceRef,
  type SlotSource,
} from './sources.ts'
export {
  type ChangeKind,
  type LoadedDay,
  loadDays,
  replaceDay,
  type StoredDay,
  storeDays,
} from './store.ts'
export { VarintReader, VarintWriter } from './varint.ts'
export { loadDaysAsOf } from './versions/asOf.ts'
