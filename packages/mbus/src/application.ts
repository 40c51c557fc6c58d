// What follows a CI field (EN 13757-7 table 2): answers, commands, errors, alarms.

import { Cursor, reversedHex } from './bytes.ts'
import { type FixedData, readFixed } from './fixed.ts'
import { type Header, readHeader } from './header.ts'
import { defaultMbusLimits, type Fault, type MbusLimits, Stop } from './parse.ts'
import { type RecordList, readRecords } from './records.ts'
import { applicationErrors } from './vif.ts'

type Octets = { readonly offset: number; readonly octets: Uint8Array }

export type Application =
  | {
      /** Variable data structure, from a meter ('answer') or to it ('command'). */
      readonly kind: 'variable'
      readonly direction: 'answer' | 'command'
      readonly header?: Header
      readonly list: RecordList
    }
  | FixedData
  | {
      /** The records are encrypted and no key was given. */
      readonly kind: 'encrypted'
      readonly header: Header
      readonly payload: Octets
    }
  | {
      readonly kind: 'application-error'
      readonly header?: Header
      /** Absent when the meter says nothing further. */
      readonly code?: number
      readonly text: string
      readonly contents?: Octets
    }
  | { readonly kind: 'alarm'; readonly header?: Header; readonly flags: Octets }
  | { readonly kind: 'application-reset'; readonly subcode?: number }
  | { readonly kind: 'selection'; readonly mask: SelectionMask; readonly enhanced: RecordList }
  | { readonly kind: 'baud-rate'; readonly baud: number }
  | { readonly kind: 'synchronize' }
  | {
      /** Compact frame: values without DIF and VIF, which a format frame of the same signature gives. */
      readonly kind: 'compact'
      readonly header?: Header
      readonly formatSignature: number
      readonly fullFrameCrc: number
      readonly values: Octets
    }
  | {
      readonly kind: 'format'
      readonly header?: Header
      readonly formatSignature: number
      readonly records: Octets
    }
  | { readonly kind: 'manufacturer-specific' | 'unsupported'; readonly ci: number; readonly contents: Octets }

/** Secondary address with wildcards: F for a digit, FFFF for the manufacturer, FF for the others. */
export type SelectionMask = {
  /** Eight digits, `F` for any. */
  readonly id: string
  /** Four hexadecimal digits, high octet first. */
  readonly manufacturer: number
  readonly version: number
  readonly medium: number
}

/** B8 … BF: set the baud rate. */
export const baudRates: Readonly<Record<number, number>> = {
  184: 300,
  185: 600,
  186: 1200,
  187: 2400,
  188: 4800,
  189: 9600,
  190: 19_200,
  191: 38_400,
}

type Style = readonly [header: 'none' | 'short' | 'long', direction: 'answer' | 'command']

const variable: Readonly<Record<number, Style>> = {
  81: ['none', 'command'], // 51
  90: ['short', 'command'], // 5A
  91: ['long', 'command'], // 5B
  114: ['long', 'answer'], // 72
  120: ['none', 'answer'], // 78
  122: ['short', 'answer'], // 7A
}

type HeaderKind = 'none' | 'short' | 'long'
const errors: Readonly<Record<number, HeaderKind>> = { 112: 'none', 110: 'short', 111: 'long' }
const alarms: Readonly<Record<number, HeaderKind>> = { 113: 'none', 116: 'short', 117: 'long' }
const formats: Readonly<Record<number, HeaderKind>> = { 105: 'none', 106: 'short', 107: 'long' }
const compacts: Readonly<Record<number, HeaderKind>> = { 121: 'none', 123: 'short', 115: 'long' }

export type ApplicationOptions = {
  readonly limits?: MbusLimits
  /** CI 73 is the fixed structure on wires and the compact frame with a long header on radio. */
  readonly wireless?: boolean
  /** The octets are deciphered already: the security mode of the header is no obstacle. */
  readonly opened?: boolean
}

/**
 * Reads from the CI field at `at` up to `end`. `fault` tells a defect behind what could be read; the header
 * and the records before it hold.
 */
export function readApplication(
  bytes: Uint8Array,
  at: number,
  end: number,
  options: ApplicationOptions = {},
): { application?: Application; fault?: Fault } {
  const cursor = new Cursor(bytes, at, end)
  try {
    const application = dispatch(cursor, cursor.u8(), options)
    const list = application.kind === 'variable' ? application.list : undefined
    return list?.fault ? { application, fault: list.fault } : { application }
  } catch (stop) {
    if (!(stop instanceof Stop)) throw stop
    return { fault: stop.fault }
  }
}

