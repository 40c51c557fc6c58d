// A month block whose seal does not hold, laid again as it was: the seals find the octet, the figures beside it prove it.

import { crc32 } from 'node:zlib'
import { dayNumber } from '@contor/intervals'
import { sql } from 'kysely'
import type { Trx } from '../../../platform/index.ts'
import { CorruptDay } from '../blockRow.ts'
import { firstOfMonth } from '../months/days.ts'
import { type MonthRow, seal, type UnfoldedRow, unfoldMonth, unseal } from '../months/monthRow.ts'
import { closeFault, noteFault } from './faults.ts'
import { octetFaults } from './oneByte.ts'

type StoredMonth = MonthRow & {
  readonly importWh: readonly number[]
  readonly exportWh: readonly number[] | null
  readonly present: readonly number[] | null
  readonly estimated: readonly number[] | null
  readonly suspect: readonly number[] | null
}
const sections = ['heads', 'active', 'others'] as const
const sealBytes = 4

/**
 * Looks at the month block of a day and repairs it, in the caller's transaction, where one octet of a section was
 * altered, its seal included. More than that no seal can tell: the fault is named and stays open.
 * @returns 'none' where no month block holds the point's month
 */
export async function repairMonth(
  trx: Trx,
  meteringPointId: string,
  day: string,
): Promise<'none' | 'sound' | 'repaired' | 'unrepaired'> {
  const { rows } = await sql<StoredMonth>`
    select month, heads, active, others, import_wh as "importWh", export_wh as "exportWh", present, estimated, suspect
      from contor.month_block where metering_point_id = ${meteringPointId} and month = ${firstOfMonth(day)} for update`.execute(
    trx,
  )
  const [row] = rows
  if (!row) return 'none'
  const fault = faultOf(meteringPointId, row)
  if (!fault) {
    await closeFault(trx, meteringPointId, row.month, 'nothing: the seal holds')
    return 'sound'
  }
  const candidates = candidatesOf(row).filter((candidate) => proved(meteringPointId, row, candidate))
  if (candidates.length !== 1) {
    await noteFault(trx, fault)
    return 'unrepaired'
  }
  const [{ heads, active, others }] = candidates
  await sql`
    update contor.month_block set heads = ${Buffer.from(heads)}, active = ${Buffer.from(active)}, others = ${Buffer.from(others)}
     where metering_point_id = ${meteringPointId} and month = ${row.month}`.execute(trx)
  await closeFault(trx, meteringPointId, row.month, 'seal')
  return 'repaired'
}

function faultOf(meteringPointId: string, row: MonthRow): CorruptDay | undefined {
  try {
    unfoldMonth(meteringPointId, row)
    return undefined
  } catch (error) {
    if (error instanceof CorruptDay) return error
    throw error
  }
}

/** What the block may have been: the damaged section with one octet changed back, or with its seal made anew. */
function candidatesOf(row: MonthRow): MonthRow[] {
  const damaged = sections.filter((name) => unseal(row[name]) === undefined)
  const [name] = damaged
  if (name === undefined || damaged.length > 1 || row[name].length <= sealBytes) return []
  const bytes = row[name].subarray(0, row[name].length - sealBytes)
  const stored = Buffer.from(row[name]).readInt32BE(bytes.length)
  const found = octetFaults(bytes.length, crc32(bytes) | 0, stored).map(({ at, change }) => {
    const copy = Uint8Array.from(bytes)
    copy[at] ^= change
    return copy
  })
  // One octet of the seal itself: what stands before it is then as it was written.
  const syndrome = (crc32(bytes) ^ stored) >>> 0
  const inSeal = [24, 16, 8, 0].filter((shift) => (syndrome >>> shift) & 0xff).length === 1
  return [...found, ...(inSeal ? [bytes] : [])].map((content) => ({ ...row, [name]: seal(content) }))
}

/** Whether the days that come out have the figures that stand beside the block. */
function proved(meteringPointId: string, row: StoredMonth, candidate: MonthRow): boolean {
  let days: UnfoldedRow[]
  try {
    days = unfoldMonth(meteringPointId, candidate)
  } catch {
    return false
  }
  return days.every(({ day, slots, figures }) => {
    const at = dayNumber(day) - dayNumber(row.month)
    return (
      figures.importWh === row.importWh[at] &&
      figures.exportWh === (row.exportWh?.[at] ?? 0) &&
      figures.present === (row.present?.[at] ?? slots) &&
      figures.estimated === (row.estimated?.[at] ?? 0) &&
      figures.suspect === (row.suspect?.[at] ?? 0)
    )
  })
}
