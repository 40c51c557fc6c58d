// What one peer of an association knows for its protection: keys, titles and counters, its own and the other's.

import { equalBytes, toHex } from '../bytes.ts'
import type { CryptoProvider } from '../crypto.ts'
import { DlmsError } from '../parse.ts'
import {
  type AsymmetricKeys,
  type GeneralKey,
  type GeneralKeys,
  type HeaderAuthentication,
  type SecuritySuite,
  suiteKeyLength,
} from '../security/index.ts'
import type { Opened } from './cover.ts'
import type { SessionError } from './types.ts'

/** Keys that have counters of their own. */
export type CounterKey = 'global' | 'dedicated' | 'broadcast'

/** What a session needs to cipher; made of the client's or the server's public options. */
export type ProtectionOptions = {
  /** Default 0. */
  readonly suite?: SecuritySuite
  readonly systemTitle: Uint8Array
  readonly encryptionKey: Uint8Array
  readonly authenticationKey: Uint8Array
  readonly broadcastKey?: Uint8Array
  readonly masterKey?: Uint8Array
  readonly signing?: AsymmetricKeys
  readonly agreement?: AsymmetricKeys
  /** How messages of general-ciphering get their key. Default: as in the peer's last one, else 'identified'. */
  readonly generalKey?: GeneralKey
  /** As of `SessionKeys`. */
  readonly generalHeader?: HeaderAuthentication
  readonly nextInvocationCounter: (key: CounterKey) => number
  /** Highest counter accepted from the peer so far; undefined accepts any first one. */
  readonly lastPeerCounter: (key: 'global' | 'broadcast') => number | undefined
  readonly acceptPeerCounter: (counter: number, key: 'global' | 'broadcast') => void
}

export type Failed = Extract<Opened, { kind: 'failed' }>

const maxCounter = 0xffff_ffff
const titleLength = 8
/** Keys of single messages that are remembered against replay. */
const maxSeenKeys = 1_024

export abstract class Keyring {
  protected readonly crypto: CryptoProvider
  readonly #options: ProtectionOptions | undefined
  readonly #suite: SecuritySuite
  #peerTitle: Uint8Array | undefined
  #dedicatedKey: Uint8Array | undefined
  #dedicatedFloor: number | undefined
  readonly #seenKeys = new Set<string>()
  /** How the peer keyed its last general-ciphering, and whether it signs what is ciphered already: answers follow it. */
  protected peerGeneralKey: GeneralKey | undefined
  protected signsCiphered = false
  /** X.509 certificate that the peer sent in its AE qualifier. */
  peerCertificate: Uint8Array | undefined

