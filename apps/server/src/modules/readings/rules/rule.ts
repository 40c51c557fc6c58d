import type { Channel, DayBlock } from '@contor/intervals'

export type RuleName = 'missing-interval' | 'duplicate' | 'interval-sum' | 'spike' | 'clock-tolerance'
export type Severity = 'info' | 'warning' | 'error'

/** One version of a rule as the table contor.validation_rule holds it. */
export type Rule<P> = {
  readonly rule: RuleName
  readonly version: number
  readonly severity: Severity
  readonly parameters: P
}

/** What a rule found. `fromSlot` 0 and `count` = slots of the day when the whole day is meant. */
export type Finding = {
  readonly rule: RuleName
  readonly day: string
  readonly channel: Channel
  readonly fromSlot: number
  readonly count: number
  readonly details: Readonly<Record<string, unknown>>
}

/** Slots of the day that must be there: `[from, to)`. */
export type ExpectedSlots = { readonly from: number; readonly to: number }

export type DayInput = { readonly block: DayBlock; readonly expected: ExpectedSlots }
