// Value information of EN 13757-3 (clause 6.4): the primary table and what media and application errors mean.

import { decimal, duration, findQuantity, named, type Quantity, type Range } from './quantity.ts'
import { tableFB, tableFD } from './vifExtensions.ts'

export type { Quantity } from './quantity.ts'

/** EN 13757-3 table 10. 7B, 7C, 7D and 7F announce what the record reader treats itself. */
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
  [0x7e, 0x7e, named('any quantity')],
  [0x7f, 0x7f, named('manufacturer specific')],
]

/** `extension` is FD or FB where one came before; undefined for codes the tables reserve. */
export function quantityOf(code: number, extension?: number): Quantity | undefined {
  return findQuantity(extension === 0xfd ? tableFD : extension === 0xfb ? tableFB : primary, code & 0x7f)
}

/** Device types of EN 13757-7 (media of EN 13757-3 table 7). */
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
  15: 'unknown',
  16: 'irrigation water',
  17: 'water data logger',
  18: 'gas data logger',
  19: 'gas converter',
  20: 'calorific value',
  21: 'hot water',
  22: 'cold water',
  23: 'dual register water',
  24: 'pressure',
  25: 'A/D converter',
  26: 'smoke detector',
  27: 'room sensor',
  28: 'gas detector',
  32: 'breaker, electricity',
  33: 'valve',
  37: 'customer unit',
  40: 'waste water',
  41: 'garbage',
  49: 'communication controller',
  50: 'unidirectional repeater',
  51: 'bidirectional repeater',
  54: 'radio converter, system side',
  55: 'radio converter, meter side',
  56: 'wired adapter',
}

/** EN 13757-3 table 20. */
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
  16: 'access denied',
  17: 'application unknown',
  18: 'parameter is faulty',
  19: 'command is invalid',
  240: 'dynamic application error',
}
