import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { CryptoProvider } from '@contor/dlms'

/** AES-GCM of the meters, on OpenSSL. */
export const meterCrypto: CryptoProvider = {
  aesGcmSeal(key, iv, aad, plaintext, tagLength) {
    const cipher = createCipheriv('aes-128-gcm', key, iv, { authTagLength: tagLength })
    cipher.setAAD(aad)
    return Uint8Array.from(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]))
  },
  aesGcmOpen(key, iv, aad, ciphertextAndTag, tagLength) {
    if (ciphertextAndTag.length < tagLength) return null
    const split = ciphertextAndTag.length - tagLength
    const decipher = createDecipheriv('aes-128-gcm', key, iv, { authTagLength: tagLength })
    decipher.setAAD(aad)
    decipher.setAuthTag(ciphertextAndTag.subarray(split))
    try {
      return Uint8Array.from(
        Buffer.concat([decipher.update(ciphertextAndTag.subarray(0, split)), decipher.final()]),
      )
    } catch {
      return null
    }
  },
  randomBytes: (length) => Uint8Array.from(randomBytes(length)),
}
