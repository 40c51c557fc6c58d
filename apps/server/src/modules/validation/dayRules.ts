// The rules that judge a stored day by itself: what the collector asks after each day, and what a trial asks of
// history. One table, so that both say the same.

import { type DayBlock, seriesOf } from '@contor/intervals'
import {
  type DayType,
  type ExpectedSlots,
  exportWithoutProduction,
  type Finding,
  type History,
  highUse,
  inactive,
  intervalSum,
  lowUse,
  type MidnightIndexes,
  meterStatus,
  missingInterval,
  multiplierStep,
  negative,
  overLimit,
  powerFactor,
  registerRollover,
  spike,
  stuck,
} from '@contor/vee'
import type { ConfiguredRule, RuleParameters, RuleSet } from './ruleBook.ts'

/** What is known of a day and its point when it is judged. */
export type DayFacts = {
  readonly block: DayBlock
  readonly expected: ExpectedSlots
  /** putere avizată, W */
  readonly approvedPowerW: number
  readonly producer: boolean
  readonly dayType: DayType
  readonly history: History
  /** Indexes of the two midnights, when the meter gave them. */
  readonly midnights?: { readonly start: MidnightIndexes; readonly end: MidnightIndexes }
}

type DayRules = { readonly [R in ConfiguredRule]?: (facts: DayFacts, p: RuleParameters[R]) => Finding[] }

const dayRules: DayRules = {
  'missing-interval': missingInterval,
  'interval-sum': ({ block, midnights }, p) =>
    midnights ? intervalSum(block, midnights.start, midnights.end, p) : [],
  'register-rollover': ({ block, midnights, approvedPowerW }, p) =>
    midnights
      ? registerRollover(block, midnights.start, midnights.end, hoursOf(block), approvedPowerW * 3, p)
      : [],
  // A stored day is not marked any more: the rule looks at a copy.
  spike: ({ block, approvedPowerW }, p) => spike(copyOf(block), approvedPowerW, p),
  negative: ({ block }) => negative(block),
  'over-limit': ({ block, approvedPowerW }, p) => overLimit(block, approvedPowerW, p),
  stuck: ({ block }, p) => stuck(block, p),
  'meter-status': ({ block }, p) => meterStatus(block, p),
  'export-without-production': ({ block, producer }, p) => exportWithoutProduction(block, producer, p),
  'power-factor': ({ block }, p) => powerFactor(block, p),
  inactive: ({ block, history }, p) => inactive(block, history, p),
  'high-use': ({ block, dayType, history }, p) => highUse(block, dayType, history, p),
  'low-use': ({ block, dayType, history }, p) => lowUse(block, dayType, history, p),
  'multiplier-step': ({ block, dayType, history }, p) => multiplierStep(block, dayType, history, p),
}

/** Rules that a stored day can be judged by. */
export const triableRules = Object.keys(dayRules) as ConfiguredRule[]
/** Those asked when a day has ended; spikes are asked as values arrive, before they are stored. */
export const closingRules = triableRules.filter((rule) => rule !== 'spike')

const copyOf = (block: DayBlock): DayBlock => ({
  ...block,
  channels: block.channels.map((series) => ({ ...series, quality: series.quality.slice() })),
})
const hoursOf = (block: DayBlock) => ((seriesOf(block, 'A+')?.values.length ?? 96) * block.minutes) / 60

/** Judges a day by one rule with given parameters. */
export function judgeBy<R extends ConfiguredRule>(
  rule: R,
  facts: DayFacts,
  parameters: RuleParameters[R],
): Finding[] {
  const judge = dayRules[rule] as ((facts: DayFacts, p: RuleParameters[R]) => Finding[]) | undefined
  return judge ? judge(facts, parameters) : []
}

/** Judges a day by every closing rule of its point. */
export function judgeDay(facts: DayFacts, rules: RuleSet): Finding[] {
  const findings: Finding[] = []
  for (const rule of closingRules) {
    const configured = rules[rule]
    if (configured) findings.push(...judgeBy(rule, facts, configured.parameters as never))
  }
  return findings
}
