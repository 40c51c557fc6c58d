// Ciphering and signing as one peer of an association sees it: its own title and counter on what leaves, the
// other's title and a strictly rising counter of each key on what arrives (Green Book 9.2.7).
// Longer than most files: every way in and out shares the same keys and counters, which stay private to one class.

import { equalBytes, toHex } from '../bytes.ts'
import type { CryptoProvider } from '../crypto.ts'
import { DlmsError } from '../parse.ts'
import {
  type AsymmetricKeys,
  answeringKey,
  findGeneralKey,
  type GeneralKey,
  type GeneralKeys,
  generalHeaderBytes,
  makeGeneralKey,
  parseSecurityHeader,
  protect,
  type SecuritySuite,
  securityControl,
  signGeneral,
  suiteKeyLength,
  type Unprotected,
  unprotect,
  verifyGeneral,
} from '../security/index.ts'
import { maxWrapperPayload } from '../wrapper/index.ts'
import { type Apdu, cipheredTag, cipheredTags, decodeApdu, encodeApdu } from '../xdlms/index.ts'
import {
  atLeast,
  type CipheringFormat,
  controls,
  generalTags,
  isCiphered,
  type Opened,
  policies,
} from './cover.ts'
import type { SecurityPolicy, SessionError } from './types.ts'

export { answerFormat, atLeast, type CipheringFormat, covers, type Opened } from './cover.ts'

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
  readonly nextInvocationCounter: (key: CounterKey) => number
  /** Highest counter accepted from the peer so far; undefined accepts any first one. */
  readonly lastPeerCounter: (key: 'global' | 'broadcast') => number | undefined
  readonly acceptPeerCounter: (counter: number, key: 'global' | 'broadcast') => void
}

type Failed = Extract<Opened, { kind: 'failed' }>

/** Most bytes that ciphering adds: tag, title with length, length, security header, authentication tag. */
const generalOverhead = 1 + 9 + 3 + 5 + 12
const globalOverhead = 1 + 3 + 5 + 12
/** Header of general-ciphering and general-signing: three ids of 8 bytes and two empty fields, lengths included. */
const headerOverhead = 1 + 3 * 9 + 2 + 3
const onePassOverhead = 3 + 1 + 3 + 2 * 96
const signatureOverhead = headerOverhead + 1 + 96
const maxCounter = 0xffff_ffff
const titleLength = 8
const transactionLength = 8
/** Protections that may lie around one another: signed and ciphered for two parties. */
const maxLayers = 4
/** Keys of single messages that are remembered against replay. */
const maxSeenKeys = 1_024

export class Protection {
  readonly #crypto: CryptoProvider
  readonly #options: ProtectionOptions | undefined
  readonly #suite: SecuritySuite
  #peerTitle: Uint8Array | undefined
  #dedicatedKey: Uint8Array | undefined
  #dedicatedFloor: number | undefined
  #seenKeys = new Set<string>()
  /** How the peer keyed its last general-ciphering, and whether it signs what is ciphered already: answers follow it. */
  #peerGeneralKey: GeneralKey | undefined
  #signsCiphered = false
  /** X.509 certificate that the peer sent in its AE qualifier. */
  peerCertificate: Uint8Array | undefined

