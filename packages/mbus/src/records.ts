// Data records of the variable data structure (EN 13757-3 clause 6): DIF, DIFEs, VIF, VIFEs, data.

import { bcdOf, Cursor, hexOf, integerOf, reversedHex, reversedText } from './bytes.ts'
import { type MbusLimits, Stop } from './parse.ts'
import type { Quantity } from './quantity.ts'
import { type MbusTime, timeOf } from './times.ts'
import { quantityOf } from './vif.ts'
import { type Qualifier, qualifierOf } from './vife.ts'

export type RecordFunction = 'instantaneous' | 'maximum' | 'minimum' | 'error'

/**
 * A coded value: integers beyond 2^53 are bigints; BCD with digits A–F (a meter in fault sends them) is the
 * digits as a string; `null` where the record has no data.
 */
export type RecordValue = number | bigint | string | MbusTime | Uint8Array | null

/** A series in one record (EN 13757-3 annex F); increments are as sent, oldest or nearest to the base first. */
export type CompactProfile = {
  readonly kind: 'registers' | 'compact' | 'inverse'
  readonly increment: 'absolute' | 'positive' | 'negative' | 'signed'
  readonly spacingUnit: 'second' | 'minute' | 'hour' | 'day' | 'half-month' | 'month'
  readonly spacing: number
  /** `null` where the element says that there is no value. */
  readonly values: readonly (number | bigint | null)[]
}

export type MbusRecord = {
  readonly storage: number
  readonly tariff: number
  readonly subunit: number
  readonly function: RecordFunction
  readonly quantity: string
  /** Base unit `scaled` is in; text of a plain text VIF; absent for codes and texts. */
  readonly unit?: string
  /** Power of ten between the coded value and `unit`. */
  readonly exponent: number
  readonly value: RecordValue
  /** Number in `unit` (or in what a plain text VIF names): coded value × factor × 10^exponent, plus additive corrections. */
  readonly scaled?: number
  readonly qualifiers: readonly Qualifier[]
  /** What the meter says is wrong with this record. */
  readonly errors: readonly string[]
  readonly profile?: CompactProfile
  /** Data field code of the DIF, 0 to 15. */
  readonly field: number
  /** Where the record lies in the given octets. */
  readonly offset: number
  readonly length: number
  readonly vifOffset: number
  readonly dataOffset: number
}

export type RecordList = {
  readonly records: MbusRecord[]
  /** After DIF 0F or 1F. */
  manufacturerData?: { readonly offset: number; readonly octets: Uint8Array }
  /** DIF 1F: the next REQ_UD2 gives further records. */
  moreRecordsFollow: boolean
  /** DIF 7F: the master asks for everything. */
  globalReadout: boolean
  /** Offsets of idle fillers 2F. */
  readonly fillers: number[]
  /** What stopped the reading; the records before it hold. */
  fault?: { readonly code: string; readonly message: string; readonly offset: number }
}

const functions: readonly RecordFunction[] = ['instantaneous', 'maximum', 'minimum', 'error']
/** Octets of the data field codes (EN 13757-3 table 4); -1 for variable length and special functions. */
const sizes: readonly number[] = [0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, -1, 6, -1]
const mostExtensions = 10

/** Reads records from `at` to `end`; never throws: a defect ends the list and is told in `fault`. */
export function readRecords(bytes: Uint8Array, at: number, end: number, limits: MbusLimits): RecordList {
  const list: RecordList = { records: [], moreRecordsFollow: false, globalReadout: false, fillers: [] }
  const cursor = new Cursor(bytes, at, end)
  try {
    while (cursor.left > 0) {
      const dif = cursor.peek()
      if (dif === 0x2f) list.fillers.push(cursor.at++)
      else if (dif === 0x0f || dif === 0x1f) {
        cursor.at++
        list.moreRecordsFollow = dif === 0x1f
        list.manufacturerData = { offset: cursor.at, octets: cursor.take(cursor.left) }
      } else if (dif === 0x7f) {
        cursor.at++
        list.globalReadout = true
      } else if (list.records.length >= limits.maxRecords) {
        throw new Stop('too-many', `more than ${limits.maxRecords} records`, cursor.at)
      } else list.records.push(readRecord(cursor))
    }
  } catch (stop) {
    if (!(stop instanceof Stop)) throw stop
    list.fault = stop.fault
  }
  return list
}

type Dib = Pick<MbusRecord, 'storage' | 'tariff' | 'subunit' | 'function' | 'field'>

