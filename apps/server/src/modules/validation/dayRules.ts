// The rules that judge a stored day by itself: what the collector asks after each day, and what a trial asks of
// history. One table, so that both say the same.

import { type DayBlock, slotsInDay } from '@contor/intervals'
import {
  type DayType,
  type ExpectedSlots,
  exportWithoutProduction,
  type Finding,
  firstAfterExchange,
  type History,
  highUse,
  inactive,
  intervalSum,
  lowUse,
  meterStatus,
  missingInterval,
  multiplierStep,
  negative,
  overLimit,
  peerDeviation,
  phaseImbalance,
  powerFactor,
  registerRollover,
  spike,
  stuck,
  tariffSum,
  witnessDeviation,
} from '@contor/vee'
import type { Witnessed } from './around.ts'
import type { FirstReading, Midnights } from './meters.ts'
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
  /** Energy of each register over the day as indexes at its two midnights, over exchanges and roll-overs. */
  readonly midnights?: Midnights
  /** What one meter showed at both midnights, and where its registers begin again at 0. */
  readonly shown?: { readonly midnights: Midnights; readonly capacity?: number; readonly ratio: number }
  /** Constant of the meter: registers that show whole units are that many times coarser. Default 1. */
  readonly ratio?: number
  /** Meters that were put on that day, with their first readings. */
  readonly firstReadings?: readonly FirstReading[]
  /** Tariff register in which each slot counts. */
  readonly registerOfSlot?: Uint8Array
  /** Day total over own mean of each peer. */
  readonly peerRatios?: Float64Array
  /** Mean currents of the phases, A. */
  readonly currentsA?: readonly [number, number, number]
  readonly witnesses?: readonly Witnessed[]
}

type DayRules = { readonly [R in ConfiguredRule]?: (facts: DayFacts, p: RuleParameters[R]) => Finding[] }

const dayRules: DayRules = {
  'missing-interval': missingInterval,
  'interval-sum': ({ block, midnights, ratio }, p) =>
    midnights ? intervalSum(block, midnights.start, midnights.end, coarser(p, ratio)) : [],
  'tariff-sum': ({ block, midnights, registerOfSlot, ratio }, p) =>
    midnights && registerOfSlot
      ? tariffSum(block, registerOfSlot, midnights.start, midnights.end, coarser(p, ratio))
      : [],
  'register-rollover': ({ block, shown, approvedPowerW }, p) => {
    if (!shown) return []
    const register = shown.capacity === undefined ? p : { digits: 0, unitWh: shown.capacity }
    const limitW = (approvedPowerW * 3) / shown.ratio
    const { start, end } = shown.midnights
    return registerRollover(block, start, end, hoursOf(block), limitW, register)
  },
  'first-after-exchange': ({ block, firstReadings, approvedPowerW }, p) =>
    (firstReadings ?? []).flatMap(({ recorded, first, hours, ratio }) =>
      firstAfterExchange(block.day, slotsOf(block), recorded, first, hours, (approvedPowerW * 3) / ratio, p),
    ),
  'peer-deviation': ({ block, dayType, history, peerRatios }, p) =>
    peerRatios ? peerDeviation(block, dayType, history, peerRatios, p) : [],
  'phase-imbalance': ({ block, currentsA }, p) =>
    currentsA ? phaseImbalance(block.day, slotsOf(block), currentsA, p) : [],
  'witness-deviation': ({ block, witnesses }, p) =>
    (witnesses ?? []).flatMap(({ ownWh, witnessWh, classes }) =>
      witnessDeviation(block.day, slotsOf(block), ownWh, witnessWh, classes, p),
    ),
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
const slotsOf = (block: DayBlock) => slotsInDay(block.day, block.minutes)
const hoursOf = (block: DayBlock) => (slotsOf(block) * block.minutes) / 60
const coarser = <P extends { readonly toleranceWh: number }>(p: P, ratio = 1): P => ({
  ...p,
  toleranceWh: p.toleranceWh * Math.max(1, ratio),
})

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
