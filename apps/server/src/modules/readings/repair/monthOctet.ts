// A month block with one octet altered, laid again as it was: the seals find the octet, the figures beside it prove it.

import { crc32 } from 'node:zlib'
import {
  type MonthRow,
  type SectionName,
  sealSections,
  sealSeed,
  type UnfoldedRow,
  unfoldMonth,
} from '../months/monthRow.ts'
import { hasFigures, isRecorded, type StoredMonth, soundSection } from './monthFault.ts'
import { octetFaults } from './oneByte.ts'

const sealBytes = 4

/** The block as it was when one octet of one section was altered, or octets of its seal alone; or undefined. */
export function byOneOctetOfMonth(
  meteringPointId: string,
  row: StoredMonth,
  broken: readonly SectionName[],
): MonthRow | undefined {
  const [name] = broken
  if (name === undefined || broken.length > 1 || row[name].length <= sealBytes) return undefined
  const sound = {
    heads: soundSection(meteringPointId, row, 'heads') ?? row.heads,
    active: soundSection(meteringPointId, row, 'active') ?? row.active,
    others: soundSection(meteringPointId, row, 'others') ?? row.others,
  }
  const found = contentsOf(meteringPointId, row, name)
    .map((content) => sealSections(meteringPointId, row.month, { ...sound, [name]: content }))
    .filter((candidate) => proved(meteringPointId, row, candidate))
  return found.length === 1 ? found[0] : undefined
}

function contentsOf(meteringPointId: string, row: StoredMonth, name: SectionName): Uint8Array[] {
  const bytes = row[name].subarray(0, row[name].length - sealBytes)
  const stored = Buffer.from(row[name]).readInt32BE(bytes.length)
  // Altered in the seal alone: what stands before it is then as it was written.
  if (row.seals && isRecorded(meteringPointId, row, name, bytes)) return [bytes]
  return [sealSeed(meteringPointId, row.month, name), 0].flatMap((seed) => {
    const is = crc32(bytes, seed)
    const found = octetFaults(bytes.length, is | 0, stored).map(({ at, change }) => {
      const copy = Uint8Array.from(bytes)
      copy[at] ^= change
      return copy
    })
    if (row.seals) return found.filter((content) => isRecorded(meteringPointId, row, name, content))
    const syndrome = (is ^ stored) >>> 0
    const inSeal = [24, 16, 8, 0].filter((shift) => (syndrome >>> shift) & 0xff).length === 1
    return inSeal ? [...found, bytes] : found
  })
}

/** Whether the days that come out have the figures that stand beside the block. */
function proved(meteringPointId: string, row: StoredMonth, candidate: MonthRow): boolean {
  let days: UnfoldedRow[]
  try {
    days = unfoldMonth(meteringPointId, candidate)
  } catch {
    return false
  }
  return days.every(({ day, slots, figures }) => hasFigures(row, day, slots, figures))
}
