// HDLC addresses of the DLMS profile (Green Book 8.4.2): one, two or four octets, seven bits each,
// the least significant bit of an octet set only in the last one.

/**
 * `size` 1: `upper` alone, 0..127. `size` 2: `upper` and `lower`, 0..127 each.
 * `size` 4: 0..16383 each. `upper` is the logical device (or the client), `lower` the physical device.
 */
export type HdlcAddress = { readonly size: 1 | 2 | 4; readonly upper: number; readonly lower?: number }

export type AddressFault = 'short' | 'too-long' | 'three-octets'

/** Reads the address that starts at `offset` and must end before `end`. */
export function decodeHdlcAddress(
  bytes: Uint8Array,
  offset: number,
  end: number,
): HdlcAddress | AddressFault {
  // One octet is what most addresses have.
  if (offset < end && (bytes[offset] & 1) === 1) return { size: 1, upper: bytes[offset] >> 1 }
  let size = 0
  while (size < 4) {
    if (offset + size >= end) return 'short'
    if ((bytes[offset + size++] as number) & 1) break
  }
  if (((bytes[offset + size - 1] as number) & 1) === 0) return 'too-long'
  const seven = (index: number) => (bytes[offset + index] as number) >> 1
  if (size === 1) return { size: 1, upper: seven(0) }
  if (size === 2) return { size: 2, upper: seven(0), lower: seven(1) }
  if (size === 3) return 'three-octets'
  return { size: 4, upper: (seven(0) << 7) | seven(1), lower: (seven(2) << 7) | seven(3) }
}

/** @throws RangeError when a part does not fit the size */
export function encodeHdlcAddress(address: HdlcAddress): number[] {
  const { size, upper, lower = 0 } = address
  const limit = size === 4 ? 0x3fff : 0x7f
  if (!(Number.isInteger(upper) && upper >= 0 && upper <= limit && lower >= 0 && lower <= limit)) {
    throw new RangeError(`HDLC address parts must be within 0..${limit} for ${size} octets`)
  }
  if (size === 1) return [(upper << 1) | 1]
  if (size === 2) return [upper << 1, (lower << 1) | 1]
  return [(upper >> 7) << 1, (upper & 0x7f) << 1, (lower >> 7) << 1, ((lower & 0x7f) << 1) | 1]
}
