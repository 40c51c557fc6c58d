import { type CivilDay, quality } from '@contor/intervals'
import type { Method, MethodContext, SeriesByDay } from '../method.ts'
import { daysOf } from '../timeline.ts'

/**
 * The curve that peers behind the same station measured in the gap, at the level of this point: its share of what
 * they used in slots that all have. Without such slots it is a shape only, which needs registers.
 */
export const peers: Method = (context, { from, count }, { fewestPeers = 3 }) => {
  const sums = new Float64Array(count)
  const chosen = context.peers.filter(({ days }) => covers(context, days, from, count))
  if (chosen.length < fewestPeers) return `fewer than ${fewestPeers} peers measured the gap`
  forSlots(context, from, count, (day, slot, at) => {
    for (const { days } of chosen) sums[at - from] += days.get(day)?.values[slot] ?? 0
  })
  const { own, theirs, slots } = common(context, chosen)
  const hasLevel = theirs > 0 && slots >= 96
  const factor = hasLevel ? (1_000 * own) / theirs : 1_000 / chosen.length
  return {
    mWh: sums.map((sum) => Math.round(sum * factor)),
    hasLevel,
    reason: 'peers of the station',
    facts: {
      peers: chosen.map((peer) => peer.id).join(' '),
      ownWh: own,
      peersWh: theirs,
      commonSlots: slots,
    },
  }
}

function covers(context: MethodContext, days: SeriesByDay, from: number, count: number): boolean {
  let whole = true
  forSlots(context, from, count, (day, slot) => {
    const byte = days.get(day)?.quality[slot] ?? 0
    if ((byte & 7) !== quality.measured) whole = false
  })
  return whole
}

/** Energies over the slots that the point and all chosen peers measured. */
function common(context: MethodContext, chosen: MethodContext['peers']) {
  let own = 0
  let theirs = 0
  let slots = 0
  for (const [day, series] of context.own) {
    const others = chosen.map(({ days }) => days.get(day))
    for (let slot = 0; slot < series.values.length; slot++) {
      if ((series.quality[slot] & 7) !== quality.measured) continue
      if (!others.every((other) => other && (other.quality[slot] & 7) === quality.measured)) continue
      own += series.values[slot]
      for (const other of others) theirs += other?.values[slot] ?? 0
      slots++
    }
  }
  return { own, theirs, slots }
}

/** Visits the slots of a stretch: civil day, slot in it, slot of the timeline. */
export function forSlots(
  { timeline }: MethodContext,
  from: number,
  count: number,
  visit: (day: CivilDay, slot: number, at: number) => void,
): void {
  for (const { day, first, count: slots } of daysOf(timeline)) {
    const end = Math.min(from + count, first + slots)
    for (let at = Math.max(from, first); at < end; at++) visit(day, at - first, at)
  }
}
