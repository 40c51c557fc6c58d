// general-signing (Green Book 9.2.7.2.5, figure 85): ECDSA over every field before the signature, lengths included.

import { concat, Writer } from '../bytes.ts'
import { type CryptoProvider, needCrypto } from '../crypto.ts'
import { DlmsError } from '../parse.ts'
import { type SecuritySuite, suiteCurves } from './suites.ts'

/** Fields that general-ciphering and general-signing begin with; an absent one is empty. */
export type GeneralHeader = {
  readonly transactionId: Uint8Array
  /** Who protected the message, 8 bytes. */
  readonly originatorSystemTitle: Uint8Array
  /** Who is to check and remove the protection, 8 bytes. */
  readonly recipientSystemTitle: Uint8Array
  /** 12 bytes, or empty. */
  readonly dateTime: Uint8Array
  readonly otherInformation: Uint8Array
}

/** The fields as on the wire, each behind its length: what authentication and signature cover. */
export function generalHeaderBytes(header: GeneralHeader): Uint8Array {
  return new Writer(64)
    .prefixed(header.transactionId)
    .prefixed(header.originatorSystemTitle)
    .prefixed(header.recipientSystemTitle)
    .prefixed(header.dateTime)
    .prefixed(header.otherInformation)
    .finish()
}

export type SigningOptions = { readonly suite: SecuritySuite; readonly crypto: CryptoProvider }

/** Signature r ‖ s of a general-signing APDU; 64 bytes in suite 1, 96 in suite 2. Throws 'unsupported' in suite 0. */
export function signGeneral(
  header: GeneralHeader,
  content: Uint8Array,
  privateKey: Uint8Array,
  options: SigningOptions,
): Uint8Array {
  return needCrypto(options.crypto, 'ecdsaSign')(curveOf(options), privateKey, signedBytes(header, content))
}

/** Whether the originator's public key made the signature. */
export function verifyGeneral(
  header: GeneralHeader,
  content: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
  options: SigningOptions,
): boolean {
  const verify = needCrypto(options.crypto, 'ecdsaVerify')
  return verify(curveOf(options), publicKey, signedBytes(header, content), signature)
}

function signedBytes(header: GeneralHeader, content: Uint8Array): Uint8Array {
  return concat(generalHeaderBytes(header), new Writer(content.length + 5).prefixed(content).finish())
}

function curveOf({ suite }: SigningOptions) {
  const found = suiteCurves[suite]
  if (!found) throw new DlmsError('unsupported', 'security suite 0 has no digital signatures')
  return found.curve
}
