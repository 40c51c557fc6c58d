// Combinable (orthogonal) VIFEs of EN 13757-3 tables 15 and 16, and the record errors of table 18.

/** What one combinable VIFE adds to the quantity before it. */
export type Qualifier = {
  readonly code: number
  readonly text: string
  /** A record error the meter reports in place of a usable value. */
  readonly error?: true
  /** Power of ten the coded value is multiplied by. */
  readonly exponent?: number
  /** 10^n units to be added to the value, `n` here. */
  readonly addend?: number
  /** The value is a point in time or a duration (factor to seconds) about the quantity. */
  readonly kind?: 'date-time'
  readonly durationFactor?: number
  /** The value counts events instead of measuring. */
  readonly count?: true
  /** Appended to the unit. */
  readonly per?: string
  readonly times?: string
  /** The data is a compact profile (annex F). */
  readonly profile?: 'registers' | 'compact' | 'inverse'
  /** Binary data is unsigned (type C) from here on. */
  readonly unsigned?: true
}

type Declaration = Omit<Qualifier, 'code'>

const errors: Readonly<Record<number, string>> = {
  1: 'too many DIFEs',
  2: 'storage number not implemented',
  3: 'subunit not implemented',
  4: 'tariff not implemented',
  5: 'function not implemented',
  6: 'data class not implemented',
  7: 'data size not implemented',
  11: 'too many VIFEs',
  12: 'illegal VIF group',
  13: 'illegal VIF exponent',
  14: 'VIF and DIF do not match',
  15: 'action not implemented',
  21: 'no data available',
  22: 'data overflow',
  23: 'data underflow',
  24: 'data error',
  28: 'premature end of record',
}

const single: Readonly<Record<number, Declaration>> = {
  0: { text: 'no error' },
  18: { text: 'averaged' },
  19: { text: 'inverse compact profile', profile: 'inverse' },
  20: { text: 'relative deviation' },
  29: { text: 'standard conform data content' },
  30: { text: 'compact profile with registers', profile: 'registers' },
  31: { text: 'compact profile', profile: 'compact' },
  32: { text: 'per second', per: 's' },
  33: { text: 'per minute', per: 'min' },
  34: { text: 'per hour', per: 'h' },
  35: { text: 'per day', per: 'd' },
  36: { text: 'per week', per: 'week' },
  37: { text: 'per month', per: 'month' },
  38: { text: 'per year', per: 'year' },
  39: { text: 'per revolution', per: 'revolution' },
  40: { text: 'increment per input pulse on channel 0', per: 'pulse' },
  41: { text: 'increment per input pulse on channel 1', per: 'pulse' },
  42: { text: 'increment per output pulse on channel 0', per: 'pulse' },
  43: { text: 'increment per output pulse on channel 1', per: 'pulse' },
  44: { text: 'per litre', per: 'l' },
  45: { text: 'per cubic metre', per: 'm³' },
  46: { text: 'per kilogram', per: 'kg' },
  47: { text: 'per kelvin', per: 'K' },
  48: { text: 'per kilowatt-hour', per: 'kWh' },
  49: { text: 'per gigajoule', per: 'GJ' },
  50: { text: 'per kilowatt', per: 'kW' },
  51: { text: 'per kelvin and litre', per: '(K·l)' },
  52: { text: 'per volt', per: 'V' },
  53: { text: 'per ampere', per: 'A' },
  54: { text: 'multiplied by seconds', times: 's' },
  55: { text: 'multiplied by seconds per volt', times: 's/V' },
  56: { text: 'multiplied by seconds per ampere', times: 's/A' },
  57: { text: 'start of', kind: 'date-time' },
  58: { text: 'uncorrected unit' },
  59: { text: 'accumulation of positive contributions' },
  60: { text: 'accumulation of negative contributions, absolute' },
  61: { text: 'non-metric unit system' },
  62: { text: 'value at base conditions' },
  63: { text: 'OBIS declaration' },
  105: { text: 'leakage' },
  109: { text: 'overflow' },
  125: { text: 'multiplied by 1000', exponent: 3 },
  126: { text: 'future value' },
}

/** Second table, after FC. */
const second: Readonly<Record<number, Declaration>> = {
  1: { text: 'phase L1' },
  2: { text: 'phase L2' },
  3: { text: 'phase L3' },
  4: { text: 'neutral' },
  5: { text: 'between L1 and L2' },
  6: { text: 'between L2 and L3' },
  7: { text: 'between L3 and L1' },
  8: { text: 'quadrant 1' },
  9: { text: 'quadrant 2' },
  10: { text: 'quadrant 3' },
  11: { text: 'quadrant 4' },
  12: { text: 'difference of import and export' },
  16: { text: 'accumulation of absolute values, both directions' },
  17: { text: 'type C', unsigned: true },
  18: { text: 'type D', unsigned: true },
  19: { text: 'from the partner to the meter' },
  20: { text: 'from the meter to the partner' },
}

const seconds = [1, 60, 3600, 86_400]

/** Codes whose bits say which limit, which event and which edge (E100 u…, E101 ufnn, E110 …). */
function limits(code: number): Declaration | undefined {
  const limit = code & 8 ? 'upper limit' : 'lower limit'
  const event = code & 4 ? 'last' : 'first'
  const edge = code & 1 ? 'end' : 'begin'
  if ((code & 0x77) === 0x40) return { text: limit }
  if ((code & 0x77) === 0x41) return { text: `exceeds of ${limit}`, count: true }
  if ((code & 0x72) === 0x42) return { text: `${edge} of ${event} exceed of ${limit}`, kind: 'date-time' }
  const durationFactor = seconds[code & 3] as number
  if ((code & 0x70) === 0x50) return { text: `duration of ${event} exceed of ${limit}`, durationFactor }
  if ((code & 0x78) === 0x60) return { text: `duration of ${event}`, durationFactor }
  if ((code & 0x7b) === 0x68) return { text: `value during exceed of ${code & 4 ? 'upper' : 'lower'} limit` }
  if ((code & 0x7a) === 0x6a) return { text: `${edge} of ${event}`, kind: 'date-time' }
  return undefined
}

/** @param code the VIFE without its extension bit; `extended` when FC came before it */
export function qualifierOf(code: number, extended: boolean): Qualifier {
  if (extended) return { code, ...(second[code] ?? { text: 'reserved' }) }
  const error = errors[code]
  if (error !== undefined) return { code, text: error, error: true }
  if ((code & 0x78) === 0x70) {
    const exponent = (code & 7) - 6
    return { code, text: `multiplied by 10^${exponent}`, exponent }
  }
  if ((code & 0x7c) === 0x78) {
    const addend = (code & 3) - 3
    return { code, text: `plus 10^${addend}`, addend }
  }
  return { code, ...(single[code] ?? limits(code) ?? { text: 'reserved' }) }
}
