// Cryptography is injected: the codec runs where `node:crypto` does not exist (browser, tests, other runtimes).

/** AES-128-GCM and a random source. Implementations throw on keys of a wrong length and never log their inputs. */
export interface CryptoProvider {
  /** Encrypts and authenticates. @returns ciphertext ‖ tag (`tagLength` bytes). */
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
}
