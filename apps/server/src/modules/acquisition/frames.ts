// The byte-for-byte record of one exchange: every wire frame with its direction and time.

import { VarintReader, VarintWriter } from '../readings/index.ts'

/** One frame as it was on the wire; `at` in epoch milliseconds. */
export type WireFrame = {
  readonly direction: 'sent' | 'received'
  readonly at: number
  readonly bytes: Uint8Array
}

const format = 1

/** Packs frames in order; times are kept as differences, so a frame costs about three bytes beside itself. */
export function packFrames(frames: readonly WireFrame[]): Uint8Array {
  const out = new VarintWriter()
  out.unsigned(format)
  let at = 0
  for (const frame of frames) {
    out.unsigned(frame.direction === 'sent' ? 0 : 1)
    out.signed(Math.round(frame.at) - at)
    out.unsigned(frame.bytes.length)
    out.bytes(frame.bytes)
    at = Math.round(frame.at)
  }
  return out.finish()
}

/** Reverses {@link packFrames}; throws RangeError on bytes that are not a packed record. */
export function unpackFrames(packed: Uint8Array): WireFrame[] {
  const input = new VarintReader(packed)
  if (input.unsigned() !== format) throw new RangeError('unknown format of an exchange')
  const frames: WireFrame[] = []
  let at = 0
  while (!input.done) {
    const direction = input.unsigned()
    if (direction > 1) throw new RangeError('unknown direction of a frame')
    at += input.signed()
    const bytes = input.bytes(input.unsigned())
    frames.push({ direction: direction === 0 ? 'sent' : 'received', at, bytes })
  }
  return frames
}
