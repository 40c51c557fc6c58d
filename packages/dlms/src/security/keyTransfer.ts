// Keys that are replaced through the security setup (class 64): wrapped with the master key (method 2,
// key_transfer) or agreed with ephemeral keys (method 3, key_agreement). Blue Book 4.4.7, Green Book 9.2.5.

import { type Data, data } from '../axdr/data.ts'
import { concat } from '../bytes.ts'
import { type CryptoProvider, type EcKeyPair, needCrypto } from '../crypto.ts'
import { DlmsError } from '../parse.ts'
import { agreeKey } from './keyAgreement.ts'
import { type SecuritySuite, suiteCurves, suiteKeyLength } from './suites.ts'

/** key_id of the methods. */
export const setupKeyIds = {
  globalUnicastEncryptionKey: 0,
  globalBroadcastEncryptionKey: 1,
  authenticationKey: 2,
  masterKey: 3,
} as const
export type SetupKey = keyof typeof setupKeyIds
export type SetupKeys = Readonly<Partial<Record<SetupKey, Uint8Array>>>

const namesById = new Map<number, SetupKey>(
  Object.entries(setupKeyIds).map(([name, id]) => [id, name as SetupKey]),
)

type Using = { readonly suite: SecuritySuite; readonly crypto: CryptoProvider }

/**
 * A transfer on its way: `data` is the parameter of key_transfer. The server acts by the old keys until it
 * has confirmed: only then does `confirmed` give the new ones, in every other case the old ones stay.
 */
export type KeyRotation = {
  readonly data: Data
  confirmed(result: string): SetupKeys
}

/** Builds key_transfer. Throws 'usage' on keys of a wrong length. Wrapping with a new master key starts with the next transfer. */
export function rotateKeys(
  current: SetupKeys & { readonly masterKey: Uint8Array },
  next: SetupKeys,
  using: Using,
): KeyRotation {
  const wrap = needCrypto(using.crypto, 'aesKeyWrap')
  const entries = Object.entries(next) as [SetupKey, Uint8Array][]
  const items = entries.map(([name, key]) => {
    if (key.length !== suiteKeyLength(using.suite)) {
      throw new DlmsError('usage', `the ${name} has ${suiteKeyLength(using.suite)} bytes`)
    }
    return data.structure(data.enum(setupKeyIds[name]), data.octets(wrap(current.masterKey, key)))
  })
  return {
    data: data.array(...items),
    confirmed: (result) => (result === 'success' ? { ...current, ...next } : current),
  }
}

/**
 * Opens key_transfer (server). All or nothing: @returns undefined when the data is of another shape, names a
 * key that is none, or a wrapping does not hold.
 */
export function openKeyTransfer(parameter: Data, masterKey: Uint8Array, using: Using): SetupKeys | undefined {
  const entries = entriesOf(parameter)
  if (!entries) return undefined
  const unwrap = needCrypto(using.crypto, 'aesKeyUnwrap')
  const keys: { [K in SetupKey]?: Uint8Array } = {}
  for (const { name, octets } of entries) {
    const key = unwrap(masterKey, octets)
    if (key?.length !== suiteKeyLength(using.suite)) return undefined
    keys[name] = key
  }
  return keys
}

export type AgreementParties = Using & {
  readonly clientTitle: Uint8Array
  readonly serverTitle: Uint8Array
}

/** A key agreement of the client on its way: `data` is the parameter of key_agreement. */
export type KeyAgreementOffer = {
  readonly data: Data
  /** The new keys, from what the server returned; undefined when an answer is missing or its signature is wrong. */
  finish(returned: Data, serverSigningKey: Uint8Array): SetupKeys | undefined
}

/** Client of the Ephemeral Unified Model C(2e,0s): one ephemeral key pair and signature for each key. */
export function offerKeyAgreement(
  names: readonly SetupKey[],
  signingKey: Uint8Array,
  parties: AgreementParties,
  drawPair: (name: SetupKey) => EcKeyPair = () =>
    needCrypto(parties.crypto, 'ecKeyPair')(curveOf(parties).curve),
): KeyAgreementOffer {
  const pairs = new Map(names.map((name) => [name, drawPair(name)]))
  const items = [...pairs].map(([name, pair]) => signedKey(name, pair, signingKey, parties))
  return {
    data: data.array(...items),
    finish(returned, serverSigningKey) {
      const entries = entriesOf(returned)
      if (entries?.length !== pairs.size) return undefined
      const keys: { [K in SetupKey]?: Uint8Array } = {}
      for (const { name, octets } of entries) {
        const publicKey = verifiedKey(name, octets, serverSigningKey, parties)
        const pair = pairs.get(name)
        const key = publicKey && pair && agreed(name, pair, publicKey, parties)
        if (!key) return undefined
        keys[name] = key
      }
      return Object.keys(keys).length === pairs.size ? keys : undefined
    },
  }
}