  /** Throws `DlmsError` on a title or key of a wrong length. */
  constructor(crypto: CryptoProvider, options: ProtectionOptions | undefined, peerTitle?: Uint8Array) {
    this.#crypto = crypto
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

  get suite(): SecuritySuite {
    return this.#suite
  }

  get hasKeys(): boolean {
    return this.#options !== undefined
  }

  get peerTitle(): Uint8Array | undefined {
    return this.#peerTitle
  }

  set peerTitle(title: Uint8Array | undefined) {
    this.#peerTitle = title
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

  /**
   * Bytes left for a bare APDU inside a PDU of `maxPdu` bytes. 0 stands for no limit of the peer's, which
   * leaves that of the lower layer.
   */
  static room(maxPdu: number, policy: SecurityPolicy, format: CipheringFormat, signed = false): number {
    const pdu = maxPdu === 0 ? maxWrapperPayload : Math.min(maxPdu, maxWrapperPayload)
    const left = pdu - (signed ? signatureOverhead : 0)
    if (policy === 'none') return Math.max(1, left)
    const general = headerOverhead + onePassOverhead + 5 + 12
    const service = format === 'global' || format === 'dedicated'
    const overhead = format === 'general' ? general : service && !signed ? globalOverhead : generalOverhead
    return Math.max(1, left - overhead)
  }

  /**
   * The APDU as it goes on the wire, signed first and ciphered then (Green Book 9.2.7.3), unless the peer does it the
   * other way round; takes one invocation counter unless the policy is 'none'.
   */
  seal(plain: Uint8Array, policy: SecurityPolicy, format: CipheringFormat, signed = false): Uint8Array {
    if (signed && this.#signsCiphered) return this.#sign(this.#cipher(plain, policy, format))
    return this.#cipher(signed ? this.#sign(plain) : plain, policy, format)
  }

  #cipher(inner: Uint8Array, policy: SecurityPolicy, format: CipheringFormat): Uint8Array {
    if (policy === 'none') return inner
    if (format === 'general') return this.#sealGeneral(inner, policy)
    const options = this.#need()
    const dedicated = format === 'dedicated' || format === 'general-dedicated'
    const key = dedicated ? this.#dedicatedKey : options.encryptionKey
    if (!key) throw new DlmsError('usage', 'this association has no dedicated key')
    const content = this.#sealBody(inner, controls[policy], key, dedicated ? 'dedicated' : 'global')
    const service = format === 'global' || format === 'dedicated'
    const tag = service ? cipheredTag(inner[0] as number, format) : undefined
    if (tag !== undefined) return encodeCiphered(tag, content)
    const kind = dedicated ? 'general-ded-ciphering' : 'general-glo-ciphering'
    return encodeApdu({ kind, systemTitle: options.systemTitle, content })
  }

  /** A message to all that hold the broadcast key (general-glo with the Key_Set bit). */
  sealBroadcast(plain: Uint8Array, policy: SecurityPolicy): Uint8Array {
    const { broadcastKey, systemTitle } = this.#need()
    if (!broadcastKey) throw new DlmsError('usage', 'this session has no broadcast key')
    const control = controls[policy] | securityControl.broadcast
    const content = this.#sealBody(plain, control, broadcastKey, 'broadcast')
    return encodeApdu({ kind: 'general-glo-ciphering', systemTitle, content })
  }

  /** Counter, keys and title of a proof with GMAC. Takes one invocation counter. */
  gmacProof() {
    const options = this.#need()
    return {
      keys: { encryptionKey: options.encryptionKey, authenticationKey: options.authenticationKey },
      systemTitle: options.systemTitle,
      invocationCounter: this.#nextCounter('global'),
      control: securityControl.authenticated | this.#suite,
      crypto: this.#crypto,
    }
  }

  /** Keys and title to check a proof of the peer with GMAC; undefined while its title is not known. */
  gmacCheck() {
    const systemTitle = this.#peerTitle
    if (systemTitle?.length !== titleLength) return undefined
    const { encryptionKey, authenticationKey } = this.#need()
    return { keys: { encryptionKey, authenticationKey }, systemTitle, crypto: this.#crypto }
  }

  /** Own private key for signatures; throws 'usage' without one. */
  get signingKey(): Uint8Array {
    const key = this.#options?.signing?.privateKey
    if (!key) throw new DlmsError('usage', 'this session has no signing key')
    return key
  }

  /** The peer's public key for signatures, when it can be found. */
  get peerSigningKey(): Uint8Array | undefined {
    return this.#peerKey(this.#options?.signing)
  }

  /** Takes all protections off; a bare APDU passes through. Accepted counters are reported to the owner. */
  open(apdu: Uint8Array): Opened {
    let current: Extract<Opened, { kind: 'opened' }> = {
      kind: 'opened',
      plain: apdu,
      protection: 'none',
      format: 'bare',
    }
    for (let layer = 0; layer < maxLayers; layer++) {
      const tag = current.plain[0]
      if (!isCiphered(tag) && tag !== generalTags.signing) {
        if (current.signed) this.#signsCiphered = apdu[0] === generalTags.signing && current.format !== 'bare'
        return current
      }
      const opened = this.#openSafely(current.plain)
      if (opened.kind === 'failed') return opened
      const signed = current.signed || opened.signed
      current = {
        ...opened,
        protection: atLeast(current.protection, opened.protection),
        format: current.format === 'bare' ? opened.format : current.format,
        ...(signed && { signed }),
      }
    }
    return refuse('malformed', 'too many protections around one APDU')
  }

  #openSafely(apdu: Uint8Array): Opened {
    try {
      return this.#openLayer(apdu)
    } catch (error) {
      // What the peer asks for and our provider cannot do is no reason to throw at the owner.
      if (error instanceof DlmsError && error.code === 'unsupported')
        return refuse('decryption-failed', error.message)
      throw error
    }
  }

  #openLayer(apdu: Uint8Array): Opened {
    const options = this.#options
    if (!options) return refuse('decryption-failed', 'a ciphered APDU came, but this session has no keys')
    const decoded = decodeApdu(apdu)
    if (decoded.kind !== 'ok' || decoded.next !== apdu.length) {
      return refuse('malformed', 'the ciphered APDU does not fit its own length')
    }
    const message = decoded.value
    switch (message.kind) {
      case 'general-signing':
        return this.#openSigned(message)
      case 'general-ciphering':
        return this.#openGeneral(message, options)
      case 'general-glo-ciphering':
      case 'general-ded-ciphering': {
        const title = message.systemTitle.length ? message.systemTitle : this.#peerTitle
        const dedicated = message.kind === 'general-ded-ciphering'
        return this.#openKeyed(
          message.content,
          title,
          dedicated,
          options,
          dedicated ? 'general-dedicated' : 'general-global',
        )
      }
      case 'glo-ciphered':
      case 'ded-ciphered': {
        const dedicated = message.kind === 'ded-ciphered'
        const opened = this.#openKeyed(
          message.content,
          this.#peerTitle,
          dedicated,
          options,
          dedicated ? 'dedicated' : 'global',
        )
        if (opened.kind === 'failed') return opened
        const announced =
          cipheredTag(opened.plain[0] as number, dedicated ? 'dedicated' : 'global') === message.tag
        return announced
          ? opened
          : refuse('decryption-failed', 'the deciphered APDU is not what its tag announced')
      }
      default:
        return refuse('malformed', 'an APDU that is not ciphered')
    }
  }

  #openKeyed(
    content: Uint8Array,
    title: Uint8Array | undefined,
    dedicated: boolean,
    options: ProtectionOptions,
    format: CipheringFormat,
  ): Opened {
    if (dedicated && !this.#dedicatedKey) return refuse('malformed', 'dedicated ciphering was not agreed')
    const wrong = this.#wrongTitle(title)
    if (wrong || !title) return wrong ?? refuse('decryption-failed', 'no title')
    const header = parseSecurityHeader(content)
    const broadcast = header.kind === 'ok' && header.value.broadcast && !dedicated
    if (broadcast && !options.broadcastKey)
      return refuse('decryption-failed', 'the broadcast key is not in use')
    const keyName: CounterKey = dedicated ? 'dedicated' : broadcast ? 'broadcast' : 'global'
    const key = dedicated ? this.#dedicatedKey : broadcast ? options.broadcastKey : options.encryptionKey
    const opened = this.#openBody(content, title, key as Uint8Array, options)
    if ('kind' in opened) return opened
    const replayed = this.#checkCounter(opened.header.invocationCounter, keyName, options)
    return replayed ?? this.#openedAs(opened, format, title)
  }

  #openGeneral(message: Extract<Apdu, { kind: 'general-ciphering' }>, options: ProtectionOptions): Opened {
    const title = message.originatorSystemTitle
    const wrong = this.#wrongTitle(title) ?? this.#wrongRecipient(message.recipientSystemTitle, options)
    if (wrong) return wrong
    const key = findGeneralKey(message.keyInfo, message, this.#generalKeys(options))
    if (!key) return refuse('decryption-failed', 'the key of a general-ciphering APDU cannot be had')
    const opened = this.#openBody(message.content, title, key, options, generalHeaderBytes(message))
    if ('kind' in opened) return opened
    const { keyInfo } = message
    const { invocationCounter } = opened.header
    const broadcast = keyInfo?.kind === 'identified-key' && keyInfo.keyId !== 0
    const replayed =
      !keyInfo || keyInfo.kind === 'identified-key'
        ? this.#checkCounter(invocationCounter, broadcast ? 'broadcast' : 'global', options)
        : this.#checkFresh(
            keyInfo.keyCipheredData.length ? keyInfo.keyCipheredData : message.transactionId,
            invocationCounter,
          )
    if (replayed) return replayed
    this.#peerGeneralKey = answeringKey(keyInfo, this.#generalKeys(options))
    return this.#openedAs(opened, 'general', title)
  }

  #openSigned(message: Extract<Apdu, { kind: 'general-signing' }>): Opened {
    const title = message.originatorSystemTitle
    const options = this.#need()
    const wrong = this.#wrongTitle(title) ?? this.#wrongRecipient(message.recipientSystemTitle, options)
    if (wrong) return wrong
    const publicKey = this.peerSigningKey ?? this.#peerKey(options.signing, title)
    if (!publicKey) return refuse('decryption-failed', 'the public key of the signer is not known')
    const using = { suite: this.#suite, crypto: this.#crypto }
    if (!verifyGeneral(message, message.content, message.signature, publicKey, using)) {
      return refuse('decryption-failed', 'the digital signature is wrong')
    }
    return {
      kind: 'opened',
      plain: message.content,
      protection: 'none',
      format: 'bare',
      signed: true,
      systemTitle: title,
    }
  }

  #openBody(
    content: Uint8Array,
    systemTitle: Uint8Array,
    encryptionKey: Uint8Array,
    { authenticationKey }: ProtectionOptions,
    header?: Uint8Array,
  ): Unprotected | Failed {
    const opened = unprotect(content, {
      keys: { encryptionKey, authenticationKey },
      systemTitle,
      crypto: this.#crypto,
      ...(header && { header }),
    })
    if (opened.kind === 'more') return refuse('malformed', 'no room for a security header')
    if (opened.kind === 'malformed') return refuse('decryption-failed', opened.error.message)
    const { plain, header: control } = opened.value
    if (control.suite !== this.#suite) {
      return refuse('decryption-failed', `security suite ${control.suite} where ${this.#suite} is agreed`)
    }
    if (!control.authenticated && !control.encrypted) {
      return refuse('policy', 'a ciphered APDU that is neither authenticated nor encrypted')
    }
    if (plain.length === 0) return refuse('decryption-failed', 'nothing inside a ciphered APDU')
    return opened.value
  }

  #openedAs({ plain, header }: Unprotected, format: CipheringFormat, systemTitle: Uint8Array): Opened {
    const protection = policies[(header.control & 0x30) >> 4] as SecurityPolicy
    return { kind: 'opened', plain, protection, format, systemTitle }
  }

  #wrongTitle(title: Uint8Array | undefined): Failed | undefined {
    if (title?.length !== titleLength) {
      return refuse('decryption-failed', 'the system title of the sender is not known')
    }
    if (this.#peerTitle && !equalBytes(title, this.#peerTitle)) {
      return refuse('decryption-failed', 'the APDU names another system title than the association')
    }
    return undefined
  }

  #wrongRecipient(title: Uint8Array, options: ProtectionOptions): Failed | undefined {
    if (title.length === 0 || equalBytes(title, options.systemTitle)) return undefined
    return refuse('decryption-failed', 'the APDU is protected for another system title')
  }

  /** The counter is believed only after the tag: a forged one must not lock the real peer out. */
  #checkCounter(counter: number, key: CounterKey, options: ProtectionOptions): Failed | undefined {
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
  #checkFresh(keyMark: Uint8Array, counter: number): Failed | undefined {
    const mark = `${toHex(keyMark.subarray(0, 64))}:${counter}`
    if (this.#seenKeys.has(mark))
      return refuse('counter-replayed', 'a message with a key of its own came twice')
    if (this.#seenKeys.size >= maxSeenKeys) return refuse('counter-replayed', 'too many keys in one session')
    this.#seenKeys.add(mark)
    return undefined
  }

  #sealGeneral(plain: Uint8Array, policy: SecurityPolicy): Uint8Array {
    const options = this.#need()
    const header = this.#header(options)
    const keys = this.#generalKeys(options)
    const kind = options.generalKey ?? this.#peerGeneralKey ?? 'identified'
    const { key, keyInfo } = makeGeneralKey(kind, header, keys)
    const content = this.#sealBody(plain, controls[policy], key, 'global', generalHeaderBytes(header))
    return encodeApdu({ kind: 'general-ciphering', ...header, keyInfo, content })
  }

  #sign(plain: Uint8Array): Uint8Array {
    const header = this.#header(this.#need())
    const using = { suite: this.#suite, crypto: this.#crypto }
    const signature = signGeneral(header, plain, this.signingKey, using)
    return encodeApdu({ kind: 'general-signing', ...header, content: plain, signature })
  }

  #header(options: ProtectionOptions) {
    const recipientSystemTitle = this.#peerTitle
    if (!recipientSystemTitle) throw new DlmsError('usage', "the peer's system title is not known")
    const none = new Uint8Array(0)
    return {
      transactionId: this.#crypto.randomBytes(transactionLength),
      originatorSystemTitle: options.systemTitle,
      recipientSystemTitle,
      dateTime: none,
      otherInformation: none,
    }
  }

  #generalKeys(options: ProtectionOptions): GeneralKeys {
    const peerAgreementKey = this.#peerKey(options.agreement)
    const peerSigningKey = this.#peerKey(options.signing)
    return {
      suite: this.#suite,
      crypto: this.#crypto,
      globalKey: options.encryptionKey,
      ...(options.broadcastKey && { broadcastKey: options.broadcastKey }),
      ...(options.masterKey && { masterKey: options.masterKey }),
      ...(options.agreement && { agreementKey: options.agreement.privateKey }),
      ...(peerAgreementKey && { peerAgreementKey }),
      ...(options.signing && { signingKey: options.signing.privateKey }),
      ...(peerSigningKey && { peerSigningKey }),
    }
  }

  #peerKey(keys: AsymmetricKeys | undefined, title = this.#peerTitle): Uint8Array | undefined {
    if (typeof keys?.peerPublicKey !== 'function') return keys?.peerPublicKey
    return title && keys.peerPublicKey(title, this.peerCertificate)
  }

  #sealBody(
    plain: Uint8Array,
    control: number,
    encryptionKey: Uint8Array,
    counterKey: CounterKey,
    header?: Uint8Array,
  ): Uint8Array {
    const { authenticationKey, systemTitle } = this.#need()
    return protect(plain, {
      keys: { encryptionKey, authenticationKey },
      systemTitle,
      invocationCounter: this.#nextCounter(counterKey),
      control: control | this.#suite,
      crypto: this.#crypto,
      ...(header && { header }),
    })
  }

  #nextCounter(key: CounterKey): number {
    const counter = this.#need().nextInvocationCounter(key)
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

function encodeCiphered(tag: number, content: Uint8Array): Uint8Array {
  const meaning = cipheredTags.get(tag)
  if (!meaning) throw new DlmsError('usage', `no ciphered service has the tag ${tag}`)
  return encodeApdu({ ...meaning, tag, content })
}

function refuse(code: SessionError['code'], message: string): Failed {
  return { kind: 'failed', error: { code, message } }
}
