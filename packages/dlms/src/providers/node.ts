import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import type { CryptoProvider } from '../crypto.ts'

const empty = new Uint8Array(0)

/** Suites 0 and 1 have keys of 16 octets, suite 2 of 32. */
function suiteOf(key: Uint8Array): {
  gcm: 'aes-128-gcm' | 'aes-256-gcm'
  ctr: 'aes-128-ctr' | 'aes-256-ctr'
} {
  if (key.length === 16) return { gcm: 'aes-128-gcm', ctr: 'aes-128-ctr' }
  if (key.length === 32) return { gcm: 'aes-256-gcm', ctr: 'aes-256-ctr' }
  throw new RangeError('AES-GCM keys have 16 or 32 octets')
}

// Node makes a key object of raw bytes at every call, which costs four times what deciphering an APDU does:
// it is made once for each array of key bytes and goes with it. Arrays may be overwritten, hence the comparison.
const keyObjects = new WeakMap<Uint8Array, { readonly bytes: Uint8Array; readonly object: KeyObject }>()

function keyObject(key: Uint8Array): KeyObject {
  const known = keyObjects.get(key)
  if (known && same(known.bytes, key)) return known.object
  const object = createSecretKey(key)
  keyObjects.set(key, { bytes: Uint8Array.from(key), object })
  return object
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!
  return difference === 0
}

/**
 * The counter mode underneath GCM: with a 12 octet vector the first block of text has counter 2
 * (NIST SP 800-38D 7.1). Node refuses GCM without a tag, which encryption-only messages do not have.
 */
function counterMode(key: Uint8Array, iv: Uint8Array, input: Uint8Array): Uint8Array {
  if (iv.length !== 12) throw new RangeError('the initialization vector has 12 octets')
  const block = new Uint8Array(16)
  block.set(iv)
  block[15] = 2
  const cipher = createCipheriv(suiteOf(key).ctr, keyObject(key), block)
  return joined(cipher.update(input), cipher.final())
}

/** CryptoProvider on `node:crypto` (OpenSSL). `tagLength` 0 seals and opens without authentication. */
export const nodeCrypto: CryptoProvider = {
  aesGcmSeal(key, iv, aad, plaintext, tagLength) {
    if (tagLength === 0) return counterMode(key, iv, plaintext)
    const cipher = createCipheriv(suiteOf(key).gcm, keyObject(key), iv, { authTagLength: tagLength })
    cipher.setAAD(aad)
    return joined(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
  },

  aesGcmOpen(key, iv, aad, ciphertextAndTag, tagLength) {
    if (tagLength === 0) return counterMode(key, iv, ciphertextAndTag)
    const at = ciphertextAndTag.length - tagLength
    if (at < 0) return null
    const decipher = createDecipheriv(suiteOf(key).gcm, keyObject(key), iv, { authTagLength: tagLength })
    decipher.setAAD(aad)
    decipher.setAuthTag(ciphertextAndTag.subarray(at))
    const plaintext = decipher.update(ciphertextAndTag.subarray(0, at))
    try {
      return joined(plaintext, decipher.final())
    } catch {
      return null
    }
  },

  randomBytes(length) {
    return Uint8Array.from(length === 0 ? empty : randomBytes(length))
  },
}

/** A plain Uint8Array: Buffer would leak its own methods and its pool to callers. */
function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