/** Server side of `offerKeyAgreement`. @returns the keys and the return parameters, or undefined when the offer does not hold. */
export function answerKeyAgreement(
  parameter: Data,
  signingKey: Uint8Array,
  clientSigningKey: Uint8Array,
  parties: AgreementParties,
  drawPair: (name: SetupKey) => EcKeyPair = () =>
    needCrypto(parties.crypto, 'ecKeyPair')(curveOf(parties).curve),
): { readonly keys: SetupKeys; readonly data: Data } | undefined {
  const entries = entriesOf(parameter)
  if (!entries) return undefined
  const keys: { [K in SetupKey]?: Uint8Array } = {}
  const items: Data[] = []
  for (const { name, octets } of entries) {
    const publicKey = verifiedKey(name, octets, clientSigningKey, parties)
    if (!publicKey) return undefined
    const pair = drawPair(name)
    const key = agreed(name, pair, publicKey, parties)
    if (!key) return undefined
    keys[name] = key
    items.push(signedKey(name, pair, signingKey, parties))
  }
  return { keys, data: data.array(...items) }
}

/** Array of { key_id, octets }, each key once. */
function entriesOf(parameter: Data): { readonly name: SetupKey; readonly octets: Uint8Array }[] | undefined {
  if (parameter.type !== 'array' || parameter.value.length === 0) return undefined
  const entries: { name: SetupKey; octets: Uint8Array }[] = []
  for (const item of parameter.value) {
    const [id, octets] = item.type === 'structure' && item.value.length === 2 ? item.value : []
    const name = id?.type === 'enum' ? namesById.get(id.value) : undefined
    if (!name || octets?.type !== 'octet-string') return undefined
    if (entries.some((entry) => entry.name === name)) return undefined
    entries.push({ name, octets: octets.value })
  }
  return entries
}

function signedKey(name: SetupKey, pair: EcKeyPair, signingKey: Uint8Array, parties: AgreementParties): Data {
  const sign = needCrypto(parties.crypto, 'ecdsaSign')
  const id = setupKeyIds[name]
  const signature = sign(curveOf(parties).curve, signingKey, concat(Uint8Array.of(id), pair.publicKey))
  return data.structure(data.enum(id), data.octets(concat(pair.publicKey, signature)))
}

/** The ephemeral public key, once the signature over key_id ‖ key holds. */
function verifiedKey(
  name: SetupKey,
  octets: Uint8Array,
  publicKey: Uint8Array,
  parties: AgreementParties,
): Uint8Array | undefined {
  const { curve, coordinate } = curveOf(parties)
  if (octets.length !== 4 * coordinate) return undefined
  const ephemeral = octets.slice(0, 2 * coordinate)
  const signed = concat(Uint8Array.of(setupKeyIds[name]), ephemeral)
  const verify = needCrypto(parties.crypto, 'ecdsaVerify')
  return verify(curve, publicKey, signed, octets.subarray(2 * coordinate)) ? ephemeral : undefined
}

/** The client is party U whoever computes. A master key is for wrapping, the others for AES-GCM. */
function agreed(
  name: SetupKey,
  pair: EcKeyPair,
  publicKey: Uint8Array,
  parties: AgreementParties,
): Uint8Array | undefined {
  const { suite, crypto, clientTitle: originatorTitle, serverTitle: recipientTitle } = parties
  const size = suite === 2 ? '256' : '128'
  const algorithm = name === 'masterKey' ? (`aes-wrap-${size}` as const) : (`aes-gcm-${size}` as const)
  return agreeKey(pair.privateKey, publicKey, { suite, crypto, originatorTitle, recipientTitle, algorithm })
}

function curveOf({ suite }: Using) {
  const found = suiteCurves[suite]
  if (!found) throw new DlmsError('unsupported', 'security suite 0 has no key agreement')
  return found
}
