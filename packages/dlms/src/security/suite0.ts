// Security suite 0 (Green Book 9.2.7): AES-GCM-128 with a 12-byte tag; IV = system title ‖ invocation counter.

import { concat } from '../bytes.ts'
import type { CryptoProvider } from '../crypto.ts'
import { DlmsError, malformed, more, type Parse } from '../parse.ts'

/** Bits of the security control byte (Green Book 9.2.7.2.4.1). */
export const securityControl = {
  suiteMask: 0x0f,
  authenticated: 0x10,
  encrypted: 0x20,
  /** The broadcast key instead of the unicast one. */
  broadcast: 0x40,
  compressed: 0x80,
} as const

const tagLength = 12
const headerLength = 5
const systemTitleLength = 8
const suiteKeyLength = 16
const noBytes = new Uint8Array(0)

/** Keys of one direction; a dedicated key takes the place of `encryptionKey`. */
export interface SecurityKeys {
  /** Block cipher key, 16 bytes: global unicast, broadcast or dedicated. */
  readonly encryptionKey: Uint8Array
  /** 16 bytes. Without it only encryption-only APDUs open; the tag of others is then not verifiable. */
  readonly authenticationKey?: Uint8Array
}

export interface ProtectOptions {
  readonly keys: SecurityKeys
  /** The sender's, 8 bytes. */
  readonly systemTitle: Uint8Array
  /** 0…0xFFFFFFFF, never used twice with one encryption key. */
  readonly invocationCounter: number
  /** 0x10 authentication, 0x20 encryption, 0x30 both; 0x40 may be added for the broadcast key. */
  readonly control: number
  readonly crypto: CryptoProvider
}

export interface SecurityHeader {
  readonly control: number
  readonly suite: number
  readonly authenticated: boolean
  readonly encrypted: boolean
  readonly broadcast: boolean
  readonly compressed: boolean
  /** 0…0xFFFFFFFF */
  readonly invocationCounter: number
}

export interface Unprotected {
  readonly plain: Uint8Array
  readonly header: SecurityHeader
}

/**
 * Protects an APDU.
 * @returns security header (control, counter) ‖ ciphertext (or plaintext) ‖ tag; what follows the length of
 *   a glo-/ded- APDU or of the ciphered-service field. Throws 'usage' on keys or titles of a wrong length
 *   and 'out-of-range' on the counter; never names key bytes.
 */
export function protect(plain: Uint8Array, options: ProtectOptions): Uint8Array {
  const { keys, systemTitle, invocationCounter, control, crypto } = options
  checkSuite(control)
  const header = headerBytes(control, invocationCounter)
  const iv = initializationVector(systemTitle, invocationCounter)
  const key = checkKey('encryption key', keys.encryptionKey)
  if ((control & securityControl.authenticated) === 0) {
    if ((control & securityControl.encrypted) === 0) return concat(header, plain)
    const sealed = crypto.aesGcmSeal(key, iv, noBytes, plain, tagLength)
    return concat(header, sealed.subarray(0, plain.length))
  }
  const prefix = concat(header.subarray(0, 1), checkKey('authentication key', keys.authenticationKey))
  if ((control & securityControl.encrypted) === 0) {
    // Authentication only: the plaintext is additional data and travels in clear (Green Book table 38).
    const tag = crypto.aesGcmSeal(key, iv, concat(prefix, plain), noBytes, tagLength)
    return concat(header, plain, tag)
  }
  return concat(header, crypto.aesGcmSeal(key, iv, prefix, plain, tagLength))
}

/**
 * Opens what `protect` made. @returns 'malformed' with code 'decryption-failed' when the tag is wrong (key,
 * title or bytes), 'unsupported' on other suites or compression. The caller checks the counter for replay
 * and whether the protection suffices.
 */
export function unprotect(
  content: Uint8Array,
  options: Omit<ProtectOptions, 'invocationCounter' | 'control'>,
): Parse<Unprotected> {
  const parsedHeader = parseSecurityHeader(content)
  if (parsedHeader.kind !== 'ok') return parsedHeader
  const header = parsedHeader.value
  if (header.suite !== 0) return malformed('unsupported', `security suite ${header.suite}`, 0)
  if (header.compressed) return malformed('unsupported', 'compressed APDU', 0)
  const { keys, systemTitle, crypto } = options
  // The title may come from the wire, so its length is the peer's fault, not the caller's.
  if (systemTitle.length !== systemTitleLength) {
    return malformed('length', `a system title has ${systemTitleLength} bytes`, 0)
  }
  const body = content.subarray(headerLength)
  const done = (plain: Uint8Array): Parse<Unprotected> => ({
    kind: 'ok',
    value: { plain, header },
    next: content.length,
  })
  if (!header.authenticated && !header.encrypted) return done(body.slice())
  const iv = initializationVector(systemTitle, header.invocationCounter)
  const key = checkKey('encryption key', keys.encryptionKey)
  if (!header.authenticated) {
    const plain = crypto.aesGcmOpen(key, iv, noBytes, body, 0)
    return plain ? done(plain) : wrongTag()
  }
  if (body.length < tagLength)
    return malformed('length', 'too short for an authentication tag', content.length)
  const prefix = concat(content.subarray(0, 1), checkKey('authentication key', keys.authenticationKey))
  if (!header.encrypted) {
    const plain = body.slice(0, body.length - tagLength)
    const tag = body.subarray(body.length - tagLength)
    return crypto.aesGcmOpen(key, iv, concat(prefix, plain), tag, tagLength) ? done(plain) : wrongTag()
  }
  const plain = crypto.aesGcmOpen(key, iv, prefix, body, tagLength)
  return plain ? done(plain) : wrongTag()
}

