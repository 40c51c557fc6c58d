import { type DayBlock, flag, isPresent, seriesOf } from '@contor/intervals'
import type { Finding } from './rule.ts'

export type SpikeParameters = {
  /** How many times the approved power an interval may average before it is suspect. */
  readonly factor: number
}

/**
 * Intervals whose mean power exceeds `factor` × the power the point was approved for. Marks them suspect in
 * the block given (it has not been stored yet) and tells each run.
 * @param approvedPowerW approved power of the point (putere avizată), W
 */
export function spike(block: DayBlock, approvedPowerW: number, { factor }: SpikeParameters): Finding[] {
  const limitWh = (approvedPowerW * factor * block.minutes) / 60
  const findings: Finding[] = []
  for (const channel of ['A+', 'A-'] as const) {
    const series = seriesOf(block, channel)
    if (!series) continue
    let open: { fromSlot: number; count: number; highestWh: number } | undefined
    for (let slot = 0; slot <= series.values.length; slot++) {
      const high =
        slot < series.values.length &&
        isPresent(series.quality[slot]) &&
        Math.abs(series.values[slot]) > limitWh
      if (high) {
        series.quality[slot] |= flag.suspect
        if (!open) open = { fromSlot: slot, count: 0, highestWh: 0 }
        open.count++
        open.highestWh = Math.max(open.highestWh, Math.abs(series.values[slot]))
      } else if (open) {
        const { fromSlot, count, highestWh } = open
        findings.push({
          rule: 'spike',
          day: block.day,
          channel,
          fromSlot,
          count,
          details: { highestWh, limitWh },
        })
        open = undefined
      }
    }
  }
  return findings
}
