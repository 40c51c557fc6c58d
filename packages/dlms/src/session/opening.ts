// How what a peer sent is opened: every protection around an APDU is taken off and checked, and only then believed.

import { DlmsError } from '../parse.ts'
import {
  answeringKey,
  authenticatedHeader,
  findGeneralKey,
  parseSecurityHeader,
  type Unprotected,
  unprotect,
  verifyGeneral,
} from '../security/index.ts'
import { type Apdu, cipheredTag, decodeApdu } from '../xdlms/index.ts'
import { atLeast, type CipheringFormat, generalTags, isCiphered, type Opened, policies } from './cover.ts'
import { type CounterKey, type Failed, Keyring, type ProtectionOptions, refuse } from './keyring.ts'
import type { SecurityPolicy } from './types.ts'

/** Protections that may lie around one another: signed and ciphered for two parties. */
const maxLayers = 4

export abstract class Opening extends Keyring {
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
        if (current.signed) this.signsCiphered = apdu[0] === generalTags.signing && current.format !== 'bare'
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
        ...((current.broadcast || opened.broadcast) && { broadcast: true }),
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
    const options = this.options
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
        const title = message.systemTitle.length ? message.systemTitle : this.peerTitle
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
          this.peerTitle,
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
    if (dedicated && !this.dedicatedKey) return refuse('malformed', 'dedicated ciphering was not agreed')
    const wrong = this.wrongTitle(title)
    if (wrong || !title) return wrong ?? refuse('decryption-failed', 'no title')
    const header = parseSecurityHeader(content)
    const broadcast = header.kind === 'ok' && header.value.broadcast && !dedicated
    if (broadcast && !options.broadcastKey)
      return refuse('decryption-failed', 'the broadcast key is not in use')
    const keyName: CounterKey = dedicated ? 'dedicated' : broadcast ? 'broadcast' : 'global'
    const key = dedicated ? this.dedicatedKey : broadcast ? options.broadcastKey : options.encryptionKey
    const opened = this.#openBody(content, title, key as Uint8Array, options)
    if ('kind' in opened) return opened
    const replayed = this.checkCounter(opened.header.invocationCounter, keyName, options)
    return replayed ?? this.#openedAs(opened, format, title, broadcast)
  }

  #openGeneral(message: Extract<Apdu, { kind: 'general-ciphering' }>, options: ProtectionOptions): Opened {
    const title = message.originatorSystemTitle
    const wrong = this.wrongTitle(title) ?? this.wrongRecipient(message.recipientSystemTitle, options)
    if (wrong) return wrong
    const key = findGeneralKey(message.keyInfo, message, this.generalKeys(options))
    if (!key) return refuse('decryption-failed', 'the key of a general-ciphering APDU cannot be had')
    const counted = authenticatedHeader(message, options.generalHeader)
    const opened = this.#openBody(message.content, title, key, options, counted)
    if ('kind' in opened) return opened
    const { keyInfo } = message
    const { invocationCounter } = opened.header
    const broadcast = keyInfo?.kind === 'identified-key' && keyInfo.keyId !== 0
    const replayed =
      !keyInfo || keyInfo.kind === 'identified-key'
        ? this.checkCounter(invocationCounter, broadcast ? 'broadcast' : 'global', options)
        : this.checkFresh(
            keyInfo.keyCipheredData.length ? keyInfo.keyCipheredData : message.transactionId,
            invocationCounter,
          )
    if (replayed) return replayed
    this.peerGeneralKey = answeringKey(keyInfo, this.generalKeys(options))
    return this.#openedAs(opened, 'general', title, broadcast)
  }

  #openSigned(message: Extract<Apdu, { kind: 'general-signing' }>): Opened {
    const title = message.originatorSystemTitle
    const options = this.need()
    const wrong = this.wrongTitle(title) ?? this.wrongRecipient(message.recipientSystemTitle, options)
    if (wrong) return wrong
    const publicKey = this.peerSigningKey ?? this.peerKey(options.signing, title)
    if (!publicKey) return refuse('decryption-failed', 'the public key of the signer is not known')
    const using = { suite: this.suite, crypto: this.crypto }
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
      crypto: this.crypto,
      ...(header && { header }),
    })
    if (opened.kind === 'more') return refuse('malformed', 'no room for a security header')
    if (opened.kind === 'malformed') return refuse('decryption-failed', opened.error.message)
    const { plain, header: control } = opened.value
    if (control.suite !== this.suite) {
      return refuse('decryption-failed', `security suite ${control.suite} where ${this.suite} is agreed`)
    }
    if (!control.authenticated && !control.encrypted) {
      return refuse('policy', 'a ciphered APDU that is neither authenticated nor encrypted')
    }
    if (plain.length === 0) return refuse('decryption-failed', 'nothing inside a ciphered APDU')
    return opened.value
  }

  #openedAs(
    { plain, header }: Unprotected,
    format: CipheringFormat,
    systemTitle: Uint8Array,
    broadcast: boolean,
  ): Opened {
    const protection = policies[(header.control & 0x30) >> 4] as SecurityPolicy
    return { kind: 'opened', plain, protection, format, systemTitle, ...(broadcast && { broadcast }) }
  }
}
