// Invariant: the sum of a day's intervals equals the difference of the register at its two midnights.

import { type Channel, countQuality, type DayBlock, seriesOf, sum } from '@contor/intervals'
import type { Finding } from './rule.ts'

/** Indexes at a civil midnight by OBIS code, Wh. */
export type MidnightIndexes = ReadonlyMap<string, number>
export type IntervalSumParameters = {
  /** Difference allowed for registers that show whole units only, Wh. */
  readonly toleranceWh: number
}

const totals: readonly (readonly [Channel, string])[] = [
  ['A+', '1.0.1.8.0.255'],
  ['A-', '1.0.2.8.0.255'],
]
const tariffs = [1, 2, 3, 4].map((tariff) => `1.0.1.8.${tariff}.255`)

/**
 * Compares a whole day with its indexes; a channel with a missing slot or index is not judged. Also asks
 * that the tariff registers together moved as far as the total, when the meter keeps them.
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
    findings.push({
      rule: 'interval-sum',
      day: block.day,
      channel,
      fromSlot: 0,
      count: series.values.length,
      details,
    })
  }
  const byTariff = tariffs.map((obis) => movedBy(obis, start, end)).filter((moved) => moved !== undefined)
  const total = movedBy('1.0.1.8.0.255', start, end)
  if (total !== undefined && byTariff.length > 0 && findings.length === 0) {
    const tariffWh = byTariff.reduce((all, moved) => all + moved, 0)
    const allowed = toleranceWh * byTariff.length
    if (Math.abs(tariffWh - total) > allowed) {
      const details = {
        tariffWh,
        indexDifferenceWh: total,
        differenceWh: tariffWh - total,
        toleranceWh: allowed,
      }
      const count = seriesOf(block, 'A+')?.values.length ?? 1
      findings.push({ rule: 'interval-sum', day: block.day, channel: 'A+', fromSlot: 0, count, details })
    }
  }
  return findings
}

function movedBy(obis: string, start: MidnightIndexes, end: MidnightIndexes): number | undefined {
  const from = start.get(obis)
  const to = end.get(obis)
  return from === undefined || to === undefined ? undefined : to - from
}
