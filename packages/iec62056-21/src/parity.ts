// Even parity in the eighth bit, for transports that carry 8N1 where the device speaks 7E1 (IEC 62056-21 5.2).

function odd(octet: number): boolean {
  const folded = octet ^ (octet >>> 4)
  return ((0x6996 >>> (folded & 15)) & 1) === 1
}

/** Sets the eighth bit of each octet so that the number of ones is even. */
export function addParity(bytes: Uint8Array): Uint8Array {
  return bytes.map((octet) => (odd(octet & 0x7f) ? octet | 0x80 : octet & 0x7f))
}

/** Takes the eighth bits off; `errors` counts the octets whose parity was not even. */
export function stripParity(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly errors: number } {
  let errors = 0
  const plain = bytes.map((octet) => {
    if (odd(octet)) errors++
    return octet & 0x7f
  })
  return { bytes: plain, errors }
}
