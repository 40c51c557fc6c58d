// Node's cryptography behind the injected interface, for the tests of this folder.

import assert from 'node:assert/strict'
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { CryptoProvider } from '../crypto.ts'

export const nodeCrypto: CryptoProvider = {
  aesGcmSeal(key, iv, aad, plaintext, tagLength) {
    const cipher = createCipheriv('aes-128-gcm', key, iv, { authTagLength: 16 })
    cipher.setAAD(aad)
    const text = Buffer.concat([cipher.update(plaintext), cipher.final()])
    return new Uint8Array(Buffer.concat([text, cipher.getAuthTag().subarray(0, tagLength)]))
  },
  aesGcmOpen(key, iv, aad, sealed, tagLength) {
    const decipher = createDecipheriv('aes-128-gcm', key, iv, { authTagLength: tagLength || 16 })
    decipher.setAAD(aad)
    const text = decipher.update(sealed.subarray(0, sealed.length - tagLength))
    if (tagLength === 0) return new Uint8Array(text)
    decipher.setAuthTag(sealed.subarray(sealed.length - tagLength))
    try {
      decipher.final()
    } catch {
      return null
    }
    return new Uint8Array(text)
  },
  randomBytes: (length) => new Uint8Array(randomBytes(length)),
}

test('the provider opens what it sealed and refuses an altered tag', () => {
  const key = new Uint8Array(16).fill(7)
  const iv = new Uint8Array(12)
  const aad = Uint8Array.of(1)
  const sealed = nodeCrypto.aesGcmSeal(key, iv, aad, Uint8Array.of(1, 2, 3), 12)
  assert.deepEqual(nodeCrypto.aesGcmOpen(key, iv, aad, sealed, 12), Uint8Array.of(1, 2, 3))
  sealed[sealed.length - 1] ^= 1
  assert.equal(nodeCrypto.aesGcmOpen(key, iv, aad, sealed, 12), null)
})
