// All quarter-hours of one point over months or years, as typed arrays; and what of them a chart can show.

import { type Channel, type CivilDay, channelBit, channels, columnStride } from '@contor/intervals'
import { type Actor, type Db, notFound, withActorClient } from '../../../platform/index.ts'
import { readDays } from './dayReader.ts'
import { slotAxis } from './slotAxis.ts'

export type CurveChannel = {
  readonly channel: Channel
  /** Wh or varh; 0 where missing. */
  readonly values: Int32Array
  /** Quality bytes; 0 where missing. */
  readonly quality: Uint8Array
}

export type PointCurve = {
  /** Epoch ms of the first quarter-hour. */
  readonly start: number
  /** Quarter-hours, one after the other through every change of the clock. */
  readonly slots: number
  /** Of those asked for, the ones that the point has in the range. */
  readonly channels: readonly CurveChannel[]
}

/**
 * The stored values of a point from the start of `from` to the end of `to`. Bounded by its range: five bytes
 * for each channel and quarter-hour.
 * @param asked default: all channels
 * @throws ContorError 'not-found' for a point that the actor does not see
 * @throws CorruptDay when the seal of a stored day does not hold
 */
export async function loadPointCurve(
  db: Db,
  actor: Actor,
  meteringPointId: string,
  from: CivilDay,
  to: CivilDay,
  asked: readonly Channel[] = channels,
): Promise<PointCurve> {
  const { start, slots, firstOf } = slotAxis(from, to)
  const found: (CurveChannel | undefined)[] = channels.map(() => undefined)
  const wanted = asked.reduce((mask, channel) => mask | channelBit(channel), 0)
  const points = Float64Array.of(Number(meteringPointId))
  await withActorClient(db, actor, async (client) => {
    const { rowCount } = await client.query('select 1 from contor.metering_point where id = $1', [
      meteringPointId,
    ])
    if (rowCount === 0) throw notFound('metering point', meteringPointId)
    await readDays(client, { points, from, to, wanted }, (day) => {
      const first = firstOf(day.number)
      for (let c = 0; c < channels.length; c++) {
        if (((day.mask >> c) & 1) === 0) continue
        const into = found[c] ?? emptyChannel(channels[c], slots)
        found[c] = into
        const at = c * columnStride
        into.values.set(day.values.subarray(at, at + day.slots), first)
        into.quality.set(day.quality.subarray(at, at + day.slots), first)
      }
    })
  })
  return { start, slots, channels: found.filter((one) => one !== undefined) }
}

// Megabytes for each request would have the collector run all the time: arrays of answers that are sent are used
// again, a few of them.
const spareMost = 16
const spareSlots = 80_000
const spare: { readonly values: Int32Array; readonly quality: Uint8Array }[] = []

function emptyChannel(channel: Channel, slots: number): CurveChannel {
  const kept = slots <= spareSlots ? spare.pop() : undefined
  const capacity = Math.max(slots, spareSlots)
  const values = kept?.values ?? new Int32Array(capacity)
  const quality = kept?.quality ?? new Uint8Array(capacity)
  if (kept) {
    values.fill(0, 0, slots)
    quality.fill(0, 0, slots)
  }
  return { channel, values: values.subarray(0, slots), quality: quality.subarray(0, slots) }
}

/** Gives the arrays back; neither the curve nor anything that reads it may be used afterwards. */
export function releaseCurve({ channels }: PointCurve): void {
  for (const { values, quality } of channels)
    if (values.length <= spareSlots && spare.length < spareMost)
      spare.push({ values: new Int32Array(values.buffer), quality: new Uint8Array(quality.buffer) })
}

/** A channel cut into pieces of the same number of quarter-hours, the last one maybe shorter. */
export type ChartChannel = {
  readonly channel: Channel
  /** Lowest and highest value of each piece, 0 where it has none. */
  readonly min: Int32Array
  readonly max: Int32Array
  /** Wh or varh of each piece, exact below 2⁵³. */
  readonly sum: Float64Array
  /** Quarter-hours of each piece that have a value, and of these the ones that no meter gave. */
  readonly present: Int32Array
  readonly estimated: Int32Array
}

/**
 * What a chart of `width` columns shows: no peak and no dip is lost, however many quarter-hours share a column.
 * @returns the quarter-hours of a piece, and at most `width` pieces of each channel
 */
export function chartOf(
  { slots, channels }: PointCurve,
  width: number,
): { step: number; channels: ChartChannel[] } {
  const step = Math.max(1, Math.ceil(slots / width))
  const pieces = Math.ceil(slots / step)
  return {
    step,
    channels: channels.map(({ channel, values, quality }) => {
      const piece: ChartChannel = {
        channel,
        min: new Int32Array(pieces),
        max: new Int32Array(pieces),
        sum: new Float64Array(pieces),
        present: new Int32Array(pieces),
        estimated: new Int32Array(pieces),
      }
      for (let p = 0; p < pieces; p++)
        fillPiece(piece, p, values, quality, p * step, Math.min(slots, (p + 1) * step))
      return piece
    }),
  }
}

function fillPiece(
  into: ChartChannel,
  p: number,
  values: Int32Array,
  quality: Uint8Array,
  from: number,
  end: number,
): void {
  let min = 0x7fffffff
  let max = -0x80000000
  let sum = 0
  let present = 0
  let estimated = 0
  for (let i = from; i < end; i++) {
    const state = quality[i] & 7
    if (state === 0) continue
    const value = values[i]
    if (value < min) min = value
    if (value > max) max = value
    sum += value
    present++
    if (state !== 1) estimated++
  }
  if (present === 0) return
  into.min[p] = min
  into.max[p] = max
  into.sum[p] = sum
  into.present[p] = present
  into.estimated[p] = estimated
}
