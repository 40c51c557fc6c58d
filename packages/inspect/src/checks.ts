// Check sequences that tell protocols apart.

/** Reflected CRC-16 over `[from, to)`: HDLC and SML use 8408 with FFFF and inverted, Modbus A001 with FFFF. */
function reflected(bytes: Uint8Array, from: number, to: number, polynomial: number, start: number): number {
  let crc = start
  for (let i = from; i < to; i++) {
    crc ^= bytes[i] as number
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
  }
  return crc
}

/** FCS of HDLC (ISO/IEC 13239) and of the SML transport, low octet first on the wire. */
export function crcX25(bytes: Uint8Array, from: number, to: number): number {
  return reflected(bytes, from, to, 0x8408, 0xffff) ^ 0xffff
}

/** Used by some SML meters instead of X.25. */
export function crcKermit(bytes: Uint8Array, from: number, to: number): number {
  return reflected(bytes, from, to, 0x8408, 0)
}

export function crcModbus(bytes: Uint8Array, from: number, to: number): number {
  return reflected(bytes, from, to, 0xa001, 0xffff)
}

/** EN 13757-4 6.3: polynomial 3D65, start 0, inverted, high octet first on the wire. */
export function crcEn13757(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0
  for (let i = from; i < to; i++) {
    crc ^= (bytes[i] as number) << 8
    for (let bit = 0; bit < 8; bit++)
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x3d65) & 0xffff : (crc << 1) & 0xffff
  }
  return crc ^ 0xffff
}

export function sum8(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum = (sum + (bytes[i] as number)) & 0xff
  return sum
}
