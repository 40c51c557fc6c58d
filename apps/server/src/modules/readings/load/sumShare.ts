// The curve of one share of the points: what one thread adds up.

import { type Channel, type CivilDay, channelBit, channels, columnStride } from '@contor/intervals'
import { type Actor, type Db, withActorClient } from '../../../platform/index.ts'
import { slotsOf } from './batch.ts'
import { readDays } from './dayReader.ts'
import { slotAxis } from './slotAxis.ts'

const pointsAtOnce = 1_000

export type SumTask = {
  readonly actor: Actor
  /** Ids of metering points. */
  readonly points: Float64Array
  readonly from: CivilDay
  readonly to: CivilDay
  readonly channel: Channel
}

/** One element per quarter-hour from the start of `from` to the end of `to`. */
export type SummedCurve = {
  /** Wh or varh, exact below 2⁵³. */
  readonly sums: Float64Array
  /** Points that have a value there. */
  readonly present: Int32Array
  /** Of them, points whose value was estimated or edited. */
  readonly notMeasured: Int32Array
}

/** Zeros for a range of days. */
export function emptyCurve({ from, to }: SumTask): SummedCurve {
  const { slots } = slotAxis(from, to)
  return {
    sums: new Float64Array(slots),
    present: new Int32Array(slots),
    notMeasured: new Int32Array(slots),
  }
}

/**
 * Adds the stored days up on one connection and one thread; memory does not grow with the points.
 * @throws CorruptDay when the seal of a stored day does not hold, or its bytes are no day
 */
export async function sumShare(db: Db, task: SumTask): Promise<SummedCurve> {
  const { points, from, to, channel } = task
  const { sums, present, notMeasured } = emptyCurve(task)
  const { firstOf } = slotAxis(from, to)
  // Days without a hole are counted once for all their quarter-hours.
  const whole = new Map<number, number>()
  const wanted = channelBit(channel)
  const at = channels.indexOf(channel) * columnStride
  await withActorClient(db, task.actor, async (client) => {
    for (let i = 0; i < points.length; i += pointsAtOnce) {
      const some = points.subarray(i, i + pointsAtOnce)
      await readDays(
        client,
        { points: some, from, to, wanted },
        ({ number, slots, plain, values, quality }) => {
          const first = firstOf(number) - at
          const end = at + slots
          if (plain !== 0) {
            whole.set(number, (whole.get(number) ?? 0) + 1)
            for (let i = at; i < end; i++) sums[first + i] += values[i]
            return
          }
          for (let i = at; i < end; i++) {
            const state = quality[i] & 7
            if (state === 0) continue
            sums[first + i] += values[i]
            present[first + i]++
            if (state > 1) notMeasured[first + i]++
          }
        },
      )
    }
  })
  for (const [number, count] of whole) {
    const first = firstOf(number)
    for (let slot = first; slot < first + slotsOf(number); slot++) present[slot] += count
  }
  return { sums, present, notMeasured }
}
