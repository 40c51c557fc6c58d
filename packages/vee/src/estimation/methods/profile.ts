import type { Method } from '../method.ts'
import { bdewSource } from '../profiles/bdew2025.ts'
import { profileYearWh, standardProfile } from '../profiles/profile.ts'
import { forSlots } from './peers.ts'

/** A standard profile at the level of the point's year; without a known year a shape that needs registers. */
export const profile: Method = (context, { from, count, scaled }) => {
  const { profile: name, yearWh } = context
  if (name === undefined) return 'no standard profile for this kind of point'
  if (yearWh === undefined && !scaled) return 'the energy of a year is not known'
  const mWh = new Float64Array(count)
  const days = new Map<string, Uint32Array>()
  forSlots(context, from, count, (day, slot, at) => {
    let shape = days.get(day)
    if (!shape) {
      shape = standardProfile(name, day)
      days.set(day, shape)
    }
    mWh[at - from] = Math.round(1_000 * shape[slot] * ((yearWh ?? profileYearWh) / profileYearWh))
  })
  return {
    mWh,
    hasLevel: yearWh !== undefined,
    reason: 'standard profile',
    facts: { profile: name, source: bdewSource, ...(yearWh === undefined ? {} : { yearWh }) },
  }
}
