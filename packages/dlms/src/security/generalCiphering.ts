// general-ciphering (Green Book 9.2.7.2.4.8): the key is named, wrapped or agreed in each message, and the
// header fields count as authenticated data.

import type { CryptoProvider } from '../crypto.ts'
import { needCrypto } from '../crypto.ts'
import { DlmsError } from '../parse.ts'
import type { GeneralCiphering, KeyInfo } from '../xdlms/apdu.ts'
import { acceptOnePass, agreeKey, agreementSchemes, offerOnePass } from './keyAgreement.ts'
import { type GeneralHeader, generalHeaderBytes } from './signature.ts'
import { type SecuritySuite, suiteKeyLength } from './suites.ts'

/** How general-ciphering gets its encryption key. */
export type GeneralKey = 'identified' | 'wrapped' | 'one-pass' | 'static-unified'

/**
 * Whether the header of general-ciphering counts as authenticated data behind SC ‖ AK, as the book has it (Figure 84).
 * There are devices that leave it out. Then nobody has vouched for transaction id, recipient, date-time and other
 * information; the originator's title is in the vector all the same.
 */
export type HeaderAuthentication = 'authenticated' | 'not-authenticated'

/** What `protect` and `unprotect` take as the header of a general-ciphering message. */
export function authenticatedHeader(
  header: GeneralHeader,
  how: HeaderAuthentication = 'authenticated',
): Uint8Array | undefined {
  return how === 'authenticated' ? generalHeaderBytes(header) : undefined
}

/** key-id of an identified key, and kek-id of a wrapped one (Green Book table 21). */
export const keyIds = { globalUnicast: 0, globalBroadcast: 1, masterKey: 0 } as const

/** One party's asymmetric keys for one purpose, with the peer's public key. */
export type AsymmetricKeys = {
  /** Own private key: 32 bytes in suite 1, 48 in suite 2. */
  readonly privateKey: Uint8Array
  /** The peer's public key x ‖ y, or what finds it by the peer's system title (and certificate, when it sent one). */
  readonly peerPublicKey:
    | Uint8Array
    | ((systemTitle: Uint8Array, certificate: Uint8Array | undefined) => Uint8Array | undefined)
}

/** Keys that a general-ciphering message may draw on. */
export type GeneralKeys = {
  readonly suite: SecuritySuite
  readonly crypto: CryptoProvider
  readonly globalKey: Uint8Array
  readonly broadcastKey?: Uint8Array
  readonly masterKey?: Uint8Array
  /** Own private key of key agreement. */
  readonly agreementKey?: Uint8Array
  readonly peerAgreementKey?: Uint8Array
  readonly signingKey?: Uint8Array
  readonly peerSigningKey?: Uint8Array
}

type Header = Pick<GeneralCiphering, 'transactionId' | 'originatorSystemTitle' | 'recipientSystemTitle'>

/** Key of a message that we send, and how the peer learns it. Throws 'usage' when a key is missing. */
export function makeGeneralKey(
  how: GeneralKey,
  header: Header,
  keys: GeneralKeys,
): { readonly key: Uint8Array; readonly keyInfo: KeyInfo } {
  const { suite, crypto } = keys
  const titles = {
    originatorTitle: header.originatorSystemTitle,
    recipientTitle: header.recipientSystemTitle,
  }
  if (how === 'identified') {
    return { key: keys.globalKey, keyInfo: { kind: 'identified-key', keyId: keyIds.globalUnicast } }
  }
  if (how === 'wrapped') {
    const key = crypto.randomBytes(suiteKeyLength(suite))
    const keyCipheredData = needCrypto(crypto, 'aesKeyWrap')(need(keys.masterKey, 'master key'), key)
    return { key, keyInfo: { kind: 'wrapped-key', kekId: keyIds.masterKey, keyCipheredData } }
  }
  const peer = need(keys.peerAgreementKey, "peer's key agreement key")
  if (how === 'one-pass') {
    const signingKey = need(keys.signingKey, 'signing key')
    const { key, keyCipheredData } = offerOnePass(peer, signingKey, { suite, crypto, ...titles })
    const keyParameters = Uint8Array.of(agreementSchemes.onePass)
    return { key, keyInfo: { kind: 'agreed-key', keyParameters, keyCipheredData } }
  }
  const own = need(keys.agreementKey, 'key agreement key')
  const key = agreeKey(own, peer, { suite, crypto, ...titles }, header.transactionId)
  if (!key) throw new DlmsError('usage', "the peer's public key is no point of the curve")
  const keyParameters = Uint8Array.of(agreementSchemes.staticUnified)
  return { key, keyInfo: { kind: 'agreed-key', keyParameters, keyCipheredData: new Uint8Array(0) } }
}

/**
 * Key of a message that came. Undefined when it cannot be had: a key that we do not hold, a signature or a
 * wrapping that does not hold, a scheme that is not defined. Absent key-info stands for the global unicast key.
 */
export function findGeneralKey(
  keyInfo: KeyInfo | undefined,
  header: Header,
  keys: GeneralKeys,
): Uint8Array | undefined {
  const { suite, crypto } = keys
  if (!keyInfo) return keys.globalKey
  if (keyInfo.kind === 'identified-key') {
    if (keyInfo.keyId === keyIds.globalUnicast) return keys.globalKey
    return keyInfo.keyId === keyIds.globalBroadcast ? keys.broadcastKey : undefined
  }
  if (keyInfo.kind === 'wrapped-key') {
    if (keyInfo.kekId !== keyIds.masterKey || !keys.masterKey) return undefined
    const key = needCrypto(crypto, 'aesKeyUnwrap')(keys.masterKey, keyInfo.keyCipheredData)
    return key?.length === suiteKeyLength(suite) ? key : undefined
  }
  if (suite === 0 || !keys.agreementKey) return undefined
  const titles = {
    originatorTitle: header.originatorSystemTitle,
    recipientTitle: header.recipientSystemTitle,
  }
  const scheme = keyInfo.keyParameters.length === 1 ? keyInfo.keyParameters[0] : undefined
  if (scheme === agreementSchemes.onePass) {
    if (!keys.peerSigningKey) return undefined
    const options = { suite, crypto, ...titles }
    return acceptOnePass(keyInfo.keyCipheredData, keys.agreementKey, keys.peerSigningKey, options)
  }
  if (scheme !== agreementSchemes.staticUnified || !keys.peerAgreementKey) return undefined
  return agreeKey(
    keys.agreementKey,
    keys.peerAgreementKey,
    { suite, crypto, ...titles },
    header.transactionId,
  )
}

/** The way of keying in which a message that came so is answered; 'identified' where keys for more are missing. */
export function answeringKey(keyInfo: KeyInfo | undefined, keys: GeneralKeys): GeneralKey {
  if (keyInfo?.kind === 'wrapped-key') return keys.masterKey ? 'wrapped' : 'identified'
  if (keyInfo?.kind !== 'agreed-key' || !keys.peerAgreementKey || !keys.agreementKey) return 'identified'
  if (keyInfo.keyParameters[0] === agreementSchemes.staticUnified) return 'static-unified'
  return keys.signingKey ? 'one-pass' : 'identified'
}

function need(key: Uint8Array | undefined, name: string): Uint8Array {
  if (!key) throw new DlmsError('usage', `general-ciphering needs the ${name}`)
  return key
}
