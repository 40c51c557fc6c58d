// COSEM data to plain values. Every function gives undefined for data of another shape: a meter that answers
// oddly is a finding, not an exception.

import {
  type Data,
  type DeviationOf,
  type DeviationSign,
  data,
  dateTimeToBytes,
  fromInstant,
  instantFromBytes,
  type MeterModel,
  numberOf,
} from '@contor/dlms'
import { offsetMinutes } from '@contor/intervals'

/** Text in a visible-string, utf8-string or octet-string. */
export function textOf(value: Data): string | undefined {
  if (value.type === 'visible-string' || value.type === 'utf8-string') return value.value
  if (value.type !== 'octet-string') return undefined
  return new TextDecoder('latin1').decode(value.value).replace(/\0+$/, '')
}

/** Deviation of a wall-clock time of Europe/Bucharest; the bit for summer time settles the doubled hour. */
export const civilDeviation: DeviationOf = (localEpochMs, dst) =>
  dst === undefined ? -offsetMinutes(localEpochMs - 2 * 3_600_000) : dst ? -180 : -120

/** How the clocks of a meter state their deviation, by its model. */
export type Deviation = NonNullable<MeterModel['clock']>['deviation']

/** The sign of those that are stated. */
export const signOf = (deviation: Deviation): DeviationSign =>
  deviation === 'inverted' ? 'inverted' : 'standard'

/** Instant in a date-time, epoch ms; a stamp without deviation is civil time of Europe/Bucharest. */
export function instantOf(value: Data, deviation: Deviation = 'standard'): number | undefined {
  if ((value.type !== 'octet-string' && value.type !== 'date-time') || value.value.length !== 12)
    return undefined
  const at = instantFromBytes(value.value, 0, civilDeviation, signOf(deviation))
  return Number.isNaN(at) ? undefined : at
}

/**
 * A date-time with deviation and summer-time bit of Europe/Bucharest, as an octet-string: as the meter states its
 * own, for it compares what it is asked for with what it keeps.
 */
export function dateTimeData(epochMs: number, deviation: Deviation = 'standard'): Data {
  const offset = offsetMinutes(epochMs)
  const time = fromInstant(epochMs, -offset, offset === 180)
  const stated = { standard: -offset, inverted: offset, none: undefined }[deviation]
  return data.octets(dateTimeToBytes({ ...time, deviationMinutes: stated }))
}

/** OBIS code in six octets. */
export function obisOf(value: Data): string | undefined {
  return value.type === 'octet-string' && value.value.length === 6 ? [...value.value].join('.') : undefined
}

export function obisData(obis: string): Data {
  return data.octets(Uint8Array.from(obis.split('.').map(Number)))
}

/** One column of a profile. */
export type Column = {
  readonly classId: number
  readonly obis: string
  readonly attribute: number
  readonly index: number
}

/** The capture_objects attribute of a profile, class 7. */
export function columnsOf(value: Data): Column[] | undefined {
  if (value.type !== 'array') return undefined
  const columns: Column[] = []
  for (const item of value.value) {
    if (item.type !== 'structure' || item.value.length < 4) return undefined
    const [classId, name, attribute, index] = item.value
    const obis = obisOf(name)
    const numbers = [classId, attribute, index].map(numberOf)
    if (obis === undefined || numbers.some((n) => n === undefined)) return undefined
    columns.push({
      classId: numbers[0] as number,
      obis,
      attribute: numbers[1] as number,
      index: numbers[2] as number,
    })
  }
  return columns
}

const unitNames: Readonly<Record<number, string>> = {
  27: 'W',
  30: 'Wh',
  32: 'varh',
  33: 'A',
  35: 'V',
  44: 'Hz',
}

/** scaler_unit of a register: value × 10^scaler in `unit` (enumeration of Blue Book 4.3.2). */
export function scalerUnitOf(value: Data): { scaler: number; unit: string } | undefined {
  if (value.type !== 'structure' || value.value.length < 2) return undefined
  const scaler = numberOf(value.value[0])
  const unit = numberOf(value.value[1])
  if (scaler === undefined || unit === undefined) return undefined
  return { scaler, unit: unitNames[unit] ?? String(unit) }
}

/** A number in any numeric type. */
export const numberIn = (value: Data): number | undefined => numberOf(value)
