// A row of month_block: many rows of day_block in one, and the way back to them.

import { crc32 } from 'node:zlib'
import {
  addMonthDay,
  beginMonth,
  type CivilDay,
  createDayColumns,
  createMonthColumns,
  dayNumber,
  dayOfNumber,
  decodeInto,
  decodeMonthInto,
  encodeDayBlock,
  encodeMonth,
  type MonthColumns,
  monthDay,
  monthStride,
} from '@contor/intervals'
import { type BlockRow, CorruptDay, checksumOf, figuresOf } from '../blockRow.ts'
import { lastOfMonth } from './days.ts'
import { packHeads, unpackHeads } from './heads.ts'

/** The columns of a month block that hold its days; each ends with its own seal. */
export type MonthRow = {
  /** First day of the month. */
  readonly month: CivilDay
  readonly heads: Uint8Array
  readonly active: Uint8Array
  readonly others: Uint8Array
}

/** A row of day_block with its instants to the microsecond. */
export type FoldRow = BlockRow & { readonly known_us: number; readonly changed_us: number }

/** A row that came out of a month block: it has the figures that stand beside a block, too. */
export type UnfoldedRow = FoldRow & { readonly slots: number; readonly figures: ReturnType<typeof figuresOf> }

/** The sections of a month block. */
export const sectionNames = ['heads', 'active', 'others'] as const
export type SectionName = (typeof sectionNames)[number]

const sealBytes = 4

/**
 * What the seals of a section begin with: octets that belong to another point, month or section do not fit. Months
 * folded before this was so have seals that begin with nothing.
 */
export const sealSeed = (meteringPointId: string, month: CivilDay, name: SectionName): number =>
  crc32(`${meteringPointId}/${month}/${name}`)

/** The bytes with their CRC-32 after them; nothing stays nothing. @param seed see {@link sealSeed} */
export function seal(bytes: Uint8Array, seed: number): Uint8Array {
  if (bytes.length === 0) return bytes
  const sealed = Buffer.allocUnsafe(bytes.length + sealBytes)
  sealed.set(bytes)
  sealed.writeUInt32BE(crc32(bytes, seed), bytes.length)
  return sealed
}

/** The bytes before the seal, or undefined when it does not hold. */
export function unseal(sealed: Uint8Array, seed: number): Uint8Array | undefined {
  if (sealed.length === 0) return sealed
  if (sealed.length < sealBytes) return undefined
  const bytes = sealed.subarray(0, sealed.length - sealBytes)
  const { buffer, byteOffset } = sealed
  const crc = new DataView(buffer, byteOffset + bytes.length, sealBytes).getUint32(0)
  return crc32(bytes, seed) === crc || crc32(bytes) === crc ? bytes : undefined
}

/** The seals of the sections once more, to be kept beside them: they outlive what happens to the octets. */
export function sealsOf(row: MonthRow): Uint8Array {
  const seals = Buffer.alloc(sectionNames.length * sealBytes)
  for (const [i, name] of sectionNames.entries())
    if (row[name].length >= sealBytes) seals.set(row[name].subarray(-sealBytes), i * sealBytes)
  return seals
}

const columns = createMonthColumns()
const check = createMonthColumns()
const day = createDayColumns()

/**
 * Folds days of a month, ascending, into one row.
 * @param rows with seals that hold
 * @returns undefined when a day cannot stand in a month block: it has no quarter-hours
 * @throws CorruptDay for a day whose bytes are no day
 */
