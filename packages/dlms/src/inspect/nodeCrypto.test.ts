// AES-GCM of `node:crypto` behind the injected interface, for the tests of the inspector.

import assert from 'node:assert/strict'
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { CryptoProvider } from '../crypto.ts'

/** Counter mode of GCM with a 12 octet vector: the text begins with counter 2. */
function counterMode(key: Uint8Array, iv: Uint8Array, text: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.from([...iv, 0, 0, 0, 2]))
  return new Uint8Array(Buffer.concat([cipher.update(text), cipher.final()]))
}

export const nodeCrypto: CryptoProvider = {
  aesGcmSeal(key, iv, aad, plaintext, tagLength) {
    if (tagLength === 0) return counterMode(key, iv, plaintext)
    const cipher = createCipheriv('aes-128-gcm', key, iv, { authTagLength: tagLength })
    cipher.setAAD(aad)
    return new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]))
  },
  aesGcmOpen(key, iv, aad, sealed, tagLength) {
    if (tagLength === 0) return counterMode(key, iv, sealed)
    const end = sealed.length - tagLength
    const decipher = createDecipheriv('aes-128-gcm', key, iv, { authTagLength: tagLength })
    decipher.setAAD(aad)
    decipher.setAuthTag(sealed.subarray(end))
    const text = decipher.update(sealed.subarray(0, end))
    try {
      return new Uint8Array(Buffer.concat([text, decipher.final()]))
    } catch {
      return null
    }
  },
  randomBytes: (length) => new Uint8Array(randomBytes(length)),
}

test('the provider opens what it sealed, with and without a tag', () => {
  const key = new Uint8Array(16).fill(7)
  const iv = new Uint8Array(12)
  const plain = Uint8Array.of(1, 2, 3)
  for (const tagLength of [0, 12]) {
    const sealed = nodeCrypto.aesGcmSeal(key, iv, Uint8Array.of(1), plain, tagLength)
    assert.equal(sealed.length, plain.length + tagLength)
    assert.deepEqual(nodeCrypto.aesGcmOpen(key, iv, Uint8Array.of(1), sealed, tagLength), plain)
  }
})
