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
  loadDays,
  storeDays,
} from './store.ts'
export { VarintReader, VarintWriter } from './varint.ts'
