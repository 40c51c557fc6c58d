// The LLC sub-layer of the HDLC profile (Green Book 8.3): three octets in front of every APDU.

import { concat } from '../bytes.ts'

const destination = 0xe6
const sourceOfCommand = 0xe6
const sourceOfResponse = 0xe7

/** Octets of the LLC header. */
export const llcLength = 3

/** An APDU with its header: E6 E6 00 from a client, E6 E7 00 from a server. */
export function withLlc(apdu: Uint8Array, from: 'client' | 'server'): Uint8Array {
  const source = from === 'client' ? sourceOfCommand : sourceOfResponse
  return concat(Uint8Array.from([destination, source, 0x00]), apdu)
}

/**
 * The APDU behind the header; undefined when there is none. Either source is taken from either side: some
 * meters push with the client's. The third octet is quality, reserved.
 */
export function withoutLlc(sdu: Uint8Array): Uint8Array | undefined {
  if (sdu.length <= llcLength || sdu[0] !== destination) return undefined
  if (sdu[1] !== sourceOfCommand && sdu[1] !== sourceOfResponse) return undefined
  return sdu.subarray(llcLength)
}
