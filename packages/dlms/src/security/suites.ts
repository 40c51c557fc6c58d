// The three security suites (Green Book 9.2.3.7, table 18).

import type { CurveName, DigestName } from '../crypto.ts'

/** 0: AES-GCM-128; 1: with ECDSA and ECDH on P-256; 2: AES-GCM-256 with ECDSA and ECDH on P-384. */
export type SecuritySuite = 0 | 1 | 2

export function isSecuritySuite(value: number): value is SecuritySuite {
  return value === 0 || value === 1 || value === 2
}

/** Octets of encryption, authentication, master and dedicated keys. */
export function suiteKeyLength(suite: SecuritySuite): 16 | 32 {
  return suite === 2 ? 32 : 16
}

/** What the asymmetric algorithms of suites 1 and 2 work with; undefined for suite 0, which has none. */
export const suiteCurves: Readonly<
  Record<
    SecuritySuite,
    { readonly curve: CurveName; readonly hash: DigestName; readonly coordinate: 32 | 48 } | undefined
  >
> = {
  0: undefined,
  1: { curve: 'P-256', hash: 'sha256', coordinate: 32 },
  2: { curve: 'P-384', hash: 'sha384', coordinate: 48 },
}
