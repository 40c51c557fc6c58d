// Rules that hold a day against the point's own past, its peers, or its station.

import { type CivilDay, countQuality, type DayBlock, seriesOf, sum } from '@contor/intervals'
import { dayKindOf } from '../estimation/dayKinds.ts'
import type { Finding } from './rule.ts'

/** Kinds of day that use differently. */
export const dayTypes = ['working', 'saturday', 'sunday'] as const
/** A legal holiday counts as 'sunday'. */
export type DayType = (typeof dayTypes)[number]

/** The kind of a civil day. @throws IntervalError 'invalid-day' */
export function dayTypeOf(day: CivilDay): DayType {
  const kind = dayKindOf(day)
  return kind === 'holiday' ? 'sunday' : kind
}

/** What is remembered of whole days of one kind: how many, their mean and their spread, Wh. */
export type DayMemory = { readonly count: number; readonly meanWh: number; readonly m2: number }

/** The past of a point in a few numbers; days are added one by one and never need to be read again. */
export type History = {
  readonly types: Readonly<Record<DayType, DayMemory>>
  /** Whole days without any use, up to the last one added. */
  readonly zeroDays: number
  /** The last day added; an earlier one is not added again. */
  readonly through: string | null
}

const nothing: DayMemory = { count: 0, meanWh: 0, m2: 0 }
export const emptyHistory: History = {
  types: { working: nothing, saturday: nothing, sunday: nothing },
  zeroDays: 0,
  through: null,
}

/** Days that weigh in the mean: a season, after which older ones fade. */
const memoryDays = 60

/** Adds a whole day (Welford's method; beyond `memoryDays` the oldest fade). Days must come in their order. */
export function remember(history: History, day: string, type: DayType, totalWh: number): History {
  if (history.through !== null && day <= history.through) return history
  const before = history.types[type]
  const count = Math.min(before.count + 1, memoryDays)
  const delta = totalWh - before.meanWh
  const meanWh = before.meanWh + delta / count
  const kept = before.count < memoryDays ? 1 : (memoryDays - 1) / memoryDays
  const m2 = before.m2 * kept + delta * (totalWh - meanWh)
  return {
    types: { ...history.types, [type]: { count, meanWh, m2 } },
    zeroDays: totalWh === 0 ? history.zeroDays + 1 : 0,
    through: day,
  }
}

const deviationOf = ({ count, m2 }: DayMemory) => (count > 1 ? Math.sqrt(m2 / (count - 1)) : 0)

export type UseParameters = {
  /** Whole days of the same kind that must be known first. */
  readonly shortestMemory: number
  /** Standard deviations from the mean that are still believed. */
  readonly deviations: number
  /** A difference below this is never told, Wh. */
  readonly floorWh: number
}

/** Total of channel A+ of a whole day; undefined when a slot is missing. */
export function wholeDayWh(block: DayBlock): number | undefined {
  const series = seriesOf(block, 'A+')
  return series && countQuality(series).missing === 0 ? sum(series) : undefined
}

/** A whole day far above what the point uses on days of this kind. */
export function highUse(
  block: DayBlock,
  type: DayType,
  history: History,
  parameters: UseParameters,
): Finding[] {
  return use('high-use', 1, block, type, history, parameters)
}

/** A whole day far below what the point uses on days of this kind. */
export function lowUse(
  block: DayBlock,
  type: DayType,
  history: History,
  parameters: UseParameters,
): Finding[] {
  return use('low-use', -1, block, type, history, parameters)
}

function use(
  rule: 'high-use' | 'low-use',
  sign: 1 | -1,
  block: DayBlock,
  type: DayType,
  history: History,
  { shortestMemory, deviations, floorWh }: UseParameters,
): Finding[] {
  const memory = history.types[type]
  const totalWh = wholeDayWh(block)
  if (totalWh === undefined || memory.count < shortestMemory) return []
  const beyond = sign * (totalWh - memory.meanWh)
  if (beyond <= Math.max(floorWh, deviations * deviationOf(memory))) return []
  const details = {
    totalWh,
    meanWh: Math.round(memory.meanWh),
    deviationWh: Math.round(deviationOf(memory)),
    days: memory.count,
    type,
  }
  return [{ rule, day: block.day, channel: 'A+', fromSlot: 0, count: slotsOf(block), details }]
}

const slotsOf = (block: DayBlock) => seriesOf(block, 'A+')?.values.length ?? 1

export type InactiveParameters = {
  /** Whole days without use that are still believed. */
  readonly days: number
}

/** No use for longer than an absence explains: a meter that stopped, or a point to be looked at. */
export function inactive(block: DayBlock, history: History, { days }: InactiveParameters): Finding[] {
  if (wholeDayWh(block) !== 0) return []
  const counted = history.through !== null && history.through >= block.day
  const zeroDays = history.zeroDays + (counted ? 0 : 1)
  const used = Object.values(history.types).some((memory) => memory.meanWh > 0)
  if (zeroDays <= days || !used) return []
  return [
    {
      rule: 'inactive',
      day: block.day,
      channel: 'A+',
      fromSlot: 0,
      count: slotsOf(block),
      details: { zeroDays, days },
    },
  ]
}

