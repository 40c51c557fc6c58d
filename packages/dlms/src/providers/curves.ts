// Octets of keys and signatures, the same for every provider.

import type { CurveName } from '../crypto.ts'

/** Octets of one coordinate, and of a private key. */
export const coordinateLength: Readonly<Record<CurveName, number>> = { 'P-256': 32, 'P-384': 48 }

export function checkPrivateKey(curve: CurveName, key: Uint8Array): void {
  const wanted = coordinateLength[curve]
  if (key.length !== wanted) throw new RangeError(`private keys of ${curve} have ${wanted} octets`)
}
