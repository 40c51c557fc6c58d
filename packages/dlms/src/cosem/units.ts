// Physical units of scaler_unit (Blue Book 4.3.2.2, table 4).

import type { Data } from '../axdr/data.ts'

/** Symbol by unit code; 254 is another unit than those listed, 255 'no unit'. */
export const units: Readonly<Record<number, string>> = {
  1: 'a',
  2: 'mo',
  3: 'wk',
  4: 'd',
  5: 'h',
  6: 'min',
  7: 's',
  8: '°',
  9: '°C',
  10: 'currency',
  11: 'm',
  12: 'm/s',
  13: 'm³',
  14: 'm³',
  15: 'm³/h',
  16: 'm³/h',
  17: 'm³/d',
  18: 'm³/d',
  19: 'l',
  20: 'kg',
  21: 'N',
  22: 'Nm',
  23: 'Pa',
  24: 'bar',
  25: 'J',
  26: 'J/h',
  27: 'W',
  28: 'VA',
  29: 'var',
  30: 'Wh',
  31: 'VAh',
  32: 'varh',
  33: 'A',
  34: 'C',
  35: 'V',
  36: 'V/m',
  37: 'F',
  38: 'Ω',
  39: 'Ωm²/m',
  40: 'Wb',
  41: 'T',
  42: 'A/m',
  43: 'H',
  44: 'Hz',
  45: '1/Wh',
  46: '1/varh',
  47: '1/VAh',
  48: 'V²h',
  49: 'A²h',
  50: 'kg/s',
  51: 'S',
  52: 'K',
  53: '1/V²h',
  54: '1/A²h',
  55: '1/m³',
  56: '%',
  57: 'Ah',
  60: 'Wh/m³',
  61: 'J/m³',
  62: 'mol %',
  63: 'g/m³',
  64: 'Pa s',
  65: 'J/kg',
  66: 'gf/cm²',
  67: 'atm',
  70: 'dBm',
  71: 'dBµV',
  72: 'dB',
  128: 'in',
  129: 'ft',
  130: 'lb',
  131: '°F',
  132: '°R',
  133: 'in²',
  134: 'ft²',
  135: 'acre',
  136: 'in³',
  137: 'ft³',
  138: 'acre·ft',
  139: 'gal (imp.)',
  140: 'gal (US)',
  141: 'lbf',
  142: 'psi',
  143: 'lb/ft³',
  144: 'lb/(ft·s)',
  145: 'ft²/s',
  146: 'Btu',
  147: 'thm (EU)',
  148: 'thm (US)',
  149: 'Btu/lb',
  150: 'Btu/ft³',
  151: 'ft³',
  152: 'ft/s',
  153: 'ft³/s',
  154: 'ft³/min',
  155: 'ft³/h',
  156: 'ft³/d',
  157: 'acre·ft/s',
  158: 'acre·ft/min',
  159: 'acre·ft/h',
  160: 'acre·ft/d',
  161: 'gal (imp.)',
  162: 'gal (imp.)/s',
  163: 'gal (imp.)/min',
  164: 'gal (imp.)/h',
  165: 'gal (imp.)/d',
  166: 'gal (US)',
  167: 'gal (US)/s',
  168: 'gal (US)/min',
  169: 'gal (US)/h',
  170: 'gal (US)/d',
  171: 'Btu/s',
  172: 'Btu/min',
  173: 'Btu/h',
  174: 'Btu/d',
  254: '?',
  255: '',
}

/** Symbol of a unit code; undefined where the standard has none. */
export function unitSymbol(code: number): string | undefined {
  return units[code]
}

export interface ScalerUnit {
  /** Power of ten. */
  readonly scaler: number
  readonly unit: number
}

/** scaler_unit attribute: structure { integer scaler, enum unit }; undefined when it is none. */
export function scalerUnitFromData(value: Data): ScalerUnit | undefined {
  if (value.type !== 'structure' || value.value.length !== 2) return undefined
  const [scaler, unit] = value.value
  if (scaler.type !== 'integer' || unit.type !== 'enum') return undefined
  return { scaler: scaler.value, unit: unit.value }
}

/** value · 10^scaler, dividing by whole powers so that 2305 · 10^−1 is 230.5. */
export function applyScaler(value: number, scaler: number): number {
  return scaler < 0 ? value / 10 ** -scaler : value * 10 ** scaler
}
