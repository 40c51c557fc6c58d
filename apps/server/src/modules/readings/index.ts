/** The one door of readings: is it right, and where did it come from. */
export { type IncomingDay, interpretProfile, type ProfileOddity, type ProfileRows } from './profile.ts'
export {
  expandSources,
  packSources,
  parseTraceRef,
  runsOf,
  type SlotSource,
  type SourceRun,
  traceRef,
  unpackSources,
} from './sources.ts'
export { VarintReader, VarintWriter } from './varint.ts'
