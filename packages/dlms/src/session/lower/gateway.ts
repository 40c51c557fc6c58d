// The gateway protocol (Green Book 10.10): a prefix in front of the APDU names a device behind a gateway.
// E6 (request) or E7 (answer) | network id | length and octets of the physical device address | APDU.

import { concat } from '../../bytes.ts'

export type GatewayOptions = {
  /** Network behind the gateway, 0..255. */
  readonly networkId: number
  /** Physical device address in that network, at most 255 octets. */
  readonly deviceAddress: Uint8Array
}

const request = 0xe6
const answer = 0xe7

/** Everything behind the first octet of a prefix, as hexadecimal-comparable bytes, and the APDU behind it. */
export type Prefixed = { readonly route: Uint8Array; readonly apdu: Uint8Array }

/** @throws RangeError when a part does not fit its octet */
export function gatewayRoute({ networkId, deviceAddress }: GatewayOptions): Uint8Array {
  if (!Number.isInteger(networkId) || networkId < 0 || networkId > 0xff || deviceAddress.length > 0xff) {
    throw new RangeError('a gateway network id is within 0..255, a device address has at most 255 octets')
  }
  return concat(Uint8Array.from([networkId, deviceAddress.length]), deviceAddress)
}

export function withRoute(route: Uint8Array, apdu: Uint8Array, kind: 'request' | 'answer'): Uint8Array {
  return concat(Uint8Array.of(kind === 'request' ? request : answer), route, apdu)
}

/** Parts prefix and APDU; undefined when there is no whole prefix of that kind, or nothing behind it. */
export function withoutRoute(bytes: Uint8Array, kind: 'request' | 'answer'): Prefixed | undefined {
  if (bytes[0] !== (kind === 'request' ? request : answer)) return undefined
  const end = 3 + (bytes[2] ?? 0)
  if (bytes.length <= end) return undefined
  return { route: bytes.subarray(1, end), apdu: bytes.subarray(end) }
}
