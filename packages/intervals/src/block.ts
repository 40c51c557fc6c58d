import { type CivilDay, type IntervalMinutes, slotsInDay } from './calendar.ts'
import { IntervalError } from './errors.ts'
import { isQuality } from './quality.ts'

/** Active energy imported/exported, reactive energy per quadrant and per direction. */
export type Channel = 'A+' | 'A-' | 'Q1' | 'Q2' | 'Q3' | 'Q4' | 'R+' | 'R-'
/** All channels, in the order blocks keep them. */
export const channels: readonly Channel[] = ['A+', 'A-', 'Q1', 'Q2', 'Q3', 'Q4', 'R+', 'R-']

/** One channel of one day. Both arrays have one element per slot. */
export interface ChannelSeries {
  readonly channel: Channel
  /** Energy in each interval, Wh or varh; 0 where missing. */
  readonly values: Int32Array
  /** One quality byte per slot, see quality.ts. */
  readonly quality: Uint8Array
}

/** The interval readings of one metering point on one civil day; at most one series per channel. */
export interface DayBlock {
  readonly day: CivilDay
  readonly minutes: IntervalMinutes
  readonly channels: readonly ChannelSeries[]
}

/** A series with every slot missing. @throws IntervalError 'invalid-day' */
export function emptySeries(channel: Channel, day: CivilDay, minutes: IntervalMinutes = 15): ChannelSeries {
  const slots = slotsInDay(day, minutes)
  return { channel, values: new Int32Array(slots), quality: new Uint8Array(slots) }
}

/** The series of a channel, or undefined when the block does not carry it. */
export function seriesOf(block: DayBlock, channel: Channel): ChannelSeries | undefined {
  return block.channels.find((series) => series.channel === channel)
}

/**
 * Refuses a block whose arrays do not fit its day, that names a channel twice or out of the closed set,
 * that has an unknown quality state, or a value other than 0 in a missing slot.
 * @throws IntervalError 'invalid-day' | 'invalid-block'
 */
export function checkDayBlock(block: DayBlock): void {
  if (block.minutes !== 15 && block.minutes !== 30 && block.minutes !== 60)
    throw new IntervalError('invalid-block', `interval of ${String(block.minutes)} minutes`)
  const slots = slotsInDay(block.day, block.minutes)
  let seen = 0
  for (const { channel, values, quality } of block.channels) {
    const index = channels.indexOf(channel)
    if (index < 0) throw new IntervalError('invalid-block', `unknown channel ${String(channel)}`)
    if (seen & (1 << index)) throw new IntervalError('invalid-block', `channel ${channel} appears twice`)
    seen |= 1 << index
    if (values.length !== slots || quality.length !== slots)
      throw new IntervalError('invalid-block', `${block.day} has ${slots} slots, channel ${channel} does not`)
    for (let i = 0; i < slots; i++) {
      if (!isQuality(quality[i]))
        throw new IntervalError('invalid-block', `quality ${quality[i]} in slot ${i}`)
      if ((quality[i] & 7) === 0 && values[i] !== 0)
        throw new IntervalError('invalid-block', `missing slot ${i} of ${channel} has value ${values[i]}`)
    }
  }
}
