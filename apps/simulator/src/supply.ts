// What a household really draws behind its meter: the curve of its habits, or what a hand has made of it.
import { type CivilDay, dayEnd, dayStart } from '@contor/intervals'
import type { DayEnergy } from './curves.ts'
import type { EnergySource } from './energy.ts'

const quarter = 900_000
const msPerHour = 3_600_000

/** From `at` (the meter's clock, epoch ms) on it draws `watt`; null: as the curve says. */
export interface Segment {
  readonly at: number
  readonly watt: number | null
}

/** Milliseconds as the curve says, and W·ms of what was set, in [from, to). */
function pieces(supply: readonly Segment[], from: number, to: number): { curveMs: number; wattMs: number } {
  let curveMs = 0
  let wattMs = 0
  for (let n = -1; n < supply.length; n++) {
    const start = Math.max(from, n < 0 ? from : supply[n].at)
    const end = Math.min(to, supply[n + 1]?.at ?? to)
    if (end <= start) continue
    const watt = n < 0 ? null : supply[n].watt
    if (watt === null) curveMs += end - start
    else wattMs += watt * (end - start)
  }
  return { curveMs, wattMs }
}

/** Energies (Wh, varh) of one quarter-hour that have passed until `to`; whole numbers that only grow with `to`. */
export function passed(
  energy: DayEnergy,
  slot: number,
  supply: readonly Segment[],
  start: number,
  to: number,
): Record<'imported' | 'exported' | 'reactiveImported' | 'reactiveExported', number> {
  const { curveMs, wattMs } = pieces(supply, start, to)
  const share = (wh: number) => Math.floor((wh * curveMs) / quarter)
  return {
    imported: Math.floor((energy.imported[slot] * 4 * curveMs + wattMs) / msPerHour),
    exported: share(energy.exported[slot]),
    reactiveImported: share(energy.reactiveImported[slot]),
    reactiveExported: share(energy.reactiveExported[slot]),
  }
}

/** The same user with his relay, his breaker and what he has plugged in. `supply` may grow later. */
export function supplied(source: EnergySource, supply: readonly Segment[]): EnergySource {
  return (day: CivilDay) => {
    const truth = source(day)
    if (supply.length === 0 || supply[0].at >= dayEnd(day)) return truth
    const start = dayStart(day)
    const slots = Array.from({ length: truth.slots }, (_, slot) =>
      passed(truth, slot, supply, start + slot * quarter, start + (slot + 1) * quarter),
    )
    return {
      ...truth,
      imported: Int32Array.from(slots, (one) => one.imported),
      exported: Int32Array.from(slots, (one) => one.exported),
      reactiveImported: Int32Array.from(slots, (one) => one.reactiveImported),
      reactiveExported: Int32Array.from(slots, (one) => one.reactiveExported),
    }
  }
}
