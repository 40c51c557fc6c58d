// Initiate, notifications, exceptions and general block transfer (Green Book 9.3, 9.4, 9.5).

import { serviceErrorText } from '../xdlms/results.ts'
import { concatenate } from './blocks.ts'
import { dateTimeText } from './dateText.ts'
import type { Layer } from './layer.ts'
import {
  confirmedServices,
  conformanceBits,
  serviceErrorGroups,
  serviceErrors,
  stateErrors,
} from './names.ts'
import { piecesOf } from './secrets.ts'
import { data, descriptor } from './services.ts'
import { hexOf } from './tree.ts'

export function initiateRequest(layer: Layer): void {
  if (layer.flag('dedicated-key-present')) {
    // Copied: the layer may be overwritten by its owner, and the key deciphers later messages.
    layer.state.dedicatedKey = layer.secretString('dedicated-key').slice()
  }
  if (layer.flag('response-allowed-present')) layer.flag('response-allowed')
  if (layer.flag('proposed-quality-of-service-present')) layer.i8('proposed-quality-of-service')
  layer.u8('proposed-dlms-version-number')
  conformance(layer, 'proposed-conformance')
  layer.u16('client-max-receive-pdu-size')
}

export function initiateResponse(layer: Layer): void {
  if (layer.flag('negotiated-quality-of-service-present')) layer.i8('negotiated-quality-of-service')
  layer.u8('negotiated-dlms-version-number')
  conformance(layer, 'negotiated-conformance')
  layer.u16('server-max-receive-pdu-size')
  layer.u16('vaa-name', (value) => ({ 7: 'logical names', 64000: 'short names' })[value])
}

/** `[APPLICATION 31] BIT STRING (24)`, BER encoded: 5F 1F 04 00 and three octets; some leave 1F out. */
function conformance(layer: Layer, name: string): void {
  layer.group(name, (node) => {
    const at = layer.position
    if (layer.take(1, name)[0] !== 0x5f)
      layer.fail('conformance', 'conformance block does not begin with 5F', at)
    if (layer.peek() === 0x1f) layer.take(1, name)
    const [length, unused] = layer.take(2, name)
    if (length !== 4 || unused !== 0) layer.fail('conformance', 'conformance block is not 24 bits long', at)
    const bytes = layer.take(3, name)
    node.type = 'bit-string'
    node.value = hexOf(bytes)
    const set = conformanceBits.filter((_, bit) => ((bytes[bit >> 3] as number) >> (7 - (bit & 7))) & 1)
    node.text = set.join(', ')
  })
}

/** @returns the id without its flags */
export function longInvokeId(layer: Layer): number {
  const text = (value: number) => {
    const parts = [`invoke-id ${value & 0xffffff}`]
    if (value & 0x1000_0000) parts.push('self-descriptive')
    if (value & 0x2000_0000) parts.push('break on error')
    if (value & 0x4000_0000) parts.push('confirmed')
    if (value & 0x8000_0000) parts.push('high priority')
    return parts.join(', ')
  }
  return layer.u32('long-invoke-id-and-priority', text) & 0xffffff
}

/** Answer to a confirmed data-notification: its long-invoke-id and its date-time again. */
export function dataNotificationConfirm(layer: Layer): void {
  longInvokeId(layer)
  layer.group('date-time', (node) => optionalTime(layer, node, layer.length('date-time')))
}

export function dataNotification(layer: Layer): void {
  longInvokeId(layer)
  layer.group('date-time', (node) => {
    // Some meters put the tag of an octet-string before the length of this untagged field.
    if (layer.peek() === 0x09 && (layer.peek(1) === 0x0c || layer.peek(1) === 0)) {
      layer.position++
      node.note = layer.say('taggedTime')
    }
    optionalTime(layer, node, layer.length('date-time'))
  })
  data(layer, 'notification-body')
}

export function optionalTime(
  layer: Layer,
  node: { value?: unknown; text?: string; type?: string },
  length: number,
): void {
  const bytes = layer.take(length, 'date-time')
  node.type = 'octet-string'
  node.value = hexOf(bytes)
  if (length === 12) node.text = dateTimeText(bytes, layer.state.language)
  else if (length === 0) node.text = layer.say('notSpecified')
  else layer.fail('date-time', `a date-time has 0 or 12 octets, not ${length}`, layer.position - length)
}

export function eventNotification(layer: Layer): void {
  if (layer.flag('time-present')) {
    layer.group('time', (node) => optionalTime(layer, node, layer.length('time')))
  }
  const about = descriptor(layer, 'attribute')
  data(layer, 'attribute-value', about)
}

export function exceptionResponse(layer: Layer): void {
  layer.u8('state-error', (value) => stateErrors[value])
  const error = layer.u8('service-error', (value) => serviceErrors[value])
  if (error === 6) layer.u32('invocation-counter')
}

export function confirmedServiceError(layer: Layer): void {
  layer.u8('confirmed-service', (value) => confirmedServices[value])
  const group = layer.u8('service-error', (value) => serviceErrorGroups[value])
  layer.u8('error', (value) => serviceErrorText(group, value))
}

/** General-block-transfer: joins the blocks of one direction and reads the APDU they carry. */
export function generalBlockTransfer(layer: Layer): void {
  const { state } = layer
  const control = layer.u8('block-control', (value) => {
    const bits = [value & 0x80 ? 'last-block' : '', value & 0x40 ? 'streaming' : '', `window ${value & 0x3f}`]
    return bits.filter(Boolean).join(', ')
  })
  const number = layer.u16('block-number')
  layer.u16('block-number-ack')
  const block = layer.octets('block-data', layer.length('block-data'))
  const key = `gbt ${state.channel}`
  const last = (control & 0x80) !== 0
  if (block.length === 0 && !state.blocks.has(key)) return
  const transfer = number <= 1 ? { parts: [], next: number, length: 0 } : state.blocks.get(key)
  if (!transfer || transfer.next !== number) {
    state.blocks.delete(key)
    layer.node.note = layer.say('blocksMissing')
    layer.fail('block-number', `block ${number} does not follow the blocks before`)
  }
  if (transfer.length + block.length > state.limits.maxInput)
    layer.fail('too-large', 'the blocks are too long')
  transfer.parts.push(block)
  transfer.length += block.length
  transfer.next = number + 1
  if (!last) {
    state.blocks.set(key, transfer)
    layer.node.note = layer.say('blocksFollow')
    return
  }
  state.blocks.delete(key)
  const bytes = concatenate(transfer.parts, transfer.length)
  layer.inner('reassembled', bytes, state.apdu, {}, piecesOf(transfer.parts))
}
