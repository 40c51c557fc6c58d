import { quality } from '@contor/intervals'
import type { Method } from '../method.ts'
import { forSlots } from './peers.ts'

/** What is left of the station's supply when all other points are taken off, losses included; never below 0. */
export const station: Method = (context, { from, count }) => {
  const mWh = new Float64Array(count)
  let known = true
  forSlots(context, from, count, (day, slot, at) => {
    const series = context.station.get(day)
    if (!series || (series.quality[slot] & 7) !== quality.measured) known = false
    else mWh[at - from] = 1_000 * Math.max(0, series.values[slot])
  })
  if (!known) return 'the station or another of its points lacks values'
  return { mWh, hasLevel: true, reason: 'station less all other points', facts: {} }
}
