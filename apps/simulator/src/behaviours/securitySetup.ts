import { type Data, data } from '@contor/dlms'
import { type CosemObject, given, refused } from '../cosem.ts'

/** Class 64, Security setup: policy, suite and titles; keys are never read (Blue Book 4.4.7). */
export function securitySetupObject(serverTitle: Uint8Array): CosemObject {
  const empty: Data = data.octets(new Uint8Array(0))
  return {
    classId: 64,
    version: 1,
    obis: '0.0.43.0.0.255',
    attributes: 6,
    methods: 8,
    get(attribute, { association }) {
      switch (attribute) {
        case 2:
          return given(data.enum(association.policy === 'authenticated-encrypted' ? 0xac : 0))
        case 3:
          return given(data.enum(0))
        case 4:
          return given(association.clientSystemTitle ? data.octets(association.clientSystemTitle) : empty)
        case 5:
          return given(data.octets(serverTitle))
        case 6:
          return given(data.array())
        default:
          return refused('object-undefined')
      }
    },
  }
}