function readDib(cursor: Cursor): Dib {
  const start = cursor.at
  const dif = cursor.u8()
  if ((dif & 0x0f) === 0x0f) throw new Stop('dif', `special function ${dif.toString(16)} is reserved`, start)
  let storage = (dif >> 6) & 1
  let tariff = 0
  let subunit = 0
  let extended = dif
  for (let n = 0; extended & 0x80; n++) {
    // A last DIFE of zero after ten (the "final DIFE") only marks a register number.
    if (n > mostExtensions || (n === mostExtensions && cursor.left > 0 && cursor.peek() !== 0)) {
      throw new Stop('dife', `more than ${mostExtensions} DIFEs`, cursor.at)
    }
    extended = cursor.u8()
    storage += (extended & 0x0f) * 2 ** (1 + 4 * n)
    tariff += ((extended >> 4) & 3) * 4 ** n
    subunit += ((extended >> 6) & 1) * 2 ** n
  }
  const role = functions[(dif >> 4) & 3] as RecordFunction
  return { storage, tariff, subunit, function: role, field: dif & 0x0f }
}

type Vib = { quantity: Quantity | undefined; manufacturer: boolean; qualifiers: Qualifier[] }

function readVib(cursor: Cursor): Vib {
  const vif = cursor.u8()
  let pending = (vif & 0x80) !== 0
  let quantity: Quantity | undefined
  let manufacturer = false
  if (vif === 0xfd || vif === 0xfb) {
    const code = cursor.u8()
    pending = (code & 0x80) !== 0
    quantity = quantityOf(code, vif)
  } else if ((vif & 0x7f) === 0x7c) {
    const length = cursor.u8()
    quantity = { quantity: reversedText(cursor.take(length)) }
  } else {
    quantity = quantityOf(vif)
    manufacturer = (vif & 0x7f) === 0x7f
  }
  const qualifiers: Qualifier[] = []
  let extended = false
  for (let n = 0; pending; n++) {
    if (n === mostExtensions) throw new Stop('vife', `more than ${mostExtensions} VIFEs`, cursor.at)
    const vife = cursor.u8()
    pending = (vife & 0x80) !== 0
    const code = vife & 0x7f
    if (manufacturer) qualifiers.push({ code, text: 'manufacturer specific' })
    else if (vife === 0xfc && !extended) extended = true
    else if (code === 0x7f && !extended) {
      manufacturer = true
      qualifiers.push({ code, text: 'manufacturer specific extensions' })
    } else {
      qualifiers.push(qualifierOf(code, extended))
      extended = false
    }
  }
  return { quantity, manufacturer, qualifiers }
}

function readRecord(cursor: Cursor): MbusRecord {
  const offset = cursor.at
  const dib = readDib(cursor)
  const vifOffset = cursor.at
  const { quantity, qualifiers } = readVib(cursor)
  const dataOffset = cursor.at
  const profileKind = qualifiers.find((qualifier) => qualifier.profile)?.profile
  const isTime = quantity?.kind !== undefined || qualifiers.some((qualifier) => qualifier.kind)
  const unsigned = quantity?.unsigned === true || qualifiers.some((qualifier) => qualifier.unsigned)
  const { value, octets } = readData(cursor, dib.field, { isTime, unsigned, raw: profileKind !== undefined })
  const profile = profileKind && dib.field === 13 ? profileOf(octets, profileKind, unsigned) : undefined
  return {
    ...dib,
    quantity: quantity?.quantity ?? 'unknown quantity',
    ...measure(value, quantity, qualifiers),
    value,
    qualifiers,
    errors: qualifiers.filter((qualifier) => qualifier.error).map((qualifier) => qualifier.text),
    ...(profile ? { profile } : {}),
    offset,
    length: cursor.at - offset,
    vifOffset,
    dataOffset,
  }
}

type How = { readonly isTime: boolean; readonly unsigned: boolean; readonly raw: boolean }

function readData(cursor: Cursor, field: number, how: How): { value: RecordValue; octets: Uint8Array } {
  if (field === 13) return variable(cursor, how)
  const octets = cursor.take(sizes[field] as number)
  if (octets.length === 0) return { value: null, octets }
  if (field === 5) {
    const view = new DataView(octets.buffer, octets.byteOffset, 4)
    const real = view.getFloat32(0, true)
    return { value: Number.isFinite(real) ? shortest(real) : real, octets }
  }
  if (field >= 9) return { value: bcdOf(octets) ?? reversedHex(octets), octets }
  const time = how.isTime ? timeOf(octets) : undefined
  return { value: time ?? integerOf(octets, !how.unsigned), octets }
}

