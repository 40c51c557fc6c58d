// The curve that an operation copies or follows, one value per slot of the range.

import { type Channel, seriesOf, slotsInDay } from '@contor/intervals'
import { daysOf, standardProfile, type Timeline, wallQuarter } from '@contor/vee'
import type { Trx } from '../../../platform/index.ts'
import { loadDays } from '../../readings/index.ts'
import { type EstimationPoint, loadPoint } from '../config.ts'
import type { Operation } from './operations.ts'

/** −1 where the model has no value; undefined when the operation needs none. */
export async function modelOf(
  trx: Trx,
  point: EstimationPoint,
  channel: Channel,
  timeline: Timeline,
  from: number,
  to: number,
  operation: Operation,
): Promise<Float64Array | undefined> {
  if (operation.kind === 'copy') {
    const source = operation.meteringPointId ?? point.id
    if (source !== point.id) await loadPoint(trx, source)
    return laid(timeline, from, to, await wallOf(trx, source, channel, operation.day))
  }
  if (operation.kind !== 'total') return undefined
  if (operation.shape === 'day')
    return laid(timeline, from, to, await wallOf(trx, point.id, channel, operation.day ?? timeline.from))
  if (operation.shape === 'profile') return laid(timeline, from, to, (day) => profileOf(point, day))
  return undefined
}

type Wall = (day: string) => Float64Array

/** A stored day by the clock on the wall, 96 quarter-hours; the hour that a short day lacks has no value. */
async function wallOf(trx: Trx, id: string, channel: Channel, day: string): Promise<Wall> {
  const [stored] = await loadDays(trx, id, day, day)
  const series = stored && seriesOf(stored.block, channel)
  const wall = new Float64Array(96).fill(-1)
  if (series)
    for (let slot = series.values.length - 1; slot >= 0; slot--)
      if ((series.quality[slot] & 7) !== 0)
        wall[wallQuarter(slot, series.values.length)] = series.values[slot]
  return () => wall
}

function profileOf(point: EstimationPoint, day: string): Float64Array {
  const wall = new Float64Array(96).fill(0)
  const profile = standardProfile(point.kind === 'household' ? 'household' : 'business', day)
  for (let slot = profile.length - 1; slot >= 0; slot--)
    wall[wallQuarter(slot, profile.length)] = profile[slot]
  return wall
}

function laid(timeline: Timeline, from: number, to: number, wall: Wall): Float64Array {
  const model = new Float64Array(to - from).fill(-1)
  for (const { day, first, count } of daysOf(timeline)) {
    const ofDay = wall(day)
    for (let slot = Math.max(from, first); slot < Math.min(to, first + count); slot++)
      model[slot - from] = ofDay[wallQuarter(slot - first, slotsInDay(day))]
  }
  return model
}
