// f(challenge) of the high level security mechanisms (Green Book 9.2.7.4, table 42): what each party sends
// to prove that it holds the secret, computed by the prover and by whoever checks it.

import { concat } from '../bytes.ts'
import { type CryptoProvider, needCrypto } from '../crypto.ts'
import { DlmsError, malformed, type Parse } from '../parse.ts'
import { type ProtectOptions, protect, type SecurityHeader, securityControl, unprotect } from './gcm.ts'
import { type SecuritySuite, suiteCurves } from './suites.ts'

const headerLength = 5
const tagLength = 12

/** Mechanisms with four passes, by the number they have on the wire. */
export const hlsMechanisms = { high: 2, md5: 3, sha1: 4, gmac: 5, sha256: 6, ecdsa: 7 } as const
export type HlsMechanism = keyof typeof hlsMechanisms

/** Least octets of a challenge: 8, for ECDSA 32 (Green Book 9.2.7.4); the most are 64 for all. */
export function leastChallenge(mechanism: HlsMechanism): number {
  return mechanism === 'ecdsa' ? 32 : 8
}
export const mostChallenge = 64

/** One proof: of the prover to the verifier. The client proves f(StoC), the server f(CtoS). */
export type HlsExchange = {
  /** 8 bytes. */
  readonly proverTitle: Uint8Array
  /** 8 bytes. */
  readonly verifierTitle: Uint8Array
  /** The challenge that the prover got and answers. */
  readonly challenge: Uint8Array
  /** The challenge that the prover itself sent. */
  readonly counterChallenge: Uint8Array
}

/** Mechanism 3 or 4: MD5 or SHA-1 of challenge ‖ secret. */
export function hlsDigest(
  name: 'md5' | 'sha1',
  secret: Uint8Array,
  challenge: Uint8Array,
  crypto: CryptoProvider,
): Uint8Array {
  return needCrypto(crypto, 'digest')(name, concat(challenge, secret))
}

/** Mechanism 6: SHA-256 of secret ‖ title of the prover ‖ of the verifier ‖ its challenge ‖ the prover's. */
export function hlsSha256(secret: Uint8Array, exchange: HlsExchange, crypto: CryptoProvider): Uint8Array {
  return needCrypto(crypto, 'digest')('sha256', concat(secret, partiesOf(exchange)))
}

/** Mechanism 7: ECDSA of the prover over both titles and both challenges. @returns r ‖ s. */
export function hlsSign(
  suite: SecuritySuite,
  privateKey: Uint8Array,
  exchange: HlsExchange,
  crypto: CryptoProvider,
): Uint8Array {
  return needCrypto(crypto, 'ecdsaSign')(curveOf(suite), privateKey, partiesOf(exchange))
}

/** Checks what `hlsSign` made; `publicKey` is the prover's. */
export function verifyHlsSign(
  suite: SecuritySuite,
  publicKey: Uint8Array,
  signature: Uint8Array,
  exchange: HlsExchange,
  crypto: CryptoProvider,
): boolean {
  return needCrypto(crypto, 'ecdsaVerify')(curveOf(suite), publicKey, partiesOf(exchange), signature)
}

/**
 * f(StoC) and f(CtoS) of HLS mechanism 5 (Green Book 9.2.7.4): SC ‖ IC ‖ GMAC(SC ‖ AK ‖ challenge), 17 bytes.
 * The sender's own title and counter go in; the challenge is the one it received.
 */
export function hlsGmac(
  challenge: Uint8Array,
  options: Omit<ProtectOptions, 'control'> & { readonly control?: number },
): Uint8Array {
  const control = options.control ?? securityControl.authenticated
  const sealed = protect(challenge, { ...options, control: control & ~securityControl.encrypted })
  // authentication only keeps the challenge in clear between header and tag: drop it.
  return concat(sealed.subarray(0, headerLength), sealed.subarray(headerLength + challenge.length))
}

/**
 * Checks the peer's f(challenge). @returns its counter, or 'malformed' with 'decryption-failed'.
 * `systemTitle` is the peer's; `challenge` the one sent to it.
 */
export function verifyHlsGmac(
  answer: Uint8Array,
  challenge: Uint8Array,
  options: Omit<ProtectOptions, 'invocationCounter' | 'control'>,
): Parse<SecurityHeader> {
  if (answer.length !== headerLength + tagLength) {
    return malformed('length', `a GMAC answer has ${headerLength + tagLength} bytes`, answer.length)
  }
  if ((answer[0] & 0xf0 & ~securityControl.broadcast) !== securityControl.authenticated) {
    return malformed('malformed', 'a GMAC answer has authentication only', 0)
  }
  const full = concat(answer.subarray(0, headerLength), challenge, answer.subarray(headerLength))
  const opened = unprotect(full, options)
  return opened.kind === 'ok' ? { kind: 'ok', value: opened.value.header, next: answer.length } : opened
}

function partiesOf({ proverTitle, verifierTitle, challenge, counterChallenge }: HlsExchange): Uint8Array {
  return concat(proverTitle, verifierTitle, challenge, counterChallenge)
}

function curveOf(suite: SecuritySuite) {
  const found = suiteCurves[suite]
  if (!found) throw new DlmsError('unsupported', 'security suite 0 has no ECDSA')
  return found.curve
}
