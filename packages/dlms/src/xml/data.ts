// Data as elements, named as translators print them: `<UInt16 Value="0008" />`.

import { bitString, bitText, type Data, type DataType, type TypeDescription } from '../axdr/data.ts'
import { element, isXmlText, type XmlElement } from './document.ts'
import { digitsOf, fail, readNumber, type Shape, textOf } from './shapes.ts'

const names: Readonly<Record<DataType, string>> = {
  'null-data': 'NullData',
  array: 'Array',
  structure: 'Structure',
  boolean: 'Boolean',
  'bit-string': 'BitString',
  'double-long': 'Int32',
  'double-long-unsigned': 'UInt32',
  'octet-string': 'OctetString',
  'visible-string': 'String',
  'utf8-string': 'StringUTF8',
  bcd: 'Bcd',
  integer: 'Int8',
  long: 'Int16',
  unsigned: 'UInt8',
  'long-unsigned': 'UInt16',
  'compact-array': 'CompactArray',
  long64: 'Int64',
  'long64-unsigned': 'UInt64',
  enum: 'Enum',
  float32: 'Float32',
  float64: 'Float64',
  'date-time': 'DateTime',
  date: 'Date',
  time: 'Time',
  'delta-integer': 'DeltaInt8',
  'delta-long': 'DeltaInt16',
  'delta-double-long': 'DeltaInt32',
  'delta-unsigned': 'DeltaUInt8',
  'delta-long-unsigned': 'DeltaUInt16',
  'delta-double-long-unsigned': 'DeltaUInt32',
}
const types = new Map(Object.entries(names).map(([type, name]) => [name, type as DataType]))

/** Octets and sign of the integer types. */
const integers: Readonly<Partial<Record<DataType, readonly [octets: number, signed: boolean]>>> = {
  'double-long': [4, true],
  'double-long-unsigned': [4, false],
  bcd: [1, false],
  integer: [1, true],
  long: [2, true],
  unsigned: [1, false],
  'long-unsigned': [2, false],
  enum: [1, false],
  'delta-integer': [1, true],
  'delta-long': [2, true],
  'delta-double-long': [4, true],
  'delta-unsigned': [1, false],
  'delta-long-unsigned': [2, false],
  'delta-double-long-unsigned': [4, false],
}

const hex = (value: number | bigint, octets: number) =>
  value
    .toString(16)
    .toUpperCase()
    .padStart(2 * octets, '0')
const hexOf = (bytes: Uint8Array) => Array.from(bytes, (octet) => hex(octet, 1)).join('')

export function writeDataElement(data: Data): XmlElement {
  const name = names[data.type]
  switch (data.type) {
    case 'null-data':
      return element(name)
    case 'array':
    case 'structure':
      return element(name, { Qty: hex(data.value.length, 2) }, data.value.map(writeDataElement))
    case 'compact-array':
      return element(name, {}, [
        element('TypeDescription', {}, [writeType(data.description)]),
        element('ArrayContents', { Qty: hex(data.value.length, 2) }, data.value.map(writeDataElement)),
      ])
    case 'boolean':
      return element(name, { Value: data.value ? '01' : '00' })
    case 'bit-string':
      return element(name, { Value: bitText(data.value) })
    case 'octet-string':
    case 'date-time':
    case 'date':
    case 'time':
      return element(name, { Value: hexOf(data.value) })
    case 'visible-string':
    case 'utf8-string':
      return isXmlText(data.value)
        ? element(name, { Value: data.value })
        : element(name, { Hex: Array.from(data.value, (_, i) => hex(data.value.charCodeAt(i), 2)).join('') })
    case 'long64':
    case 'long64-unsigned':
      return element(name, { Value: hex(BigInt.asUintN(64, data.value), 8) })
    case 'float32':
    case 'float64':
      return element(name, { Value: floatText(data.type, data.value) })
    default: {
      const [octets, signed] = integers[data.type] as [number, boolean]
      const value = signed && data.value < 0 ? data.value + 2 ** (8 * octets) : data.value
      return element(name, { Value: hex(value, octets) })
    }
  }
}

