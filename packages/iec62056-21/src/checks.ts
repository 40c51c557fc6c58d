/** CRC-16/ARC, as P1 telegrams end with (DSMR 5.0.2 6.2): from `/` to `!`, both included. @returns 0..65535 */
export function crc16(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = 0
  for (let i = from; i < to; i++) {
    crc ^= bytes[i] as number
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1
  }
  return crc
}

/** Block check character (IEC 62056-21 6.1): XOR of the octets after SOH or STX up to ETX, included. */
export function bcc(bytes: Uint8Array, from: number, to: number): number {
  let check = 0
  for (let i = from; i < to; i++) check ^= (bytes[i] as number) & 0x7f
  return check
}

/** What Energomera meters send in place of the BCC: the sum of the same octets modulo 128. */
export function sum7(bytes: Uint8Array, from: number, to: number): number {
  let check = 0
  for (let i = from; i < to; i++) check = (check + ((bytes[i] as number) & 0x7f)) & 0x7f
  return check
}
