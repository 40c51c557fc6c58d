// Media (value group A) and the basic set of gas, heat, cold and water (Blue Book 7.6–7.8).

import { type NameLanguage, type Words, words } from './words.ts'

const media: Readonly<Record<number, Words>> = {
  0: words('Obiecte abstracte', 'Abstract objects'),
  1: words('Electricitate', 'Electricity'),
  4: words('Repartitor de costuri', 'Heat cost allocator'),
  5: words('Energie de răcire', 'Cooling energy'),
  6: words('Căldură', 'Heat'),
  7: words('Gaz', 'Gas'),
  8: words('Apă rece', 'Cold water'),
  9: words('Apă caldă', 'Hot water'),
  15: words('Alte medii', 'Other media'),
}

/** Medium of value group A; undefined for codes that the standard has not given out. */
export function mediumName(a: number, language: NameLanguage = 'ro'): string | undefined {
  return media[a]?.[language]
}

const thermal: Readonly<Record<number, Words>> = {
  1: words('Energie termică', 'Thermal energy'),
  2: words('Volum acumulat', 'Accumulated volume'),
  3: words('Masă acumulată', 'Accumulated mass'),
  8: words('Putere termică', 'Thermal power'),
  9: words('Debit', 'Flow rate'),
  10: words('Temperatura pe tur', 'Flow temperature'),
  11: words('Temperatura pe retur', 'Return temperature'),
  12: words('Diferența de temperatură', 'Differential temperature'),
  13: words('Presiune', 'Pressure'),
}
const gas: Readonly<Record<string, Words>> = {
  '1.0': words(
    'Volum de gaz neperturbat, condiții de măsurare',
    'Undisturbed gas volume, metering conditions',
  ),
  '3.0': words('Volum de gaz, condiții de măsurare', 'Gas volume, metering conditions'),
  '3.1': words('Volum de gaz corectat', 'Corrected gas volume'),
  '3.2': words('Volum de gaz, condiții de bază', 'Gas volume, base conditions'),
  '41.0': words('Temperatura gazului', 'Gas temperature'),
  '42.0': words('Presiunea gazului', 'Gas pressure'),
}
const water: Readonly<Record<number, Words>> = {
  1: words('Volum de apă', 'Water volume'),
  2: words('Debit de apă', 'Water flow rate'),
}

/** Name of a value of another medium than electricity. */
export function mediumValueName(a: number, c: number, d: number, language: NameLanguage): string | undefined {
  const found =
    a === 7 ? gas[`${c}.${d}`] : a === 8 || a === 9 ? water[c] : a === 5 || a === 6 ? thermal[c] : undefined
  if (found === undefined || (a !== 7 && d !== 0 && d !== 1)) return undefined
  if (a === 8 || a === 9) return `${found[language]} ${waterKinds[a][language]}`
  return a === 5 ? `${found[language]} (${language === 'ro' ? 'răcire' : 'cooling'})` : found[language]
}
const waterKinds: Readonly<Record<8 | 9, Words>> = {
  8: words('(rece)', '(cold)'),
  9: words('(caldă)', '(hot)'),
}
