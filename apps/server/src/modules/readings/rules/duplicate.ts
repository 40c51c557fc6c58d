import type { Conflict } from '@contor/intervals'
import type { Finding } from './rule.ts'

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