function wrongTag(): Parse<Unprotected> {
  return malformed(
    'decryption-failed',
    'the authentication tag is wrong: key, system title or bytes differ',
    headerLength,
  )
}

/** Control byte and counter at the start of protected content. */
export function parseSecurityHeader(content: Uint8Array): Parse<SecurityHeader> {
  if (content.length < headerLength) return more(headerLength - content.length)
  const control = content[0]
  const view = new DataView(content.buffer, content.byteOffset, content.length)
  return {
    kind: 'ok',
    value: {
      control,
      suite: control & securityControl.suiteMask,
      authenticated: (control & securityControl.authenticated) !== 0,
      encrypted: (control & securityControl.encrypted) !== 0,
      broadcast: (control & securityControl.broadcast) !== 0,
      compressed: (control & securityControl.compressed) !== 0,
      invocationCounter: view.getUint32(1),
    },
    next: headerLength,
  }
}

/**
 * f(StoC) and f(CtoS) of HLS mechanism 5 (Green Book 9.2.7.4): SC ‖ IC ‖ GMAC(SC ‖ AK ‖ challenge), 17 bytes.
 * The sender's own title and counter go in; the challenge is the one it received.
 */
export function hlsGmac(
  challenge: Uint8Array,
  options: Omit<ProtectOptions, 'control'> & { readonly control?: number },
): Uint8Array {
  const control = options.control ?? securityControl.authenticated
  const sealed = protect(challenge, { ...options, control: control & ~securityControl.encrypted })
  // authentication only keeps the challenge in clear between header and tag: drop it.
  return concat(sealed.subarray(0, headerLength), sealed.subarray(headerLength + challenge.length))
}

/**
 * Checks the peer's f(challenge). @returns its counter, or 'malformed' with 'decryption-failed'.
 * `systemTitle` is the peer's; `challenge` the one sent to it.
 */
export function verifyHlsGmac(
  answer: Uint8Array,
  challenge: Uint8Array,
  options: Omit<ProtectOptions, 'invocationCounter' | 'control'>,
): Parse<SecurityHeader> {
  if (answer.length !== headerLength + tagLength) {
    return malformed('length', `a GMAC answer has ${headerLength + tagLength} bytes`, answer.length)
  }
  if ((answer[0] & 0xf0 & ~securityControl.broadcast) !== securityControl.authenticated) {
    return malformed('malformed', 'a GMAC answer has authentication only', 0)
  }
  const full = concat(answer.subarray(0, headerLength), challenge, answer.subarray(headerLength))
  const opened = unprotect(full, options)
  return opened.kind === 'ok' ? { kind: 'ok', value: opened.value.header, next: answer.length } : opened
}

function headerBytes(control: number, invocationCounter: number): Uint8Array {
  const header = new Uint8Array(headerLength)
  header[0] = control
  new DataView(header.buffer).setUint32(1, invocationCounter)
  return header
}

function initializationVector(systemTitle: Uint8Array, invocationCounter: number): Uint8Array {
  if (systemTitle.length !== systemTitleLength) {
    throw new DlmsError('usage', `a system title has ${systemTitleLength} bytes`)
  }
  if (!Number.isInteger(invocationCounter) || invocationCounter < 0 || invocationCounter > 0xffffffff) {
    throw new DlmsError('out-of-range', 'the invocation counter is not a 32-bit number')
  }
  const iv = new Uint8Array(12)
  iv.set(systemTitle)
  new DataView(iv.buffer).setUint32(8, invocationCounter)
  return iv
}

function checkSuite(control: number): void {
  if ((control & securityControl.suiteMask) !== 0) throw new DlmsError('unsupported', 'only security suite 0')
  if ((control & securityControl.compressed) !== 0) throw new DlmsError('unsupported', 'no compression')
}

function checkKey(name: string, key: Uint8Array | undefined): Uint8Array {
  if (key?.length !== suiteKeyLength) throw new DlmsError('usage', `the ${name} has ${suiteKeyLength} bytes`)
  return key
}
