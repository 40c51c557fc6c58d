// Ciphering as one peer of an association sees it: its own title and counter on what leaves, the other's
// title and a strictly rising counter on what arrives (Green Book 9.2.7; security suite 0).

import { equalBytes, Reader, Writer } from '../bytes.ts'
import type { CryptoProvider } from '../crypto.ts'
import { DlmsError } from '../parse.ts'
import { hlsGmac, protect, type SecurityKeys, unprotect, verifyHlsGmac } from '../security/index.ts'
import { maxWrapperPayload } from '../wrapper/index.ts'
import type { SecurityPolicy, SessionError } from './types.ts'

/** What a session needs to cipher; made of the client's or the server's public options. */
export type ProtectionOptions = {
  readonly systemTitle: Uint8Array
  readonly encryptionKey: Uint8Array
  readonly authenticationKey: Uint8Array
  readonly nextInvocationCounter: () => number
  /** Highest counter accepted from the peer so far; undefined accepts any first one. */
  readonly lastPeerCounter: () => number | undefined
  readonly acceptPeerCounter: (counter: number) => void
}

/** An APDU after (or without) deciphering. */
export type Opened =
  | {
      readonly kind: 'opened'
      readonly plain: Uint8Array
      /** What covered it; 'none' for an APDU that came bare. */
      readonly protection: SecurityPolicy
      readonly format: 'bare' | 'global' | 'general-global'
      /** The sender's title, when the message is ciphered. */
      readonly systemTitle?: Uint8Array
    }
  | { readonly kind: 'failed'; readonly error: SessionError; readonly lastCounter?: number }

export type CipheringFormat = 'global' | 'general-global'

const controls: Record<SecurityPolicy, number> = {
  none: 0x00,
  authenticated: 0x10,
  encrypted: 0x20,
  'authenticated-encrypted': 0x30,
}
const policies: readonly SecurityPolicy[] = ['none', 'authenticated', 'encrypted', 'authenticated-encrypted']

const generalGlo = 0xdb
/** Bare tag → glo tag (Green Book 9.5, COSEM APDU table); a DataNotification has no glo form of its own. */
const gloTags: ReadonlyMap<number, number> = new Map([
  [0x01, 0x21],
  [0x08, 0x28],
  [0x0e, 0x2e],
  [0xc0, 0xc8],
  [0xc1, 0xc9],
  [0xc2, 0xca],
  [0xc3, 0xcb],
  [0xc4, 0xcc],
  [0xc5, 0xcd],
  [0xc7, 0xcf],
])
const bareTags: ReadonlyMap<number, number> = new Map([...gloTags].map(([bare, glo]) => [glo, bare]))

/** Most bytes that ciphering adds: tag, title with length, length, security header, authentication tag. */
const generalOverhead = 1 + 9 + 3 + 5 + 12
const globalOverhead = 1 + 3 + 5 + 12
const maxCounter = 0xffff_ffff
const headerLength = 5
const titleLength = 8

/** True when `actual` covers at least what `wanted` does. */
export function covers(actual: SecurityPolicy, wanted: SecurityPolicy): boolean {
  return (controls[actual] & controls[wanted]) === controls[wanted]
}

/** The protection that covers what both do. */
export function atLeast(one: SecurityPolicy, other: SecurityPolicy): SecurityPolicy {
  return policies[(controls[one] | controls[other]) >> 4]
}

export function isCiphered(tag: number | undefined): boolean {
  return tag !== undefined && (tag === generalGlo || bareTags.has(tag))
}

export class Protection {
  readonly #crypto: CryptoProvider
  readonly #options: ProtectionOptions | undefined
  #peerTitle: Uint8Array | undefined

  /** Throws `DlmsError` on a title or key of a wrong length. */
  constructor(crypto: CryptoProvider, options: ProtectionOptions | undefined, peerTitle?: Uint8Array) {
    this.#crypto = crypto
    this.#options = options
    this.#peerTitle = peerTitle
    if (!options) return
    assertLength('system title', options.systemTitle, 8)
    assertLength('encryption key', options.encryptionKey, 16)
    assertLength('authentication key', options.authenticationKey, 16)
    if (peerTitle) assertLength('system title of the peer', peerTitle, 8)
  }

  get peerTitle(): Uint8Array | undefined {
    return this.#peerTitle
  }

  set peerTitle(title: Uint8Array | undefined) {
    this.#peerTitle = title
  }

  /**
   * Bytes left for a bare APDU inside a PDU of `maxPdu` bytes. 0 stands for no limit of the peer's, which
   * leaves that of the lower layer.
   */
  static room(maxPdu: number, policy: SecurityPolicy, format: CipheringFormat): number {
    const pdu = maxPdu === 0 ? maxWrapperPayload : Math.min(maxPdu, maxWrapperPayload)
    if (policy === 'none') return pdu
    return Math.max(1, pdu - (format === 'global' ? globalOverhead : generalOverhead))
  }

