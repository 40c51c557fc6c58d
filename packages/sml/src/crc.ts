// CRC-16 with the polynomial of CCITT, reflected, as SML uses it (BSI TR-03109-1, annex IV b 5.2 and 8).

const table = Uint16Array.from({ length: 256 }, (_, octet) => {
  let crc = octet
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x8408 : crc >>> 1
  return crc
})

/** One octet more. */
export function step(crc: number, octet: number): number {
  return (crc >>> 8) ^ (table[(crc ^ octet) & 0xff] as number)
}

export type CrcVariant = 'x25' | 'kermit'

/** What a check begins with, and what its register is combined with at the end. */
export const variants: Readonly<Record<CrcVariant, { readonly initial: number; readonly final: number }>> = {
  x25: { initial: 0xffff, final: 0xffff },
  // Some meters leave out the initial and the final inversion.
  kermit: { initial: 0, final: 0 },
}

/** @returns 0..65535; on the wire the low octet comes first, so as an SML Unsigned16 it is `swap` of this */
export function crc16(bytes: Uint8Array, from = 0, to = bytes.length, variant: CrcVariant = 'x25'): number {
  const { initial, final } = variants[variant]
  let crc = initial
  for (let i = from; i < to; i++) crc = step(crc, bytes[i] as number)
  return crc ^ final
}

export function swap(crc: number): number {
  return ((crc & 0xff) << 8) | (crc >>> 8)
}
