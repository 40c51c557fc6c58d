import type { BalanceRow } from '../../api/types.ts'

export type Totals = {
  suppliedWh: number
  returnedWh: number
  consumedWh: number
  producedWh: number
  lossWh: number
  /** loss as a share of all energy that entered (supplied + produced); undefined when nothing entered */
  lossShare: number | undefined
  complete: number
}

export function totals(rows: BalanceRow[]): Totals {
  const sum = { suppliedWh: 0, returnedWh: 0, consumedWh: 0, producedWh: 0, lossWh: 0, complete: 0 }
  for (const row of rows) {
    sum.suppliedWh += row.suppliedWh ?? 0
    sum.returnedWh += row.returnedWh ?? 0
    sum.consumedWh += row.consumedWh ?? 0
    sum.producedWh += row.producedWh ?? 0
    sum.lossWh += row.lossWh ?? 0
    if (row.complete) sum.complete += 1
  }
  const entered = sum.suppliedWh + sum.producedWh
  return { ...sum, lossShare: entered > 0 ? sum.lossWh / entered : undefined }
}
