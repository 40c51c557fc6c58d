// AES-128-GCM of the runtime, injected into the sans-I/O library.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { CryptoProvider } from '@contor/dlms'

export const nodeCrypto: CryptoProvider = {
  aesGcmSeal(key, iv, aad, plaintext, tagLength) {
    const cipher = createCipheriv('aes-128-gcm', key, iv, { authTagLength: tagLength || 16 })
    cipher.setAAD(aad)
    const sealed = cipher.update(plaintext)
    cipher.final()
    return new Uint8Array(Buffer.concat([sealed, cipher.getAuthTag().subarray(0, tagLength)]))
  },
  aesGcmOpen(key, iv, aad, bytes, tagLength) {
    const end = bytes.length - tagLength
    if (end < 0) return null
    const decipher = createDecipheriv('aes-128-gcm', key, iv, { authTagLength: tagLength || 16 })
    decipher.setAAD(aad)
    const plain = decipher.update(bytes.subarray(0, end))
    // Encryption without authentication carries no tag: there is nothing that final() could check.
    if (tagLength === 0) return new Uint8Array(plain)
    decipher.setAuthTag(bytes.subarray(end))
    try {
      decipher.final()
      return new Uint8Array(plain)
    } catch {
      return null
    }
  },
  randomBytes: (length) => new Uint8Array(randomBytes(length)),
}
