// A-XDR bytes → Data (Green Book 9.5). Bounded: nesting, elements of the whole parse, and every length.

import { decodeWith, type Reader } from '../bytes.ts'
import { DlmsError, defaultLimits, type Limits, type Parse } from '../parse.ts'
import { type Data, dataTags, dataTypes, type SimpleType, type TypeDescription } from './data.ts'

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** Decodes one Data at `offset`. Never throws. */
export function decodeData(bytes: Uint8Array, offset = 0, limits: Limits = defaultLimits): Parse<Data> {
  return decodeWith(bytes, offset, limits, readData)
}

/** Reads one Data: tag and contents. Throws DlmsError. */
export function readData(reader: Reader): Data {
  const at = reader.offset
  const type = dataTypes[reader.u8()]
  if (type === undefined) {
    throw new DlmsError('unknown-tag', `no data type has tag ${reader.source[at]}`, { offset: at })
  }
  if (type === 'array' || type === 'structure') return { type, value: readElements(reader) }
  if (type === 'compact-array') return readCompactArray(reader)
  return readSimple(reader, type)
}

function readElements(reader: Reader): Data[] {
  const count = reader.length()
  reader.spend(count)
  reader.enter()
  // Every element takes a byte at least: a count alone allocates nothing.
  const elements: Data[] = count <= reader.remaining ? new Array(count) : []
  for (let i = 0; i < count; i++) {
    const element = readCommon(reader)
    elements[i] = element === undefined ? readData(reader) : element
  }
  reader.leave()
  return elements
}

/**
 * What elements mostly are, without a call for each field. Undefined, with nothing read, where the element is
 * of another kind or not whole: `readData` reads those and words the error.
 */
function readCommon(reader: Reader): Data | undefined {
  const { source, end } = reader
  const at = reader.offset
  const room = end - at
  if (room < 2) return undefined
  switch (source[at]) {
    case 0:
      reader.offset = at + 1
      return { type: 'null-data', value: null }
    case 1:
    case 2: {
      const type = source[at] === 1 ? 'array' : 'structure'
      reader.offset = at + 1
      return { type, value: readElements(reader) }
    }
    case 5:
      if (room < 5) return undefined
      reader.offset = at + 5
      return { type: 'double-long', value: int32(source, at + 1) }
    case 6:
      if (room < 5) return undefined
      reader.offset = at + 5
      return { type: 'double-long-unsigned', value: int32(source, at + 1) >>> 0 }
    case 9: {
      const length = source[at + 1]
      if (length > 0x7f || room < length + 2) return undefined
      reader.offset = at + 2
      return { type: 'octet-string', value: reader.copy(length) }
    }
    case 15:
      reader.offset = at + 2
      return { type: 'integer', value: (source[at + 1] << 24) >> 24 }
    case 16:
      if (room < 3) return undefined
      reader.offset = at + 3
      return { type: 'long', value: ((source[at + 1] << 24) >> 16) | source[at + 2] }
    case 17:
      reader.offset = at + 2
      return { type: 'unsigned', value: source[at + 1] }
    case 18:
      if (room < 3) return undefined
      reader.offset = at + 3
      return { type: 'long-unsigned', value: (source[at + 1] << 8) | source[at + 2] }
    case 22:
      reader.offset = at + 2
      return { type: 'enum', value: source[at + 1] }
    default:
      return undefined
  }
}

function int32(source: Uint8Array, at: number): number {
  return (source[at] << 24) | (source[at + 1] << 16) | (source[at + 2] << 8) | source[at + 3]
}

/** Contents of a type that holds no other data. */
function readSimple(reader: Reader, type: SimpleType): Data {
  switch (type) {
    case 'null-data':
      return { type, value: null }
    case 'boolean':
      return { type, value: reader.u8() !== 0 }
    case 'bit-string': {
      const bits = reader.length()
      return { type, value: { bits, bytes: reader.copy(Math.ceil(bits / 8)) } }
    }
    case 'octet-string':
      return { type, value: reader.copy(reader.length()) }
    case 'visible-string':
      return { type, value: latin1(reader.bytes(reader.length())) }
    case 'utf8-string':
      return { type, value: utf8.decode(reader.bytes(reader.length())) }
    case 'date-time':
      return { type, value: reader.copy(12) }
    case 'date':
      return { type, value: reader.copy(5) }
    case 'time':
      return { type, value: reader.copy(4) }
    case 'long64':
      return { type, value: reader.i64() }
    case 'long64-unsigned':
      return { type, value: reader.u64() }
    case 'float32':
      return { type, value: reader.f32() }
    case 'float64':
      return { type, value: reader.f64() }
    case 'double-long':
    case 'delta-double-long':
      return { type, value: reader.i32() }
    case 'double-long-unsigned':
    case 'delta-double-long-unsigned':
      return { type, value: reader.u32() }
    case 'long':
    case 'delta-long':
      return { type, value: reader.i16() }
    case 'long-unsigned':
    case 'delta-long-unsigned':
      return { type, value: reader.u16() }
    case 'integer':
    case 'delta-integer':
      return { type, value: reader.i8() }
    case 'unsigned':
    case 'delta-unsigned':
    case 'enum':
    case 'bcd':
      return { type, value: reader.u8() }
  }
}

// Visible strings are ASCII by the book; Latin-1 keeps every byte that meters really send.
function latin1(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i])
  return text
}

function readCompactArray(reader: Reader): Data {
  reader.enter()
  const description = readTypeDescription(reader)
  const contents = reader.within(reader.length())
  if (contents.remaining > 0 && emptyOnTheWire(description)) {
    contents.fail('compact array whose elements take no bytes has contents')
  }
  const value: Data[] = []
  while (contents.remaining > 0) {
    contents.spend(1)
    value.push(readDescribed(contents, description))
  }
  reader.leave()
  return { type: 'compact-array', description, value }
}

/** Reads the description of a compact array's elements. */
export function readTypeDescription(reader: Reader): TypeDescription {
  const at = reader.offset
  const type = dataTypes[reader.u8()]
  if (type === undefined || type === 'compact-array') {
    throw new DlmsError('unknown-tag', `no type description has tag ${reader.source[at]}`, { offset: at })
  }
  if (type !== 'array' && type !== 'structure') return { type }
  reader.enter()
  let description: TypeDescription
  if (type === 'array') {
    const count = reader.u16()
    description = { type, count, element: readTypeDescription(reader) }
  } else {
    const count = reader.length()
    reader.spend(count)
    const elements: TypeDescription[] = []
    for (let i = 0; i < count; i++) elements.push(readTypeDescription(reader))
    description = { type, elements }
  }
  reader.leave()
  return description
}

function readDescribed(reader: Reader, description: TypeDescription): Data {
  if (description.type === 'array') {
    const { count, element, type } = description
    reader.spend(count)
    return { type, value: Array.from({ length: count }, () => readDescribed(reader, element)) }
  }
  if (description.type === 'structure') {
    const { elements, type } = description
    reader.spend(elements.length)
    return { type, value: elements.map((element) => readDescribed(reader, element)) }
  }
  return readSimple(reader, description.type)
}

function emptyOnTheWire(description: TypeDescription): boolean {
  if (description.type === 'array') return description.count === 0 || emptyOnTheWire(description.element)
  if (description.type === 'structure') return description.elements.every(emptyOnTheWire)
  return dataTags[description.type] === 0
}
