// Stored days from COPY to columns: seal checked, decoded into arrays that are used again.

import {
  type CivilDay,
  columnStride,
  createDayColumns,
  createMonthColumns,
  type DayColumns,
  dayNumber,
  dayOfNumber,
  decodeInto,
  decodeMonthInto,
  type MonthColumns,
  monthStride,
} from '@contor/intervals'
import type pg from 'pg'
import { CorruptDay, checksumOf } from '../blockRow.ts'
import { firstOfMonth } from '../months/days.ts'
import { corruptMonth, sealSeed, unseal } from '../months/monthRow.ts'
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
  const month = createMonthColumns()
  const first = dayNumber(from)
  const last = dayNumber(to)
  const ids = `'{${points.join()}}'::bigint[]`
  // COPY takes no parameters: what stands here are numbers, and days whose form dayNumber has checked.
  // One statement: a day that is folded meanwhile is seen once. The other channels are left where they are when
  // active energy is all that is asked for.
  const query = `select metering_point_id, day, payload, sources, growth, checksum, false from contor.day_block
    where metering_point_id = any(${ids})
      and day between '${dayOfNumber(first)}' and '${dayOfNumber(last)}' and version > 0
    union all
    select metering_point_id, month, active, ${wanted === 1 ? "''::bytea" : 'others'}, ''::bytea, null::integer, true from contor.month_block
    where metering_point_id = any(${ids})
      and month between '${firstOfMonth(dayOfNumber(first))}' and '${dayOfNumber(last)}'`
  return copyOut(client, query, 7, (row) => {
    if (row.bytes[row.starts[6]] === 0) {
      if (open(row, columns, wanted)) onDay(columns)
      return
    }
    openMonth(row, month, wanted)
    for (let d = 0; d < month.count; d++) {
      const number = month.first + month.index[d]
      if (number < first || number > last) continue
      if (takeDay(month, d, columns, wanted)) onDay(columns)
    }
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

function openMonth({ bytes, starts, ends }: CopiedRow, into: MonthColumns, wanted: number): void {
  const point = `${bytes.readBigInt64BE(starts[0])}`
  const first = dayOfNumber(bytes.readInt32BE(starts[1]) + postgresEpoch)
  const corrupt = (fault: string) => corruptMonth(point, first, fault)
  const active = unseal(bytes.subarray(starts[2], ends[2]), sealSeed(point, first, 'active'))
  const others = unseal(bytes.subarray(starts[3], ends[3]), sealSeed(point, first, 'others'))
  if (!active || !others) throw corrupt('its checksum does not hold')
  try {
    decodeMonthInto({ active, others }, into, wanted)
  } catch (cause) {
    throw corrupt((cause as Error).message)
  }
  if (into.first !== bytes.readInt32BE(starts[1]) + postgresEpoch)
    throw corrupt(`its bytes are those of ${dayOfNumber(into.first)}`)
}

/** @returns false for a day without a channel that is wanted */
function takeDay(month: MonthColumns, d: number, into: DayColumns, wanted: number): boolean {
  const from = month.starts[d]
  into.number = month.first + month.index[d]
  into.minutes = 15
  into.slots = month.starts[d + 1] - from
  into.mask = month.masks[d] & wanted
  into.plain = month.plain & into.mask
  for (let c = 0; into.mask >> c !== 0; c++) {
    if (((into.mask >> c) & 1) === 0) continue
    const at = c * monthStride + from
    const to = c * columnStride
    for (let i = 0; i < into.slots; i++) {
      into.values[to + i] = month.values[at + i]
      into.quality[to + i] = month.quality[at + i]
    }
  }
  return into.mask !== 0
}
