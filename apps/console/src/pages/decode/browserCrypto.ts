import type { CryptoProvider } from '@contor/dlms'
import { ctr, gcm } from '@noble/ciphers/aes.js'

/** Reading needs AES-GCM only, and it happens in this page: keys are given to no one. */
export const browserCrypto: CryptoProvider = {
  aesGcmSeal: (key, iv, aad, plaintext, tagLength) => {
    const sealed = gcm(key, iv, aad).encrypt(plaintext)
    return sealed.subarray(0, plaintext.length + tagLength)
  },
  aesGcmOpen: (key, iv, aad, ciphertextAndTag, tagLength) => {
    const end = ciphertextAndTag.length - tagLength
    if (end < 0) return null
    // GCM is counter mode from block 2 on (NIST SP 800-38D 7.1); its tag is compared here because
    // DLMS truncates it to twelve octets.
    const counter = new Uint8Array(16)
    counter.set(iv)
    counter[15] = 2
    const plaintext = ctr(key, counter).decrypt(ciphertextAndTag.subarray(0, end))
    if (tagLength === 0) return plaintext
    const tag = gcm(key, iv, aad).encrypt(plaintext).subarray(plaintext.length)
    let differs = 0
    for (let i = 0; i < tagLength; i++) differs |= (tag[i] as number) ^ (ciphertextAndTag[end + i] as number)
    return differs === 0 ? plaintext : null
  },
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
}
