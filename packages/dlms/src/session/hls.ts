// The proofs of high level security as a session makes and checks them: which secret, which titles, which
// challenges (Green Book 9.2.7.4). One object for each association that is being made.

import { concat } from '../bytes.ts'
import type { CryptoProvider } from '../crypto.ts'
import { DlmsError } from '../parse.ts'
import {
  type HlsExchange,
  type HlsMechanism,
  hlsDigest,
  hlsGmac,
  hlsMechanisms,
  hlsSha256,
  hlsSign,
  leastChallenge,
  mostChallenge,
  sameSecret,
  verifyHlsGmac,
  verifyHlsSign,
} from '../security/index.ts'
import type { Protection } from './protection.ts'

/** f of mechanism 2, which is the manufacturer's: proof of a challenge with a secret that both hold. */
export type HlsTransform = (challenge: Uint8Array, exchange: HlsExchange) => Uint8Array

export type HlsCredentials = {
  readonly mechanism: HlsMechanism
  /** Of mechanisms 3, 4 and 6. */
  readonly secret?: string | Uint8Array
  /** Of mechanism 2. */
  readonly transform?: HlsTransform
}

/** Own title for mechanisms that need no keys; those with keys have it from the protection. */
export type HlsParty = {
  readonly credentials: HlsCredentials
  readonly protection: Protection
  readonly crypto: CryptoProvider
  readonly title: Uint8Array | undefined
}

/** The challenges that crossed in AARQ and AARE, as one side sees them. */
export type Challenges = { readonly sent: Uint8Array; readonly received: Uint8Array }

export function isHls(mechanism: string): mechanism is HlsMechanism {
  return Object.hasOwn(hlsMechanisms, mechanism)
}

/** True when a challenge of the peer's may be answered. */
export function fitsChallenge(challenge: Uint8Array | undefined, mechanism: HlsMechanism): boolean {
  // Real meters send 8 to 64 bytes whatever the mechanism; fewer would make guessing worth while.
  const length = challenge?.length ?? 0
  return length >= Math.min(8, leastChallenge(mechanism)) && length <= mostChallenge
}

/** Draws a challenge; throws 'usage' when `length` is out of bounds. */
export function drawChallenge(crypto: CryptoProvider, mechanism: HlsMechanism, length?: number): Uint8Array {
  const least = leastChallenge(mechanism)
  const wanted = length ?? Math.max(16, least)
  if (wanted < least || wanted > mostChallenge) {
    throw new DlmsError('usage', `an HLS challenge has ${least} to ${mostChallenge} bytes`)
  }
  return crypto.randomBytes(wanted)
}

/** Throws 'usage' when the credentials cannot work: a secret, function or key is missing. */
export function assertCredentials({ credentials, protection, title }: HlsParty): void {
  const { mechanism, secret, transform } = credentials
  const lacks = (what: string): never => {
    throw new DlmsError('usage', `HLS '${mechanism}' needs ${what}`)
  }
  if ((mechanism === 'md5' || mechanism === 'sha1' || mechanism === 'sha256') && secret === undefined)
    lacks('a secret')
  if (mechanism === 'high' && !transform) lacks('the function of its manufacturer')
  if (mechanism === 'gmac' && !protection.hasKeys) lacks('`security`')
  if ((mechanism === 'sha256' || mechanism === 'ecdsa') && title?.length !== 8) lacks('a system title')
  if (mechanism !== 'ecdsa') return
  if (protection.suite === 0) lacks('security suite 1 or 2')
  if (protection.signingKey.length === 0) lacks('a signing key')
}

/** Our f(challenge): the answer to the challenge that we got. */
export function prove(party: HlsParty, challenges: Challenges): Uint8Array {
  const { credentials, protection, crypto } = party
  if (credentials.mechanism === 'gmac') return hlsGmac(challenges.received, protection.gmacProof())
  const exchange = exchangeOf(party.title, protection.peerTitle, challenges.received, challenges.sent)
  if (credentials.mechanism === 'ecdsa')
    return hlsSign(protection.suite, protection.signingKey, exchange, crypto)
  return shared(credentials, exchange, crypto)
}

/** Whether `proof` is the peer's f(challenge). False, never an exception, on anything else. */
export function verifyProof(party: HlsParty, proof: Uint8Array, challenges: Challenges): boolean {
  const { credentials, protection, crypto } = party
  if (credentials.mechanism === 'gmac') {
    const check = protection.gmacCheck()
    return check !== undefined && verifyHlsGmac(proof, challenges.sent, check).kind === 'ok'
  }
  const exchange = exchangeOf(protection.peerTitle, party.title, challenges.sent, challenges.received)
  if (credentials.mechanism === 'ecdsa') {
    const key = protection.peerSigningKey
    return key !== undefined && verifyHlsSign(protection.suite, key, proof, exchange, crypto)
  }
  return sameSecret(shared(credentials, exchange, crypto), proof)
}

function exchangeOf(
  prover: Uint8Array | undefined,
  verifier: Uint8Array | undefined,
  challenge: Uint8Array,
  counterChallenge: Uint8Array,
): HlsExchange {
  const none = new Uint8Array(0)
  return { proverTitle: prover ?? none, verifierTitle: verifier ?? none, challenge, counterChallenge }
}

function shared(credentials: HlsCredentials, exchange: HlsExchange, crypto: CryptoProvider): Uint8Array {
  const { mechanism, transform } = credentials
  const secret = secretBytes(credentials.secret)
  if (mechanism === 'md5' || mechanism === 'sha1')
    return hlsDigest(mechanism, secret, exchange.challenge, crypto)
  if (mechanism === 'sha256') return hlsSha256(secret, exchange, crypto)
  if (!transform) throw new DlmsError('usage', "HLS 'high' needs the function of its manufacturer")
  return transform(exchange.challenge, exchange)
}

function secretBytes(secret: string | Uint8Array | undefined): Uint8Array {
  if (secret === undefined) return new Uint8Array(0)
  return typeof secret === 'string' ? new TextEncoder().encode(secret) : concat(secret)
}
