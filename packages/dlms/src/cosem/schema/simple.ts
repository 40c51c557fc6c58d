// Schemas of the simple types (Blue Book 4.1.5).

import { type BitString, type Data, data, type NumberType } from '../../axdr/data.ts'
import { type Obis, obisFromBytes, obisToBytes } from '../obis.ts'
import { foundText, Mismatch, outOfRange, type Schema } from './schema.ts'

function integer(type: NumberType, min: number, max: number): Schema<number> {
  return {
    name: type,
    types: [type],
    read(value, path) {
      if (value.type !== type) throw new Mismatch(path, type, foundText(value))
      return value.value as number
    },
    write(value) {
      if (!Number.isInteger(value) || value < min || value > max) outOfRange(type, value)
      return { type, value }
    },
  }
}

export const i8 = integer('integer', -0x80, 0x7f)
export const i16 = integer('long', -0x8000, 0x7fff)
export const i32 = integer('double-long', -0x8000_0000, 0x7fff_ffff)
export const u8 = integer('unsigned', 0, 0xff)
export const u16 = integer('long-unsigned', 0, 0xffff)
export const u32 = integer('double-long-unsigned', 0, 0xffff_ffff)
export const bcd = integer('bcd', 0, 0xff)
/** enum without declared meanings: its number. */
export const enumeration = integer('enum', 0, 0xff)

function float(type: 'float32' | 'float64'): Schema<number> {
  return {
    name: type,
    types: [type],
    read(value, path) {
      if (value.type !== type) throw new Mismatch(path, type, foundText(value))
      return value.value
    },
    write: (value) => ({ type, value }),
  }
}
export const f32 = float('float32')
export const f64 = float('float64')

function wide(type: 'long64' | 'long64-unsigned', min: bigint, max: bigint): Schema<bigint> {
  return {
    name: type,
    types: [type],
    read(value, path) {
      if (value.type !== type) throw new Mismatch(path, type, foundText(value))
      return value.value
    },
    write(value) {
      if (value < min || value > max) outOfRange(type, value)
      return { type, value }
    },
  }
}
export const i64 = wide('long64', -(2n ** 63n), 2n ** 63n - 1n)
export const u64 = wide('long64-unsigned', 0n, 2n ** 64n - 1n)

/** Any integer type read as a number; written as double-long-unsigned, or double-long when negative. */
export const anyInteger: Schema<number> = {
  name: 'integer of any length',
  types: [
    'double-long-unsigned',
    'double-long',
    'long-unsigned',
    'long',
    'unsigned',
    'integer',
    'enum',
    'long64-unsigned',
    'long64',
  ],
  read(value, path) {
    if (!anyInteger.types.includes(value.type)) throw new Mismatch(path, anyInteger.name, foundText(value))
    return Number(value.value)
  },
  write: (value) => (value < 0 ? i32 : u32).write(value),
}

export const bool: Schema<boolean> = {
  name: 'boolean',
  types: ['boolean'],
  read(value, path) {
    if (value.type !== 'boolean') throw new Mismatch(path, 'boolean', foundText(value))
    return value.value
  },
  write: data.bool,
}

/** null-data. */
export const nothing: Schema<undefined> = {
  name: 'null-data',
  types: ['null-data'],
  read(value, path) {
    if (value.type !== 'null-data') throw new Mismatch(path, 'null-data', foundText(value))
    return undefined
  },
  write: data.nul,
}

/** CHOICE that depends on the instance: the `Data` as it is. `.as(schema)` of a handle gives it a type. */
export const any: Schema<Data> = { name: 'any', types: [], read: (value) => value, write: (value) => value }

