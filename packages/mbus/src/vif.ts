// Value information of EN 13757-3 (clause 6.4, tables 10, 12 and 14): what a record measures, in which unit.

/** `exponent`: power of ten between the coded value and `unit`. */
export type Quantity = {
  readonly quantity: string
  readonly unit?: string
  readonly exponent?: number
  /** Seconds of the unit a duration is coded in. */
  readonly factor?: number
  readonly kind?: 'date' | 'date-time'
}

type Range = readonly [low: number, high: number, make: (n: number) => Quantity]

const decimal =
  (quantity: string, unit: string, base: number) =>
  (n: number): Quantity => ({ quantity, unit, exponent: n + base })
const named = (quantity: string, unit?: string) => (): Quantity => (unit ? { quantity, unit } : { quantity })
const seconds = [1, 60, 3600, 86_400]
const duration =
  (quantity: string) =>
  (n: number): Quantity => ({ quantity, unit: 's', factor: seconds[n] as number })

const primary: readonly Range[] = [
  [0x00, 0x07, decimal('energy', 'Wh', -3)],
  [0x08, 0x0f, decimal('energy', 'J', 0)],
  [0x10, 0x17, decimal('volume', 'm³', -6)],
  [0x18, 0x1f, decimal('mass', 'kg', -3)],
  [0x20, 0x23, duration('on time')],
  [0x24, 0x27, duration('operating time')],
  [0x28, 0x2f, decimal('power', 'W', -3)],
  [0x30, 0x37, decimal('power', 'J/h', 0)],
  [0x38, 0x3f, decimal('volume flow', 'm³/h', -6)],
  [0x40, 0x47, decimal('volume flow', 'm³/min', -7)],
  [0x48, 0x4f, decimal('volume flow', 'm³/s', -9)],
  [0x50, 0x57, decimal('mass flow', 'kg/h', -3)],
  [0x58, 0x5b, decimal('flow temperature', '°C', -3)],
  [0x5c, 0x5f, decimal('return temperature', '°C', -3)],
  [0x60, 0x63, decimal('temperature difference', 'K', -3)],
  [0x64, 0x67, decimal('external temperature', '°C', -3)],
  [0x68, 0x6b, decimal('pressure', 'bar', -3)],
  [0x6c, 0x6c, () => ({ quantity: 'date', kind: 'date' })],
  [0x6d, 0x6d, () => ({ quantity: 'date-time', kind: 'date-time' })],
  [0x6e, 0x6e, named('heat cost allocation')],
  [0x70, 0x73, duration('averaging duration')],
  [0x74, 0x77, duration('actuality duration')],
  [0x78, 0x78, named('fabrication number')],
  [0x79, 0x79, named('identification')],
  [0x7a, 0x7a, named('bus address')],
]

/** After FD. */
const second: readonly Range[] = [
  [0x00, 0x03, decimal('credit', 'currency', -3)],
  [0x04, 0x07, decimal('debit', 'currency', -3)],
  [0x08, 0x08, named('access number')],
  [0x09, 0x09, named('medium')],
  [0x0a, 0x0a, named('manufacturer')],
  [0x0b, 0x0b, named('parameter set identification')],
  [0x0c, 0x0c, named('model / version')],
  [0x0d, 0x0d, named('hardware version')],
  [0x0e, 0x0e, named('firmware version')],
  [0x0f, 0x0f, named('software version')],
  [0x10, 0x10, named('customer location')],
  [0x11, 0x11, named('customer')],
  [0x16, 0x16, named('password')],
  [0x17, 0x17, named('error flags')],
  [0x18, 0x18, named('error mask')],
  [0x1a, 0x1a, named('digital output')],
  [0x1b, 0x1b, named('digital input')],
  [0x1c, 0x1c, named('baud rate', 'Bd')],
  [0x3a, 0x3a, named('dimensionless')],
  [0x40, 0x4f, decimal('voltage', 'V', -9)],
  [0x50, 0x5f, decimal('current', 'A', -12)],
  [0x60, 0x60, named('reset counter')],
  [0x61, 0x61, named('cumulation counter')],
  [0x67, 0x67, named('special supplier information')],
]

/** After FB. */
const first: readonly Range[] = [
  [0x00, 0x01, decimal('energy', 'Wh', 5)],
  [0x08, 0x09, decimal('energy', 'J', 8)],
  [0x10, 0x11, decimal('volume', 'm³', 2)],
  [0x18, 0x19, decimal('mass', 'kg', 5)],
  [0x28, 0x29, decimal('power', 'W', 5)],
  [0x1a, 0x1b, decimal('relative humidity', '%', -1)],
]

function find(table: readonly Range[], code: number): Quantity | undefined {
  for (const [low, high, make] of table) if (code >= low && code <= high) return make(code - low)
  return undefined
}

/** `extension` is FD or FB where one came before; undefined for codes the tables reserve. */
export function quantityOf(code: number, extension?: number): Quantity | undefined {
  return find(extension === 0xfd ? second : extension === 0xfb ? first : primary, code & 0x7f)
}

/** Media of EN 13757-3 table 7. */
export const media: Readonly<Record<number, string>> = {
  0: 'other',
  1: 'oil',
  2: 'electricity',
  3: 'gas',
  4: 'heat, outlet',
  5: 'steam',
  6: 'warm water',
  7: 'water',
  8: 'heat cost allocator',
  9: 'compressed air',
  10: 'cooling, outlet',
  11: 'cooling, inlet',
  12: 'heat, inlet',
  13: 'heat and cooling',
  14: 'bus / system',
  21: 'hot water',
  22: 'cold water',
  23: 'dual register water',
  24: 'pressure',
  25: 'A/D converter',
  32: 'breaker, electricity',
  33: 'valve',
}

export const applicationErrors: Readonly<Record<number, string>> = {
  0: 'unspecified error',
  1: 'unimplemented CI field',
  2: 'buffer too long, truncated',
  3: 'too many records',
  4: 'premature end of record',
  5: 'more than 10 DIFEs',
  6: 'more than 10 VIFEs',
  8: 'application too busy',
  9: 'too many readouts',
}
