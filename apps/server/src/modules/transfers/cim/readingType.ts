// Reading types of IEC 61968-9, Annex C: eighteen numbers that say what a value is.
import { type Channel, channels } from '@contor/intervals'

/** The fields in their order, with what our intervals have in each (IEC 61968-9, tables C.2 to C.20). */
const fields = [
  'macroPeriod', // 0: none
  'aggregate', // 0: none
  'measuringPeriod', // 2: fifteen minutes, 7: sixty minutes
  'accumulation', // 4: delta data
  'flowDirection',
  'commodity', // 1: electricity, secondary metered
  'measurementKind', // 12: energy
  'interharmonicNumerator',
  'interharmonicDenominator',
  'argumentNumerator',
  'argumentDenominator',
  'tou',
  'cpp',
  'consumptionTier',
  'phases',
  'multiplier', // 0: ×1, 3: kilo
  'unit', // 72: Wh, 73: varh
  'currency',
] as const
type Field = (typeof fields)[number]

/** Flow directions (table C.7): forward, reverse, quadrants 1 to 4, quadrants 1 plus 2 and 3 plus 4. */
export const flowDirection: Readonly<Record<Channel, number>> = {
  'A+': 1,
  'A-': 19,
  Q1: 15,
  Q2: 16,
  Q3: 17,
  Q4: 18,
  'R+': 5,
  'R-': 13,
}

export const unitSymbol = (channel: Channel): 72 | 73 => (channel.startsWith('A') ? 72 : 73)

/** mRID of the reading type of a channel's quarter-hours, e.g. `0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0`. */
export function readingTypeOf(channel: Channel): string {
  const known: Partial<Record<Field, number>> = {
    measuringPeriod: 2,
    accumulation: 4,
    flowDirection: flowDirection[channel],
    commodity: 1,
    measurementKind: 12,
    unit: unitSymbol(channel),
  }
  return fields.map((field) => known[field] ?? 0).join('.')
}

/**
 * The channel and factor (Wh per unit) of a reading type.
 * @returns the reason as text when it is not energy per quarter-hour of a channel that we keep
 */
export function channelOfReadingType(mRID: string): { channel: Channel; factor: number } | string {
  const values = mRID.trim().split('.').map(Number)
  if (values.length !== fields.length || values.some((value) => !Number.isInteger(value)))
    return 'not a reading type of 18 numbers'
  const of = (field: Field) => values[fields.indexOf(field)]
  if (of('measurementKind') !== 12 || of('commodity') !== 1 || of('accumulation') !== 4)
    return 'not energy of electricity per interval (deltaData)'
  if (of('measuringPeriod') !== 2) return 'not of quarter-hours (measuring period 2)'
  return channelOf(of('flowDirection'), of('unit'), of('multiplier'))
}

export function channelOf(
  direction: number,
  unit: number,
  multiplier: number,
): { channel: Channel; factor: number } | string {
  const channel = channels.find((name) => flowDirection[name] === direction && unitSymbol(name) === unit)
  if (!channel) return `no channel has flow direction ${direction} and unit ${unit}`
  if (multiplier !== 0 && multiplier !== 3 && multiplier !== 6)
    return `multiplier ${multiplier}; 0, 3 and 6 are taken`
  return { channel, factor: 10 ** multiplier }
}

/** Quality codes (table C.22, system 2 = meter data management): valid, estimated, manually edited, suspect. */
export const qualityCode = {
  measured: '2.0.0',
  estimated: '2.8.0',
  edited: '2.7.0',
  missing: '2.5.259',
  mixed: '2.0.0',
} as const

export function stateOfQuality(code: string): 'measured' | 'estimated' | 'edited' {
  const [, category] = code.split('.').map(Number)
  if (category === 8) return 'estimated'
  return category === 7 ? 'edited' : 'measured'
}
