// Rules that look at one slot after the other. None allocates while a day is good.

import { type Channel, type ChannelSeries, type DayBlock, flag, isPresent, seriesOf } from '@contor/intervals'
import type { ExpectedSlots, Finding, RuleName } from './rule.ts'

type Found = Finding & { count: number; details: Record<string, unknown> }

/** Tells each run of slots for which `hit` is true; `details` is asked for a finished run only. */
function runs(
  rule: RuleName,
  block: DayBlock,
  series: ChannelSeries,
  hit: (series: ChannelSeries, slot: number) => boolean,
  details: (from: number, to: number) => Record<string, unknown>,
  shortest = 1,
): Found[] {
  let found: Found[] = none
  let from = -1
  const end = series.values.length
  for (let slot = 0; slot <= end; slot++) {
    if (slot < end && hit(series, slot)) {
      if (from < 0) from = slot
    } else if (from >= 0) {
      if (slot - from >= shortest) {
        if (found === none) found = []
        found.push({
          rule,
          day: block.day,
          channel: series.channel,
          fromSlot: from,
          count: slot - from,
          details: details(from, slot),
        })
      }
      from = -1
    }
  }
  return found
}

const none: Found[] = []

function extreme(series: ChannelSeries, from: number, to: number): number {
  let most = 0
  for (let slot = from; slot < to; slot++)
    if (Math.abs(series.values[slot]) > Math.abs(most)) most = series.values[slot]
  return most
}

/** Expected slots of channel A+ that hold no value, one finding per run. Asked only once a day was read whole. */
export function missingInterval(input: {
  readonly block: DayBlock
  readonly expected: ExpectedSlots
}): Finding[] {
  const { block, expected } = input
  const series = seriesOf(block, 'A+')
  const findings: Finding[] = []
  let from = -1
  for (let slot = expected.from; slot <= expected.to; slot++) {
    const missing = slot < expected.to && !(series && isPresent(series.quality[slot]))
    if (missing && from < 0) from = slot
    if (missing || from < 0) continue
    const count = slot - from
    findings.push({
      rule: 'missing-interval',
      day: block.day,
      channel: 'A+',
      fromSlot: from,
      count,
      details: { count },
    })
    from = -1
  }
  return findings
}

export type SpikeParameters = {
  /** How many times the approved power an interval may average before it is suspect. */
  readonly factor: number
}

/**
 * Intervals whose mean power exceeds `factor` × the power the point was approved for. Marks them suspect in
 * the block given (it has not been stored yet) and tells each run.
 * @param approvedPowerW approved power of the point (putere avizată), W; 0: not known, nothing is judged
 */
export function spike(block: DayBlock, approvedPowerW: number, { factor }: SpikeParameters): Finding[] {
  if (approvedPowerW <= 0) return none
  const limitWh = (approvedPowerW * factor * block.minutes) / 60
  const findings: Finding[] = []
  for (const channel of activeChannels) {
    const series = seriesOf(block, channel)
    if (!series) continue
    const high = (s: ChannelSeries, slot: number) =>
      isPresent(s.quality[slot]) && Math.abs(s.values[slot]) > limitWh
    for (const found of runs('spike', block, series, high, (from, to) => ({
      highestWh: Math.abs(extreme(series, from, to)),
      limitWh,
    }))) {
      for (let slot = found.fromSlot; slot < found.fromSlot + found.count; slot++)
        series.quality[slot] |= flag.suspect
      findings.push(found)
    }
  }
  return findings
}

const activeChannels: readonly Channel[] = ['A+', 'A-']

/** Energy below zero in a register that only counts up. Reactive channels R+ and R− are sums and may not either. */
export function negative(block: DayBlock): Finding[] {
  let all: Finding[] = none
  for (const series of block.channels) {
    const found = runs(
      'negative',
      block,
      series,
      (s, slot) => s.values[slot] < 0,
      (from, to) => ({ lowest: extreme(series, from, to) }),
    )
    if (found.length > 0) all = [...all, ...found]
  }
  return all
}

export type OverLimitParameters = {
  /** Tolerance above the physical limit, percent. */
  readonly tolerancePercent: number
}

/**
 * Intervals above what the breaker or the current transformer lets through: not high use but a wrong value.
 * @param limitW the smaller of breaker and transformer limit, W; 0: not known
 */
export function overLimit(
  block: DayBlock,
  limitW: number,
  { tolerancePercent }: OverLimitParameters,
): Finding[] {
  if (limitW <= 0) return none
  const limitWh = (limitW * (100 + tolerancePercent) * block.minutes) / 6_000
  return activeChannels.flatMap((channel) => {
    const series = seriesOf(block, channel)
    if (!series) return none
    return runs(
      'over-limit',
      block,
      series,
      (s, slot) => Math.abs(s.values[slot]) > limitWh,
      (from, to) => ({ highestWh: Math.abs(extreme(series, from, to)), limitWh }),
    )
  })
}

