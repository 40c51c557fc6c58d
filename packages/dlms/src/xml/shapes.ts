// Declarations of how values are written as elements; each reads what it writes.

import { fromHex, toHex } from '../bytes.ts'
import { DlmsError } from '../parse.ts'
import { element, type XmlElement } from './document.ts'

export type WriteOptions = { readonly redact: boolean }

/** Values of one kind as elements. `write` gets the name, because the same shape stands under many names. */
export type Shape<T> = {
  write(name: string, value: T, options: WriteOptions): XmlElement
  /** Throws DlmsError 'malformed'. */
  read(node: XmlElement): T
}

export function fail(node: XmlElement, message: string): never {
  throw new DlmsError('malformed', `${node.name}: ${message}`, { offset: node.offset })
}

export function textOf(node: XmlElement, attribute = 'Value'): string {
  const value = node.attributes[attribute]
  if (value === undefined) fail(node, `has no ${attribute}`)
  if (node.children.length > 0 && attribute === 'Value') fail(node, 'has a value and elements')
  return value
}

export function digitsOf(node: XmlElement, text = textOf(node)): Uint8Array {
  const digits = text.replace(/ /g, '')
  if (digits.length % 2 || /[^0-9a-fA-F]/.test(digits)) fail(node, 'is not hexadecimal')
  return fromHex(digits)
}

const upper = (bytes: Uint8Array) => toHex(bytes).toUpperCase()
const number = (value: number, octets: number) =>
  value
    .toString(16)
    .toUpperCase()
    .padStart(2 * octets, '0')

export function readNumber(node: XmlElement, octets: number, text = textOf(node)): number {
  if (!/^[0-9a-fA-F]+$/.test(text) || text.length > 2 * octets)
    fail(node, `is not ${octets} octets in hexadecimal`)
  return Number.parseInt(text, 16)
}

export const unsigned = (octets: number): Shape<number> => ({
  write: (name, value) => element(name, { Value: number(value, octets) }),
  read: (node) => readNumber(node, octets),
})
export const signed = (octets: number): Shape<number> => {
  const range = 2 ** (8 * octets)
  return {
    write: (name, value) => element(name, { Value: number(value < 0 ? value + range : value, octets) }),
    read: (node) => {
      const value = readNumber(node, octets)
      return value >= range / 2 ? value - range : value
    },
  }
}
export const u8 = unsigned(1)
export const u16 = unsigned(2)
export const u32 = unsigned(4)
export const i8 = signed(1)

export const flag: Shape<boolean> = {
  write: (name, value) => element(name, { Value: value ? '01' : '00' }),
  read: (node) => readNumber(node, 1) !== 0,
}
export const octets: Shape<Uint8Array> = {
  write: (name, value) => element(name, { Value: upper(value) }),
  read: (node) => digitsOf(node),
}
/** Written as asterisks when secrets are to be hidden; such a document cannot be read back. */
export const secret: Shape<Uint8Array> = {
  write: (name, value, { redact }) =>
    element(name, { Value: redact ? '**'.repeat(value.length) : upper(value) }),
  read: octets.read,
}
export const text: Shape<string> = {
  write: (name, value) => element(name, { Value: value }),
  read: (node) => textOf(node),
}
export const obis: Shape<string> = {
  write: (name, value) => octets.write(name, Uint8Array.from(value.split('.'), Number), { redact: false }),
  read: (node) => {
    const bytes = digitsOf(node)
    if (bytes.length !== 6) fail(node, 'a logical name has six octets')
    return bytes.join('.')
  },
}

/** 'object-undefined' → 'ObjectUndefined'. */
export const pascal = (name: string) =>
  name.replace(/(^|-)([a-z0-9])/g, (_, __, letter) => letter.toUpperCase())

/** A number by its name in `names`; in hexadecimal when it has none. */
export function named(names: Readonly<Record<number, string>>): Shape<number> {
  const codes = new Map(Object.entries(names).map(([code, name]) => [pascal(name), Number(code)]))
  return {
    write: (name, value) => {
      const known = names[value]
      return element(name, { Value: known === undefined ? number(value, 1) : pascal(known) })
    },
    read: (node) => codes.get(textOf(node)) ?? readNumber(node, 1),
  }
}

/** One of a few words. */
export function word<T extends string>(words: Readonly<Record<T, string>>): Shape<T> {
  return {
    write: (name, value) => element(name, { Value: words[value] }),
    read: (node) => {
      const value = textOf(node)
      const found = (Object.keys(words) as T[]).find((key) => words[key] === value)
      return found ?? fail(node, `has an unknown value`)
    },
  }
}

export function list<T>(item: string, shape: Shape<T>): Shape<readonly T[]> {
  return {
    write: (name, values, options) =>
      element(
        name,
        { Qty: number(values.length, 2) },
        values.map((value) => shape.write(item, value, options)),
      ),
    read: (node) =>
      node.children.map((child) => {
        if (child.name !== item) fail(child, `where ${item} was due`)
        return shape.read(child)
      }),
  }
}

// biome-ignore lint/suspicious/noExplicitAny: fields of one record have different types
type AnyShape = Shape<any>
/** `key` ends with '?' when the value may be absent. */
export type FieldShape = readonly [key: string, name: string, shape: AnyShape]
type Values = Record<string, unknown>

/** Fields in their order, with `constants` that are not written. */
export function record<T>(fields: readonly FieldShape[], constants: Values = {}): Shape<T> {
  return {
    write: (name, value, options) => element(name, {}, writeFields(fields, value as Values, options)),
    read: (node) => ({ ...constants, ...readFields(fields, node) }) as T,
  }
}

export function writeFields(
  fields: readonly FieldShape[],
  values: Values,
  options: WriteOptions,
): XmlElement[] {
  const written: XmlElement[] = []
  for (const [key, name, shape] of fields) {
    const value = values[key.replace('?', '')]
    if (value !== undefined) written.push(shape.write(name, value, options))
  }
  return written
}

export function readFields(fields: readonly FieldShape[], node: XmlElement): Values {
  const values: Values = {}
  let at = 0
  for (const [key, name, shape] of fields) {
    const child = node.children[at]
    if (child?.name === name) {
      values[key.replace('?', '')] = shape.read(child)
      at++
    } else if (!key.endsWith('?')) fail(child ?? node, `${name} is missing`)
  }
  const rest = node.children[at]
  if (rest) fail(rest, 'is not expected here')
  return values
}

/** One child whose name says which shape it has; `key` of the value says the same. */
export function oneOf<T>(
  key: string,
  choices: Readonly<Record<string, readonly [string, Shape<T>]>>,
): Shape<T> {
  return {
    write: (name, value, options) => {
      const choice = choices[String((value as Values)[key])]
      if (!choice) throw new DlmsError('out-of-range', `${name} has no such form`)
      return element(name, {}, [choice[1].write(choice[0], value, options)])
    },
    read: (node) => {
      const child = only(node)
      const found = Object.entries(choices).find(([, [name]]) => name === child.name)
      if (!found) fail(child, `is not expected in ${node.name}`)
      return found[1][1].read(child)
    },
  }
}

export function only(node: XmlElement): XmlElement {
  const [child, more] = node.children
  if (!child || more) fail(node, 'holds one element')
  return child
}
