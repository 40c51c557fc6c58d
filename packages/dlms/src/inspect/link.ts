// What a link layer hands up: an LLC header or none, then an APDU.

import { isApduTag } from './apdu.ts'
import type { Layer } from './layer.ts'
import { InspectFault } from './state.ts'

/** `strict`: the payload can only be an APDU; otherwise octets that are none are shown as they are. */
export function walkPayload(layer: Layer, strict: boolean): void {
  if (layer.remaining === 0) return
  gateway(layer)
  const hasLlc = layer.peek() === 0xe6 && (layer.peek(1) === 0xe6 || layer.peek(1) === 0xe7)
  if (hasLlc) {
    layer.group('llc', (node) => {
      layer.u8('destination-lsap')
      const source = layer.u8('source-lsap')
      node.text = layer.say(source === 0xe6 ? 'request' : 'response')
      layer.u8('quality')
    })
  }
  if (hasLlc && layer.remaining === 0) layer.fail('truncated', 'nothing follows the LLC header')
  // Tags from C0 on are unmistakable; lower ones may be the data of a segment from the middle.
  if (hasLlc || strict || (isApduTag(layer.peek()) && layer.peek() >= 0xc0)) {
    layer.state.apdu(layer)
    return
  }
  if (isApduTag(layer.peek()) && tentative(layer)) return
  layer.octets('payload', layer.remaining)
  layer.node.note ??= layer.say('opaque')
}

/**
 * Prefix of a message through a gateway (Green Book 10.10): E6 to a device behind it, E7 from one; then
 * network id and physical device address. E6 E6 00 and E6 E7 00 are LLC headers.
 */
function gateway(layer: Layer): void {
  const header = layer.peek()
  const length = layer.peek(2)
  if ((header !== 0xe6 && header !== 0xe7) || length < 0) return
  if (header === 0xe6 && (layer.peek(1) === 0xe6 || layer.peek(1) === 0xe7) && length === 0) return
  if (!isApduTag(layer.peek(3 + length))) return
  layer.group('gateway', (node) => {
    layer.u8('header')
    node.text = layer.say(header === 0xe6 ? 'request' : 'response')
    layer.u8('network-id')
    layer.octets('physical-device-address', layer.u8('address-length'))
  })
}

/** Reads an APDU if there is one; leaves no trace otherwise. */
function tentative(layer: Layer): boolean {
  const { state, node, position } = layer
  const before = state.error
  const children = node.children?.length ?? 0
  try {
    state.apdu(layer)
    if (state.error === before) return true
  } catch (error) {
    if (!(error instanceof InspectFault)) throw error
  }
  state.error = before
  node.children?.splice(children)
  layer.position = position
  return false
}
