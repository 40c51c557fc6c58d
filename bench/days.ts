// Days of four channels made from the real curves of conformance/intervals.
import {
  addDays,
  type Channel,
  type CivilDay,
  civilDayOf,
  type DayBlock,
  dayEnd,
  daysBetween,
  quality,
  slotsInDay,
} from '@contor/intervals'
import type { IncomingDay, SlotSource } from '@contor/server'
import { readDays } from './intervals.ts'

const channels: readonly Channel[] = ['A+', 'A-', 'R+', 'R-']
const curves = readDays()[0].days

/** The last `count` days that have ended. */
export function pastDays(count: number): CivilDay[] {
  const yesterday = addDays(civilDayOf(Date.now()), -1)
  return daysBetween(addDays(yesterday, 1 - count), yesterday)
}

/**
 * A household's day: A+ is a measured curve, R+ a fifth to a third of it, A− and R− stay zero.
 * @param index picks the curve
 */
export function makeBlock(day: CivilDay, index: number): DayBlock {
  const slots = slotsInDay(day)
  const curve = curves[index % curves.length]
  return {
    day,
    minutes: 15,
    channels: channels.map((channel) => {
      const values = new Int32Array(slots)
      for (let slot = 0; slot < slots; slot++) {
        const wh = curve[slot % curve.length]
        if (channel === 'A+') values[slot] = wh
        if (channel === 'R+') values[slot] = Math.floor(wh / (3 + ((slot + index) % 3)))
      }
      return { channel, values, quality: new Uint8Array(slots).fill(quality.measured) }
    }),
  }
}

/** The same day as one answer brought it: rows of one exchange in order. */
export function makeDay(day: CivilDay, index: number): IncomingDay {
  const sources: SlotSource[] = Array.from({ length: slotsInDay(day) }, (_, row) => ({
    exchangeId: 1_000_000 + index,
    row,
  }))
  return { day, block: makeBlock(day, index), sources }
}

/** Instant of the end of the last full day, epoch ms. */
export const lastMidnight = () => dayEnd(pastDays(1)[0])
