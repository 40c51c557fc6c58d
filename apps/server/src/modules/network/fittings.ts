// What stood at a point and when, as the arithmetic of registers wants it.

import type { Fitting } from '@contor/intervals'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'

type Row = {
  readonly meterId: string
  readonly validFrom: Date
  readonly validTo: Date | null
  readonly multiplier: string
  readonly divisor: string
  readonly digits: number | null
  readonly unitWh: number | null
  readonly start: Readonly<Record<string, number>>
  readonly end: Readonly<Record<string, number>>
}

/**
 * The meters of a point with their constants, oldest first. `meter` is the meter's id, registers are OBIS codes.
 * @returns empty for a point at which nothing was ever exchanged: its one meter stands there for all time
 */
export async function loadFittings(trx: Trx, meteringPointId: string): Promise<Fitting[]> {
  const { rows } = await sql<Row>`
    select meter_id as "meterId", valid_from as "validFrom", valid_to as "validTo", multiplier,
           multiplier_divisor as divisor, digits, unit_wh as "unitWh", start_indexes as start, end_indexes as end
      from contor.meter_installation where metering_point_id = ${meteringPointId} order by valid_from`.execute(
    trx,
  )
  return rows.map((row) => ({
    meter: row.meterId,
    from: row.validFrom.getTime(),
    to: row.validTo?.getTime() ?? Number.POSITIVE_INFINITY,
    ratio: { numerator: Number(row.multiplier), denominator: Number(row.divisor) },
    ...(row.digits === null ? {} : { capacity: 10 ** row.digits * (row.unitWh ?? 1_000) }),
    start: new Map(Object.entries(row.start)),
    end: new Map(Object.entries(row.end)),
  }))
}