function dispatch(cursor: Cursor, ci: number, options: ApplicationOptions): Application {
  const limits = options.limits ?? defaultMbusLimits
  const style = variable[ci]
  if (style) {
    const header = headerOf(cursor, style[0])
    if (header && locked(header, options)) return { kind: 'encrypted', header, payload: rest(cursor) }
    const list = readRecords(cursor.bytes, cursor.at, cursor.end, limits)
    return { kind: 'variable', direction: style[1], ...(header ? { header } : {}), list }
  }
  if ((ci === 0x73 && !options.wireless) || ci === 0x77) return readFixed(cursor, ci === 0x73)
  if (errors[ci]) return applicationError(cursor, errors[ci])
  if (alarms[ci]) {
    const header = headerOf(cursor, alarms[ci])
    return { kind: 'alarm', ...(header ? { header } : {}), flags: rest(cursor) }
  }
  if (formats[ci]) return format(cursor, formats[ci], options)
  if (compacts[ci]) return compact(cursor, compacts[ci], options)
  if (ci === 0x50) {
    return cursor.left > 0
      ? { kind: 'application-reset', subcode: cursor.u8() }
      : { kind: 'application-reset' }
  }
  if (ci === 0x52) return selection(cursor, limits)
  if (ci === 0x54) return { kind: 'synchronize' }
  const baud = baudRates[ci]
  if (baud !== undefined) return { kind: 'baud-rate', baud }
  const kind = ci >= 0xa0 && ci <= 0xb7 ? 'manufacturer-specific' : 'unsupported'
  return { kind, ci, contents: rest(cursor) }
}

function headerOf(cursor: Cursor, kind: HeaderKind): Header | undefined {
  return kind === 'none' ? undefined : readHeader(cursor, kind)
}

/** Modes from 16 on are reserved: meters from before the security modes fill the field as they like. */
export function isEncrypted({ configuration }: Header): boolean {
  return configuration.mode !== 0 && configuration.mode < 16
}

function locked(header: Header, options: ApplicationOptions): boolean {
  return isEncrypted(header) && options.opened !== true
}

function rest(cursor: Cursor): Octets {
  return { offset: cursor.at, octets: cursor.take(cursor.left) }
}

function applicationError(cursor: Cursor, kind: HeaderKind): Application {
  const header = headerOf(cursor, kind)
  const headed = header ? { header } : {}
  if (cursor.left === 0) return { kind: 'application-error', ...headed, text: 'unspecified error' }
  const code = cursor.u8()
  const text = applicationErrors[code] ?? 'reserved'
  const contents = cursor.left > 0 ? { contents: rest(cursor) } : {}
  return { kind: 'application-error', ...headed, code, text, ...contents }
}

function selection(cursor: Cursor, limits: MbusLimits): Application {
  const id = reversedHex(cursor.take(4)).toUpperCase()
  const manufacturer = cursor.u8() | (cursor.u8() << 8)
  const mask = { id, manufacturer, version: cursor.u8(), medium: cursor.u8() }
  const enhanced = readRecords(cursor.bytes, cursor.at, cursor.end, limits)
  if (enhanced.fault) throw new Stop(enhanced.fault.code, enhanced.fault.message, enhanced.fault.offset)
  return { kind: 'selection', mask, enhanced }
}

const u16 = (cursor: Cursor) => cursor.u8() | (cursor.u8() << 8)

function compact(cursor: Cursor, kind: HeaderKind, options: ApplicationOptions): Application {
  const header = headerOf(cursor, kind)
  if (header && locked(header, options)) return { kind: 'encrypted', header, payload: rest(cursor) }
  const formatSignature = u16(cursor)
  const fullFrameCrc = u16(cursor)
  return {
    kind: 'compact',
    ...(header ? { header } : {}),
    formatSignature,
    fullFrameCrc,
    values: rest(cursor),
  }
}

function format(cursor: Cursor, kind: HeaderKind, options: ApplicationOptions): Application {
  const header = headerOf(cursor, kind)
  if (header && locked(header, options)) return { kind: 'encrypted', header, payload: rest(cursor) }
  const length = cursor.u8()
  const formatSignature = u16(cursor)
  if (length < 2) throw new Stop('length', 'a format frame counts its signature', cursor.at - 3)
  const at = cursor.at
  const records = { offset: at, octets: cursor.take(length - 2) }
  return { kind: 'format', ...(header ? { header } : {}), formatSignature, records }
}