  /** Throws `DlmsError` on a title or key of a wrong length. */
  constructor(crypto: CryptoProvider, options: ProtectionOptions | undefined, peerTitle?: Uint8Array) {
    this.crypto = crypto
    this.#options = options
    this.#suite = options?.suite ?? 0
    this.#peerTitle = peerTitle
    if (!options) return
    const key = suiteKeyLength(this.#suite)
    assertLength('system title', options.systemTitle, titleLength)
    assertLength('encryption key', options.encryptionKey, key)
    assertLength('authentication key', options.authenticationKey, key)
    if (options.broadcastKey) assertLength('broadcast key', options.broadcastKey, key)
    if (options.masterKey) assertLength('master key', options.masterKey, key)
    if (peerTitle) assertLength('system title of the peer', peerTitle, titleLength)
  }

  // Behind a name that inspection does not show: keys stand in it.
  protected get options(): ProtectionOptions | undefined {
    return this.#options
  }

  get suite(): SecuritySuite {
    return this.#suite
  }

  get hasKeys(): boolean {
    return this.options !== undefined
  }

  get peerTitle(): Uint8Array | undefined {
    return this.#peerTitle
  }

  set peerTitle(title: Uint8Array | undefined) {
    this.#peerTitle = title
  }

  get dedicatedKey(): Uint8Array | undefined {
    return this.#dedicatedKey
  }

  /**
   * The key of this association alone, carried by its InitiateRequest; undefined ends it. Throws 'usage' on
   * a wrong length. Its counters start anew with it.
   */
  set dedicatedKey(key: Uint8Array | undefined) {
    if (key) assertLength('dedicated key', key, suiteKeyLength(this.#suite))
    this.#dedicatedKey = key
    this.#dedicatedFloor = undefined
  }

  /** Own private key for signatures; throws 'usage' without one. */
  get signingKey(): Uint8Array {
    const key = this.options?.signing?.privateKey
    if (!key) throw new DlmsError('usage', 'this session has no signing key')
    return key
  }

  /** The peer's public key for signatures, when it can be found. */
  get peerSigningKey(): Uint8Array | undefined {
    return this.peerKey(this.options?.signing)
  }

  protected wrongTitle(title: Uint8Array | undefined): Failed | undefined {
    if (title?.length !== titleLength) {
      return refuse('decryption-failed', 'the system title of the sender is not known')
    }
    if (this.#peerTitle && !equalBytes(title, this.#peerTitle)) {
      return refuse('decryption-failed', 'the APDU names another system title than the association')
    }
    return undefined
  }

  protected wrongRecipient(title: Uint8Array, options: ProtectionOptions): Failed | undefined {
    if (title.length === 0 || equalBytes(title, options.systemTitle)) return undefined
    return refuse('decryption-failed', 'the APDU is protected for another system title')
  }

  /** The counter is believed only after the tag: a forged one must not lock the real peer out. */
  protected checkCounter(counter: number, key: CounterKey, options: ProtectionOptions): Failed | undefined {
    const last = key === 'dedicated' ? this.#dedicatedFloor : options.lastPeerCounter(key)
    if (last !== undefined && counter <= last) {
      return {
        kind: 'failed',
        error: { code: 'counter-replayed', message: `invocation counter ${counter} after ${last}` },
        lastCounter: last,
      }
    }
    if (key === 'dedicated') this.#dedicatedFloor = counter
    else options.acceptPeerCounter(counter, key)
    return undefined
  }

  /**
   * A key made for one message begins its counter at 0 (Green Book 9.2.3.3.7.3), so that what must not come
   * back is the key itself with the same counter.
   */
  protected checkFresh(keyMark: Uint8Array, counter: number): Failed | undefined {
    const mark = `${toHex(keyMark.subarray(0, 64))}:${counter}`
    if (this.#seenKeys.has(mark))
      return refuse('counter-replayed', 'a message with a key of its own came twice')
    if (this.#seenKeys.size >= maxSeenKeys) return refuse('counter-replayed', 'too many keys in one session')
    this.#seenKeys.add(mark)
    return undefined
  }

  protected generalKeys(options: ProtectionOptions): GeneralKeys {
    const peerAgreementKey = this.peerKey(options.agreement)
    const peerSigningKey = this.peerKey(options.signing)
    return {
      suite: this.#suite,
      crypto: this.crypto,
      globalKey: options.encryptionKey,
      ...(options.broadcastKey && { broadcastKey: options.broadcastKey }),
      ...(options.masterKey && { masterKey: options.masterKey }),
      ...(options.agreement && { agreementKey: options.agreement.privateKey }),
      ...(peerAgreementKey && { peerAgreementKey }),
      ...(options.signing && { signingKey: options.signing.privateKey }),
      ...(peerSigningKey && { peerSigningKey }),
    }
  }

  protected peerKey(keys: AsymmetricKeys | undefined, title = this.#peerTitle): Uint8Array | undefined {
    if (typeof keys?.peerPublicKey !== 'function') return keys?.peerPublicKey
    return title && keys.peerPublicKey(title, this.peerCertificate)
  }

  protected nextCounter(key: CounterKey): number {
    const counter = this.need().nextInvocationCounter(key)
    if (!Number.isInteger(counter) || counter < 0 || counter > maxCounter) {
      throw new DlmsError('usage', 'the invocation counter is exhausted or not a 32 bit number')
    }
    return counter
  }

  protected need(): ProtectionOptions {
    if (!this.options) throw new DlmsError('usage', 'this session has no keys')
    return this.options
  }
}

function assertLength(name: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new DlmsError('usage', `the ${name} has ${length} bytes`)
}

export function refuse(code: SessionError['code'], message: string): Failed {
  return { kind: 'failed', error: { code, message } }
}