  /** The APDU as it goes on the wire; takes one invocation counter unless the policy is 'none'. */
  seal(plain: Uint8Array, policy: SecurityPolicy, format: CipheringFormat): Uint8Array {
    if (policy === 'none') return plain
    const { systemTitle } = this.#need()
    const glo = format === 'global' ? gloTags.get(plain[0]) : undefined
    const writer = new Writer(plain.length + generalOverhead)
    if (glo !== undefined) writer.u8(glo)
    else writer.u8(generalGlo).prefixed(systemTitle)
    return writer.prefixed(this.#sealBody(plain, policy)).finish()
  }

  /**
   * f(challenge) of HLS with GMAC (Green Book 9.2.7.4): security control, own counter, and the tag over
   * security control, authentication key and the peer's challenge. Takes one invocation counter.
   */
  prove(challenge: Uint8Array): Uint8Array {
    const options = this.#need()
    return hlsGmac(challenge, {
      keys: keysOf(options),
      systemTitle: options.systemTitle,
      invocationCounter: this.#nextCounter(),
      crypto: this.#crypto,
    })
  }

  /** Whether `proof` is the peer's f(challenge). False, never an exception, on anything else. */
  verifyProof(proof: Uint8Array, challenge: Uint8Array): boolean {
    const systemTitle = this.#peerTitle
    if (systemTitle?.length !== titleLength) return false
    const keys = keysOf(this.#need())
    return verifyHlsGmac(proof, challenge, { keys, systemTitle, crypto: this.#crypto }).kind === 'ok'
  }

  /** Opens a ciphered APDU; a bare one passes through. Accepted counters are reported to the owner. */
  open(apdu: Uint8Array): Opened {
    const tag = apdu[0]
    if (tag === 0xdc || (tag >= 0xd0 && tag <= 0xd7)) {
      return refuse('malformed', 'dedicated ciphering was not agreed')
    }
    if (!isCiphered(tag)) return { kind: 'opened', plain: apdu, protection: 'none', format: 'bare' }
    if (!this.#options)
      return refuse('decryption-failed', 'a ciphered APDU came, but this session has no keys')
    const parts = splitCiphered(apdu)
    if (!parts) return refuse('malformed', 'the ciphered APDU does not fit its own length')
    const title = parts.title?.length ? parts.title : this.#peerTitle
    if (title?.length !== titleLength)
      return refuse('decryption-failed', 'the system title of the sender is not known')
    if (this.#peerTitle && !equalBytes(title, this.#peerTitle)) {
      return refuse('decryption-failed', 'the APDU names another system title than the association')
    }
    return this.#openBody(parts.body, title, tag, this.#options)
  }

  #openBody(content: Uint8Array, systemTitle: Uint8Array, tag: number, options: ProtectionOptions): Opened {
    const opened = unprotect(content, { keys: keysOf(options), systemTitle, crypto: this.#crypto })
    if (opened.kind === 'more') return refuse('malformed', 'no room for a security header')
    if (opened.kind === 'malformed') return refuse('decryption-failed', opened.error.message)
    const { plain, header } = opened.value
    const protection = policies[(header.control & 0x30) >> 4]
    if (header.broadcast) return refuse('decryption-failed', 'the broadcast key is not in use')
    if (protection === 'none')
      return refuse('policy', 'a ciphered APDU that is neither authenticated nor encrypted')
    const bare = bareTags.get(tag)
    if (plain.length === 0 || (bare !== undefined && plain[0] !== bare)) {
      return refuse('decryption-failed', 'the deciphered APDU is not what its tag announced')
    }
    // The counter is believed only after the tag: a forged one must not lock the real peer out.
    const counter = header.invocationCounter
    const last = options.lastPeerCounter()
    if (last !== undefined && counter <= last) {
      return {
        kind: 'failed',
        error: { code: 'counter-replayed', message: `invocation counter ${counter} after ${last}` },
        lastCounter: last,
      }
    }
    options.acceptPeerCounter(counter)
    const format = tag === generalGlo ? 'general-global' : 'global'
    return { kind: 'opened', plain, protection, format, systemTitle }
  }

  #sealBody(plain: Uint8Array, policy: SecurityPolicy): Uint8Array {
    const options = this.#need()
    return protect(plain, {
      keys: keysOf(options),
      systemTitle: options.systemTitle,
      invocationCounter: this.#nextCounter(),
      control: controls[policy],
      crypto: this.#crypto,
    })
  }

  #nextCounter(): number {
    const counter = this.#need().nextInvocationCounter()
    if (!Number.isInteger(counter) || counter < 0 || counter > maxCounter) {
      throw new DlmsError('usage', 'the invocation counter is exhausted or not a 32 bit number')
    }
    return counter
  }

  #need(): ProtectionOptions {
    if (!this.#options) throw new DlmsError('usage', 'this session has no keys')
    return this.#options
  }
}

function assertLength(name: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new DlmsError('usage', `the ${name} has ${length} bytes`)
}

function keysOf(options: ProtectionOptions): SecurityKeys {
  return { encryptionKey: options.encryptionKey, authenticationKey: options.authenticationKey }
}

/** Title (general-glo only) and body; undefined when lengths do not fit the APDU exactly. */
function splitCiphered(apdu: Uint8Array): { title?: Uint8Array; body: Uint8Array } | undefined {
  try {
    const reader = new Reader(apdu)
    const general = reader.u8() === generalGlo
    const title = general ? reader.copy(reader.length()) : undefined
    const body = reader.bytes(reader.length())
    return reader.remaining === 0 && body.length > headerLength ? { title, body } : undefined
  } catch (error) {
    if (error instanceof DlmsError) return undefined
    throw error
  }
}

function refuse(code: SessionError['code'], message: string): Opened {
  return { kind: 'failed', error: { code, message } }
}