/** EN 13757-3 table 5. */
function variable(cursor: Cursor, how: How): { value: RecordValue; octets: Uint8Array } {
  const at = cursor.at
  const lvar = cursor.u8()
  if (lvar < 0xc0) {
    const octets = cursor.take(lvar)
    return { value: how.raw ? octets : reversedText(octets), octets }
  }
  if (lvar <= 0xc9 || (lvar >= 0xd0 && lvar <= 0xd9)) {
    const octets = cursor.take(lvar & 0x0f)
    const number = octets.length === 0 ? 0 : bcdOf(octets)
    if (number === undefined) return { value: reversedHex(octets), octets }
    return { value: lvar >= 0xd0 && number !== 0 ? -number : number, octets }
  }
  if (lvar >= 0xe0 && lvar <= 0xef) {
    const octets = cursor.take(lvar - 0xe0)
    return { value: how.raw || how.isTime ? octets : integerOf(octets, !how.unsigned), octets }
  }
  const large =
    lvar >= 0xf0 && lvar <= 0xf4 ? 4 * (lvar - 0xec) : lvar === 0xf5 ? 48 : lvar === 0xf6 ? 64 : -1
  if (large < 0) throw new Stop('lvar', `variable length ${lvar.toString(16)} is reserved`, at)
  const octets = cursor.take(large)
  return { value: octets, octets }
}

function measure(
  value: RecordValue,
  quantity: Quantity | undefined,
  qualifiers: readonly Qualifier[],
): Pick<MbusRecord, 'exponent' | 'unit' | 'scaled'> {
  let exponent = quantity?.exponent ?? 0
  let factor = quantity?.factor ?? 1
  let unit = quantity?.unit
  let addend = 0
  for (const qualifier of qualifiers) {
    exponent += qualifier.exponent ?? 0
    if (qualifier.addend !== undefined) addend += 10 ** qualifier.addend
    if (qualifier.per && unit) unit = `${unit}/${qualifier.per}`
    if (qualifier.times && unit) unit = `${unit}·${qualifier.times}`
    if (qualifier.count || qualifier.kind) {
      unit = undefined
      exponent = 0
      factor = 1
    } else if (qualifier.durationFactor) {
      unit = 's'
      exponent = 0
      factor = qualifier.durationFactor
    }
  }
  if (typeof value !== 'number' && typeof value !== 'bigint') return unit ? { exponent, unit } : { exponent }
  // A plain text unit with a correction factor has a scaled value, a code has none.
  if (unit === undefined && exponent === 0 && addend === 0) return { exponent }
  return {
    exponent,
    ...(unit ? { unit } : {}),
    scaled: scale(Number(value) * factor, exponent, addend, quantity),
  }
}

function scale(coded: number, exponent: number, addend: number, quantity: Quantity | undefined): number {
  if (!Number.isFinite(coded)) return coded
  // Dividing by a power of ten rounds once, multiplying by its inverse twice.
  const power = (n: number) => (n < 0 ? coded / 10 ** -n : coded * 10 ** n)
  const added = addend === 0 ? 0 : addend * (quantity?.factor ?? 1) * 10 ** (quantity?.exponent ?? 0)
  return Number((power(exponent) + added).toPrecision(15))
}

const increments = ['absolute', 'positive', 'negative', 'signed'] as const
const spacingUnits = ['second', 'minute', 'hour', 'day'] as const

/** Undefined when the octets are no profile: the record keeps them as its value. */
function profileOf(
  octets: Uint8Array,
  kind: CompactProfile['kind'],
  unsigned: boolean,
): CompactProfile | undefined {
  if (octets.length < 2) return undefined
  const control = octets[0] as number
  const spacing = octets[1] as number
  const field = control & 0x0f
  const size = sizes[field] as number
  if (size < 1 || field === 5 || (octets.length - 2) % size !== 0) return undefined
  const increment = increments[control >> 6] as CompactProfile['increment']
  const values: (number | bigint | null)[] = []
  for (let at = 2; at < octets.length; at += size) {
    const part = octets.subarray(at, at + size)
    if (field >= 9) values.push(bcdOf(part) ?? null)
    else {
      const signed = increment === 'signed' || (increment === 'absolute' && !unsigned)
      const number = integerOf(part, signed)
      const none = signed ? isLowest(part) : part.every((octet) => octet === 0xff)
      values.push(none ? null : number)
    }
  }
  const days = ((control >> 4) & 3) === 3
  const spacingUnit =
    days && spacing === 254
      ? 'month'
      : days && spacing === 253
        ? 'half-month'
        : spacingUnits[(control >> 4) & 3]
  if (spacingUnit === undefined) return undefined
  return { kind, increment, spacingUnit, spacing: days && spacing >= 253 ? 1 : spacing, values }
}

/** 80 00 …: the lowest signed number stands for "no value". */
function isLowest(part: Uint8Array): boolean {
  return part[part.length - 1] === 0x80 && part.subarray(0, -1).every((octet) => octet === 0)
}

/** The value as text, for people; octets are hexadecimal. */
export function valueText(value: RecordValue): string {
  if (value === null) return ''
  if (value instanceof Uint8Array) return hexOf(value)
  return typeof value === 'object' ? value.text.replace('T', ' ') : String(value)
}

/** The shortest decimal that is this 32-bit real: 236.1, where the double nearest to it is 236.10000610…. */
function shortest(real: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const decimal = Number(real.toPrecision(digits))
    if (Math.fround(decimal) === real) return decimal
  }
  return Number(real.toPrecision(9))
}