export function foldMonth(
  meteringPointId: string,
  month: CivilDay,
  rows: readonly FoldRow[],
): MonthRow | undefined {
  beginMonth(columns, dayNumber(month))
  for (const row of rows) {
    if (row.checksum !== null && checksumOf(row) !== row.checksum)
      throw new CorruptDay(meteringPointId, row.day, 'its checksum does not hold')
    try {
      decodeInto(row.payload, day)
    } catch (cause) {
      throw new CorruptDay(meteringPointId, row.day, (cause as Error).message)
    }
    if (day.number !== dayNumber(row.day))
      throw new CorruptDay(meteringPointId, row.day, `its bytes are those of ${dayOfNumber(day.number)}`)
    if (day.minutes !== 15) return undefined
    addMonthDay(columns, day)
  }
  const sections = encodeMonth(columns)
  // Days are taken away after this: what was written is read once more.
  if (!isSameMonth(columns, decodeMonthInto(sections, check)))
    throw new Error(`folding ${month} of metering point ${meteringPointId} does not come back the same`)
  const heads = rows.map((row) => ({
    version: row.version,
    knownUs: row.known_us,
    changedUs: row.changed_us,
    sources: row.sources,
    growth: row.growth,
  }))
  return sealSections(meteringPointId, month, { heads: packHeads(heads), ...sections })
}

/** The row of a month block out of its sections without seals. */
export function sealSections(
  meteringPointId: string,
  month: CivilDay,
  sections: Readonly<Record<SectionName, Uint8Array>>,
): MonthRow {
  const sealed = (name: SectionName) => seal(sections[name], sealSeed(meteringPointId, month, name))
  return { month, heads: sealed('heads'), active: sealed('active'), others: sealed('others') }
}

function isSameMonth(a: MonthColumns, b: MonthColumns): boolean {
  if (a.count !== b.count || a.slots !== b.slots) return false
  for (let d = 0; d < a.count; d++) if (a.index[d] !== b.index[d] || a.masks[d] !== b.masks[d]) return false
  for (let c = 0; c < 8; c++) {
    if (a.masks.subarray(0, a.count).every((mask) => ((mask >> c) & 1) === 0)) continue
    const end = c * monthStride + a.slots
    for (let i = c * monthStride; i < end; i++)
      if (a.values[i] !== b.values[i] || a.quality[i] !== b.quality[i]) return false
  }
  return true
}

/** A month block that is not what was written, named by its first day. */
export const corruptMonth = (meteringPointId: string, month: CivilDay, fault: string) =>
  new CorruptDay(meteringPointId, month, `the month block ${month.slice(0, 7)}: ${fault}`, lastOfMonth(month))

/**
 * The rows of day_block that were folded, ascending. Values, quality, versions, instants, sources and growth are those of then;
 * the payload may be in another form, and its seal is made for it.
 * @throws CorruptDay when a seal of the month block does not hold
 */
export function unfoldMonth(meteringPointId: string, row: MonthRow): UnfoldedRow[] {
  const corrupt = (fault: string) => corruptMonth(meteringPointId, row.month, fault)
  const [headBytes, active, others] = sectionNames.map((name) =>
    unseal(row[name], sealSeed(meteringPointId, row.month, name)),
  )
  if (!headBytes || !active || !others) throw corrupt('its checksum does not hold')
  try {
    const heads = unpackHeads(headBytes)
    decodeMonthInto({ active, others }, columns)
    if (columns.count !== heads.length)
      throw new RangeError(`${columns.count} days and ${heads.length} heads`)
    if (columns.first !== dayNumber(row.month)) throw new RangeError('its bytes are those of another month')
    return heads.map((head, d) => {
      const block = monthDay(columns, d)
      const sealed = {
        payload: encodeDayBlock(block),
        sources: Uint8Array.from(head.sources),
        growth: Uint8Array.from(head.growth),
      }
      return {
        day: block.day,
        version: head.version,
        ...sealed,
        checksum: checksumOf(sealed),
        known_from: new Date(Math.floor(head.knownUs / 1000)),
        changed_at: new Date(Math.floor(head.changedUs / 1000)),
        known_us: head.knownUs,
        changed_us: head.changedUs,
        slots: columns.starts[d + 1] - columns.starts[d],
        figures: figuresOf(block),
      }
    })
  } catch (cause) {
    throw corrupt((cause as Error).message)
  }
}
