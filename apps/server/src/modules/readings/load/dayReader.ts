// Stored days from COPY to columns: seal checked, decoded into arrays that are used again.

import {
  type CivilDay,
  createDayColumns,
  type DayColumns,
  dayNumber,
  dayOfNumber,
  decodeInto,
} from '@contor/intervals'
import type pg from 'pg'
import { CorruptDay, checksumOf } from '../blockRow.ts'
import { type CopiedRow, copyOut } from './copyOut.ts'

/** 2000-01-01, where PostgreSQL counts days from. */
const postgresEpoch = dayNumber('2000-01-01')
const nothing = new Uint8Array(0)

export type DayQuery = {
  /** Ids of metering points. */
  readonly points: Float64Array
  /** Both included. */
  readonly from: CivilDay
  readonly to: CivilDay
  /** Channels to decode, see `channelBit`. */
  readonly wanted: number
}

/**
 * Hands the stored days of the points to `onDay` as they arrive, in no order; the columns are valid during the
 * call only. Days that are laid and hold nothing are left out. Memory does not grow with the points.
 * @throws CorruptDay when the seal of a stored day does not hold, or its bytes are no day
 */
export function readDays(
  client: pg.ClientBase,
  { points, from, to, wanted }: DayQuery,
  onDay: (columns: DayColumns) => void,
): Promise<void> {
  const columns = createDayColumns()
  // COPY takes no parameters: what stands here are numbers, and days whose form dayNumber has checked.
  const query = `select metering_point_id, day, payload, sources, growth, checksum from contor.day_block
    where metering_point_id = any('{${points.join()}}'::bigint[])
      and day between '${dayOfNumber(dayNumber(from))}' and '${dayOfNumber(dayNumber(to))}' and version > 0`
  return copyOut(client, query, 6, (row) => {
    if (open(row, columns, wanted)) onDay(columns)
  })
}

/** @returns false for a day that was laid and holds nothing yet */
function open({ bytes, starts, ends }: CopiedRow, columns: DayColumns, wanted: number): boolean {
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
  if (payload.length === 0) return false
  try {
    decodeInto(payload, columns, wanted)
  } catch (cause) {
    throw corrupt((cause as Error).message)
  }
  if (columns.number !== day) throw corrupt(`its bytes are those of ${dayOfNumber(columns.number)}`)
  return columns.mask !== 0
}
