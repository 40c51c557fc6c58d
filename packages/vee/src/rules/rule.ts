import type { Channel, CivilDay } from '@contor/intervals'

/** Every rule of this package, by the name that exceptions and configurations carry. */
export const ruleNames = [
  'missing-interval',
  'duplicate',
  'overlap',
  'clock-tolerance',
  'meter-status',
  'spike',
  'negative',
  'over-limit',
  'stuck',
  'inactive',
  'high-use',
  'low-use',
  'peer-deviation',
  'export-without-production',
  'power-factor',
  'phase-imbalance',
  'interval-sum',
  'tariff-sum',
  'register-rollover',
  'multiplier-step',
  'first-after-exchange',
  'station-balance',
  'witness-deviation',
] as const
export type RuleName = (typeof ruleNames)[number]
export type Severity = 'info' | 'warning' | 'error'

/** What a rule found. `fromSlot` 0 and `count` = slots of the day when the whole day is meant. */
export type Finding = {
  readonly rule: RuleName
  readonly day: CivilDay
  readonly channel: Channel
  readonly fromSlot: number
  readonly count: number
  readonly details: Readonly<Record<string, unknown>>
}

/** Slots of the day that must be there: `[from, to)`. */
export type ExpectedSlots = { readonly from: number; readonly to: number }

/** Indexes at a civil midnight by OBIS code, Wh. */
export type MidnightIndexes = ReadonlyMap<string, number>
