// What an OBIS code means, in words (Blue Book 7.5, 7.6).

import { type Obis, parseObis } from './obis.ts'

export type NameLanguage = 'ro' | 'en'
type Words = { readonly ro: string; readonly en: string }

const abstractNames: Readonly<Record<string, Words>> = {
  '0.0.1.0.0.255': { ro: 'Ceas', en: 'Clock' },
  '0.0.10.0.0.255': { ro: 'Tabel de scripturi', en: 'Script table' },
  '0.0.13.0.0.255': { ro: 'Calendar de activitate', en: 'Activity calendar' },
  '0.0.17.0.0.255': { ro: 'Limitator de putere', en: 'Limiter' },
  '0.0.42.0.0.255': { ro: 'Numele dispozitivului logic', en: 'Logical device name' },
  '0.0.43.0.0.255': { ro: 'Configurarea securității', en: 'Security setup' },
  '0.0.43.1.0.255': { ro: 'Contor de invocări', en: 'Invocation counter' },
  '0.0.96.1.0.255': { ro: 'Seria contorului', en: 'Meter serial number' },
  '0.0.96.3.10.255': { ro: 'Releu de deconectare', en: 'Disconnect control' },
  '0.0.96.10.1.255': { ro: 'Starea profilului de sarcină', en: 'Load profile status' },
  '0.0.96.11.0.255': { ro: 'Cod de eveniment', en: 'Event code' },
  '0.0.96.11.1.255': { ro: 'Cod de eveniment de fraudă', en: 'Fraud event code' },
  '0.0.99.98.0.255': { ro: 'Jurnal de evenimente', en: 'Event log' },
  '0.0.99.98.1.255': { ro: 'Jurnal de fraudă', en: 'Fraud detection log' },
  '1.0.0.2.0.255': { ro: 'Versiunea de firmware', en: 'Firmware version' },
  '1.0.99.1.0.255': { ro: 'Profil de sarcină', en: 'Load profile' },
  '1.0.98.2.0.255': { ro: 'Profil zilnic', en: 'Daily profile' },
}

// Value group C of electricity (Blue Book table 39): sums, then L1, L2, L3 at +20, +40, +60.
const quantities: Readonly<Record<number, Words>> = {
  1: { ro: 'activă import (A+)', en: 'active import (A+)' },
  2: { ro: 'activă export (A−)', en: 'active export (A−)' },
  3: { ro: 'reactivă import (R+)', en: 'reactive import (R+)' },
  4: { ro: 'reactivă export (R−)', en: 'reactive export (R−)' },
  5: { ro: 'reactivă cadranul I', en: 'reactive quadrant I' },
  6: { ro: 'reactivă cadranul II', en: 'reactive quadrant II' },
  7: { ro: 'reactivă cadranul III', en: 'reactive quadrant III' },
  8: { ro: 'reactivă cadranul IV', en: 'reactive quadrant IV' },
  9: { ro: 'aparentă import', en: 'apparent import' },
  10: { ro: 'aparentă export', en: 'apparent export' },
}
const instantaneous: Readonly<Record<number, Words>> = {
  11: { ro: 'Curent', en: 'Current' },
  12: { ro: 'Tensiune', en: 'Voltage' },
  13: { ro: 'Factor de putere', en: 'Power factor' },
  14: { ro: 'Frecvență', en: 'Frequency' },
}

const kinds: Readonly<Record<number, Words>> = {
  6: { ro: 'Putere maximă', en: 'Maximum demand' },
  7: { ro: 'Putere', en: 'Power' },
  8: { ro: 'Energie', en: 'Energy' },
  29: { ro: 'Energie pe interval', en: 'Interval energy' },
}

/** Name of an object in Romanian or English; the code itself where there is no name. */
export function obisName(obis: Obis, language: NameLanguage = 'ro'): string {
  const normal = parseObis(obis) ?? obis
  const known = abstractNames[normal]
  if (known) return known[language]
  const [a, b, c, d, e] = normal.split('.').map(Number)
  if (a === 0 && normal.startsWith('0.0.40.0.')) {
    return `${language === 'ro' ? 'Asociere' : 'Association'} ${e}`
  }
  return (a === 1 ? electricityName(c, d, e, language) : undefined) ?? (b === undefined ? obis : normal)
}

function electricityName(c: number, d: number, e: number, language: NameLanguage): string | undefined {
  const phase = c > 20 && c < 81 ? Math.floor((c - 1) / 20) : 0
  const base = phase > 0 ? c - phase * 20 : c
  const suffix = phase > 0 ? ` L${phase}` : ''
  const single = instantaneous[base]
  if (single && d === 7) return `${single[language]}${suffix}`
  const kind = kinds[d]
  const quantity = quantities[base]
  if (!kind || !quantity) return undefined
  const tariff = e === 0 || d === 7 ? '' : `, ${language === 'ro' ? 'tariful' : 'tariff'} ${e}`
  return `${kind[language]} ${quantity[language]}${suffix}${tariff}`
}
