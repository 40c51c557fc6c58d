import { quality } from '@contor/intervals'
import type { Method } from '../method.ts'

/** A straight line between the values beside the gap. Declines a gap longer than `mostSlots` (default 4). */
export const linear: Method = ({ timeline, free }, { from, count }, { mostSlots = 4 }) => {
  if (count > mostSlots) return `longer than ${mostSlots} slots`
  const after = from + count
  if (from === 0 || after >= timeline.values.length) return 'no value on one side'
  if (!isHeld(free, timeline.quality, from - 1) || !isHeld(free, timeline.quality, after))
    return 'no value on one side'
  const first = timeline.values[from - 1]
  const last = timeline.values[after]
  const steps = count + 1
  const mWh = Float64Array.from({ length: count }, (_, i) =>
    Math.round((1_000 * (first * (steps - i - 1) + last * (i + 1))) / steps),
  )
  return { mWh, hasLevel: true, reason: 'line between the neighbours', facts: { first, last } }
}

// The zero of an outage is no neighbour: the supply came back at once.
function isHeld(free: Uint8Array, states: Uint8Array, slot: number): boolean {
  const state = states[slot] & 7
  return free[slot] === 0 && (state === quality.measured || state === quality.edited)
}
