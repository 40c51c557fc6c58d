/** The one door of readings: is it right, and where did it come from. */
export {
  type AcceptContext,
  acceptDays,
  acceptEvents,
  acceptIndexes,
  judgeClock,
  judgeDays,
  type MeterEvent,
} from './accept.ts'

export {
  type BilledPeriod,
  billedPeriods,
  finalise,
  type RebillDifference,
  rebillDifferences,
} from './billed.ts'
export { registerExplain } from './cli.ts'
export { type IncomingDay, interpretProfile, type ProfileRows } from './profile.ts'
export { registerReadingsRoutes } from './routes.ts'
export { loadRules, type RuleSet } from './ruleSet.ts'
export { clockDeviates } from './rules/clockTolerance.ts'
export { duplicate } from './rules/duplicate.ts'
export { intervalSum } from './rules/intervalSum.ts'
export { missingInterval } from './rules/missingInterval.ts'
export { spike } from './rules/spike.ts'
export {
  packSources,
  parseTraceRef,
  type SlotSource,
} from './sources.ts'
export {
  type ChangeKind,
  type LoadedDay,
  loadDays,
  type Replacement,
  replaceDay,
  type StoredDay,
  storeDays,
} from './store.ts'
export { VarintReader, VarintWriter } from './varint.ts'
export { loadDaysAsOf } from './versions/asOf.ts'
