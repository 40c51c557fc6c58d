export { type DayKind, dayKindOf, legalHoliday, orthodoxEaster } from './dayKinds.ts'
export { distribute } from './distribute.ts'
export {
  type EstimatedRun,
  type EstimationInput,
  type EstimationResult,
  estimateSlots,
  type UnfilledRun,
} from './estimate.ts'
export {
  type Declined,
  type MethodName,
  type MethodSetting,
  methodNames,
  type Outage,
  type SeriesByDay,
} from './method.ts'
export { type ProfileName, standardProfile } from './profiles/profile.ts'
export { type RegisterReading, type RegisterSum, type Segment, segmentsOf } from './registers.ts'
export { type TariffCalendar, type TariffPeriod, tariffsOf, tariffsOfDay } from './tariffs.ts'
export {
  daysOf,
  freeSlots,
  runsOfMask,
  seriesOfDay,
  slotMs,
  type Timeline,
  timelineOf,
  wallQuarter,
} from './timeline.ts'
