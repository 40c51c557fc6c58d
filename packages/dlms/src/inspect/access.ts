// ACCESS (Green Book 9.3.9, 9.5): GET, SET and ACTION of many objects in one APDU.

import type { Layer } from './layer.ts'
import { accessRequests } from './names.ts'
import { longInvokeId, optionalTime } from './other.ts'
import { accessResult, actionResultCode, data, descriptor, list, selectionParameters } from './services.ts'
import type { Asked } from './state.ts'

function dateTime(layer: Layer): void {
  layer.group('date-time', (node) => optionalTime(layer, node, layer.length('date-time')))
}

function specification(layer: Layer, index: number): Asked {
  return layer.group(String(index + 1), (node) => {
    const at = layer.position
    const choice = layer.u8('choice', (value) => accessRequests[value])
    const name = accessRequests[choice]
    if (name === undefined) layer.fail('choice', `choice ${choice} of an access request`, at)
    const asked = descriptor(layer, choice === 3 ? 'method' : 'attribute')
    if (choice > 3) selectionParameters(layer)
    node.type = name
    node.text = asked.text
    return asked
  })
}

export function accessRequest(layer: Layer): void {
  const id = longInvokeId(layer)
  dateTime(layer)
  const asked = list(layer, 'access-request-specification', (index) => specification(layer, index))
  layer.state.requested.set(accessKey(id), asked)
  list(layer, 'access-request-list-of-data', (index) => data(layer, String(index + 1), asked[index]))
}

/** Long invoke ids live beside the four-bit ones of the other services. */
const accessKey = (id: number) => 0x0100_0000 + id

export function accessResponse(layer: Layer): void {
  const id = longInvokeId(layer)
  dateTime(layer)
  let asked = layer.state.requested.get(accessKey(id))
  if (layer.flag('access-request-specification-present')) {
    asked = list(layer, 'access-request-specification', (index) => specification(layer, index))
  }
  list(layer, 'access-response-list-of-data', (index) => data(layer, String(index + 1), asked?.[index]))
  list(layer, 'access-response-specification', (index) => {
    layer.group(String(index + 1), (node) => {
      const at = layer.position
      const choice = layer.u8('choice', (value) => accessRequests[value])
      if (choice < 1 || choice > 3) layer.fail('choice', `choice ${choice} of an access response`, at)
      const about = asked?.[index]
      if (about !== undefined) node.text = about.text
      if (choice === 3) actionResultCode(layer, 'result')
      else accessResult(layer, 'result')
    })
  })
}