export type PeerParameters = {
  /** Peers that must be known. */
  readonly fewestPeers: number
  /** The ratio of this day to its own mean may be this many times that of the peers, or its inverse. */
  readonly factor: number
  readonly floorWh: number
}

/**
 * A day that moved against everybody else on the station: its ratio to its own mean, against the median of the
 * same ratio over the peers. A cold day moves all of them.
 * @param peerRatios day total ⁄ own mean of each peer on that day
 */
export function peerDeviation(
  block: DayBlock,
  type: DayType,
  history: History,
  peerRatios: Float64Array,
  { fewestPeers, factor, floorWh }: PeerParameters,
): Finding[] {
  const { count, meanWh } = history.types[type]
  const totalWh = wholeDayWh(block)
  if (totalWh === undefined || count === 0 || meanWh <= 0 || peerRatios.length < fewestPeers) return []
  const median = medianOf(peerRatios)
  const expectedWh = meanWh * median
  if (Math.abs(totalWh - expectedWh) <= floorWh) return []
  if (totalWh <= expectedWh * factor && totalWh * factor >= expectedWh) return []
  const details = { totalWh, expectedWh: Math.round(expectedWh), peers: peerRatios.length, factor }
  return [
    { rule: 'peer-deviation', day: block.day, channel: 'A+', fromSlot: 0, count: slotsOf(block), details },
  ]
}

/** Median of unsorted values; the mean of the two middle ones when their number is even. */
export function medianOf(values: Float64Array): number {
  const sorted = values.slice().sort()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

export type MultiplierParameters = {
  /** Ratios by which a wrong transformer constant multiplies: 5, 10, 20 … */
  readonly ratios: readonly number[]
  /** How near to a ratio the step must be, percent. */
  readonly tolerancePercent: number
  readonly shortestMemory: number
}

/** A day that is a known transformer ratio times the usual, or its inverse: a constant entered or wired wrongly. */
export function multiplierStep(
  block: DayBlock,
  type: DayType,
  history: History,
  { ratios, tolerancePercent, shortestMemory }: MultiplierParameters,
): Finding[] {
  const memory = history.types[type]
  const totalWh = wholeDayWh(block)
  if (!totalWh || memory.count < shortestMemory || memory.meanWh <= 0) return []
  // Days that swing by themselves say nothing of a constant.
  if (deviationOf(memory) > memory.meanWh * 0.35) return []
  const step = totalWh / memory.meanWh
  for (const ratio of ratios)
    for (const wanted of [ratio, 1 / ratio])
      if (Math.abs(step / wanted - 1) * 100 <= tolerancePercent) {
        const details = {
          totalWh,
          meanWh: Math.round(memory.meanWh),
          step: Math.round(step * 1_000) / 1_000,
          ratio: wanted,
        }
        return [
          {
            rule: 'multiplier-step',
            day: block.day,
            channel: 'A+',
            fromSlot: 0,
            count: slotsOf(block),
            details,
          },
        ]
      }
  return []
}

export type ImbalanceParameters = {
  /** Largest share by which a phase may stand off the mean of the three, percent. */
  readonly percent: number
  /** Mean current below which phases are not compared, A. */
  readonly floorA: number
}

/**
 * One phase that carries far more or less than the others.
 * @param currentsA currents (or mean currents of the day) of the three phases, A
 */
export function phaseImbalance(
  day: string,
  slots: number,
  currentsA: readonly [number, number, number],
  { percent, floorA }: ImbalanceParameters,
): Finding[] {
  const meanA = (currentsA[0] + currentsA[1] + currentsA[2]) / 3
  if (meanA < floorA) return []
  const worst = Math.max(...currentsA.map((current) => Math.abs(current - meanA)))
  const offPercent = (worst / meanA) * 100
  if (offPercent <= percent) return []
  const details = { currentsA: [...currentsA], offPercent: Math.round(offPercent), limitPercent: percent }
  return [{ rule: 'phase-imbalance', day, channel: 'A+', fromSlot: 0, count: slots, details }]
}

export type BalanceParameters = {
  /** Losses of a whole day that are believed, percent of what entered. */
  readonly lowestPercent: number
  readonly highestPercent: number
}

/**
 * A station whose points take out more than went in, or far less. Judged when every point of the day is present.
 * @param enteredWh supplied by the grid and produced behind the station
 * @param leftWh used by the points and returned to the grid
 */
export function stationBalance(
  day: string,
  slots: number,
  enteredWh: number,
  leftWh: number,
  { lowestPercent, highestPercent }: BalanceParameters,
): Finding[] {
  if (enteredWh <= 0) return []
  const lossPercent = ((enteredWh - leftWh) / enteredWh) * 100
  if (lossPercent >= lowestPercent && lossPercent <= highestPercent) return []
  const details = {
    enteredWh,
    leftWh,
    lossPercent: Math.round(lossPercent * 100) / 100,
    lowestPercent,
    highestPercent,
  }
  return [{ rule: 'station-balance', day, channel: 'A+', fromSlot: 0, count: slots, details }]
}
