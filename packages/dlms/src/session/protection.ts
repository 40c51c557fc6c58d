// Ciphering and signing as one peer of an association sees it: its own title and counter on what leaves, the
// other's title and a strictly rising counter of each key on what arrives (Green Book 9.2.7).

import { DlmsError } from '../parse.ts'
import {
  authenticatedHeader,
  makeGeneralKey,
  protect,
  securityControl,
  signGeneral,
} from '../security/index.ts'
import { maxWrapperPayload } from '../wrapper/index.ts'
import { cipheredTag, cipheredTags, encodeApdu } from '../xdlms/index.ts'
import { type CipheringFormat, controls } from './cover.ts'
import type { CounterKey, ProtectionOptions } from './keyring.ts'
import { Opening } from './opening.ts'
import type { SecurityPolicy } from './types.ts'

export { answerFormat, atLeast, type CipheringFormat, covers, type Opened } from './cover.ts'
export type { CounterKey, ProtectionOptions } from './keyring.ts'

/** Most bytes that ciphering adds: tag, title with length, length, security header, authentication tag. */
const generalOverhead = 1 + 9 + 3 + 5 + 12
const globalOverhead = 1 + 3 + 5 + 12
/** Header of general-ciphering and general-signing: three ids of 8 bytes and two empty fields, lengths included. */
const headerOverhead = 1 + 3 * 9 + 2 + 3
const onePassOverhead = 3 + 1 + 3 + 2 * 96
const signatureOverhead = headerOverhead + 1 + 96
const titleLength = 8
const transactionLength = 8

/** What one peer does with each APDU of an association. */
export class Protection extends Opening {
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
    if (signed && this.signsCiphered) return this.#sign(this.#cipher(plain, policy, format))
    return this.#cipher(signed ? this.#sign(plain) : plain, policy, format)
  }

  #cipher(inner: Uint8Array, policy: SecurityPolicy, format: CipheringFormat): Uint8Array {
    if (policy === 'none') return inner
    if (format === 'general') return this.#sealGeneral(inner, policy)
    const options = this.need()
    const dedicated = format === 'dedicated' || format === 'general-dedicated'
    const key = dedicated ? this.dedicatedKey : options.encryptionKey
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
    const { broadcastKey, systemTitle } = this.need()
    if (!broadcastKey) throw new DlmsError('usage', 'this session has no broadcast key')
    const control = controls[policy] | securityControl.broadcast
    const content = this.#sealBody(plain, control, broadcastKey, 'broadcast')
    return encodeApdu({ kind: 'general-glo-ciphering', systemTitle, content })
  }

  /** Counter, keys and title of a proof with GMAC. Takes one invocation counter. */
  gmacProof() {
    const options = this.need()
    return {
      keys: { encryptionKey: options.encryptionKey, authenticationKey: options.authenticationKey },
      systemTitle: options.systemTitle,
      invocationCounter: this.nextCounter('global'),
      control: securityControl.authenticated | this.suite,
      crypto: this.crypto,
    }
  }

  /** Keys and title to check a proof of the peer with GMAC; undefined while its title is not known. */
  gmacCheck() {
    const systemTitle = this.peerTitle
    if (systemTitle?.length !== titleLength) return undefined
    const { encryptionKey, authenticationKey } = this.need()
    return { keys: { encryptionKey, authenticationKey }, systemTitle, crypto: this.crypto }
  }

  #sealGeneral(plain: Uint8Array, policy: SecurityPolicy): Uint8Array {
    const options = this.need()
    const header = this.#header(options)
    const keys = this.generalKeys(options)
    const kind = options.generalKey ?? this.peerGeneralKey ?? 'identified'
    const { key, keyInfo } = makeGeneralKey(kind, header, keys)
    const counted = authenticatedHeader(header, options.generalHeader)
    const content = this.#sealBody(plain, controls[policy], key, 'global', counted)
    return encodeApdu({ kind: 'general-ciphering', ...header, keyInfo, content })
  }

  #sign(plain: Uint8Array): Uint8Array {
    const header = this.#header(this.need())
    const using = { suite: this.suite, crypto: this.crypto }
    const signature = signGeneral(header, plain, this.signingKey, using)
    return encodeApdu({ kind: 'general-signing', ...header, content: plain, signature })
  }

  #header(options: ProtectionOptions) {
    const recipientSystemTitle = this.peerTitle
    if (!recipientSystemTitle) throw new DlmsError('usage', "the peer's system title is not known")
    const none = new Uint8Array(0)
    return {
      transactionId: this.crypto.randomBytes(transactionLength),
      originatorSystemTitle: options.systemTitle,
      recipientSystemTitle,
      dateTime: none,
      otherInformation: none,
    }
  }

  #sealBody(
    plain: Uint8Array,
    control: number,
    encryptionKey: Uint8Array,
    counterKey: CounterKey,
    header?: Uint8Array,
  ): Uint8Array {
    const { authenticationKey, systemTitle } = this.need()
    return protect(plain, {
      keys: { encryptionKey, authenticationKey },
      systemTitle,
      invocationCounter: this.nextCounter(counterKey),
      control: control | this.suite,
      crypto: this.crypto,
      ...(header && { header }),
    })
  }
}

function encodeCiphered(tag: number, content: Uint8Array): Uint8Array {
  const meaning = cipheredTags.get(tag)
  if (!meaning) throw new DlmsError('usage', `no ciphered service has the tag ${tag}`)
  return encodeApdu({ ...meaning, tag, content })
}
