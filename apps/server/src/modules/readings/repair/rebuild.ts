// The contents that a damaged day may have had, and the seal that says which one it had.

import {
  type CivilDay,
  type DayBlock,
  decodeDayBlock,
  encodeDayBlock,
  mergeDay,
  slotsInDay,
} from '@contor/intervals'
import type { Trx } from '../../../platform/index.ts'
import { type BlockRow, checksumOf, figuresOf, type Sealed } from '../blockRow.ts'
import type { IncomingDay } from '../profile.ts'
import { packSources, runsOf, type SlotSource, unpackSources } from '../sources.ts'
import { unpackGrowth } from '../versions/growth.ts'
import { DayCanvas, type SlotChange } from '../versions/patch.ts'
import { octetFaults } from './oneByte.ts'

/** The day as one exchange brought it; `deviated`: as it is when the meter's clock was outside its tolerance. */
export type ReplayedDay = {
  readonly plain: IncomingDay
  readonly deviated: IncomingDay
  /** When the exchange ended, epoch ms. */
  readonly at?: number
}

/**
 * Decodes once more what the journal, or a file that was kept, holds of the days of a point; ascending by exchange.
 * @param hints exchanges that what is stored names; those of a damaged row may be wrong
 */
export type RepairSource = (
  trx: Trx,
  meteringPointId: string,
  days: { readonly from: CivilDay; readonly to: CivilDay },
  hints: readonly number[],
) => Promise<readonly ReplayedDay[]>

/** The exchanges that something was replayed from. */
export const exchangesOfReplay = (replayed: readonly ReplayedDay[]): number[] => [
  ...new Set(replayed.flatMap(({ plain }) => plain.sources.flatMap((source) => source?.exchangeId ?? []))),
]

/** The exchanges that a packed column of sources names; none when it is damaged. */
export function exchangesIn(sources: Uint8Array): number[] {
  try {
    return unpackSources(sources).map((run) => run.exchangeId)
  } catch {
    return []
  }
}

/** Figures that stand beside the block and are not sealed with it. */
export type Figures = ReturnType<typeof figuresOf>

/**
 * `from` is what the proof stands on: frames that fit the seal, the seal alone, or, weaker, frames that fit the
 * figures beside the block and not the seal.
 */
export type Rebuilt = Sealed & { readonly block: DayBlock; readonly from: 'frames' | 'seal' | 'figures' }

/**
 * The content that the seal of a damaged row belongs to: out of the day's frames and its changes, and where these are
 * not there any more by the one octet that was altered. Undefined when nothing fits the seal: what cannot be proved
 * is not laid.
 * @param replayed ascending by exchange
 * @param changes of the version log, oldest first
 */
export function rebuild(
  row: BlockRow,
  figures: Figures,
  replayed: readonly ReplayedDay[],
  changes: readonly (readonly SlotChange[])[],
): Rebuilt | undefined {
  if (row.checksum === null) return undefined
  if (replayed.length > 0)
    for (const payload of payloads(row, replayed, changes))
      for (const sources of [row.sources, sourcesOf(row.day, replayed, changes)]) {
        const found = proved(row, figures, { payload, sources, growth: row.growth }, 'frames')
        if (found) return found
      }
  return byOneOctet(row, figures)
}

/**
 * The content that the frames give when it fits the figures that stand beside the block: the sums and counts are
 * right, marks that a rule had set may be lacking. For a day whose seal fits nothing, on a person's word.
 */
export function rebuildByFigures(
  row: BlockRow,
  figures: Figures,
  replayed: readonly ReplayedDay[],
  changes: readonly (readonly SlotChange[])[],
): Rebuilt | undefined {
  if (replayed.length === 0) return undefined
  for (const variant of ['plain', 'deviated'] as const) {
    const block = blockOf(row.day, replayed, variant, changes)
    const { suspect: _, ...has } = figuresOf(block)
    if (!(Object.keys(has) as (keyof typeof has)[]).every((key) => has[key] === figures[key])) continue
    const sources = sourcesOf(row.day, replayed, changes)
    return {
      payload: encodeDayBlock(block),
      sources,
      growth: soundGrowth(row.growth),
      block,
      from: 'figures',
    }
  }
  return undefined
}

