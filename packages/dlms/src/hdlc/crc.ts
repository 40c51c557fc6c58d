// FCS-16 of ISO/IEC 13239 annex A (CRC-16/X-25), used for the HCS and the FCS alike.

const lanes = 8

// table[k * 256 + octet]: what an octet adds to the sequence once k more octets have followed it. Eight octets are
// then taken at a time, whose looks into the table do not wait for each other.
const table = new Uint16Array(lanes * 256)
for (let index = 0; index < 256; index++) {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x8408 : value >>> 1
  table[index] = value
}
for (let index = 256; index < table.length; index++) {
  const before = table[index - 256]
  table[index] = (before >>> 8) ^ table[before & 0xff]
}

/**
 * Check sequence of `bytes[from, to)`. On the wire it travels low byte first.
 * @returns 0..65535
 */
export function fcs16(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = 0xffff
  let i = from
  for (; i + lanes <= to; i += lanes) {
    crc =
      table[1792 + ((crc ^ bytes[i]) & 0xff)] ^
      table[1536 + ((crc >>> 8) ^ bytes[i + 1])] ^
      table[1280 + bytes[i + 2]] ^
      table[1024 + bytes[i + 3]] ^
      table[768 + bytes[i + 4]] ^
      table[512 + bytes[i + 5]] ^
      table[256 + bytes[i + 6]] ^
      table[bytes[i + 7]]
  }
  for (; i < to; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]) & 0xff]
  return crc ^ 0xffff
}

/** Reads a check sequence as it travels, low byte first. */
export function readFcs(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] as number) | ((bytes[offset + 1] as number) << 8)
}
