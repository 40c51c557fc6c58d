// From the bytes of an optical head to messages.

import type { CrcVariant } from './crc.ts'
import { decodeFile, encodeFile, type SmlFile, type SmlMessage } from './messages.ts'
import { defaultSmlLimits, type Fault, type Parse, type SmlLimits } from './parse.ts'
import { encodeTransport, TransportReader } from './transport.ts'

export type SmlEvent =
  | ({
      readonly kind: 'file'
      readonly content: Uint8Array
      readonly crc: CrcVariant
      /** Place of the transport frame in the stream. */
      readonly offset: number
      readonly length: number
    } & SmlFile)
  | { readonly kind: 'skipped'; readonly octets: number }
  | { readonly kind: 'malformed'; readonly error: Fault }

export type SmlReader = {
  /** Takes bytes in any chunking; gives what they completed. Never throws. */
  receive(bytes: Uint8Array): SmlEvent[]
}

/** A reader that begins anywhere in the stream and finds the next frame by itself after a damaged one. */
export function createSmlReader(limits: SmlLimits = defaultSmlLimits): SmlReader {
  const transport = new TransportReader(limits)
  return {
    receive: (bytes) =>
      transport
        .receive(bytes)
        .map((event) =>
          event.kind === 'content'
            ? { ...event, kind: 'file' as const, ...decodeFile(event.content, limits) }
            : event,
        ),
  }
}

/**
 * Decodes one transport frame that begins with the first octet; others may follow at `next`. Never throws.
 * @returns malformed with 'crc', 'escape', 'unsupported' (transport version 2) …, or with what is wrong in a
 * message, its offset then counting octets of the frame's content.
 */
export function decodeSml(bytes: Uint8Array, limits: SmlLimits = defaultSmlLimits): Parse<SmlFile> {
  const start = [0x1b, 0x1b, 0x1b, 0x1b]
  const wrong = start.findIndex((octet, at) => at < bytes.length && bytes[at] !== octet)
  if (wrong >= 0) {
    return {
      kind: 'malformed',
      error: { code: 'malformed', message: 'a frame begins with 1b1b1b1b', offset: wrong },
    }
  }
  const [event] = new TransportReader(limits).receive(bytes)
  if (!event) return { kind: 'more', need: Math.max(1, smallestFrame - bytes.length) }
  if (event.kind === 'malformed') return event
  if (event.kind === 'skipped' || event.offset > 0) {
    return { kind: 'malformed', error: { code: 'escape', message: 'no start of a frame', offset: 4 } }
  }
  const file = decodeFile(event.content, limits)
  if (file.error) return { kind: 'malformed', error: file.error }
  return { kind: 'ok', value: file, next: event.length }
}

/** Start and end with nothing between them. */
const smallestFrame = 16

/** Messages in a frame of transport version 1. @throws SmlError 'out-of-range' for numbers that do not fit */
export function encodeSml(messages: readonly SmlMessage[], variant: CrcVariant = 'x25'): Uint8Array {
  return encodeTransport(encodeFile(messages), variant)
}
