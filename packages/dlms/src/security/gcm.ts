// AES-GCM of the three security suites (Green Book 9.2.3.3.7): a 12-byte tag; IV = system title ‖ invocation
// counter. Suites 0 and 1 have 16-byte keys, suite 2 has 32-byte ones.

import { concat } from '../bytes.ts'
import type { CryptoProvider } from '../crypto.ts'
import { DlmsError, malformed, more, type Parse } from '../parse.ts'
import { isSecuritySuite, type SecuritySuite, suiteKeyLength } from './suites.ts'

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
const noBytes = new Uint8Array(0)

/** Keys of one direction; a dedicated key takes the place of `encryptionKey`. */
export interface SecurityKeys {
  /** Block cipher key, 16 bytes (suite 2: 32): global unicast, broadcast, dedicated, wrapped or agreed. */
  readonly encryptionKey: Uint8Array
  /** As long as the other. Without it only encryption-only APDUs open; the tag of others is then not verifiable. */
  readonly authenticationKey?: Uint8Array
}

export interface ProtectOptions {
  readonly keys: SecurityKeys
  /** The sender's, 8 bytes. */
  readonly systemTitle: Uint8Array
  /** 0…0xFFFFFFFF, never used twice with one encryption key. */
  readonly invocationCounter: number
  /** 0x10 authentication, 0x20 encryption, 0x30 both; the suite's number, and 0x40 for the broadcast key, may be added. */
  readonly control: number
  readonly crypto: CryptoProvider
  /** What general-ciphering adds to the authenticated data: its header fields, lengths included (Figure 84). */
  readonly header?: Uint8Array
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
  const suite = checkSuite(control)
  const header = headerBytes(control, invocationCounter)
  const iv = initializationVector(systemTitle, invocationCounter)
  const key = checkKey('encryption key', keys.encryptionKey, suite)
  if ((control & securityControl.authenticated) === 0) {
    if ((control & securityControl.encrypted) === 0) return concat(header, plain)
    const sealed = crypto.aesGcmSeal(key, iv, noBytes, plain, tagLength)
    return concat(header, sealed.subarray(0, plain.length))
  }
  const prefix = additionalData(
    control,
    checkKey('authentication key', keys.authenticationKey, suite),
    options.header,
  )
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
  const { suite } = header
  if (!isSecuritySuite(suite)) return malformed('unsupported', `security suite ${suite}`, 0)
  if (header.compressed) return malformed('unsupported', 'an APDU compressed with V.44', 0)
  const { keys, systemTitle, crypto } = options
  checkAnyKey('encryption key', keys.encryptionKey)
  // The suite comes from the wire: one that these keys are not of is the peer's fault.
  if (keys.encryptionKey.length !== suiteKeyLength(suite)) {
    return malformed('unsupported', `security suite ${suite} with keys of another suite`, 0)
  }
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
  const key = keys.encryptionKey
  if (!header.authenticated) {
    const plain = crypto.aesGcmOpen(key, iv, noBytes, body, 0)
    return plain ? done(plain) : wrongTag()
  }
  if (body.length < tagLength)
    return malformed('length', 'too short for an authentication tag', content.length)
  const prefix = additionalData(
    header.control,
    checkKey('authentication key', keys.authenticationKey, suite),
    options.header,
  )
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
  return {
    kind: 'ok',
    value: {
      control,
      suite: control & securityControl.suiteMask,
      authenticated: (control & securityControl.authenticated) !== 0,
      encrypted: (control & securityControl.encrypted) !== 0,
      broadcast: (control & securityControl.broadcast) !== 0,
      compressed: (control & securityControl.compressed) !== 0,
      invocationCounter: ((content[1] << 24) | (content[2] << 16) | (content[3] << 8) | content[4]) >>> 0,
    },
    next: headerLength,
  }
}

function headerBytes(control: number, invocationCounter: number): Uint8Array {
  const header = new Uint8Array(headerLength)
  header[0] = control
  putCounter(header, 1, invocationCounter)
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
  for (let i = 0; i < systemTitleLength; i++) iv[i] = systemTitle[i]
  putCounter(iv, systemTitleLength, invocationCounter)
  return iv
}

// By hand, as the loops here: for so few octets a view or a call of `set` costs several times the writing.
function putCounter(bytes: Uint8Array, at: number, counter: number): void {
  for (let i = 0; i < 4; i++) bytes[at + i] = counter >>> (24 - 8 * i)
}

/** SC ‖ AK, and the header fields of general-ciphering (Green Book table 38). */
function additionalData(control: number, key: Uint8Array, header: Uint8Array | undefined): Uint8Array {
  const data = new Uint8Array(1 + key.length + (header?.length ?? 0))
  data[0] = control
  for (let i = 0; i < key.length; i++) data[1 + i] = key[i]
  if (header) data.set(header, 1 + key.length)
  return data
}

function checkSuite(control: number): SecuritySuite {
  const suite = control & securityControl.suiteMask
  if (!isSecuritySuite(suite)) throw new DlmsError('unsupported', `security suite ${suite}`)
  if ((control & securityControl.compressed) !== 0) {
    throw new DlmsError('unsupported', 'compression with V.44')
  }
  return suite
}

function checkKey(name: string, key: Uint8Array | undefined, suite: SecuritySuite): Uint8Array {
  const wanted = suiteKeyLength(suite)
  if (key?.length !== wanted)
    throw new DlmsError('usage', `the ${name} of suite ${suite} has ${wanted} bytes`)
  return key
}

function checkAnyKey(name: string, key: Uint8Array): void {
  if (key.length !== 16 && key.length !== 32) throw new DlmsError('usage', `the ${name} has 16 or 32 bytes`)
}
