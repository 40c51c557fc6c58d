// Association control: AARQ, AARE, RLRQ, RLRE, BER encoded (Green Book 9.4.2; ISO/IEC 8650-1).

import type { Layer } from './layer.ts'
import {
  acseProviderDiagnostics,
  acseUserDiagnostics,
  associationResults,
  contextNames,
  mechanismNames,
  releaseReasons,
} from './names.ts'
import { hide } from './secrets.ts'
import { InspectFault } from './state.ts'
import { hexOf } from './tree.ts'

type Field = readonly [name: string, read?: (layer: Layer, end: number) => void]

const octetString = (layer: Layer, end: number) => void element(layer, 'octet-string', end)

const aarqFields: Readonly<Record<number, Field>> = {
  128: ['protocol-version'],
  161: ['application-context-name', objectIdentifier(contextNames)],
  162: ['called-AP-title', octetString],
  163: ['called-AE-qualifier', octetString],
  164: ['called-AP-invocation-identifier', integer()],
  165: ['called-AE-invocation-identifier', integer()],
  166: ['calling-AP-title', systemTitle('client')],
  167: ['calling-AE-qualifier', octetString],
  168: ['calling-AP-invocation-identifier', integer()],
  169: ['calling-AE-invocation-identifier', integer()],
  138: ['sender-acse-requirements'],
  139: ['mechanism-name', mechanism],
  172: ['calling-authentication-value', secretValue],
  189: ['user-information', userInformation],
}

const aareFields: Readonly<Record<number, Field>> = {
  128: ['protocol-version'],
  161: ['application-context-name', objectIdentifier(contextNames)],
  162: ['result', integer(associationResults)],
  163: ['result-source-diagnostic', diagnostic],
  164: ['responding-AP-title', systemTitle('server')],
  165: ['responding-AE-qualifier', octetString],
  166: ['responding-AP-invocation-identifier', integer()],
  167: ['responding-AE-invocation-identifier', integer()],
  136: ['responder-acse-requirements'],
  137: ['mechanism-name', mechanism],
  170: ['responding-authentication-value', secretValue],
  190: ['user-information', userInformation],
}

const releaseFields: Readonly<Record<number, Field>> = {
  128: ['reason', (layer, end) => contentInteger(layer, end, releaseReasons)],
  190: ['user-information', userInformation],
}

const fieldsOf: Readonly<Record<number, Readonly<Record<number, Field>>>> = {
  96: { ...aarqFields, 190: ['user-information', userInformation] },
  97: aareFields,
  98: releaseFields,
  99: releaseFields,
}

/** Reads what follows the tag of an ACSE APDU. */
export function association(layer: Layer, tag: number): void {
  const fields = fieldsOf[tag] ?? {}
  const whole = stated(layer)
  const end = whole.end
  while (layer.position < end) {
    const at = layer.position
    const fieldTag = layer.peek()
    const field = fields[fieldTag]
    layer.group(field?.[0] ?? `field ${fieldTag.toString(16).padStart(2, '0')}`, (node) => {
      layer.position++
      const close = fieldEnd(layer, field?.[1] === secretValue || field?.[1] === userInformation)
      if (close > end) layer.fail('length', 'the field runs past its APDU', at)
      if (field?.[1]) field[1](layer, close)
      else node.value = hexOf(layer.take(close - layer.position, 'field'))
      if (layer.position !== close) layer.fail('length', 'the field has octets left', layer.position)
    })
  }
  if (whole.fault) throw whole.fault
}

/** Where the APDU ends; one cut short is read as far as it goes, and its fault is told afterwards. */
function stated(layer: Layer): { end: number; fault?: InspectFault } {
  try {
    return { end: layer.length('acse') + layer.position }
  } catch (fault) {
    if (!(fault instanceof InspectFault)) throw fault
    return { end: layer.end, fault }
  }
}

function fieldEnd(layer: Layer, secret: boolean): number {
  const at = layer.position
  try {
    return layer.length('field') + layer.position
  } catch (fault) {
    if (secret) hide(layer.state, layer.bytes.subarray(at, layer.end))
    throw fault
  }
}

