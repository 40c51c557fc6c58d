// The rules that need nothing but the row itself, over whole columns.

import { type Channel, flag } from '@contor/intervals'
import { channelsOf, type Judge, type LoadFinding, type ReadingBatch, slotsOf } from './batch.ts'

/** A rule as the table of rules has it. */
type Configured<P> = {
  readonly version: number
  readonly severity: LoadFinding['severity']
  readonly parameters: P
}

export type ColumnRules = {
  readonly 'missing-interval': Configured<unknown>
  readonly negative: Configured<unknown>
  /** `factor`: how many times the approved power an interval may average. */
  readonly spike: Configured<{ readonly factor: number }>
}

/**
 * Rules over columns: `missing-interval` on A+ (every slot of the day is expected), `negative` on every
 * channel (energy registers only count up), `spike` on the active channels of points whose approved power is
 * known. Spikes and negative values are marked suspect in the batch.
 */
export function columnJudge(rules: ColumnRules): Judge {
  return (batch) => {
    const findings: LoadFinding[] = []
    const names = channelsOf(batch.mask)
    for (let row = 0; row < batch.days.length; row++) {
      const slots = slotsOf(batch.days[row])
      const limitWh = (batch.approvedPowerW[row] * rules.spike.parameters.factor) / 4
      for (let c = 0; c < names.length; c++) {
        const from = batch.starts[row] + c * slots
        const channel = names[c]
        const active = channel === 'A+' || channel === 'A-'
        const limit = active && limitWh > 0 ? limitWh : Number.POSITIVE_INFINITY
        if (isQuiet(batch, from, from + slots, limit, channel === 'A+')) continue
        judgeChannel(findings, rules, batch, { row, channel, from, slots, limit })
      }
    }
    return findings
  }
}

/** The look that nearly every row passes: nothing missing, nothing negative, nothing over the limit. */
function isQuiet(batch: ReadingBatch, from: number, end: number, limit: number, asksAll: boolean): boolean {
  const { values, quality } = batch
  let highest = 0
  let signs = 0
  let holes = 0
  for (let i = from; i < end; i++) {
    const value = values[i]
    if (value > highest) highest = value
    signs |= value
    if ((quality[i] & 7) === 0) holes++
  }
  return highest <= limit && signs >= 0 && (holes === 0 || !asksAll)
}

type Place = {
  readonly row: number
  readonly channel: Channel
  readonly from: number
  readonly slots: number
  readonly limit: number
}

function judgeChannel(findings: LoadFinding[], rules: ColumnRules, batch: ReadingBatch, place: Place): void {
  const { values, quality } = batch
  const { row, channel, from, slots, limit } = place
  const isPresent = (i: number) => (quality[i] & 7) !== 0
  const report = (
    rule: keyof ColumnRules,
    holds: (i: number) => boolean,
    details: (first: number, count: number) => LoadFinding['details'],
  ) => {
    for (let slot = 0; slot < slots; slot++) {
      if (!holds(from + slot)) continue
      let count = 1
      while (slot + count < slots && holds(from + slot + count)) count++
      if (rule !== 'missing-interval')
        for (let i = from + slot; i < from + slot + count; i++) quality[i] |= flag.suspect
      const { version: ruleVersion, severity } = rules[rule]
      findings.push({
        row,
        rule,
        ruleVersion,
        severity,
        channel,
        fromSlot: slot,
        count,
        details: details(from + slot, count),
      })
      slot += count
    }
  }
  if (channel === 'A+')
    report(
      'missing-interval',
      (i) => !isPresent(i),
      (_, count) => ({ count }),
    )
  report(
    'negative',
    (i) => isPresent(i) && values[i] < 0,
    (first, count) => ({ lowestWh: extreme(values, first, count, Math.min) }),
  )
  report(
    'spike',
    (i) => isPresent(i) && values[i] > limit,
    (first, count) => ({ highestWh: extreme(values, first, count, Math.max), limitWh: limit }),
  )
}

function extreme(
  values: Int32Array,
  first: number,
  count: number,
  pick: (a: number, b: number) => number,
): number {
  let found = values[first]
  for (let i = first + 1; i < first + count; i++) found = pick(found, values[i])
  return found
}

/** `columnJudge` for worker threads. */
export const columnJudgeModule = (rules: ColumnRules) => ({
  module: import.meta.url,
  name: 'columnJudge',
  rules,
})
