import { isPresent, seriesOf } from '@contor/intervals'
import type { DayInput, Finding } from './rule.ts'

/** Expected slots of channel A+ that hold no value, one finding per run. Asked only once a day was read whole. */
export function missingInterval({ block, expected }: DayInput): Finding[] {
  const series = seriesOf(block, 'A+')
  const findings: Finding[] = []
  let from = -1
  for (let slot = expected.from; slot <= expected.to; slot++) {
    const missing = slot < expected.to && !(series && isPresent(series.quality[slot]))
    if (missing && from < 0) from = slot
    if (!missing && from >= 0) {
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
  }
  return findings
}