/** Opens one BER element inside the field and hands over its contents. */
function element(layer: Layer, name: string, end: number): Uint8Array {
  const at = layer.position
  layer.need(1, name)
  const tag = layer.bytes[layer.position++] as number
  const length = layer.length(name)
  if (layer.position + length > end) layer.fail('length', `${name} runs past its field`, at)
  const bytes = layer.take(length, name)
  layer.add(name, at, layer.position - at, {
    type: `ber ${tag.toString(16).padStart(2, '0')}`,
    value: hexOf(bytes),
  })
  return bytes
}

function integer(names?: Readonly<Record<number, string>>): (layer: Layer, end: number) => void {
  return (layer, end) => {
    const node = layer.node
    const value = element(layer, 'integer', end).reduce((sum, octet) => sum * 256 + octet, 0)
    node.value = value
    const text = names?.[value]
    if (text) node.text = text
  }
}

function contentInteger(layer: Layer, end: number, names: Readonly<Record<number, string>>): void {
  const node = layer.node
  const value = layer.take(end - layer.position, 'integer').reduce((sum, octet) => sum * 256 + octet, 0)
  node.value = value
  const text = names[value]
  if (text) node.text = text
}

function objectIdentifier(names: Readonly<Record<number, string>>): (layer: Layer, end: number) => void {
  return (layer, end) => {
    const node = layer.node
    identify(node, element(layer, 'object-identifier', end), names)
  }
}

function identify(
  node: { value?: unknown; text?: string },
  oid: Uint8Array,
  names: Readonly<Record<number, string>>,
): number {
  const last = oid.at(-1) ?? -1
  const arcs: number[] = []
  let arc = 0
  oid.forEach((octet, index) => {
    if (index === 0) arcs.push(Math.floor(octet / 40), octet % 40)
    else {
      arc = arc * 128 + (octet & 0x7f)
      if (octet < 0x80) {
        arcs.push(arc)
        arc = 0
      }
    }
  })
  node.value = arcs.join('.')
  if (names[last]) node.text = names[last]
  return last
}

/** IMPLICIT, so the contents are the identifier itself. */
function mechanism(layer: Layer, end: number): void {
  layer.state.mechanism = identify(
    layer.node,
    layer.take(end - layer.position, 'mechanism-name'),
    mechanismNames,
  )
}

function systemTitle(party: 'client' | 'server'): (layer: Layer, end: number) => void {
  return (layer, end) => {
    layer.state.titles[party] = element(layer, 'octet-string', end).slice()
  }
}

/** A challenge is public; a low level password is a secret. Unknown mechanisms are kept secret too. */
function secretValue(layer: Layer, end: number): void {
  const { mechanism: known } = layer.state
  layer.need(1, 'authentication-value')
  layer.position++
  layer.within(end, () => {
    if (known !== undefined && known >= 2) layer.octets('challenge', layer.length('authentication-value'))
    else layer.secretString('password')
  })
}

function diagnostic(layer: Layer, end: number): void {
  const at = layer.position
  const source = layer.peek()
  const user = source === 0xa1
  if (!user && source !== 0xa2) layer.fail('choice', 'unknown diagnostic source', at)
  layer.group(user ? 'acse-service-user' : 'acse-service-provider', () => {
    layer.position++
    const close = layer.length('diagnostic') + layer.position
    if (close > end) layer.fail('length', 'the diagnostic runs past its field', at)
    integer(user ? acseUserDiagnostics : acseProviderDiagnostics)(layer, close)
  })
}

/** OCTET STRING around an xDLMS APDU: InitiateRequest, InitiateResponse, ConfirmedServiceError or a ciphered one. */
function userInformation(layer: Layer, end: number): void {
  const at = layer.position
  if (layer.take(1, 'user-information')[0] !== 0x04) {
    layer.fail('tag', 'user information is no octet-string', at)
  }
  const length = layer.length('user-information')
  if (layer.position + length !== end) layer.fail('length', 'user information does not fill its field', at)
  layer.within(end, () => layer.state.apdu(layer))
}
