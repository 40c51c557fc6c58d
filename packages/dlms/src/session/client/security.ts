// The client's half of ciphering: one policy for all that leaves, a floor under what arrives.

import type { CryptoProvider } from '../../crypto.ts'
import { type CipheringFormat, covers, type Opened, Protection } from '../protection.ts'
import type { ClientSecurity, SecurityPolicy, SessionError } from '../types.ts'

/** APDUs that a server may send bare inside a ciphered association: it could not decipher, or would not. */
const bareErrors: readonly number[] = [0xd8, 0x0e]

export class ClientProtection extends Protection {
  readonly policy: SecurityPolicy
  /** The client's own title, when it has one. */
  readonly systemTitle: Uint8Array | undefined
  readonly #format: CipheringFormat

  constructor(crypto: CryptoProvider, security: ClientSecurity | undefined) {
    super(crypto, security && peerOptions(security), security?.serverSystemTitle)
    this.policy = security?.policy ?? 'none'
    this.systemTitle = security?.systemTitle
    this.#format = security?.ciphering ?? 'general-global'
  }

  get usesGeneralProtection(): boolean {
    return this.policy !== 'none' && this.#format === 'general-global'
  }

  /** A service APDU as it leaves. */
  sealService(plain: Uint8Array): Uint8Array {
    return this.seal(plain, this.policy, this.#format)
  }

  /** The InitiateRequest inside an AARQ or RLRQ has its own glo tag whatever the services use. */
  sealInitiate(plain: Uint8Array): Uint8Array {
    return this.seal(plain, this.policy, 'global')
  }

  /** Longest bare service APDU that fits the server's PDU, bytes. */
  room(maxPdu: number): number {
    return Protection.room(maxPdu, this.policy, this.#format)
  }

  /** Why an answer is not to be believed; undefined when its protection suffices. */
  weakness(opened: Extract<Opened, { kind: 'opened' }>): SessionError | undefined {
    if (covers(opened.protection, this.policy)) return undefined
    if (opened.format === 'bare' && bareErrors.includes(opened.plain[0])) return undefined
    return {
      code: 'policy',
      message: `an answer came with protection '${opened.protection}' where '${this.policy}' is agreed`,
    }
  }
}

function peerOptions(security: ClientSecurity) {
  let last = security.serverCounterFloor
  return {
    systemTitle: security.systemTitle,
    encryptionKey: security.encryptionKey,
    authenticationKey: security.authenticationKey,
    nextInvocationCounter: security.nextInvocationCounter,
    lastPeerCounter: () => last,
    acceptPeerCounter: (counter: number) => {
      last = counter
      security.onServerCounter?.(counter)
    },
  }
}
