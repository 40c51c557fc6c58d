// What an OBIS code means, in words (Blue Book 6 and 7; IEC 62056-6-1).

import { type Obis, parseObis } from '../obis.ts'
import { abstractNames, electricityGeneral } from './abstract.ts'
import { electricityName } from './electricity.ts'
import { mediumValueName } from './media.ts'
import type { NameLanguage, Words } from './words.ts'

/**
 * Name of an object in Romanian or English, from its value groups; the code itself where there is no name.
 * A channel (B > 0) and an old billing period (F < 255) are said behind it.
 */
export function obisName(obis: Obis, language: NameLanguage = 'ro'): string {
  const normal = parseObis(obis) ?? obis
  const [a, b, c, d, e, f] = normal.split('.').map(Number)
  const name =
    a === 0
      ? generalName([abstractNames], c, d, e, language)
      : a === 1
        ? (electricityName(c, d, e, language) ??
          (c === 0 || c >= 96
            ? generalName([electricityGeneral, abstractNames], c, d, e, language)
            : undefined))
        : mediumValueName(a, c, d, language)
  if (name === undefined) return b === undefined ? obis : normal
  return name + channelText(b, language) + periodText(f, language)
}

// The most precise entry wins: with E, else without it and E said as a number.
function generalName(
  tables: readonly Readonly<Record<string, Words>>[],
  c: number,
  d: number,
  e: number,
  language: NameLanguage,
): string | undefined {
  for (const table of tables) {
    if (Object.hasOwn(table, `${c}.${d}.${e}`)) return table[`${c}.${d}.${e}`][language]
  }
  // Registers of alarms have their filters and descriptors in the same group.
  if (c === 97 && d === 98 && e >= 10 && e < 30) {
    const filter = e < 20
    const kind = language === 'ro' ? (filter ? 'Filtru' : 'Descriptor') : filter ? 'filter' : 'descriptor'
    const number = (e % 10) + 1
    return language === 'ro' ? `${kind} de alarme ${number}` : `Alarm ${kind} ${number}`
  }
  for (const table of tables) {
    if (!Object.hasOwn(table, `${c}.${d}`)) continue
    const name = table[`${c}.${d}`][language]
    if (c === 97 && d === 98) return `${name} ${e + 1}`
    return e === 0 || e === 255 ? name : `${name} ${e}`
  }
  return undefined
}

function channelText(b: number, language: NameLanguage): string {
  if (b === 0) return ''
  return b <= 64 ? `, ${language === 'ro' ? 'canalul' : 'channel'} ${b}` : `, B = ${b}`
}

function periodText(f: number, language: NameLanguage): string {
  if (f === undefined || f === 255) return ''
  if (f < 100) return `, ${language === 'ro' ? 'perioada de facturare' : 'billing period'} ${f}`
  if (f === 101) return `, ${language === 'ro' ? 'ultima perioadă de facturare' : 'last billing period'}`
  if (f < 126 && f > 101) {
    return language === 'ro' ? `, acum ${f - 100} perioade de facturare` : `, ${f - 100} billing periods ago`
  }
  return `, F = ${f}`
}
