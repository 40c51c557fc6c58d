import { channels, checkDayBlock, type DayBlock } from '../block.ts'
import { dayNumber, dayOfNumber, hoursOfDayNumber } from '../calendar.ts'
import { IntervalError } from '../errors.ts'

/** @throws IntervalError 'invalid-day' | 'invalid-block' */
export function encodeDayBlock(block: DayBlock): Uint8Array {
  checkDayBlock(block)
  const slots = block.channels[0]?.values.length ?? 0
  const out = new Uint8Array(4 + block.channels.length * (1 + 5 * slots))
  const view = new DataView(out.buffer)
  out[0] = block.minutes
  view.setUint16(1, dayNumber(block.day), true)
  out[3] = block.channels.length
  let at = 4
  for (const s of block.channels) {
    out[at++] = channels.indexOf(s.channel)
    for (const v of s.values) {
      view.setInt32(at, v, true)
      at += 4
    }
    out.set(s.quality, at)
    at += slots
  }
  return out
}

/** @throws IntervalError 'malformed' on bytes that are no day block */
export function decodeDayBlock(bytes: Uint8Array): DayBlock {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const minutes = bytes[0] as 15 | 30 | 60
    const number = view.getUint16(1, true)
    const slots = hoursOfDayNumber(number) * (60 / minutes)
    let at = 4
    const list = Array.from({ length: bytes[3] }, () => {
      const channel = channels[bytes[at++]]
      const values = Int32Array.from({ length: slots }, (_, i) => view.getInt32(at + 4 * i, true))
      at += 4 * slots
      const quality = bytes.slice(at, at + slots)
      at += slots
      return { channel, values, quality }
    })
    const block: DayBlock = { day: dayOfNumber(number), minutes, channels: list }
    checkDayBlock(block)
    return block
  } catch (cause) {
    throw new IntervalError('malformed', 'not a day block', { cause })
  }
}
