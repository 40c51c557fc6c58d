export {
  type Channel,
  type ChannelSeries,
  channels,
  checkDayBlock,
  type DayBlock,
  emptySeries,
  seriesOf,
} from './block.ts'
export {
  addDays,
  type CivilDay,
  type CivilMonth,
  civilDayOf,
  dayEnd,
  dayNumber,
  dayOfNumber,
  dayStart,
  daysBetween,
  hoursOfDayNumber,
  type IntervalMinutes,
  isCivilDay,
  locate,
  monthOf,
  offsetMinutes,
  slotStart,
  slotsInDay,
} from './calendar.ts'
export { decodeDayBlock, decodeInto, encodeDayBlock, type StoredForm } from './codec/dayBlock.ts'
export { beginMonth, createMonthColumns, type MonthColumns, monthStride } from './codec/monthForm.ts'
export { decodeMonthInto, monthDay } from './codec/monthReader.ts'
export { addMonthDay, encodeMonth, type MonthSections } from './codec/monthWriter.ts'
export { mostDayBytes } from './codec/quickForm.ts'
export { channelBit, columnStride, createDayColumns, type DayColumns } from './codec/quickReader.ts'
export { encodeColumns } from './codec/quickWriter.ts'
export { IntervalError, type IntervalErrorCode } from './errors.ts'
export { type Conflict, type MergeResult, mergeDay, replaceSlots, type SlotReplacement } from './merge.ts'
export {
  flag,
  flagsOf,
  isPresent,
  isQuality,
  type QualityCounts,
  type QualityFlag,
  type QualityState,
  quality,
  stateOf,
  summarise,
} from './quality.ts'
export {
  type ChainedIndex,
  chainIndexes,
  energyBetween,
  type Fitting,
  type Ratio,
  type ShownIndex,
  scaleEnergy,
  scaleSlots,
} from './registers.ts'
export {
  countQuality,
  differencesFromIndexes,
  type IndexDifferences,
  missingRanges,
  type ResampledPoint,
  type ResampleOptions,
  type Resolution,
  resample,
  type SlotRange,
  sum,
} from './series.ts'
