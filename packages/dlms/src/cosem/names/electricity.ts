// Value groups C, D, E and F of electricity (Blue Book 7.5, A = 1).

import { type NameLanguage, type Words, words } from './words.ts'

// Group C: sums at 1…20, then the same for L1, L2, L3 at +20, +40, +60. Energies and powers are feminine in
// Romanian: the words agree with 'Energie' and 'Putere'.
const flows: Readonly<Record<number, Words>> = {
  1: words('activă import (A+)', 'active import (A+)'),
  2: words('activă export (A−)', 'active export (A−)'),
  3: words('reactivă import (R+)', 'reactive import (R+)'),
  4: words('reactivă export (R−)', 'reactive export (R−)'),
  5: words('reactivă cadranul I', 'reactive quadrant I'),
  6: words('reactivă cadranul II', 'reactive quadrant II'),
  7: words('reactivă cadranul III', 'reactive quadrant III'),
  8: words('reactivă cadranul IV', 'reactive quadrant IV'),
  9: words('aparentă import', 'apparent import'),
  10: words('aparentă export', 'apparent export'),
  15: words('activă, valoare absolută |A+|+|A−|', 'active, absolute |A+|+|A−|'),
  16: words('activă netă |A+|−|A−|', 'active, net |A+|−|A−|'),
  17: words('activă cadranul I', 'active quadrant I'),
  18: words('activă cadranul II', 'active quadrant II'),
  19: words('activă cadranul III', 'active quadrant III'),
  20: words('activă cadranul IV', 'active quadrant IV'),
}
const quantities: Readonly<Record<number, Words>> = {
  11: words('Curent', 'Current'),
  12: words('Tensiune', 'Voltage'),
  13: words('Factor de putere', 'Power factor'),
  14: words('Frecvență', 'Frequency'),
}
const single: Readonly<Record<number, Words>> = {
  82: words('Mărime fără unitate', 'Unitless quantity'),
  83: words('Pierderi în transformator și linie', 'Transformer and line losses'),
  84: words('Factor de putere, export', 'Power factor, export'),
  85: words('Factor de putere L1, export', 'Power factor L1, export'),
  86: words('Factor de putere L2, export', 'Power factor L2, export'),
  87: words('Factor de putere L3, export', 'Power factor L3, export'),
  88: words('Amper pătrat oră', 'Ampere-squared hours'),
  89: words('Volt pătrat oră', 'Volt-squared hours'),
  90: words('Curent, suma fazelor', 'Current, sum of the phases'),
  91: words('Curent pe nul (L0)', 'Neutral current (L0)'),
  92: words('Tensiune pe nul (L0)', 'Neutral voltage (L0)'),
}

// Group D of energies and powers, in full words.
const flowKinds: Readonly<Record<number, Words>> = {
  2: words('Putere maximă cumulată', 'Cumulative maximum demand'),
  3: words('Putere minimă', 'Minimum demand'),
  4: words('Putere medie curentă', 'Current average demand'),
  5: words('Putere medie precedentă', 'Last average demand'),
  6: words('Putere maximă', 'Maximum demand'),
  7: words('Putere', 'Power'),
  8: words('Energie', 'Energy'),
  9: words('Energie de la începutul perioadei de facturare', 'Billing period energy'),
  12: words('Putere maximă cumulată 2', 'Cumulative maximum demand 2'),
  16: words('Putere maximă 2', 'Maximum demand 2'),
  24: words('Putere medie curentă 3', 'Current average demand 3'),
  25: words('Putere medie precedentă 3', 'Last average demand 3'),
  27: words('Putere medie curentă 5', 'Current average demand 5'),
  28: words('Putere medie curentă 6', 'Current average demand 6'),
  29: words('Energie pe interval', 'Interval energy'),
  30: words('Energie pe interval, perioada 2', 'Interval energy, period 2'),
}

