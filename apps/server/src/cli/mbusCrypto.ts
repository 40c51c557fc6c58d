import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { MbusCrypto } from '@contor/inspect'

/** AES-128 of OpenSSL, for wireless M-Bus. */
export const mbusCrypto: MbusCrypto = {
  aesCbcDecrypt(key, iv, data) {
    const cipher = createDecipheriv('aes-128-cbc', key, iv).setAutoPadding(false)
    return new Uint8Array(Buffer.concat([cipher.update(data), cipher.final()]))
  },
  aesEcbEncrypt(key, block) {
    const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false)
    return new Uint8Array(Buffer.concat([cipher.update(block), cipher.final()]))
  },
}
