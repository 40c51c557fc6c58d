// A row of day_block: its figures, its seal, and the way back to a day.

import { crc32 } from 'node:zlib'
import { countQuality, type DayBlock, decodeDayBlock, flag, seriesOf, sum } from '@contor/intervals'
import { ContorError } from '../../platform/index.ts'

/** What a stored day is sealed over. */
export type Sealed = {
  readonly payload: Uint8Array
  readonly sources: Uint8Array
  readonly growth: Uint8Array
}

/** The columns that reading a day needs. `checksum` null: written before seals were. */
export type BlockRow = Sealed & {
  readonly day: string
  readonly version: number
  readonly checksum: number | null
  readonly known_from: Date
  readonly changed_at: Date
}

/** CRC-32 of payload, sources and growth one after the other, as the signed integer that the column holds. */
export function checksumOf({ payload, sources, growth }: Sealed): number {
  return crc32(growth, crc32(sources, crc32(payload))) | 0
}

/**
 * Decodes a row whose seal holds.
 * @returns undefined for a row that was laid and holds nothing yet
 * @throws CorruptDay ('data-corrupt') naming point, day and fault
 */
export function openBlock(meteringPointId: string, row: BlockRow): DayBlock | undefined {
  if (row.checksum !== null && checksumOf(row) !== row.checksum)
    throw new CorruptDay(meteringPointId, row.day, 'its checksum does not hold')
  if (row.payload.length === 0) return undefined
  try {
    return decodeDayBlock(row.payload)
  } catch (cause) {
    throw new CorruptDay(meteringPointId, row.day, (cause as Error).message)
  }
}

/** A stored day that is not what was written. */
export class CorruptDay extends ContorError {
  readonly meteringPointId: string
  readonly day: string
  /** What does not hold. */
  readonly fault: string
  /** Of a month block, which is named by its first day; null: the one day. */
  readonly lastDay: string | null

  constructor(meteringPointId: string, day: string, fault: string, lastDay: string | null = null) {
    super('data-corrupt', `The stored day ${day} of metering point ${meteringPointId}: ${fault}`, {
      field: 'day',
      value: day,
      remedy: `contor repair ${meteringPointId} --day ${day} lays it again from the frames.`,
    })
    this.meteringPointId = meteringPointId
    this.day = day
    this.fault = fault
    this.lastDay = lastDay
  }
}

/** Quarter-hours of channel A+ that hold a value. */
export function presentIntervals(block: DayBlock): number {
  const series = seriesOf(block, 'A+')
  return series ? series.values.length - countQuality(series).missing : 0
}

/** The figures kept beside a block: counts of channel A+, sums in Wh. */
export function figuresOf(block: DayBlock) {
  const imported = seriesOf(block, 'A+')
  const exported = seriesOf(block, 'A-')
  const counts = imported ? countQuality(imported) : { measured: 0, estimated: 0, edited: 0, missing: 0 }
  let suspect = 0
  if (imported) for (const byte of imported.quality) if (byte & flag.suspect) suspect++
  return {
    present: counts.measured + counts.estimated + counts.edited,
    estimated: counts.estimated,
    suspect,
    importWh: imported ? sum(imported) : 0,
    exportWh: exported ? sum(exported) : 0,
  }
}
