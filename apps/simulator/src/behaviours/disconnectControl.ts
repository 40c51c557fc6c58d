import { data } from '@contor/dlms'
import { type CosemObject, given, refused } from '../cosem.ts'

/** control_state of class 70. */
export const control = { disconnected: 0, connected: 1, ready: 2 } as const

const controlMode = 3

export interface Relay {
  output: boolean
  control: 0 | 1 | 2
}

/**
 * Class 70, Disconnect control, mode 3: remote disconnection (transitions b, c); remote reconnection (d) makes
 * the meter ready, the customer's button (e) closes the relay (Blue Book 4.5.8, table of control modes).
 */
export function disconnectControlObject(relay: Relay, changed: (code: number) => void): CosemObject {
  return {
    classId: 70,
    version: 0,
    obis: '0.0.96.3.10.255',
    attributes: 4,
    methods: 2,
    get(attribute) {
      if (attribute === 2) return given(data.bool(relay.output))
      if (attribute === 3) return given(data.enum(relay.control))
      if (attribute === 4) return given(data.enum(controlMode))
      return refused('object-undefined')
    },
    invoke(method) {
      if (method === 1) {
        relay.output = false
        relay.control = control.disconnected
        changed(62)
        return { result: 'success' }
      }
      if (method === 2) {
        if (relay.control === control.disconnected) relay.control = control.ready
        changed(63)
        return { result: 'success' }
      }
      return { result: 'object-undefined' }
    },
  }
}
