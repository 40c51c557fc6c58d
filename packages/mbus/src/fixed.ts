// Fixed data structure (EN 1434-3, M-Bus "CI 73"): two counters with units of a table of their own.

import { bcdOf, type Cursor, hexOf, integerOf, reversedHex } from './bytes.ts'

export type FixedCounter = {
  /** Null when the counter is BCD and a digit is none. */
  readonly value: number | null
  /** As in the table: 'kWh', 'l', 'same unit, historic'. */
  readonly unitCode: number
  readonly unitName: string
  /** Base unit and the value in it, where the code has one. */
  readonly unit?: string
  readonly scaled?: number
  readonly offset: number
}

export type FixedData = {
  readonly kind: 'fixed'
  readonly id: string
  readonly accessNumber: number
  readonly status: {
    readonly octet: number
    readonly binary: boolean
    /** The counters were stored at a fixed date. */
    readonly stored: boolean
    readonly lowPower: boolean
    readonly permanentError: boolean
    readonly temporaryError: boolean
  }
  readonly medium: number
  readonly mediumName: string
  readonly counters: readonly [FixedCounter, FixedCounter]
  readonly offset: number
  readonly length: number
}

const fixedMedia = [
  'other',
  'oil',
  'electricity',
  'gas',
  'heat',
  'steam',
  'hot water',
  'water',
  'heat cost allocator',
  'reserved',
  'gas (mode 2)',
  'heat (mode 2)',
  'hot water (mode 2)',
  'water (mode 2)',
  'heat cost allocator (mode 2)',
  'reserved',
] as const

type Series = readonly [first: number, unit: string, exponent: number, names: readonly string[]]

/** Nine decades each, from `first` on: thousandths to units, units to thousands, and so on. */
const series: readonly Series[] = [
  [0x02, 'Wh', 0, ['Wh', 'kWh', 'MWh']],
  [0x0b, 'J', 3, ['kJ', 'MJ', 'GJ']],
  [0x14, 'W', 0, ['W', 'kW', 'MW']],
  [0x1d, 'J/h', 3, ['kJ/h', 'MJ/h', 'GJ/h']],
  [0x26, 'm³', -6, ['ml', 'l', 'm³']],
  [0x2f, 'm³/h', -6, ['ml/h', 'l/h', 'm³/h']],
]

const single: Readonly<Record<number, readonly [name: string, unit?: string, exponent?: number]>> = {
  0: ['h, min, s'],
  1: ['day, month, year'],
  56: ['m°C', '°C', -3],
  57: ['units of heat cost allocation'],
  62: ['same unit, historic'],
  63: ['without unit'],
}

/** Name, base unit and power of ten of a 6-bit unit code. */
export function fixedUnit(code: number): { name: string; unit?: string; exponent?: number } {
  for (const [first, unit, exponent, names] of series) {
    const n = code - first
    if (n < 0 || n > 8) continue
    const step = ['', '10 ', '100 '][n % 3] as string
    return { name: step + names[Math.floor(n / 3)], unit, exponent: exponent + n }
  }
  const [name, unit, exponent] = single[code] ?? ['reserved']
  return { name, ...(unit === undefined ? {} : { unit, exponent: exponent ?? 0 }) }
}

/** @param lsbFirst false for CI 77, whose multi-octet fields come highest octet first */
export function readFixed(cursor: Cursor, lsbFirst: boolean): FixedData {
  const offset = cursor.at
  const ordered = (bytes: Uint8Array) => (lsbFirst ? bytes : Uint8Array.from(bytes).reverse())
  const id = reversedHex(ordered(cursor.take(4)))
  const accessNumber = cursor.u8()
  const octet = cursor.u8()
  const units = ordered(cursor.take(2))
  const [low = 0, high = 0] = units
  const binary = (octet & 1) !== 0
  // Code 3E says that the second counter is the first one at an earlier date, in the same unit.
  const historic = (high & 0x3f) === 0x3e
  const counter = (unitCode: number, scaleCode: number): FixedCounter => {
    const at = cursor.at
    const bytes = ordered(cursor.take(4))
    const coded = binary ? integerOf(bytes, true) : bcdOf(bytes)
    const value = coded === undefined ? null : Number(coded)
    const { unit, exponent } = fixedUnit(scaleCode)
    const scaled =
      value === null || exponent === undefined
        ? undefined
        : Number((exponent < 0 ? value / 10 ** -exponent : value * 10 ** exponent).toPrecision(15))
    return {
      value,
      unitCode,
      unitName: fixedUnit(unitCode).name,
      ...(unit === undefined ? {} : { unit }),
      ...(scaled === undefined ? {} : { scaled }),
      offset: at,
    }
  }
  const counters = [
    counter(low & 0x3f, low & 0x3f),
    counter(high & 0x3f, historic ? low & 0x3f : high & 0x3f),
  ] as const
  const medium = (low >> 6) | ((high >> 4) & 0x0c)
  return {
    kind: 'fixed',
    id,
    accessNumber,
    status: {
      octet,
      binary,
      stored: (octet & 2) !== 0,
      lowPower: (octet & 4) !== 0,
      permanentError: (octet & 8) !== 0,
      temporaryError: (octet & 16) !== 0,
    },
    medium,
    mediumName: fixedMedia[medium] as string,
    counters,
    offset,
    length: cursor.at - offset,
  }
}

/** Octets of a counter as they were sent, for digits that are none. */
export const counterHex = (bytes: Uint8Array, counter: FixedCounter) =>
  hexOf(bytes.subarray(counter.offset, counter.offset + 4))
