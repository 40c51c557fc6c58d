// Rules on how values arrived: twice, overlapping, by a wrong clock, of another meter.

import type { Conflict } from '@contor/intervals'
import type { Finding, MidnightIndexes } from './rule.ts'

/** Second values for slots already filled: the first stays, the difference is shown. One finding per run. */
export function duplicate(day: string, conflicts: readonly Conflict[]): Finding[] {
  const findings: (Finding & { count: number; details: { kept: number[]; refused: number[] } })[] = []
  const sorted = [...conflicts].sort((a, b) =>
    a.channel === b.channel ? a.slot - b.slot : a.channel < b.channel ? -1 : 1,
  )
  for (const conflict of sorted) {
    const last = findings.at(-1)
    if (last && last.channel === conflict.channel && last.fromSlot + last.count === conflict.slot) {
      last.count++
      last.details.kept.push(conflict.old)
      last.details.refused.push(conflict.new)
    } else {
      const details = { kept: [conflict.old], refused: [conflict.new] }
      findings.push({
        rule: 'duplicate',
        day,
        channel: conflict.channel,
        fromSlot: conflict.slot,
        count: 1,
        details,
      })
    }
  }
  return findings
}

export type OverlapParameters = {
  /** Overlap that a captured period may have by jitter of the clock, seconds. */
  readonly toleranceS: number
}

/**
 * Captured periods of one profile that overlap: an entry that ends less than a period after the one before it.
 * Entries at the same instant are the rule `duplicate`'s.
 * @param ends ends of the entries in the order of the buffer, epoch ms; NaN where not specified
 * @param slotOf the slot of an interval that ends at an instant
 */
export function overlap(
  day: string,
  ends: Float64Array,
  periodMs: number,
  slotOf: (end: number) => number,
  { toleranceS }: OverlapParameters,
): Finding[] {
  const findings: Finding[] = []
  let before = Number.NaN
  for (const end of ends) {
    if (Number.isNaN(end)) continue
    const apart = end - before
    if (apart > 0 && apart < periodMs - toleranceS * 1_000) {
      const details = { overlapS: (periodMs - apart) / 1_000, toleranceS }
      findings.push({ rule: 'overlap', day, channel: 'A+', fromSlot: slotOf(end), count: 1, details })
    }
    before = end
  }
  return findings
}

export type ClockToleranceParameters = {
  /** Deviation from the server's clock beyond which intervals are marked, seconds. */
  readonly toleranceS: number
}

/** Whether a clock is outside its tolerance. @param deviationS meter minus server, seconds */
export function clockDeviates(deviationS: number, { toleranceS }: ClockToleranceParameters): boolean {
  return Math.abs(deviationS) > toleranceS
}

/** A finding for the day on which the deviation was measured. */
export function clockTolerance(
  day: string,
  slots: number,
  deviationS: number,
  parameters: ClockToleranceParameters,
): Finding[] {
  if (!clockDeviates(deviationS, parameters)) return []
  const details = { deviationS: Math.round(deviationS * 10) / 10, toleranceS: parameters.toleranceS }
  return [{ rule: 'clock-tolerance', day, channel: 'A+', fromSlot: 0, count: slots, details }]
}

export type FirstAfterExchangeParameters = {
  /** Difference allowed between the record of the exchange and the first reading, Wh. */
  readonly toleranceWh: number
}

/**
 * The first reading of a meter that was just installed: not below the index in the record of the exchange
 * (proces-verbal), nor further above it than the point can have used since.
 * @param recorded start indexes of the record, Wh by OBIS code
 * @param first the first reading of the meter
 * @param hours between the exchange and the reading
 * @param limitW what the point can draw at most, W; 0: not known, no upper bound
 */
export function firstAfterExchange(
  day: string,
  slots: number,
  recorded: MidnightIndexes,
  first: MidnightIndexes,
  hours: number,
  limitW: number,
  { toleranceWh }: FirstAfterExchangeParameters,
): Finding[] {
  const findings: Finding[] = []
  for (const [obis, startWh] of recorded) {
    const readWh = first.get(obis)
    const details = { obis, startWh, readWh: readWh ?? null, toleranceWh }
    const most = limitW > 0 ? startWh + limitW * hours + toleranceWh : Number.POSITIVE_INFINITY
    if (readWh !== undefined && readWh >= startWh - toleranceWh && readWh <= most) continue
    findings.push({ rule: 'first-after-exchange', day, channel: 'A+', fromSlot: 0, count: slots, details })
  }
  return findings
}