export type StuckParameters = {
  /** Equal values in a row that are still believed. */
  readonly longestRun: number
  /** Values below this repeat by nature (stand-by), Wh. */
  readonly floorWh: number
}

/** The same non-zero value again and again: a profile that was frozen or filled in. */
export function stuck(block: DayBlock, { longestRun, floorWh }: StuckParameters): Finding[] {
  const series = seriesOf(block, 'A+')
  if (!series) return none
  const { values, quality } = series
  let findings: Finding[] = none
  let from = 0
  for (let slot = 1; slot <= values.length; slot++) {
    const same = slot < values.length && values[slot] === values[from] && isPresent(quality[slot])
    if (same) continue
    const count = slot - from
    if (count > longestRun && values[from] >= Math.max(1, floorWh) && isPresent(quality[from])) {
      const details = { valueWh: values[from], longestRun }
      findings = [
        ...findings,
        { rule: 'stuck', day: block.day, channel: 'A+', fromSlot: from, count, details },
      ]
    }
    from = slot
  }
  return findings
}

export type ExportParameters = {
  /** Energy a day that induction and rounding explain, Wh. */
  readonly toleranceWh: number
}

/** Export at a point that has no production: turned wires, an unknown plant, or a reverse run. */
export function exportWithoutProduction(
  block: DayBlock,
  producer: boolean,
  { toleranceWh }: ExportParameters,
): Finding[] {
  if (producer) return none
  const series = seriesOf(block, 'A-')
  if (!series) return none
  let exportedWh = 0
  let first = -1
  let last = -1
  for (let slot = 0; slot < series.values.length; slot++) {
    if (series.values[slot] <= 0) continue
    exportedWh += series.values[slot]
    if (first < 0) first = slot
    last = slot
  }
  if (exportedWh <= toleranceWh) return none
  return [
    {
      rule: 'export-without-production',
      day: block.day,
      channel: 'A-',
      fromSlot: first,
      count: last - first + 1,
      details: { exportedWh, toleranceWh },
    },
  ]
}

export type MeterStatusParameters = {
  /** Which marks of the meter are told: powerDown, clockDeviated, meterError, suspect. */
  readonly marks: readonly ('powerDown' | 'clockDeviated' | 'meterError' | 'suspect')[]
}

/** Slots that the meter itself marked: power down, clock set, data not valid, critical error. One finding per run. */
export function meterStatus(block: DayBlock, { marks }: MeterStatusParameters): Finding[] {
  const series = seriesOf(block, 'A+')
  if (!series) return none
  let mask = 0
  for (const mark of marks) mask |= flag[mark]
  return runs(
    'meter-status',
    block,
    series,
    (s, slot) => (s.quality[slot] & mask) !== 0,
    (from, to) => {
      let seen = 0
      for (let slot = from; slot < to; slot++) seen |= series.quality[slot] & mask
      return { marks: marks.filter((mark) => (seen & flag[mark]) !== 0) }
    },
  )
}

export type PowerFactorParameters = {
  /** Power factor below which reactive energy is implausible. */
  readonly lowest: number
  /** Intervals with less active energy are not judged, Wh. */
  readonly floorWh: number
  /** Slots in a row. */
  readonly shortestRun: number
}

/** Reactive energy that does not go with the active one: cos φ = A ⁄ √(A² + R²) below `lowest` for a while. */
export function powerFactor(
  block: DayBlock,
  { lowest, floorWh, shortestRun }: PowerFactorParameters,
): Finding[] {
  const active = seriesOf(block, 'A+')
  const inductive = seriesOf(block, 'R+') ?? seriesOf(block, 'Q1')
  if (!active || !inductive) return none
  // R ⁄ A above this is a factor below `lowest`; compared squared, without a root per slot.
  const ratio = 1 / (lowest * lowest) - 1
  const factor = (slot: number) => {
    const a = active.values[slot]
    const r = inductive.values[slot]
    return a / Math.sqrt(a * a + r * r)
  }
  return runs(
    'power-factor',
    block,
    active,
    (s, slot) => {
      const a = s.values[slot]
      const r = inductive.values[slot]
      return (
        a >= floorWh &&
        isPresent(s.quality[slot]) &&
        isPresent(inductive.quality[slot]) &&
        r * r > a * a * ratio
      )
    },
    (from, to) => {
      let least = 1
      for (let slot = from; slot < to; slot++) least = Math.min(least, factor(slot))
      return { lowestFactor: Math.round(least * 1_000) / 1_000, limit: lowest }
    },
    shortestRun,
  )
}
