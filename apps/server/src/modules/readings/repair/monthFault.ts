// What is wrong with a month block: sections whose seal does not hold, or figures that are not those of its days.

import { crc32 } from 'node:zlib'
import { type CivilDay, dayNumber, dayOfNumber } from '@contor/intervals'
import { sql } from 'kysely'
import { CorruptDay, type figuresOf } from '../blockRow.ts'
import { unpackHeads } from '../months/heads.ts'
import {
  corruptMonth,
  type MonthRow,
  type SectionName,
  sealSeed,
  sectionNames,
  type UnfoldedRow,
  unfoldMonth,
  unseal,
} from '../months/monthRow.ts'

/** A row of month_block with the figures beside its sections, an element for each day of the month. */
export type StoredMonth = MonthRow & {
  readonly held: number
  readonly importWh: readonly number[]
  readonly exportWh: readonly number[] | null
  readonly present: readonly number[] | null
  readonly estimated: readonly number[] | null
  readonly suspect: readonly number[] | null
  readonly seals: Uint8Array | null
}

/** The columns of a {@link StoredMonth}. */
export const monthColumns =
  sql.raw(`month, heads, active, others, held, import_wh as "importWh", export_wh as "exportWh",
  present, estimated, suspect, seals`)

const sealBytes = 4

/** The days that the block holds, ascending. */
export function heldDays({ month, held }: StoredMonth): CivilDay[] {
  const first = dayNumber(month)
  return Array.from({ length: 31 }, (_, i) => i)
    .filter((i) => (held >> i) & 1)
    .map((i) => dayOfNumber(first + i))
}

/** Whether a section without its seal is the one that was folded, by what was recorded of it. */
export function isRecorded(
  meteringPointId: string,
  row: StoredMonth,
  name: SectionName,
  content: Uint8Array,
): boolean {
  const at = sectionNames.indexOf(name) * sealBytes
  const recorded = row.seals ? row.seals.subarray(at, at + sealBytes) : row[name].subarray(-sealBytes)
  if (recorded.length < sealBytes) return content.length === 0
  const crc = new DataView(recorded.buffer, recorded.byteOffset, sealBytes).getUint32(0)
  if (content.length === 0) return row.seals !== null && crc === 0
  return crc32(content, sealSeed(meteringPointId, row.month, name)) === crc || crc32(content) === crc
}

/** The section without its seal; undefined when it is not what was written. */
export function soundSection(
  meteringPointId: string,
  row: StoredMonth,
  name: SectionName,
): Uint8Array | undefined {
  const content = unseal(row[name], sealSeed(meteringPointId, row.month, name))
  // A seal that begins with nothing fits the octets of another point, too.
  return content && (row.seals === null || isRecorded(meteringPointId, row, name, content))
    ? content
    : undefined
}

/** Whether a day's figures are those that stand beside the block. */
export function hasFigures(
  row: StoredMonth,
  day: CivilDay,
  slots: number,
  figures: ReturnType<typeof figuresOf>,
): boolean {
  const at = dayNumber(day) - dayNumber(row.month)
  return (
    figures.importWh === row.importWh[at] &&
    figures.exportWh === (row.exportWh?.[at] ?? 0) &&
    figures.present === (row.present?.[at] ?? slots) &&
    figures.estimated === (row.estimated?.[at] ?? 0) &&
    figures.suspect === (row.suspect?.[at] ?? 0)
  )
}

function hasHeads(meteringPointId: string, row: StoredMonth): boolean {
  const heads = soundSection(meteringPointId, row, 'heads')
  try {
    return heads !== undefined && unpackHeads(heads).length === heldDays(row).length
  } catch {
    return false
  }
}

/** What is wrong with a block, and where. */
export type MonthFault = { readonly error: CorruptDay; readonly broken: readonly SectionName[] }

/** @returns undefined for a block that is what was written */
export function faultOfMonth(meteringPointId: string, row: StoredMonth): MonthFault | undefined {
  const broken = sectionNames.filter((name) => !soundSection(meteringPointId, row, name))
  if (broken.length > 0)
    return {
      error: corruptMonth(
        meteringPointId,
        row.month,
        `its checksum does not hold, in ${broken.join(' and ')}`,
      ),
      broken,
    }
  let days: UnfoldedRow[]
  try {
    days = unfoldMonth(meteringPointId, row)
  } catch (error) {
    if (!(error instanceof CorruptDay)) throw error
    return { error, broken: hasHeads(meteringPointId, row) ? ['active', 'others'] : sectionNames }
  }
  if (days.every(({ day, slots, figures }) => hasFigures(row, day, slots, figures))) return undefined
  return {
    error: corruptMonth(
      meteringPointId,
      row.month,
      'its days have other sums and counts than those kept beside it',
    ),
    broken: ['active', 'others'],
  }
}