/** The octets of the number: nothing is rounded. */
function floatText(type: 'float32' | 'float64', value: number): string {
  const view = new DataView(new ArrayBuffer(type === 'float32' ? 4 : 8))
  if (type === 'float32') view.setFloat32(0, value)
  else view.setFloat64(0, value)
  return hexOf(new Uint8Array(view.buffer))
}

export function readDataElement(node: XmlElement): Data {
  const type = types.get(node.name)
  if (type === undefined) fail(node, 'is no type of data')
  switch (type) {
    case 'null-data':
      return { type, value: null }
    case 'array':
    case 'structure':
      return { type, value: node.children.map(readDataElement) }
    case 'compact-array': {
      const [about, contents, more] = node.children
      if (about?.name !== 'TypeDescription' || contents?.name !== 'ArrayContents' || more) {
        fail(node, 'holds TypeDescription and ArrayContents')
      }
      const [described] = about.children
      if (!described || about.children.length !== 1) fail(about, 'holds one type')
      return { type, description: readType(described), value: contents.children.map(readDataElement) }
    }
    case 'boolean':
      return { type, value: readNumber(node, 1) !== 0 }
    case 'bit-string': {
      const bits = textOf(node)
      if (/[^01]/.test(bits)) fail(node, 'has bits other than 0 and 1')
      return { type, value: bitString(bits) }
    }
    case 'octet-string':
    case 'date-time':
    case 'date':
    case 'time':
      return { type, value: digitsOf(node) }
    case 'visible-string':
    case 'utf8-string':
      return { type, value: node.attributes['Hex'] === undefined ? textOf(node) : codeUnits(node) }
    case 'long64':
    case 'long64-unsigned': {
      const digits = textOf(node)
      if (!/^[0-9a-fA-F]{1,16}$/.test(digits)) fail(node, 'is not 8 octets in hexadecimal')
      const value = BigInt(`0x${digits}`)
      return { type, value: type === 'long64' ? BigInt.asIntN(64, value) : value }
    }
    case 'float32':
    case 'float64':
      return { type, value: readFloat(node, type) }
    default: {
      const [octets, signed] = integers[type] as [number, boolean]
      const value = readNumber(node, octets)
      return { type, value: signed && value >= 2 ** (8 * octets - 1) ? value - 2 ** (8 * octets) : value }
    }
  }
}

function codeUnits(node: XmlElement): string {
  const bytes = digitsOf(node, node.attributes['Hex'])
  if (bytes.length % 2) fail(node, 'has half a character')
  let text = ''
  for (let i = 0; i < bytes.length; i += 2) {
    text += String.fromCharCode(((bytes[i] as number) << 8) | (bytes[i + 1] as number))
  }
  return text
}

function readFloat(node: XmlElement, type: 'float32' | 'float64'): number {
  const bytes = digitsOf(node)
  const size = type === 'float32' ? 4 : 8
  if (bytes.length !== size) fail(node, `has ${size} octets`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, size)
  return type === 'float32' ? view.getFloat32(0) : view.getFloat64(0)
}

function writeType(type: TypeDescription): XmlElement {
  const name = names[type.type]
  if (type.type === 'array') return element(name, { Qty: hex(type.count, 2) }, [writeType(type.element)])
  if (type.type === 'structure') return element(name, {}, type.elements.map(writeType))
  return element(name)
}

function readType(node: XmlElement): TypeDescription {
  const type = types.get(node.name)
  if (type === undefined || type === 'compact-array') fail(node, 'is no type of data')
  if (type === 'array') {
    const [of] = node.children
    if (!of || node.children.length !== 1) fail(node, 'holds one type')
    return { type, count: readNumber(node, 2, textOf(node, 'Qty')), element: readType(of) }
  }
  if (type === 'structure') return { type, elements: node.children.map(readType) }
  return { type }
}

/** One Data inside the element named. */
export const data: Shape<Data> = {
  write: (name, value) => element(name, {}, [writeDataElement(value)]),
  read: (node) => {
    const [child, more] = node.children
    if (!child || more) fail(node, 'holds one data')
    return readDataElement(child)
  },
}

/** Several Data, each an element of its own. */
export const dataList: Shape<readonly Data[]> = {
  write: (name, values) => element(name, { Qty: hex(values.length, 2) }, values.map(writeDataElement)),
  read: (node) => node.children.map(readDataElement),
}
