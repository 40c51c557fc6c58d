// Data → A-XDR bytes (Green Book 9.5), always in the shortest form of lengths.

import { shortCopy, Writer, written } from '../bytes.ts'
import { DlmsError } from '../parse.ts'
import { type Data, dataTags, type TypeDescription } from './data.ts'

const utf8 = new TextEncoder()

/** Encodes tag and contents. Throws 'out-of-range' on a value that its type cannot hold. */
export function encodeData(value: Data): Uint8Array {
  return written((writer) => writeData(writer, value))
}

/** Writes tag and contents. */
export function writeData(writer: Writer, value: Data): void {
  if (writeCommon(writer, value)) return
  writer.u8(dataTags[value.type])
  if (isSimple(value)) {
    writeSimple(writer, value)
  } else if (value.type !== 'compact-array') {
    writer.length(value.value.length)
    for (const element of value.value) writeData(writer, element)
  } else {
    writeTypeDescription(writer, value.description)
    const contents = new Writer()
    for (const element of value.value) writeDescribed(contents, element, value.description)
    writer.prefixed(contents.finish())
  }
}

/**
 * What elements mostly are, with one reservation for tag and contents. False, with nothing written, for other kinds and
 * for numbers that do not fit: the way by fields writes those or words the error.
 */
function writeCommon(writer: Writer, data: Data): boolean {
  switch (data.type) {
    case 'double-long-unsigned': {
      const { value } = data
      if (value >>> 0 !== value) return false
      put32(writer, dataTags['double-long-unsigned'], value)
      return true
    }
    case 'double-long': {
      const { value } = data
      if ((value | 0) !== value) return false
      put32(writer, dataTags['double-long'], value)
      return true
    }
    case 'octet-string': {
      const { value } = data
      const size = value.length
      if (size > 0x7f) return false
      const at = writer.reserve(size + 2)
      const { buffer } = writer
      buffer[at] = dataTags['octet-string']
      buffer[at + 1] = size
      // Clocks and names are short: for them the loop is faster than the call.
      if (size > shortCopy) buffer.set(value, at + 2)
      else for (let i = 0; i < size; i++) buffer[at + 2 + i] = value[i]
      return true
    }
    case 'array':
    case 'structure': {
      const { value } = data
      const count = value.length
      if (count > 0x7f) return false
      put8(writer, dataTags[data.type], count)
      for (let i = 0; i < count; i++) writeData(writer, value[i])
      return true
    }
    case 'long-unsigned': {
      const { value } = data
      if ((value & 0xffff) !== value) return false
      const at = writer.reserve(3)
      const { buffer } = writer
      buffer[at] = dataTags['long-unsigned']
      buffer[at + 1] = value >>> 8
      buffer[at + 2] = value
      return true
    }
    case 'unsigned':
    case 'enum': {
      const { value } = data
      if ((value & 0xff) !== value) return false
      put8(writer, dataTags[data.type], value)
      return true
    }
    default:
      return false
  }
}

function put8(writer: Writer, tag: number, value: number): void {
  const at = writer.reserve(2)
  writer.buffer[at] = tag
  writer.buffer[at + 1] = value
}

function put32(writer: Writer, tag: number, value: number): void {
  const at = writer.reserve(5)
  const { buffer } = writer
  buffer[at] = tag
  buffer[at + 1] = value >>> 24
  buffer[at + 2] = value >>> 16
  buffer[at + 3] = value >>> 8
  buffer[at + 4] = value
}

type SimpleData = Exclude<Data, { value: readonly Data[] }>

function isSimple(value: Data): value is SimpleData {
  return !Array.isArray(value.value)
}

function writeSimple(writer: Writer, data: SimpleData): void {
  switch (data.type) {
    case 'null-data':
      return
    case 'boolean':
      writer.u8(data.value ? 1 : 0)
      return
    case 'bit-string':
      if (data.value.bytes.length !== Math.ceil(data.value.bits / 8)) wrong('bit-string length')
      writer.length(data.value.bits).bytes(data.value.bytes)
      return
    case 'octet-string':
      writer.prefixed(data.value)
      return
    case 'visible-string':
      writer.prefixed(latin1(data.value))
      return
    case 'utf8-string':
      writer.prefixed(utf8.encode(data.value))
      return
    case 'date-time':
    case 'date':
    case 'time':
      if (data.value.length !== fixedLength[data.type]) wrong(`${data.type} length`)
      writer.bytes(data.value)
      return
    case 'long64':
      writer.i64(data.value)
      return
    case 'long64-unsigned':
      writer.u64(data.value)
      return
    default:
      writeNumber(writer, data)
  }
}

const fixedLength = { 'date-time': 12, date: 5, time: 4 } as const

function writeNumber(writer: Writer, data: Extract<Data, { value: number }>): void {
  switch (data.type) {
    case 'float32':
      writer.f32(data.value)
      return
    case 'float64':
      writer.f64(data.value)
      return
    case 'double-long':
    case 'delta-double-long':
      writer.i32(data.value)
      return
    case 'double-long-unsigned':
    case 'delta-double-long-unsigned':
      writer.u32(data.value)
      return
    case 'long':
    case 'delta-long':
      writer.i16(data.value)
      return
    case 'long-unsigned':
    case 'delta-long-unsigned':
      writer.u16(data.value)
      return
    case 'integer':
    case 'delta-integer':
      writer.i8(data.value)
      return
    case 'unsigned':
    case 'delta-unsigned':
    case 'enum':
    case 'bcd':
      writer.u8(data.value)
      return
  }
}

function writeTypeDescription(writer: Writer, description: TypeDescription): void {
  writer.u8(dataTags[description.type])
  if (description.type === 'array') {
    writer.u16(description.count)
    writeTypeDescription(writer, description.element)
  } else if (description.type === 'structure') {
    writer.length(description.elements.length)
    for (const element of description.elements) writeTypeDescription(writer, element)
  }
}

function writeDescribed(writer: Writer, value: Data, description: TypeDescription): void {
  // A description never names a compact array, so this keeps them from nesting too.
  if (value.type !== description.type) wrong(`compact array element '${value.type}'`)
  if (isSimple(value)) {
    writeSimple(writer, value)
    return
  }
  const elements =
    description.type === 'array'
      ? value.value.map(() => description.element)
      : description.type === 'structure'
        ? description.elements
        : []
  const count = description.type === 'array' ? description.count : elements.length
  if (value.value.length !== count) wrong('compact array element count')
  for (let i = 0; i < count; i++) writeDescribed(writer, value.value[i], elements[i])
}

function latin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0xff) wrong('visible-string character')
    bytes[i] = code
  }
  return bytes
}

function wrong(what: string): never {
  throw new DlmsError('out-of-range', `${what} does not fit its type`)
}
