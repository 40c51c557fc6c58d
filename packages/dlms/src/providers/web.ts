// CryptoProvider in plain JavaScript, synchronous, for browsers and runtimes without `node:crypto`.

import { aeskw, ctr, gcm } from '@noble/ciphers/aes.js'
import { p256, p384 } from '@noble/curves/nist.js'
import { md5, sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha384 } from '@noble/hashes/sha2.js'
import { randomBytes } from '@noble/hashes/utils.js'
import type { CryptoProvider } from '../crypto.ts'
import { checkPrivateKey, coordinateLength } from './curves.ts'
import { type SimdGcm, sharedSimdGcm } from './gcmSimd/index.ts'

const curves = { 'P-256': p256, 'P-384': p384 } as const
const hashes = { md5, sha1, sha256, sha384 } as const
const gcmTag = 16

function checkKey(name: string, key: Uint8Array): void {
  if (key.length !== 16 && key.length !== 32) throw new RangeError(`${name} keys have 16 or 32 octets`)
}

/** The counter mode underneath GCM: with a 12 octet vector text starts at block 2 (NIST SP 800-38D 7.1). */
function counterMode(key: Uint8Array, iv: Uint8Array, input: Uint8Array): Uint8Array {
  checkKey('AES-GCM', key)
  if (iv.length !== 12) throw new RangeError('the initialization vector has 12 octets')
  const block = new Uint8Array(16)
  block.set(iv)
  block[15] = 2
  return ctr(key, block).encrypt(input)
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}

/** SEC1 uncompressed form, or undefined when the length is wrong. */
function sec1(curve: keyof typeof curves, publicKey: Uint8Array): Uint8Array | undefined {
  if (publicKey.length !== 2 * coordinateLength[curve]) return undefined
  const point = new Uint8Array(publicKey.length + 1)
  point[0] = 4
  point.set(publicKey, 1)
  return point
}

/** For texts beyond the memory of the module and platforms without SIMD in WebAssembly. */
export const nobleGcm: Pick<SimdGcm, 'seal' | 'open'> = {
  seal(key, iv, aad, plaintext, tagLength) {
    if (tagLength === 0) return counterMode(key, iv, plaintext)
    checkKey('AES-GCM', key)
    const sealed = gcm(key, iv, aad).encrypt(plaintext)
    return sealed.slice(0, sealed.length - gcmTag + tagLength)
  },

  open(key, iv, aad, ciphertextAndTag, tagLength) {
    if (tagLength === 0) return counterMode(key, iv, ciphertextAndTag)
    const at = ciphertextAndTag.length - tagLength
    if (at < 0) return null
    const plaintext = counterMode(key, iv, ciphertextAndTag.subarray(0, at))
    // The library checks whole tags only; DLMS cuts them to 12 octets, so the tag is made again and compared.
    const tag = gcm(key, iv, aad)
      .encrypt(plaintext)
      .subarray(at, at + tagLength)
    return equal(tag, ciphertextAndTag.subarray(at)) ? plaintext : null
  },
}

/**
 * CryptoProvider on the audited noble libraries, with AES-GCM on WebAssembly where there is SIMD. `tagLength` 0 seals
 * and opens without authentication. Results may be views into a common buffer.
 */
export const webCrypto: CryptoProvider = {
  aesGcmSeal(key, iv, aad, plaintext, tagLength) {
    const simd = sharedSimdGcm()
    if (simd?.takes(key, iv, aad.length + plaintext.length)) {
      return simd.seal(key, iv, aad, plaintext, tagLength)
    }
    return nobleGcm.seal(key, iv, aad, plaintext, tagLength)
  },

  aesGcmOpen(key, iv, aad, ciphertextAndTag, tagLength) {
    const simd = sharedSimdGcm()
    if (simd?.takes(key, iv, aad.length + ciphertextAndTag.length)) {
      return simd.open(key, iv, aad, ciphertextAndTag, tagLength)
    }
    return nobleGcm.open(key, iv, aad, ciphertextAndTag, tagLength)
  },

  randomBytes: (length) => randomBytes(length),

  aesKeyWrap(kek, key) {
    checkKey('AES key wrap', kek)
    return aeskw(kek).encrypt(key)
  },

  aesKeyUnwrap(kek, wrapped) {
    checkKey('AES key wrap', kek)
    if (wrapped.length < 24 || wrapped.length % 8 !== 0) return null
    try {
      return aeskw(kek).decrypt(wrapped)
    } catch {
      return null
    }
  },

  digest: (name, bytes) => hashes[name](bytes),

  ecdsaSign(curve, privateKey, message) {
    checkPrivateKey(curve, privateKey)
    return curves[curve].sign(message, privateKey, { prehash: true, lowS: false })
  },

  ecdsaVerify(curve, publicKey, message, signature) {
    const point = sec1(curve, publicKey)
    if (!point || signature.length !== 2 * coordinateLength[curve]) return false
    try {
      return curves[curve].verify(signature, message, point, { prehash: true, lowS: false })
    } catch {
      return false
    }
  },

  ecdh(curve, privateKey, publicKey) {
    checkPrivateKey(curve, privateKey)
    const point = sec1(curve, publicKey)
    if (!point || !curves[curve].utils.isValidPublicKey(point, false)) return null
    return curves[curve].getSharedSecret(privateKey, point).slice(1, 1 + coordinateLength[curve])
  },

  ecKeyPair(curve) {
    const { secretKey, publicKey } = curves[curve].keygen()
    return {
      privateKey: secretKey,
      publicKey: curves[curve].Point.fromBytes(publicKey).toBytes(false).slice(1),
    }
  },

  ecPublicKey(curve, privateKey) {
    checkPrivateKey(curve, privateKey)
    return curves[curve].getPublicKey(privateKey, false).slice(1)
  },
}
