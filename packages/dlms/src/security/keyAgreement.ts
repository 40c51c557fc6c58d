// Key agreement of suites 1 and 2 (Green Book 9.2.3.4.6): ECC CDH with the three schemes and the
// concatenation key derivation of NIST SP 800-56A.

import { concat, Writer } from '../bytes.ts'
import { type CryptoProvider, type EcKeyPair, needCrypto } from '../crypto.ts'
import { DlmsError } from '../parse.ts'
import { type SecuritySuite, suiteCurves } from './suites.ts'

/** AlgorithmID: 2.16.756.5.8.3.x without tag and length (Green Book 9.2.3.4.6.5). */
export const algorithmIds = {
  'aes-gcm-128': Uint8Array.of(0x60, 0x85, 0x74, 0x05, 0x08, 0x03, 0x00),
  'aes-gcm-256': Uint8Array.of(0x60, 0x85, 0x74, 0x05, 0x08, 0x03, 0x01),
  'aes-wrap-128': Uint8Array.of(0x60, 0x85, 0x74, 0x05, 0x08, 0x03, 0x02),
  'aes-wrap-256': Uint8Array.of(0x60, 0x85, 0x74, 0x05, 0x08, 0x03, 0x03),
} as const
export type KeyAlgorithm = keyof typeof algorithmIds

/** key-parameters of an agreed key in general-ciphering (Green Book table 21). */
export const agreementSchemes = { onePass: 0x01, staticUnified: 0x02 } as const
export type AgreementScheme = keyof typeof agreementSchemes

export type AgreementOptions = {
  readonly suite: SecuritySuite
  readonly crypto: CryptoProvider
  /** Who sends the message: party U, 8 bytes. */
  readonly originatorTitle: Uint8Array
  /** Party V, 8 bytes. */
  readonly recipientTitle: Uint8Array
  /** What the key is for; default: that of AES-GCM in the suite. */
  readonly algorithm?: KeyAlgorithm
}

/**
 * Concatenation KDF: H(1 ‖ Z ‖ AlgorithmID ‖ PartyUInfo ‖ PartyVInfo), cut to the key's length. One round of
 * the suite's hash is always enough. @returns 16 or 32 bytes.
 */
export function deriveKey(
  sharedSecret: Uint8Array,
  partyU: Uint8Array,
  partyV: Uint8Array,
  options: Pick<AgreementOptions, 'suite' | 'crypto' | 'algorithm'>,
): Uint8Array {
  const { hash } = curveOf(options.suite)
  const algorithm = options.algorithm ?? defaultAlgorithm(options.suite)
  const digest = needCrypto(options.crypto, 'digest')
  const counter = Uint8Array.of(0, 0, 0, 1)
  const derived = digest(hash, concat(counter, sharedSecret, algorithmIds[algorithm], partyU, partyV))
  return derived.slice(0, algorithm.endsWith('256') ? 32 : 16)
}

/**
 * The key both parties get of one's private and the other's public key. Ephemeral Unified Model C(2e,0s) with
 * two ephemeral pairs; One-Pass Diffie-Hellman C(1e,1s) with the originator's ephemeral pair and the
 * recipient's static one; Static Unified Model C(0e,2s) with two static ones and a `nonce` of the originator
 * (the transaction-id), which PartyUInfo carries behind its length.
 * @returns undefined when the public key is no point of the curve.
 */
export function agreeKey(
  privateKey: Uint8Array,
  publicKey: Uint8Array,
  options: AgreementOptions,
  nonce?: Uint8Array,
): Uint8Array | undefined {
  const { curve } = curveOf(options.suite)
  const sharedSecret = needCrypto(options.crypto, 'ecdh')(curve, privateKey, publicKey)
  if (!sharedSecret) return undefined
  const { originatorTitle, recipientTitle } = options
  const partyU = nonce ? concat(originatorTitle, new Writer(16).prefixed(nonce).finish()) : originatorTitle
  return deriveKey(sharedSecret, partyU, recipientTitle, options)
}

/** What the originator of One-Pass Diffie-Hellman sends along: ephemeral public key ‖ its signature. */
export type OnePassOffer = { readonly key: Uint8Array; readonly keyCipheredData: Uint8Array }

/**
 * Originator of C(1e,1s). The ephemeral pair is drawn here unless given (for vectors).
 * Throws 'usage' when the recipient's key is no point of the curve.
 */
export function offerOnePass(
  recipientPublicKey: Uint8Array,
  signingKey: Uint8Array,
  options: AgreementOptions,
  ephemeral: EcKeyPair = needCrypto(options.crypto, 'ecKeyPair')(curveOf(options.suite).curve),
): OnePassOffer {
  const key = agreeKey(ephemeral.privateKey, recipientPublicKey, options)
  if (!key) throw new DlmsError('usage', "the recipient's public key is no point of the curve")
  const sign = needCrypto(options.crypto, 'ecdsaSign')
  const signature = sign(curveOf(options.suite).curve, signingKey, ephemeral.publicKey)
  return { key, keyCipheredData: concat(ephemeral.publicKey, signature) }
}

/**
 * Recipient of C(1e,1s): checks the signature of the ephemeral key first, since anyone could put his own in
 * its place. @returns undefined when the data does not hold.
 */
export function acceptOnePass(
  keyCipheredData: Uint8Array,
  agreementKey: Uint8Array,
  originatorSigningKey: Uint8Array,
  options: AgreementOptions,
): Uint8Array | undefined {
  const { curve, coordinate } = curveOf(options.suite)
  const length = 2 * coordinate
  if (keyCipheredData.length !== 2 * length) return undefined
  const ephemeral = keyCipheredData.subarray(0, length)
  const verify = needCrypto(options.crypto, 'ecdsaVerify')
  if (!verify(curve, originatorSigningKey, ephemeral, keyCipheredData.subarray(length))) return undefined
  return agreeKey(agreementKey, ephemeral, options)
}

function defaultAlgorithm(suite: SecuritySuite): KeyAlgorithm {
  return suite === 2 ? 'aes-gcm-256' : 'aes-gcm-128'
}

function curveOf(suite: SecuritySuite) {
  const found = suiteCurves[suite]
  if (!found) throw new DlmsError('unsupported', 'security suite 0 has no key agreement')
  return found
}