/** octet-string; with `length`, of exactly that many bytes. */
export function octetsOf(length?: number): Schema<Uint8Array> {
  const name = length === undefined ? 'octet-string' : `octet-string of ${length}`
  return {
    name,
    types: ['octet-string'],
    read(value, path) {
      if (value.type !== 'octet-string' || (length !== undefined && value.value.length !== length)) {
        throw new Mismatch(path, name, foundText(value))
      }
      return value.value
    },
    write(value) {
      if (!(value instanceof Uint8Array)) outOfRange(name, value)
      if (length !== undefined && value.length !== length) outOfRange(name, `${value.length} bytes`)
      return data.octets(value)
    },
  }
}
export const octets = octetsOf()

/** logical_name: octet-string of 6 as 'A.B.C.D.E.F'. */
export const logicalName: Schema<Obis> = {
  name: 'logical name',
  types: ['octet-string'],
  read(value, path) {
    if (value.type !== 'octet-string' || value.value.length !== 6) {
      throw new Mismatch(path, 'octet-string of 6', foundText(value))
    }
    return obisFromBytes(value.value)
  },
  write: (value) => data.octets(obisToBytes(value)),
}

export const visible: Schema<string> = {
  name: 'visible-string',
  types: ['visible-string'],
  read(value, path) {
    if (value.type !== 'visible-string') throw new Mismatch(path, 'visible-string', foundText(value))
    return value.value
  },
  write: data.visible,
}
export const utf8: Schema<string> = {
  name: 'utf8-string',
  types: ['utf8-string'],
  read(value, path) {
    if (value.type !== 'utf8-string') throw new Mismatch(path, 'utf8-string', foundText(value))
    return value.value
  },
  write: data.utf8,
}

/**
 * Printable text in whatever string type a meter uses (serial numbers, firmware versions); one char per byte
 * of an octet-string. Written as octet-string, so its characters are U+0000…U+00FF.
 */
export const text: Schema<string> = {
  name: 'text',
  types: ['octet-string', 'visible-string', 'utf8-string'],
  read(value, path) {
    if (value.type === 'visible-string' || value.type === 'utf8-string') return value.value
    if (value.type !== 'octet-string') throw new Mismatch(path, 'text', foundText(value))
    let out = ''
    for (const byte of value.value) out += String.fromCharCode(byte)
    return out
  },
  write(value) {
    const bytes = Uint8Array.from(value, (char) => char.charCodeAt(0))
    for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 0xff) outOfRange('text', value)
    return data.octets(bytes)
  },
}

export const bits: Schema<BitString> = {
  name: 'bit-string',
  types: ['bit-string'],
  read(value, path) {
    if (value.type !== 'bit-string') throw new Mismatch(path, 'bit-string', foundText(value))
    return value.value
  },
  write: (value) => ({ type: 'bit-string', value }),
}

/**
 * enum with the book's meanings: the word of a known code, the number of any other (reserved and
 * manufacturer specific codes exist in meters).
 */
export function enumOf<const L extends Readonly<Record<number, string>>>(
  labels: L,
): Schema<L[keyof L & number] | number> & { readonly labels: L } {
  return { ...labelled('enum', labels), labels }
}

/** The same for meanings carried in an unsigned. */
export function unsignedOf<const L extends Readonly<Record<number, string>>>(
  labels: L,
): Schema<L[keyof L & number] | number> {
  return labelled('unsigned', labels)
}

function labelled<L extends Readonly<Record<number, string>>>(
  type: 'enum' | 'unsigned',
  labels: L,
): Schema<L[keyof L & number] | number> {
  type Label = L[keyof L & number]
  const known: Readonly<Record<number, string>> = labels
  const codes = new Map(Object.entries(labels).map(([code, label]) => [label, Number(code)]))
  const raw = type === 'enum' ? enumeration : u8
  return {
    name: type,
    types: [type],
    read(value, path) {
      const code = raw.read(value, path)
      return (known[code] as Label | undefined) ?? code
    },
    write(value) {
      const code = typeof value === 'number' ? value : codes.get(value)
      return code === undefined ? outOfRange(type, value) : raw.write(code)
    },
  }
}
