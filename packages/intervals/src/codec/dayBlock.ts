// The stored forms of a day. Which one it is stands in the first four bits; whoever reads need not care.
import { channels, type DayBlock, seriesOf } from '../block.ts'
import { dayNumber, slotsInDay } from '../calendar.ts'
import { IntervalError } from '../errors.ts'
import { decodeDense, encodeDense } from './dense.ts'
import { columnStride, type DayColumns, decodeQuick, decodeQuickInto } from './quickReader.ts'
import { encodeQuick } from './quickWriter.ts'

/** `quick` for what is written often; `dense` is a few per cent smaller and ten times slower. */
export type StoredForm = 'quick' | 'dense'

/**
 * The stored form of a day. Channels are kept in the order of `channels`.
 * @throws IntervalError 'invalid-day' | 'invalid-block'
 */
export function encodeDayBlock(block: DayBlock, form: StoredForm = 'quick'): Uint8Array {
  return form === 'dense' ? encodeDense(block) : encodeQuick(block)
}

const versionOf = (bytes: Uint8Array) => (bytes.length > 0 ? bytes[0] >> 4 : 0)

function unknown(bytes: Uint8Array): IntervalError {
  return new IntervalError('malformed', bytes.length === 0 ? 'no bytes' : `version ${versionOf(bytes)}`)
}

/**
 * Reads what `encodeDayBlock` wrote, in every form. Work and memory are bounded by eight channels of 100
 * slots, whatever the bytes.
 * @throws IntervalError 'malformed' on bytes that are no day block
 */
export function decodeDayBlock(bytes: Uint8Array): DayBlock {
  const version = versionOf(bytes)
  if (version === 2) return decodeQuick(bytes)
  if (version === 1) return decodeDense(bytes)
  throw unknown(bytes)
}

/**
 * `decodeDayBlock` without an allocation for the quick form: for aggregates over millions of days.
 * @param into from `createDayColumns`; what it held before is overwritten
 * @param wanted channels to read, see `channelBit`; others may be skipped
 * @throws IntervalError 'malformed' on bytes that are no day block
 */
export function decodeInto(bytes: Uint8Array, into: DayColumns, wanted = 255): DayColumns {
  const version = versionOf(bytes)
  if (version === 2) return decodeQuickInto(bytes, into, wanted)
  if (version !== 1) throw unknown(bytes)
  const block = decodeDense(bytes)
  into.number = dayNumber(block.day)
  into.minutes = block.minutes
  into.slots = slotsInDay(block.day, block.minutes)
  into.mask = 0
  into.plain = 0
  for (let i = 0; i < channels.length; i++) {
    const series = seriesOf(block, channels[i])
    if (series === undefined || (wanted & (1 << i)) === 0) continue
    into.mask |= 1 << i
    into.values.set(series.values, i * columnStride)
    into.quality.set(series.quality, i * columnStride)
  }
  return into
}
