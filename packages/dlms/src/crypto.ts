// Cryptography is injected: the codec runs where `node:crypto` does not exist (browser, tests, other runtimes).

import { DlmsError } from './parse.ts'

/** Hash functions of DLMS/COSEM: HLS mechanisms 3, 4 and 6, key derivation of suites 1 and 2. */
export type DigestName = 'md5' | 'sha1' | 'sha256' | 'sha384'

/** Curves of suite 1 (P-256, with SHA-256) and suite 2 (P-384, with SHA-384). */
export type CurveName = 'P-256' | 'P-384'

/** `privateKey` is the scalar d (32 or 48 octets); `publicKey` is x ‖ y (64 or 96 octets). Big-endian. */
export type EcKeyPair = { readonly privateKey: Uint8Array; readonly publicKey: Uint8Array }

/**
 * What the security suites stand on. Suite 0 needs only the first three; the optional ones are for key
 * transfer, suites 1 and 2 and the hashing mechanisms of HLS, and a missing one gives `DlmsError`
 * 'unsupported' when it is needed. Implementations throw on keys of a wrong length, never log their inputs
 * and return null (or false) on data of the peer that does not hold.
 */
export interface CryptoProvider {
  /** AES-GCM with keys of 16 or 32 octets. @returns ciphertext ‖ tag (`tagLength` bytes). */
  aesGcmSeal(
    key: Uint8Array,
    iv: Uint8Array,
    aad: Uint8Array,
    plaintext: Uint8Array,
    tagLength: number,
  ): Uint8Array
  /**
   * Decrypts. @returns the plaintext, or null when the tag is wrong.
   * `tagLength` 0 means that the bytes carry no tag (encryption-only policy): decrypt without checking.
   */
  aesGcmOpen(
    key: Uint8Array,
    iv: Uint8Array,
    aad: Uint8Array,
    ciphertextAndTag: Uint8Array,
    tagLength: number,
  ): Uint8Array | null
  /** Cryptographically strong random bytes. */
  randomBytes(length: number): Uint8Array
  /** AES key wrap (RFC 3394) of a key of 16 or 32 octets; 8 octets longer. */
  aesKeyWrap?(kek: Uint8Array, key: Uint8Array): Uint8Array
  /** @returns null when the integrity check fails. */
  aesKeyUnwrap?(kek: Uint8Array, wrapped: Uint8Array): Uint8Array | null
  digest?(name: DigestName, bytes: Uint8Array): Uint8Array
  /** ECDSA over the curve's own hash of `message`. @returns r ‖ s, 64 or 96 octets. */
  ecdsaSign?(curve: CurveName, privateKey: Uint8Array, message: Uint8Array): Uint8Array
  /** False on a wrong signature and on a public key that is no point of the curve. */
  ecdsaVerify?(curve: CurveName, publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** Shared secret Z: the x coordinate, 32 or 48 octets. Null when the public key is no point of the curve. */
  ecdh?(curve: CurveName, privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | null
  ecKeyPair?(curve: CurveName): EcKeyPair
  /** Public key of a private one. */
  ecPublicKey?(curve: CurveName, privateKey: Uint8Array): Uint8Array
}

type Optional =
  | 'aesKeyWrap'
  | 'aesKeyUnwrap'
  | 'digest'
  | 'ecdsaSign'
  | 'ecdsaVerify'
  | 'ecdh'
  | 'ecKeyPair'
  | 'ecPublicKey'

/** An optional part of the provider; throws `DlmsError` 'unsupported' when it is not there. */
export function needCrypto<K extends Optional>(
  crypto: CryptoProvider,
  part: K,
): NonNullable<CryptoProvider[K]> {
  const found = crypto[part]
  if (!found) throw new DlmsError('unsupported', `the crypto provider has no ${part}`)
  return (found as (...parameters: unknown[]) => unknown).bind(crypto) as NonNullable<CryptoProvider[K]>
}
