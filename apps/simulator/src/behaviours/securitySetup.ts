import { type Data, data, decodeAs, needCrypto, securitySetup } from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import { type CosemObject, given, refused } from '../cosem.ts'

export interface KeyStore {
  readonly encryption: Uint8Array
  readonly authentication: Uint8Array
  readonly master: Uint8Array
}

const kinds: Readonly<Record<string, keyof KeyStore>> = {
  'global unicast encryption key': 'encryption',
  'authentication key': 'authentication',
  'master key': 'master',
}

/**
 * Class 64, Security setup: policy, suite and titles; keys are never read, and come wrapped under the master key
 * (Blue Book 4.4.7). A key that does not unwrap changes nothing, nor do those beside it.
 */
export function securitySetupObject(options: {
  readonly serverTitle: Uint8Array
  readonly suite: 0 | 1 | 2
  readonly keys: () => KeyStore
  readonly replace: (keys: Partial<KeyStore>) => void
}): CosemObject {
  const empty: Data = data.octets(new Uint8Array(0))
  const { keyTransfer } = securitySetup('0.0.43.0.0.255')
  return {
    classId: 64,
    version: 1,
    obis: '0.0.43.0.0.255',
    attributes: 6,
    methods: 8,
    get(attribute, { association }) {
      switch (attribute) {
        case 2:
          return given(data.enum(association.policy === 'authenticated-encrypted' ? 0x6c : 0))
        case 3:
          return given(data.enum(options.suite))
        case 4:
          return given(association.clientSystemTitle ? data.octets(association.clientSystemTitle) : empty)
        case 5:
          return given(data.octets(options.serverTitle))
        case 6:
          return given(data.array())
        default:
          return refused('object-undefined')
      }
    },
    invoke(method, parameters) {
      if (method !== 2) return { result: 'object-undefined' }
      const asked = decodeAs(keyTransfer.parameters, parameters ?? data.nul())
      if (!asked.ok) return { result: 'type-unmatched' }
      const { master } = options.keys()
      const replaced: Partial<Record<keyof KeyStore, Uint8Array>> = {}
      for (const { keyId, wrappedKey } of asked.value) {
        const kind = kinds[keyId]
        const key = needCrypto(nodeCrypto, 'aesKeyUnwrap')(master, wrappedKey)
        if (kind === undefined || key === null || key.length !== master.length)
          return { result: 'other-reason' }
        replaced[kind] = key
      }
      options.replace(replaced)
      return { result: 'success' }
    },
  }
}
