// Key material and options of both sides in every suite, for the tests of this folder.

import type { CryptoProvider, EcKeyPair } from '../crypto.ts'
import { nodeCrypto } from '../providers/node.ts'
import type { AsymmetricKeys, SecuritySuite } from '../security/index.ts'
import { clientTitle, counter, serverTitle } from './harness.test.ts'
import type { ServerAssociation, ServerSecurity } from './serverTypes.ts'
import type { ClientAuthentication, ClientSecurity, ClientSessionOptions, SessionKeys } from './types.ts'

export const suites = [0, 1, 2] as const

export const full = nodeCrypto as Required<CryptoProvider>

/** Key material of both sides in one suite. */
export function keysOf(suite: SecuritySuite) {
  const length = suite === 2 ? 32 : 16
  const octets = (first: number) => Uint8Array.from({ length }, (_, i) => (first + i * 7) & 0xff)
  const symmetric = {
    suite,
    encryptionKey: octets(0x11),
    authenticationKey: octets(0xd0),
    broadcastKey: octets(0x42),
    masterKey: octets(0x77),
  }
  if (suite === 0) return { client: symmetric, server: symmetric }
  const curve = suite === 1 ? 'P-256' : 'P-384'
  const [clientSigns, serverSigns, clientAgrees, serverAgrees] = Array.from({ length: 4 }, () =>
    full.ecKeyPair(curve),
  ) as [EcKeyPair, EcKeyPair, EcKeyPair, EcKeyPair]
  const mine = (own: EcKeyPair, peer: EcKeyPair): AsymmetricKeys => ({
    privateKey: own.privateKey,
    peerPublicKey: peer.publicKey,
  })
  return {
    client: {
      ...symmetric,
      signing: mine(clientSigns, serverSigns),
      agreement: mine(clientAgrees, serverAgrees),
    },
    server: {
      ...symmetric,
      signing: mine(serverSigns, clientSigns),
      agreement: mine(serverAgrees, clientAgrees),
    },
  }
}

export type Setting = {
  readonly suite: SecuritySuite
  readonly authentication?: ClientAuthentication
  readonly client?: Partial<ClientSecurity>
  readonly server?: Partial<ServerSecurity>
  readonly association?: Partial<ServerAssociation>
  readonly options?: Partial<ClientSessionOptions>
  readonly crypto?: CryptoProvider
}

export function setting(wanted: Setting) {
  const { suite, authentication = { mechanism: 'gmac' }, crypto = nodeCrypto } = wanted
  const keys: { client: Partial<SessionKeys>; server: Partial<SessionKeys> } = keysOf(suite)
  const floors: Record<string, number | undefined> = {}
  const symmetric = keys.client as SessionKeys
  return {
    client: {
      authentication,
      crypto,
      security: {
        ...symmetric,
        systemTitle: clientTitle,
        policy: 'authenticated-encrypted',
        nextInvocationCounter: counter(1000),
        ...wanted.client,
      } as ClientSecurity,
      ...wanted.options,
    },
    server: {
      security: {
        ...(keys.server as SessionKeys),
        systemTitle: serverTitle,
        nextInvocationCounter: counter(50),
        lastClientCounter: (key) => floors[key],
        acceptClientCounter: (value, key) => {
          floors[key] = value
        },
        ...wanted.server,
      } as ServerSecurity,
      crypto,
    },
    association: {
      mechanism: authentication.mechanism,
      ...('secret' in authentication && { secret: authentication.secret }),
      ...('transform' in authentication && { transform: authentication.transform }),
      ...wanted.association,
    } as Partial<ServerAssociation>,
  }
}
