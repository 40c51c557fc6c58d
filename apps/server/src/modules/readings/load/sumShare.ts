// The curve of one share of the points: what one thread adds up.

import {
  type Channel,
  type CivilDay,
  channelBit,
  channels,
  columnStride,
  createDayColumns,
  dayEnd,
  dayNumber,
  dayOfNumber,
  dayStart,
  decodeInto,
} from '@contor/intervals'
import { type Actor, type Db, withActorClient } from '../../../platform/index.ts'
import { CorruptDay, checksumOf } from '../blockRow.ts'
import { type CopiedRow, copyOut } from './copyOut.ts'

const pointsAtOnce = 1_000
const quarterHour = 900_000
/** 2000-01-01, where PostgreSQL counts days from. */
const postgresEpoch = dayNumber('2000-01-01')
const nothing = new Uint8Array(0)

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
}

/** Index of the first quarter-hour of each day of the range, and of the day after it. */
function firstSlots({ from, to }: SumTask): Int32Array {
  const origin = dayStart(from)
  const first = dayNumber(from)
  const days = dayNumber(to) - first + 1
  return Int32Array.from({ length: days + 1 }, (_, i) => {
    const start = i < days ? dayStart(dayOfNumber(first + i)) : dayEnd(to)
    return (start - origin) / quarterHour
  })
}

/** Zeros for a range of days. */
export function emptyCurve(task: SumTask): SummedCurve {
  const slots = (dayEnd(task.to) - dayStart(task.from)) / quarterHour
  return { sums: new Float64Array(slots), present: new Int32Array(slots) }
}

/**
 * Adds the stored days up on one connection and one thread; memory does not grow with the points.
 * @throws CorruptDay when the seal of a stored day does not hold, or its bytes are no day
 */
export async function sumShare(db: Db, task: SumTask): Promise<SummedCurve> {
  const curve = emptyCurve(task)
  const add = adder(task, curve)
  const { points } = task
  await withActorClient(db, task.actor, async (client) => {
    for (let i = 0; i < points.length; i += pointsAtOnce) {
      // COPY takes no parameters; what stands here are numbers and checked days.
      const query = `select metering_point_id, day, payload, sources, growth, checksum from contor.day_block
        where metering_point_id = any('{${points.subarray(i, i + pointsAtOnce).join()}}'::bigint[])
          and day between '${task.from}' and '${task.to}' and version > 0`
      await copyOut(client, query, 6, add)
    }
  })
  return curve
}

/** What is done with each stored day. */
function adder(task: SumTask, { sums, present }: SummedCurve): (row: CopiedRow) => void {
  const firsts = firstSlots(task)
  const origin = dayNumber(task.from)
  const columns = createDayColumns()
  const { values, quality } = columns
  const bit = channelBit(task.channel)
  const at = channels.indexOf(task.channel) * columnStride
  return ({ bytes, starts, ends }) => {
    const part = (field: number) =>
      ends[field] > starts[field] ? bytes.subarray(starts[field], ends[field]) : nothing
    const day = bytes.readInt32BE(starts[1]) + postgresEpoch
    const corrupt = (fault: string) =>
      new CorruptDay(`${bytes.readBigInt64BE(starts[0])}`, dayOfNumber(day), fault)
    const payload = part(2)
    // A row written before seals were has none.
    const seal = ends[5] < 0 ? undefined : bytes.readInt32BE(starts[5])
    if (seal !== undefined && checksumOf({ payload, sources: part(3), growth: part(4) }) !== seal)
      throw corrupt('its checksum does not hold')
    if (payload.length === 0) return
    try {
      decodeInto(payload, columns, bit)
    } catch (cause) {
      throw corrupt((cause as Error).message)
    }
    if (columns.number !== day) throw corrupt(`its bytes are those of ${dayOfNumber(columns.number)}`)
    if (columns.mask === 0) return
    const end = at + columns.slots
    for (let i = at, slot = firsts[day - origin]; i < end; i++, slot++) {
      if ((quality[i] & 7) === 0) continue
      sums[slot] += values[i]
      present[slot]++
    }
  }
}
