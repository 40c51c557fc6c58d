// FCS-16 of ISO/IEC 13239 annex A (CRC-16/X-25), used for the HCS and the FCS alike.

const table = new Uint16Array(256)
for (let index = 0; index < 256; index++) {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x8408 : value >>> 1
  table[index] = value
}

/**
 * Check sequence of `bytes[from, to)`. On the wire it travels low byte first.
 * @returns 0..65535
 */
export function fcs16(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = 0xffff
  for (let i = from; i < to; i++) {
    crc = (crc >>> 8) ^ (table[(crc ^ (bytes[i] as number)) & 0xff] as number)
  }
  return crc ^ 0xffff
}

/** Reads a check sequence as it travels, low byte first. */
export function readFcs(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] as number) | ((bytes[offset + 1] as number) << 8)
}
