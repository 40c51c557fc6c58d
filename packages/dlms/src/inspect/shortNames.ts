// Short-name services (Green Book 9.3.13 to 9.3.17, 9.5): Read, Write, UnconfirmedWrite, InformationReport.

import { joinBlock } from './blocks.ts'
import type { Layer } from './layer.ts'
import { optionalTime } from './other.ts'
import { accessResult, data, list } from './services.ts'
import type { Asked } from './state.ts'

const accessNames: Readonly<Record<number, string>> = {
  2: 'variable-name',
  4: 'parameterized-access',
  5: 'block-number-access',
  6: 'read-data-block-access',
  7: 'write-data-block-access',
}

function shortName(layer: Layer): string {
  const at = layer.position
  layer.u16('variable-name', (value) => `short name ${value.toString(16).toUpperCase().padStart(4, '0')}`)
  const name = ((layer.bytes[at] as number) << 8) | (layer.bytes[at + 1] as number)
  return `short name ${name.toString(16).toUpperCase().padStart(4, '0')}`
}

function variable(layer: Layer, index: number): Asked | undefined {
  return layer.group(String(index + 1), (node) => {
    const at = layer.position
    const choice = layer.u8('variable-access', (value) => accessNames[value])
    node.type = accessNames[choice]
    switch (choice) {
      case 2:
        node.text = shortName(layer)
        return { text: node.text, secret: false }
      case 4:
        node.text = shortName(layer)
        layer.u8('selector')
        data(layer, 'parameter')
        return { text: node.text, secret: false }
      case 5:
        layer.u16('block-number')
        return undefined
      case 6:
        block(layer, 'read-request')
        return undefined
      case 7:
        layer.flag('last-block')
        layer.u16('block-number')
        return undefined
      default:
        layer.fail('choice', `choice ${choice} of a variable access`, at)
    }
  })
}

/** A block of service-specific transfer whose number has two octets. */
function block(layer: Layer, key: string): void {
  const last = layer.flag('last-block')
  const number = layer.u16('block-number')
  const raw = layer.octets('raw-data', layer.length('raw-data'))
  joinBlock(layer, `${key} ${layer.state.channel}`, { last, number }, raw, (whole) => {
    if (key === 'read-response') list(whole, 'result', (index) => readResult(whole, index, undefined))
    else whole.octets('contents', whole.remaining)
  })
}

/** Short-name services have no invoke id: the next response answers the last request. */
const lastRequest = -1

export function readRequest(layer: Layer): void {
  const asked = list(layer, 'variable-access-specification', (index) => variable(layer, index))
  const none: Asked = { text: '', secret: false }
  layer.state.requested.set(
    lastRequest,
    asked.map((each) => each ?? none),
  )
}

function readResult(layer: Layer, index: number, about: Asked | undefined): void {
  layer.group(String(index + 1), () => {
    const at = layer.position
    const choices = ['data', 'data-access-error', 'data-block-result', 'block-number']
    const choice = layer.u8('choice', (value) => choices[value])
    if (choice === 0) data(layer, 'data', about?.text ? about : undefined)
    else if (choice === 1) accessResult(layer, 'data-access-error')
    else if (choice === 2) block(layer, 'read-response')
    else if (choice === 3) layer.u16('block-number')
    else layer.fail('choice', `choice ${choice} of a read response`, at)
  })
}

export function readResponse(layer: Layer): void {
  const asked = layer.state.requested.get(lastRequest)
  list(layer, 'result', (index) => readResult(layer, index, asked?.[index]))
}

export function writeRequest(layer: Layer): void {
  const asked = list(layer, 'variable-access-specification', (index) => variable(layer, index))
  list(layer, 'list-of-data', (index) => data(layer, String(index + 1), asked[index]))
}

export function writeResponse(layer: Layer): void {
  list(layer, 'result', (index) => {
    layer.group(String(index + 1), () => {
      const at = layer.position
      const choice = layer.u8('choice', (value) => ['success', 'data-access-error', 'block-number'][value])
      if (choice === 1) accessResult(layer, 'data-access-error')
      else if (choice === 2) layer.u16('block-number')
      else if (choice !== 0) layer.fail('choice', `choice ${choice} of a write response`, at)
    })
  })
}

export function informationReport(layer: Layer): void {
  if (layer.flag('current-time-present')) {
    layer.group('current-time', (node) => optionalTime(layer, node, layer.length('current-time')))
  }
  const asked = list(layer, 'variable-access-specification', (index) => variable(layer, index))
  list(layer, 'list-of-data', (index) => data(layer, String(index + 1), asked[index]))
}
