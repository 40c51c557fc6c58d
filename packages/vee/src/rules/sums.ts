// Rules that hold intervals against registers.

import { type Channel, countQuality, type DayBlock, isPresent, seriesOf, sum } from '@contor/intervals'
import type { Finding, MidnightIndexes } from './rule.ts'

export type IntervalSumParameters = {
  /** Difference allowed for registers that show whole units only, Wh. */
  readonly toleranceWh: number
}

const totals: readonly (readonly [Channel, string])[] = [
  ['A+', '1.0.1.8.0.255'],
  ['A-', '1.0.2.8.0.255'],
]
const totalImport = '1.0.1.8.0.255'
const tariffObis = (register: number) => `1.0.1.8.${register}.255`

/**
 * Invariant: the sum of a day's intervals equals the difference of the register at its two midnights. A channel
 * with a missing slot or index is not judged. Also asks that the tariff registers together moved as far as the
 * total, when the meter keeps them.
 */
export function intervalSum(
  block: DayBlock,
  start: MidnightIndexes,
  end: MidnightIndexes,
  { toleranceWh }: IntervalSumParameters,
): Finding[] {
  const findings: Finding[] = []
  for (const [channel, obis] of totals) {
    const series = seriesOf(block, channel)
    const moved = movedBy(obis, start, end)
    if (!series || moved === undefined || countQuality(series).missing > 0) continue
    const intervalsWh = sum(series)
    const differenceWh = intervalsWh - moved
    if (Math.abs(differenceWh) <= toleranceWh) continue
    const details = { obis, intervalsWh, indexDifferenceWh: moved, differenceWh, toleranceWh }
    findings.push(whole('interval-sum', block, channel, details))
  }
  const byTariff = [1, 2, 3, 4]
    .map((register) => movedBy(tariffObis(register), start, end))
    .filter((moved) => moved !== undefined)
  const total = movedBy(totalImport, start, end)
  if (total === undefined || byTariff.length === 0 || findings.length > 0) return findings
  const tariffWh = byTariff.reduce((all, moved) => all + moved, 0)
  const allowed = toleranceWh * byTariff.length
  if (Math.abs(tariffWh - total) <= allowed) return findings
  const details = { tariffWh, indexDifferenceWh: total, differenceWh: tariffWh - total, toleranceWh: allowed }
  return [whole('interval-sum', block, 'A+', details)]
}

/**
 * The same for each tariff register: the intervals of its zones add up to what it moved. A register with a missing
 * slot or index is not judged.
 * @param registerOfSlot register (1…4) that each slot of the day counts in, by the tariff calendar of the meter
 */
export function tariffSum(
  block: DayBlock,
  registerOfSlot: Uint8Array,
  start: MidnightIndexes,
  end: MidnightIndexes,
  { toleranceWh }: IntervalSumParameters,
): Finding[] {
  const series = seriesOf(block, 'A+')
  if (!series) return []
  const sums = new Float64Array(5)
  const broken = new Uint8Array(5)
  for (let slot = 0; slot < series.values.length; slot++) {
    const register = registerOfSlot[slot]
    if (isPresent(series.quality[slot])) sums[register] += series.values[slot]
    else broken[register] = 1
  }
  const findings: Finding[] = []
  for (let register = 1; register <= 4; register++) {
    const obis = tariffObis(register)
    const moved = movedBy(obis, start, end)
    if (moved === undefined || broken[register] === 1) continue
    const differenceWh = sums[register] - moved
    if (Math.abs(differenceWh) <= toleranceWh) continue
    const details = {
      obis,
      intervalsWh: sums[register],
      indexDifferenceWh: moved,
      differenceWh,
      toleranceWh,
    }
    findings.push(whole('tariff-sum', block, 'A+', details))
  }
  return findings
}

export type RolloverParameters = {
  /** Digits of the register before the decimal sign. */
  readonly digits: number
  /** Wh of one unit of the last digit. */
  readonly unitWh: number
}

/**
 * An index that is lower than the day before: a roll-over when the way over the top is what the point can have
 * used, otherwise a register that ran back or was replaced.
 * @param limitW what the point can draw at most, W; 0: not known, any way over the top is believed
 * @param hours between the two indexes
 */
export function registerRollover(
  block: DayBlock,
  start: MidnightIndexes,
  end: MidnightIndexes,
  hours: number,
  limitW: number,
  { digits, unitWh }: RolloverParameters,
): Finding[] {
  const span = 10 ** digits * unitWh
  const findings: Finding[] = []
  for (const [obis, startWh] of start) {
    const endWh = end.get(obis)
    if (endWh === undefined || endWh >= startWh) continue
    const overWh = endWh + span - startWh
    const plausible = overWh >= 0 && (limitW <= 0 || overWh <= limitW * hours)
    const details = { obis, startWh, endWh, meaning: plausible ? 'roll-over' : 'decrease', overWh }
    findings.push(whole('register-rollover', block, 'A+', details))
  }
  return findings
}

function movedBy(obis: string, start: MidnightIndexes, end: MidnightIndexes): number | undefined {
  const from = start.get(obis)
  const to = end.get(obis)
  return from === undefined || to === undefined ? undefined : to - from
}

function whole(
  rule: Finding['rule'],
  block: DayBlock,
  channel: Channel,
  details: Record<string, unknown>,
): Finding {
  const count = seriesOf(block, channel)?.values.length ?? 1
  return { rule, day: block.day, channel, fromSlot: 0, count, details }
}
