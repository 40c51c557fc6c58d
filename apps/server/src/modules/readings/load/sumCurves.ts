// Sums over many points: blocks are decoded into one array that is used again, nothing else is kept.

import {
  type Channel,
  type CivilDay,
  channelBit,
  channels,
  columnStride,
  createDayColumns,
  dayNumber,
  dayStart,
  decodeInto,
} from '@contor/intervals'
import { type Actor, type Db, withActorClient } from '../../../platform/index.ts'

const pointsAtOnce = 500

/**
 * The curve of a set of points together: one sum per quarter-hour from the start of `from` to the end of `to`.
 * Points the actor does not see add nothing; missing slots add nothing and lower `present`.
 * @returns sums in Wh or varh (exact below 2⁵³) and how many points had a value in each quarter-hour
 * @throws IntervalError 'malformed' when a stored block cannot be read
 */
export async function sumCurves(
  db: Db,
  actor: Actor,
  points: readonly string[],
  from: CivilDay,
  to: CivilDay,
  channel: Channel,
): Promise<{ sums: Float64Array; present: Int32Array }> {
  const origin = dayStart(from)
  const firsts: number[] = []
  const last = dayNumber(to)
  for (let n = dayNumber(from); n <= last + 1; n++) firsts.push((startOf(n) - origin) / 900_000)
  const sums = new Float64Array(firsts[firsts.length - 1])
  const present = new Int32Array(sums.length)
  const columns = createDayColumns()
  const bit = channelBit(channel)
  const at = channels.indexOf(channel) * columnStride
  await withActorClient(db, actor, async (client) => {
    for (let i = 0; i < points.length; i += pointsAtOnce) {
      const query = {
        text: `select payload from contor.day_block where metering_point_id = any($1::bigint[])
                  and day between $2::date and $3::date and version > 0 and length(payload) > 0`,
        values: [points.slice(i, i + pointsAtOnce), from, to],
        rowMode: 'array',
      }
      const { rows } = (await client.query(query as never)) as unknown as { rows: [Buffer][] }
      for (const [payload] of rows) {
        const { mask, slots, number, values, quality } = decodeInto(payload, columns, bit)
        if (mask === 0) continue
        const first = firsts[number - (last - firsts.length + 2)]
        for (let slot = 0; slot < slots; slot++) {
          if ((quality[at + slot] & 7) === 0) continue
          sums[first + slot] += values[at + slot]
          present[first + slot]++
        }
      }
    }
  })
  return { sums, present }
}

const startOf = (number: number) => dayStart(new Date(number * 86_400_000).toISOString().slice(0, 10))
