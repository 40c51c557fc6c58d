// The seam between a session and the layer below it: APDUs on one side, wire frames on the other. A lower layer
// has a life of its own: it comes up, carries APDUs, and goes down.

import type { Malformed } from '../../parse.ts'
import type { EpochMs } from '../types.ts'

/** One APDU out of the lower layer, with who sent it to whom. */
export type FramedApdu = {
  readonly kind: 'apdu'
  readonly apdu: Uint8Array
  readonly source: number
  readonly destination: number
  /** Wire frames it came in. */
  readonly frames: number
}

export type LowerEvent =
  | FramedApdu
  | { readonly kind: 'connected' }
  /** `orderly`: one side asked for it; `silent`: the peer no longer answers. */
  | {
      readonly kind: 'disconnected'
      readonly reason: string
      readonly orderly: boolean
      readonly silent: boolean
    }
  /** The peer is alive, though no whole APDU came. */
  | { readonly kind: 'progress' }
  /** Octets or frames that were thrown away; the layer goes on. */
  | { readonly kind: 'discarded'; readonly reason: string }
  /** The stream is over: no octet after this one can be understood. */
  | { readonly kind: 'malformed'; readonly error: Malformed }

/** Sees each wire frame in order. `aside`: an unasked message, no part of the running exchange. */
export type OnWire = (direction: 'in' | 'out', bytes: Uint8Array, at: EpochMs, aside: boolean) => void

/** Server address of a message to all of them: wPort of the wrapper and one-octet HDLC address (Green Book 7.3.3.4, 8.4.2.3). */
export const allStations = 0x7f
/** The same in HDLC addresses of four octets. */
const allStationsWide = 0x3fff

export function isAllStations(destination: number, hdlc: boolean): boolean {
  return destination === allStations || (hdlc && destination === allStationsWide)
}

export interface Lower {
  /** APDUs can be sent. A layer without connections always is. */
  readonly connected: boolean
  connect(now: EpochMs): void
  /** Answer: 'disconnected'. */
  disconnect(now: EpochMs): void
  send(source: number, destination: number, apdu: Uint8Array, now: EpochMs): void
  /** Sends an unasked message; a client's is for all servers when `destination` is the all-station address. */
  sendAside(source: number, destination: number, apdu: Uint8Array, now: EpochMs): void
  /** Whether an APDU is awaited from the peer, who may have to be asked for it. */
  expect(answer: boolean): void
  receive(chunk: Uint8Array, now: EpochMs): void
  /** The next event; undefined when all that came is dealt with. */
  next(now: EpochMs): LowerEvent | undefined
  tick(now: EpochMs): void
  nextDeadline(): EpochMs | undefined
}
