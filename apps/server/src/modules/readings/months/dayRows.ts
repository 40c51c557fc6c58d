// The one way to the stored days of a point: those of day_block and those of month blocks, in one statement, so that
// a day that is folded or unfolded meanwhile is seen exactly once.

import type { CivilDay } from '@contor/intervals'
import { sql } from 'kysely'
import type { Trx } from '../../../platform/index.ts'
import type { BlockRow } from '../blockRow.ts'
import { firstOfMonth } from './days.ts'
import { unfoldMonth } from './monthRow.ts'

type Found = BlockRow & { readonly point: string; readonly heads: Buffer | null }

/** A row with the point that it belongs to. */
export type PointRow = BlockRow & { readonly point: string }

/**
 * The stored days of some points from one day to another, by point and day. Laid days that hold nothing are left out.
 * @throws CorruptDay when the seal of a month block does not hold; seals of days are the caller's to check
 */
export async function dayRowsOf(
  trx: Trx,
  points: readonly string[],
  from: CivilDay,
  to: CivilDay,
): Promise<PointRow[]> {
  const ids = [...points]
  const { rows } = await sql<Found>`
    select metering_point_id as point, day, version, payload, sources, growth, checksum, known_from, changed_at,
           null::bytea as heads
      from contor.day_block
     where metering_point_id = any(${ids}::bigint[]) and day between ${from} and ${to} and version > 0
    union all
    select metering_point_id, month, 0, active, others, ''::bytea, null, '-infinity', '-infinity', heads
      from contor.month_block
     where metering_point_id = any(${ids}::bigint[]) and month between ${firstOfMonth(from)} and ${to}`.execute(
    trx,
  )
  const days: PointRow[] = []
  for (const { heads, ...row } of rows) {
    if (heads === null) {
      days.push(row)
      continue
    }
    const month = { month: row.day, heads, active: row.payload, others: row.sources }
    for (const one of unfoldMonth(row.point, month))
      if (one.day >= from && one.day <= to) days.push({ ...one, point: row.point })
  }
  return days.sort((a, b) => Number(a.point) - Number(b.point) || (a.day < b.day ? -1 : 1))
}

/** The stored days of one point, see {@link dayRowsOf}. */
export const dayRows = (
  trx: Trx,
  meteringPointId: string,
  from: CivilDay,
  to: CivilDay,
): Promise<PointRow[]> => dayRowsOf(trx, [meteringPointId], from, to)
