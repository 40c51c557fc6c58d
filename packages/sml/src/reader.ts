// From the bytes of an optical head to messages.

import type { CrcVariant } from './crc.ts'
import { decodeFile, type SmlFile } from './messages.ts'
import { defaultSmlLimits, type Fault, type SmlLimits } from './parse.ts'
import { TransportReader } from './transport.ts'

export type SmlEvent =
  | ({ readonly kind: 'file'; readonly content: Uint8Array; readonly crc: CrcVariant } & SmlFile)
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
