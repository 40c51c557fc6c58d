// Finds the octet that was altered, from the seal alone. CRC-32 is linear: what a change does to it depends on the
// change and on the number of octets behind it, not on the rest.

/** CRC-32 of ISO 3309, reflected: what one octet does to the register. */
const table = Uint32Array.from({ length: 256 }, (_, octet) => {
  let value = octet
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value >>> 0
})

/** An octet that must be XORed with `change` for the seal to hold. */
export type OctetFault = { readonly at: number; readonly change: number }

/**
 * Every single octet whose change turns the checksum `is` of `length` octets into `should`. A random alteration of
 * several octets looks like one octet's in about one of 10⁷ cases per octet: the caller checks by something else too.
 */
export function octetFaults(length: number, is: number, should: number): OctetFault[] {
  const syndrome = (is ^ should) >>> 0
  if (syndrome === 0) return []
  const found: OctetFault[] = []
  // Walking from the last octet, the syndrome is wound back over the zero octets behind the fault.
  let state = syndrome
  for (let at = length - 1; at >= 0; at--) {
    const change = table.indexOf(state)
    if (change > 0) found.push({ at, change })
    state = unwind(state)
  }
  return found
}

// The tables' highest octets are all different, so each register has exactly one before it.
const byHighOctet = new Uint8Array(256)
for (let octet = 0; octet < 256; octet++) byHighOctet[table[octet] >>> 24] = octet

function unwind(state: number): number {
  const octet = byHighOctet[state >>> 24]
  return (((state ^ table[octet]) << 8) | octet) >>> 0
}
