import { type ActionAnswer, data, numberOf } from '@contor/dlms'
import { type CosemObject, given, refused } from '../cosem.ts'
import { type ControlMode, control, modeOf, type Relay } from './relay.ts'

/** Class 70, Disconnect control (Blue Book 4.5.8): the methods are triggers of the relay's table. */
export function disconnectControlObject(
  relay: Relay,
  remote: (trigger: 'remote-disconnect' | 'remote-reconnect', now: number) => ActionAnswer,
  changed: () => void,
): CosemObject {
  return {
    classId: 70,
    version: 0,
    obis: '0.0.96.3.10.255',
    attributes: 4,
    methods: 2,
    get(attribute) {
      if (attribute === 2) return given(data.bool(relay.output))
      if (attribute === 3) return given(data.enum(relay.control))
      if (attribute === 4) return given(data.enum(modeOf(relay)))
      return refused('object-undefined')
    },
    set(attribute, value) {
      if (attribute !== 4) return 'read-write-denied'
      const mode = value.type === 'enum' ? numberOf(value) : undefined
      if (mode === undefined || mode < 0 || mode > 6) return 'type-unmatched'
      // Mode 0 is always connected: it cannot begin on an open relay, and writing it does not close one.
      if (mode === 0 && relay.control !== control.connected) return 'temporary-failure'
      relay.mode = mode as ControlMode
      changed()
      return 'success'
    },
    invoke(method, _, { now }) {
      if (method === 1) return remote('remote-disconnect', now)
      if (method === 2) return remote('remote-reconnect', now)
      return { result: 'object-undefined' }
    },
  }
}
