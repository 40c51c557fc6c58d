// What a damaged day or month is repaired from: the frames of the journal and the files that are kept.

import type { KeyRing } from '../../platform/index.ts'
import type { RepairSource, ReplayedDay } from '../readings/index.ts'
import { createFileSource } from '../transfers/index.ts'
import { createFrameSource } from './frameSource.ts'
import type { MeterModels } from './models.ts'

/** Frames and kept files together, ascending by exchange. */
export function createRepairSource(keys: KeyRing, models: MeterModels): RepairSource {
  const [frames, files] = [createFrameSource(keys, models), createFileSource()]
  return async (...asked) =>
    [...(await frames(...asked)), ...(await files(...asked))].sort((a, b) => exchangeOf(a) - exchangeOf(b))
}

const exchangeOf = ({ plain }: ReplayedDay): number =>
  plain.sources.find((source) => source !== undefined)?.exchangeId ?? 0
