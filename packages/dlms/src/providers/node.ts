import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import type { CryptoProvider, CurveName } from '../crypto.ts'
import { checkPrivateKey, coordinateLength } from './curves.ts'
import { type SimdGcm, sharedSimdGcm } from './gcmSimd/index.ts'

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
 * Longest text, in octets, that WebAssembly is faster with: a call into OpenSSL costs as much as 1,500 octets with a
 * key that it has seen, and twice that with another one (bench `dlms ciphering`).
 */
const simdMost = 1536

/** Undefined for long texts and what else OpenSSL shall do or refuse. */
function simdFor(
  key: Uint8Array,
  iv: Uint8Array,
  aad: Uint8Array,
  text: Uint8Array,
  tagLength: number,
): SimdGcm | undefined {
  const octets = aad.length + text.length
  if (octets > simdMost || tagLength > 16) return undefined
  const simd = sharedSimdGcm()
  return simd?.takes(key, iv, octets) ? simd : undefined
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

/** Initial value of RFC 3394. */
const wrapVector = new Uint8Array(8).fill(0xa6)

function wrapCipher(kek: Uint8Array): 'id-aes128-wrap' | 'id-aes256-wrap' {
  if (kek.length === 16) return 'id-aes128-wrap'
  if (kek.length === 32) return 'id-aes256-wrap'
  throw new RangeError('AES key wrap keys have 16 or 32 octets')
}

const hashes = { 'P-256': 'sha256', 'P-384': 'sha384' } as const
const namedCurves = { 'P-256': 'prime256v1', 'P-384': 'secp384r1' } as const
// DER around raw keys: ECPrivateKey (RFC 5915) without the public key, which OpenSSL computes, and
// SubjectPublicKeyInfo (RFC 5480) with an uncompressed point.
const curveOids = {
  'P-256': [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
  'P-384': [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22],
} as const
const ecPublicKeyOid = [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]

function privateObject(curve: CurveName, key: Uint8Array): KeyObject {
  checkPrivateKey(curve, key)
  // PKCS#8 rather than SEC1, which Bun's node:crypto does not take.
  const algorithm = [...ecPublicKeyOid, ...curveOids[curve]]
  const own = [0x02, 0x01, 0x01, 0x04, key.length, ...key]
  const wrapped = [0x30, own.length, ...own]
  const body = [0x02, 0x01, 0x00, 0x30, algorithm.length, ...algorithm, 0x04, wrapped.length, ...wrapped]
  const der = Buffer.from([0x30, body.length, ...body])
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
}

/** Undefined when the octets are no point of the curve. */
function publicObject(curve: CurveName, key: Uint8Array): KeyObject | undefined {
  if (key.length !== 2 * coordinateLength[curve]) return undefined
  const oid = curveOids[curve]
  const algorithm = [...ecPublicKeyOid, ...oid]
  const body = [0x30, algorithm.length, ...algorithm, 0x03, key.length + 2, 0x00, 0x04, ...key]
  const der = Buffer.from([0x30, body.length, ...body])
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}

function rawKeys(key: KeyObject): { x: Buffer; y: Buffer; d: Buffer } {
  const { x = '', y = '', d = '' } = key.export({ format: 'jwk' })
  const raw = (text: string) => Buffer.from(text, 'base64url')
  return { x: raw(x), y: raw(y), d: raw(d) }
}

/**
 * CryptoProvider on `node:crypto` (OpenSSL), with AES-GCM of short texts on WebAssembly. `tagLength` 0 seals and opens
 * without authentication. Results may be views into a common buffer: what is transferred to a thread is copied before.
 */
export const nodeCrypto: CryptoProvider = {
  aesGcmSeal(key, iv, aad, plaintext, tagLength) {
    const simd = simdFor(key, iv, aad, plaintext, tagLength)
    if (simd) return simd.seal(key, iv, aad, plaintext, tagLength)
    if (tagLength === 0) return counterMode(key, iv, plaintext)
    const cipher = createCipheriv(suiteOf(key).gcm, keyObject(key), iv, { authTagLength: tagLength })
    cipher.setAAD(aad)
    return joined(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
  },

  aesGcmOpen(key, iv, aad, ciphertextAndTag, tagLength) {
    const simd = simdFor(key, iv, aad, ciphertextAndTag, tagLength)
    if (simd) return simd.open(key, iv, aad, ciphertextAndTag, tagLength)
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

  aesKeyWrap(kek, key) {
    const cipher = createCipheriv(wrapCipher(kek), keyObject(kek), wrapVector)
    return joined(cipher.update(key), cipher.final())
  },

  aesKeyUnwrap(kek, wrapped) {
    const decipher = createDecipheriv(wrapCipher(kek), keyObject(kek), wrapVector)
    // Two blocks of 8 octets and the check value at least (RFC 3394 2.2.2).
    if (wrapped.length < 24 || wrapped.length % 8 !== 0) return null
    try {
      return joined(decipher.update(wrapped), decipher.final())
    } catch {
      return null
    }
  },

  digest: (name, bytes) => new Uint8Array(createHash(name).update(bytes).digest()),

  ecdsaSign(curve, privateKey, message) {
    const key = privateObject(curve, privateKey)
    return new Uint8Array(sign(hashes[curve], message, { key, dsaEncoding: 'ieee-p1363' }))
  },

  ecdsaVerify(curve, publicKey, message, signature) {
    const key = publicObject(curve, publicKey)
    if (!key || signature.length !== 2 * coordinateLength[curve]) return false
    return verify(hashes[curve], message, { key, dsaEncoding: 'ieee-p1363' }, signature)
  },

  ecdh(curve, privateKey, publicKey) {
    const own = privateObject(curve, privateKey)
    const peer = publicObject(curve, publicKey)
    return peer ? new Uint8Array(diffieHellman({ privateKey: own, publicKey: peer })) : null
  },

  ecKeyPair(curve) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: namedCurves[curve] })
    const { x, y, d } = rawKeys(privateKey)
    return { privateKey: new Uint8Array(d), publicKey: joined(x, y) }
  },

  ecPublicKey(curve, privateKey) {
    const { x, y } = rawKeys(createPublicKey(privateObject(curve, privateKey)))
    return joined(x, y)
  },
}

/**
 * A plain Uint8Array: Buffer would leak its own methods to callers. What OpenSSL gave alone in a buffer
 * of its own is handed on as it is: a copy costs as much as deciphering an APDU.
 */
function joined(first: Uint8Array, ...others: readonly Uint8Array[]): Uint8Array {
  if (first.byteLength === first.buffer.byteLength && others.every((part) => part.length === 0)) {
    return new Uint8Array(first.buffer, 0, first.length)
  }
  const parts = [first, ...others]
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
