// Shapes that several classes share.

import { type Data, data } from '../../axdr/data.ts'
import {
  anyInteger,
  dateTime,
  enumeration,
  foundText,
  i8,
  logicalName,
  Mismatch,
  octets,
  outOfRange,
  type Schema,
  structure,
  u16,
  u32,
} from '../schema/index.ts'

/** scal_unit_type: power of ten and unit code (`unitSymbol`). */
export const scalerUnit = structure({ scaler: i8, unit: enumeration })

/** capture_object_definition; attribute 0 means all of them, data_index 0 the whole attribute. */
export const captureObject = structure({ classId: u16, obis: logicalName, attribute: i8, dataIndex: u16 })

/** value_definition: one attribute of one object. */
export const attributeReference = structure({ classId: u16, obis: logicalName, attribute: i8 })

/** action_item: which script of which script table. */
export const scriptReference = structure({ scriptTable: logicalName, selector: u16 })

/** What runs when a value passes a threshold upwards and downwards. */
export const upDownActions = structure({ up: scriptReference, down: scriptReference })

/** window_element: start and end, with wildcards. */
export const window = structure({ start: dateTime, end: dateTime })

/** IPv4 address in a double-long-unsigned, as '192.168.0.1'. */
export const ipv4Address: Schema<string> = {
  name: 'IPv4 address',
  types: ['double-long-unsigned'],
  read(value, path) {
    const address = u32.read(value, path)
    return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.')
  },
  write(value) {
    const parts = /^\d{1,3}(\.\d{1,3}){3}$/.test(value) ? value.split('.').map(Number) : []
    if (parts.length !== 4 || parts.some((part) => part > 255)) outOfRange('IPv4 address', value)
    return data.u32(parts.reduce((sum, part) => sum * 256 + part, 0))
  },
}

/**
 * application_context_name and authentication_mechanism_name: an object identifier, as '2.16.756.5.8.1.1'.
 * Meters send it as BER in an octet-string (with or without its tag) or as a structure of its arcs; written
 * as BER without tag.
 */
export const objectIdentifier: Schema<string> = {
  name: 'object identifier',
  types: ['octet-string', 'structure'],
  read(value, path) {
    const arcs =
      value.type === 'structure'
        ? value.value.map((arc) => anyInteger.read(arc, path))
        : value.type === 'octet-string'
          ? arcsOf(value.value)
          : []
    if (!possible(arcs)) throw new Mismatch(path, 'object identifier', foundText(value))
    return arcs.join('.')
  },
  write(value) {
    const arcs = /^\d+(\.\d+)+$/.test(value) ? value.split('.').map(Number) : []
    if (!possible(arcs)) outOfRange('object identifier', value)
    return octets.write(oidBytes(arcs))
  },
}

const possible = (arcs: readonly number[]) =>
  arcs.length > 1 &&
  arcs[0] <= 2 &&
  (arcs[0] === 2 || arcs[1] < 40) &&
  arcs.every((arc) => arc >= 0 && arc < 0xffff_ff00)

// BER (X.690 8.19): the first two arcs share 40·a + b, then seven bits a byte, the last one without the top bit.
function arcsOf(bytes: Uint8Array): number[] {
  const body = bytes[0] === 0x06 && bytes[1] === bytes.length - 2 ? bytes.subarray(2) : bytes
  const values: number[] = []
  let value = 0
  for (const byte of body) {
    value = value * 128 + (byte & 0x7f)
    if (value > 0xffff_ffff) return []
    if (byte & 0x80) continue
    values.push(value)
    value = 0
  }
  if (values.length === 0 || ((body.at(-1) ?? 0) & 0x80) !== 0) return []
  const first = Math.min(2, Math.floor(values[0] / 40))
  return [first, values[0] - first * 40, ...values.slice(1)]
}

function oidBytes(arcs: readonly number[]): Uint8Array {
  const bytes: number[] = []
  for (const value of [arcs[0] * 40 + arcs[1], ...arcs.slice(2)]) {
    const groups = [value % 128]
    for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
      groups.unshift((rest % 128) | 0x80)
    }
    bytes.push(...groups)
  }
  return Uint8Array.from(bytes)
}

/** Access mode of a method: enum, or boolean in version 0 of the associations; read as a number. */
export const methodAccessMode: Schema<number> = {
  name: 'method access mode',
  types: ['enum', 'boolean'],
  read: (value: Data, path) =>
    value.type === 'boolean' ? Number(value.value) : enumeration.read(value, path),
  write: enumeration.write,
}
