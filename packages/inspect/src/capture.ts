// Conversations of a capture file: what two ends said to each other, message after message.

import { type CapturedFrame, dlmsPort, readCapture } from '@contor/dlms'
import { joinFrames } from './recognise.ts'

export type Conversation = {
  /** `address:port` of who spoke first, and of the other. */
  readonly ends: readonly [string, string]
  /** Segments of one sender in a row are one frame over TCP; a datagram is one over UDP. */
  readonly frames: readonly Uint8Array[]
}

/** Conversations on the port of DLMS/COSEM when there are any, all of them otherwise; a message on a fault. */
export function conversationsOf(file: Uint8Array): Conversation[] | string {
  const parsed = readCapture(file)
  if (parsed.kind === 'malformed') return parsed.error.message
  if (parsed.kind === 'more') return 'the file is cut short'
  const known = parsed.value.filter(
    (frame) => frame.sourcePort === dlmsPort || frame.destinationPort === dlmsPort,
  )
  const streams = new Map<string, CapturedFrame[]>()
  for (const frame of known.length > 0 ? known : parsed.value) {
    const key = [frame.transport, ...[frame.from, frame.to].sort()].join(' ')
    const stream = streams.get(key)
    if (stream) stream.push(frame)
    else streams.set(key, [frame])
  }
  return [...streams.values()].map((frames) => {
    const [first] = frames as [CapturedFrame]
    return {
      ends: [first.from, first.to],
      frames: first.transport === 'udp' ? frames.map((f) => f.bytes) : turns(frames),
    }
  })
}

function turns(frames: readonly CapturedFrame[]): Uint8Array[] {
  const said: { from: string; parts: Uint8Array[] }[] = []
  for (const { from, bytes } of frames) {
    const last = said.at(-1)
    if (last?.from === from) last.parts.push(bytes)
    else said.push({ from, parts: [bytes] })
  }
  return said.map(({ parts }) => joinFrames(parts))
}
