// The client's half of ciphering: one policy for all that leaves, a floor under what arrives.

import type { CryptoProvider } from '../../crypto.ts'
import { DlmsError } from '../../parse.ts'
import { suiteKeyLength } from '../../security/index.ts'
import { type CipheringFormat, covers, type Opened, Protection } from '../protection.ts'
import type { ClientSecurity, SecurityPolicy, SessionError } from '../types.ts'

/** APDUs that a server may send bare inside a ciphered association: it could not decipher, or would not. */
const bareErrors: readonly number[] = [0xd8, 0x0e]

export class ClientProtection extends Protection {
  readonly policy: SecurityPolicy
  /** Every service is signed, and the answers have to be. */
  readonly signed: boolean
  /** Key of this association alone; goes with the InitiateRequest. */
  readonly ownDedicatedKey: Uint8Array | undefined
  /** The client's own title, when it has one. */
  readonly systemTitle: Uint8Array | undefined
  readonly #format: CipheringFormat

  constructor(crypto: CryptoProvider, security: ClientSecurity | undefined) {
    super(crypto, security && peerOptions(security), security?.serverSystemTitle)
    this.policy = security?.policy ?? 'none'
    this.systemTitle = security?.systemTitle
    this.#format = security?.ciphering ?? 'general-global'
    this.signed = security?.signed ?? false
    const dedicated = this.#format === 'dedicated' || this.#format === 'general-dedicated'
    this.ownDedicatedKey =
      security?.dedicatedKey ?? (dedicated ? crypto.randomBytes(suiteKeyLength(this.suite)) : undefined)
    if (this.ownDedicatedKey && !covers(this.policy, 'encrypted')) {
      throw new DlmsError('usage', 'a dedicated key travels encrypted only: the policy has to say so')
    }
    this.dedicatedKey = this.ownDedicatedKey
  }

  get usesGeneralProtection(): boolean {
    const general = this.#format !== 'global' && this.#format !== 'dedicated'
    return (this.policy !== 'none' && general) || this.signed
  }

  /** A service APDU as it leaves. */
  sealService(plain: Uint8Array): Uint8Array {
    return this.seal(plain, this.policy, this.#format, this.signed)
  }

  /** The InitiateRequest inside an AARQ or RLRQ has its own glo tag whatever the services use. */
  sealInitiate(plain: Uint8Array): Uint8Array {
    return this.seal(plain, this.policy, 'global')
  }

  /** Longest bare service APDU that fits the server's PDU, bytes. */
  room(maxPdu: number): number {
    return Protection.room(maxPdu, this.policy, this.#format, this.signed)
  }

  /** Why an answer is not to be believed; undefined when its protection suffices. */
  weakness(opened: Extract<Opened, { kind: 'opened' }>): SessionError | undefined {
    if (opened.broadcast) {
      return { code: 'policy', message: 'a message to this client alone came under the broadcast key' }
    }
    const signed = opened.signed === true || !this.signed
    if (signed && covers(opened.protection, this.policy)) return undefined
    if (opened.format === 'bare' && bareErrors.includes(opened.plain[0])) return undefined
    return {
      code: 'policy',
      message: signed
        ? `an answer came with protection '${opened.protection}' where '${this.policy}' is agreed`
        : 'an answer came without a digital signature',
    }
  }
}

function peerOptions(security: ClientSecurity) {
  const last = { global: security.serverCounterFloor, broadcast: undefined as number | undefined }
  return {
    ...security,
    lastPeerCounter: (key: 'global' | 'broadcast') => last[key],
    acceptPeerCounter: (counter: number, key: 'global' | 'broadcast') => {
      last[key] = counter
      if (key === 'global') security.onServerCounter?.(counter)
    },
  }
}
