// The conformance block (Green Book 9.4.6.1): 24 bits, bit 0 first on the wire.

/** Names by bit position; reserved bits are named by their number so that nothing received is lost. */
export const conformanceBits = [
  'reserved-0',
  'general-protection',
  'general-block-transfer',
  'read',
  'write',
  'unconfirmed-write',
  'delta-value-encoding',
  'reserved-7',
  'attribute0-supported-with-set',
  'priority-mgmt-supported',
  'attribute0-supported-with-get',
  'block-transfer-with-get-or-read',
  'block-transfer-with-set-or-write',
  'block-transfer-with-action',
  'multiple-references',
  'information-report',
  'data-notification',
  'access',
  'parameterized-access',
  'get',
  'set',
  'selective-access',
  'event-notification',
  'action',
] as const

export type ConformanceBit = (typeof conformanceBits)[number]

/** Names of the bits set in the 24-bit number (bit 0 is its most significant bit), in order of position. */
export function conformanceFromBits(bits: number): ConformanceBit[] {
  return conformanceBits.filter((_, position) => (bits & (0x800000 >> position)) !== 0)
}

export function conformanceToBits(names: readonly ConformanceBit[]): number {
  let bits = 0
  for (const name of names) bits |= 0x800000 >> conformanceBits.indexOf(name)
  return bits
}