function soundGrowth(growth: Uint8Array): Uint8Array {
  try {
    unpackGrowth(growth)
    return growth
  } catch {
    return new Uint8Array()
  }
}

function proved(row: BlockRow, figures: Figures, sealed: Sealed, from: Rebuilt['from']): Rebuilt | undefined {
  if (checksumOf(sealed) !== row.checksum) return undefined
  try {
    const block = decodeDayBlock(sealed.payload)
    const has = figuresOf(block)
    const same = (Object.keys(has) as (keyof Figures)[]).every((key) => has[key] === figures[key])
    return same && block.day === row.day ? { ...sealed, block, from } : undefined
  } catch {
    return undefined
  }
}

function* payloads(
  row: BlockRow,
  replayed: readonly ReplayedDay[],
  changes: readonly (readonly SlotChange[])[],
): Generator<Uint8Array> {
  yield row.payload
  const damaged = decoded(row)
  for (const variant of ['plain', 'deviated'] as const) {
    const block = blockOf(row.day, replayed, variant, changes)
    yield encodeDayBlock(block)
    // Marks that a rule set as the values came are not in the frames.
    if (damaged) yield encodeDayBlock(withQualityOf(block, damaged))
  }
}

function decoded(row: BlockRow): DayBlock | undefined {
  try {
    const block = decodeDayBlock(row.payload)
    return block.day === row.day ? block : undefined
  } catch {
    return undefined
  }
}

/** As the store does: the first measured value of a slot stays, then the changes in their order. */
export function blockOf(
  day: string,
  replayed: readonly ReplayedDay[],
  variant: 'plain' | 'deviated',
  changes: readonly (readonly SlotChange[])[],
): DayBlock {
  let merged: DayBlock | undefined
  for (const one of replayed) merged = mergeDay(merged, one[variant].block).block
  const canvas = new DayCanvas(merged ?? { day, minutes: 15, channels: [] })
  for (const change of changes) canvas.redo(change)
  return canvas.finish()
}

function withQualityOf(block: DayBlock, damaged: DayBlock): DayBlock {
  const canvas = new DayCanvas(block)
  for (const series of damaged.channels) {
    const own = block.channels.find((one) => one.channel === series.channel)
    if (!own) continue
    for (let slot = 0; slot < own.values.length; slot++)
      if (own.quality[slot] !== 0) canvas.set(series.channel, slot, own.values[slot], series.quality[slot])
  }
  return canvas.finish()
}

/** Of each slot the exchange that brought it first; none for a made value. */
export function sourcesOf(
  day: string,
  replayed: readonly ReplayedDay[],
  changes: readonly (readonly SlotChange[])[],
): Uint8Array {
  const slots = new Array<SlotSource | undefined>(slotsInDay(day)).fill(undefined)
  for (const { plain } of replayed)
    for (const [slot, source] of plain.sources.entries()) slots[slot] ??= source
  for (const change of changes)
    for (const { slot, afterQuality } of change) if ((afterQuality & 7) > 1) slots[slot] = undefined
  return packSources(runsOf(slots))
}

function byOneOctet(row: BlockRow, figures: Figures): Rebuilt | undefined {
  if (row.checksum === null) return undefined
  const parts = [row.payload, row.sources, row.growth]
  const length = parts.reduce((all, part) => all + part.length, 0)
  const found = octetFaults(length, checksumOf(row), row.checksum).flatMap(({ at, change }) => {
    const [payload, sources, growth] = altered(parts, at, change)
    return proved(row, figures, { payload, sources, growth }, 'seal') ?? []
  })
  return found.length === 1 ? found[0] : undefined
}

function altered(parts: readonly Uint8Array[], at: number, change: number): Uint8Array[] {
  let from = 0
  return parts.map((part) => {
    const copy = Uint8Array.from(part)
    if (at >= from && at < from + part.length) copy[at - from] ^= change
    from += part.length
    return copy
  })
}
