import type { MbusCrypto } from '@contor/inspect'
import { cbc, ecb } from '@noble/ciphers/aes.js'

/** AES-GCM and what the suites need; it happens in this page: keys are given to no one. */
export { webCrypto as browserCrypto } from '@contor/dlms/web'

/** AES-128 for wireless M-Bus. */
export const mbusCrypto: MbusCrypto = {
  aesCbcDecrypt: (key, iv, data) => cbc(key, iv, { disablePadding: true }).decrypt(data),
  aesEcbEncrypt: (key, block) => ecb(key, { disablePadding: true }).encrypt(block),
}
