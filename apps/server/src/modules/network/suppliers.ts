import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'

export interface SupplierRow {
  readonly supplier: string
  /** Metering points of that supplier that the actor sees. */
  readonly points: number
}

/** Suppliers by name. A supplier is a text on the metering point; points without one are left out. */
export async function listSuppliers(trx: Trx): Promise<SupplierRow[]> {
  const { rows } = await sql<SupplierRow>`
    select supplier, count(*)::int as points from contor.metering_point
     where supplier is not null group by supplier order by supplier`.execute(trx)
  return rows
}