// Group D behind the name of any other quantity.
const aspects: Readonly<Record<number, Words>> = {
  3: words('minim', 'minimum'),
  4: words('media curentă', 'current average'),
  5: words('media precedentă', 'last average'),
  6: words('maxim', 'maximum'),
  8: words('integrală în timp', 'time integral'),
  13: words('minim 2', 'minimum 2'),
  14: words('media curentă 2', 'current average 2'),
  15: words('media precedentă 2', 'last average 2'),
  16: words('maxim 2', 'maximum 2'),
  23: words('minim 3', 'minimum 3'),
  24: words('media curentă 3', 'current average 3'),
  25: words('media precedentă 3', 'last average 3'),
  26: words('maxim 3', 'maximum 3'),
  31: words('pragul de scădere', 'threshold for sags'),
  32: words('numărul scăderilor', 'number of sags'),
  33: words('durata ultimei scăderi', 'duration of the last sag'),
  34: words('mărimea ultimei scăderi', 'magnitude of the last sag'),
  35: words('pragul de depășire', 'threshold for swells'),
  36: words('numărul depășirilor', 'number of swells'),
  37: words('durata ultimei depășiri', 'duration of the last swell'),
  38: words('mărimea ultimei depășiri', 'magnitude of the last swell'),
  39: words('pragul de lipsă', 'threshold for missing'),
  40: words('numărul lipsurilor', 'number of times missing'),
  41: words('durata ultimei lipse', 'duration missing'),
  42: words('mărimea la lipsă', 'magnitude when missing'),
  43: words('pragul de timp pentru scădere', 'time threshold for sags'),
  44: words('pragul de timp pentru depășire', 'time threshold for swells'),
  45: words('pragul de timp pentru lipsă', 'time threshold for missing'),
  46: words('valoare contractată', 'contracted value'),
}

// Ends of the angles of C = 81; tens of E: the reference, units: the measured one.
const angleEnds: readonly (string | undefined)[] = [
  'U(L1)',
  'U(L2)',
  'U(L3)',
  undefined,
  'I(L1)',
  'I(L2)',
  'I(L3)',
  'I(L0)',
]

const harmonics: Readonly<Record<number, Words>> = {
  124: words('distorsiune armonică totală (THD)', 'total harmonic distortion (THD)'),
  125: words('distorsiune totală a curentului cerut (TDD)', 'total demand distortion (TDD)'),
  126: words('toate armonicile', 'all harmonics'),
  127: words('toate armonicile față de valoarea nominală', 'all harmonics, to nominal'),
}

/** Name of what C, D and E measure; undefined where the standard has none. */
export function electricityName(c: number, d: number, e: number, language: NameLanguage): string | undefined {
  if (c === 81) return d === 7 ? angleName(e, language) : undefined
  const phase = c > 20 && c <= 80 ? Math.floor((c - 1) / 20) : 0
  const base = c - phase * 20
  const suffix = phase > 0 ? ` L${phase}` : ''
  const flow = flows[base]
  if (flow) {
    const kind = flowKinds[d]
    if (!kind) return undefined
    const name = (language === 'ro' ? `${kind.ro} ${flow.ro}` : englishFlow(kind.en, flow.en)) + suffix
    return d === 7 && e > 0 ? harmonicName(name, e, language) : name + tariff(e, language)
  }
  const quantity = quantities[base] ?? single[c]
  if (!quantity) return undefined
  const name = `${quantity[language]}${suffix}`
  if (d === 7) return harmonicName(name, e, language)
  const aspect = aspects[d]
  if (!aspect) return undefined
  return harmonicName(`${name}, ${aspect[language]}`, e, language)
}

// 'Active energy import': the adjective stands before the noun.
function englishFlow(kind: string, flow: string): string {
  const space = flow.search(/[ ,]/)
  const adjective = flow[0].toUpperCase() + flow.slice(1, space)
  return `${adjective} ${kind[0].toLowerCase()}${kind.slice(1)}${flow.slice(space)}`
}

function tariff(e: number, language: NameLanguage): string {
  if (e === 0) return ''
  return `, ${language === 'ro' ? 'tariful' : 'tariff'} ${e}`
}

function harmonicName(name: string, e: number, language: NameLanguage): string | undefined {
  if (e === 0) return name
  const all = harmonics[e]
  if (all) return `${name}, ${all[language]}`
  if (e > 120) return undefined
  return `${name}, ${language === 'ro' ? `armonica ${e}` : `harmonic ${e}`}`
}

function angleName(e: number, language: NameLanguage): string | undefined {
  const from = angleEnds[Math.floor(e / 10)]
  const to = angleEnds[e % 10]
  return from && to ? `${language === 'ro' ? 'Unghi' : 'Angle'} ${from}–${to}` : undefined
}
