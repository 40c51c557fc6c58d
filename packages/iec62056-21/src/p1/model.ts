// What a P1 telegram says, typed (DSMR 2.2 to 5.0.2, e-MUCS of Fluvius, Smarty, E.ON, Swedish HAN ports).

import { type DataSet, type DataValue, readDataSets } from '../dataSets.ts'
import { readIdentification } from '../identification.ts'
import { defaultIecLimits, type IecFault, type IecLimits, textOf } from '../parse.ts'
import { readValue } from '../value.ts'
import { checkOfTelegram } from './stream.ts'

export type P1Time = {
  /** As it was sent, `YYMMDDhhmmss` with `S` or `W`. */
  readonly text: string
  /** Local time, `YYYY-MM-DDThh:mm:ss`. */
  readonly local: string
  readonly season?: 'summer' | 'winter'
  /** Epoch ms; undefined when the season is not told and no zone is given. */
  readonly instant?: number
}

export type P1Value = {
  readonly text: string
  readonly unit?: string
  readonly number?: number
  /** In the base unit: W, Wh, var, varh, VA, VAh. */
  readonly scaled?: number
  readonly baseUnit?: string
  readonly time?: P1Time
}

export type P1Object = {
  readonly address: string
  readonly obis?: string
  readonly values: readonly P1Value[]
}

/** A meter behind the electricity meter. */
export type P1Channel = {
  readonly channel: number
  /** EN 13757-3 device type: 3 gas, 4 heat, 6 hot water, 7 water, 2 electricity. */
  readonly deviceType?: number
  readonly equipmentId?: string
  readonly valve?: number
  readonly reading?: {
    readonly value: number
    readonly unit?: string
    readonly time: P1Time
    readonly periodMinutes?: number
  }
}

export type P1Telegram = {
  readonly manufacturer: string
  readonly identifier: string
  readonly check: 'match' | 'mismatch' | 'none'
  /** `50` is DSMR 5.0, `42` is 4.2; Belgian meters send `50217` and the like. */
  readonly version?: string
  readonly time?: P1Time
  readonly equipmentId?: string
  /** Every data set, in the order of the telegram. */
  readonly objects: readonly P1Object[]
  readonly channels: readonly P1Channel[]
  /** Long power failures: end and duration. */
  readonly powerFailures: readonly { readonly end: P1Time; readonly seconds: number }[]
  /** Monthly peaks (Fluvius, 0-0:98.1.0). */
  readonly peaks: readonly {
    readonly month: P1Time
    readonly time: P1Time
    readonly value: number
    readonly unit?: string
  }[]
  /** Texts of 0-0:96.13.x, decoded, by logical name. */
  readonly messages: Readonly<Record<string, string>>
  readonly error?: IecFault
}

export type P1Options = {
  /** Minutes to take off local time for UTC: 60 in winter and 120 in summer unless told. */
  readonly offsets?: { readonly winter: number; readonly summer: number }
  /** For times without a season (DSMR 2.2): offset of a local time `YYYY-MM-DDThh:mm:ss`, minutes. */
  readonly zone?: (local: string) => number
  readonly limits?: IecLimits
}

/** Reads a telegram from `/` to its end. Whatever is not understood stays in `objects` as text. */
export function decodeP1(bytes: Uint8Array, options: P1Options = {}): P1Telegram {
  const limits = options.limits ?? defaultIecLimits
  const text = textOf(bytes.subarray(0, limits.maxMessage))
  const start = Math.max(0, text.indexOf('/'))
  const lineEnd = text.indexOf('\n', start)
  const head = text.slice(start + 1, lineEnd < 0 ? text.length : lineEnd).trimEnd()
  const marked = lineEnd < 0 ? -1 : text.slice(lineEnd).search(/[\r\n)]!/)
  const mark = marked < 0 ? text.length : lineEnd + marked + 1
  const { sets, error } = readDataSets(lineEnd < 0 ? '' : text.slice(lineEnd, mark), limits)
  const check = checkOfTelegram(
    bytes.subarray(start, mark + 1),
    (text.slice(mark + 1).split('\n')[0] ?? '').trim(),
  )
  const identification = readIdentification(head)
  const first = (...codes: string[]) => sets.find(({ obis }) => codes.includes(short(obis)))?.values[0]?.value
  const clock = sets.find(({ obis }) => short(obis) === '0.0.1.0.0')?.values[0]?.value
  const time = clock === undefined ? undefined : readTime(clock, options)
  const version = first('1.3.0.2.8', '0.0.96.1.4')
  const equipment = first('0.0.96.1.1', '0.0.42.0.0', '0.0.96.1.0')
  return {
    manufacturer: identification?.manufacturer ?? head.slice(0, 3),
    identifier: head.slice(4),
    check,
    ...(version !== undefined && { version }),
    ...(time && { time }),
    ...(equipment !== undefined && { equipmentId: hexText(equipment) }),
    objects: sets.map((set) => toObject(set, options)),
    channels: channels(sets, options),
    powerFailures: failures(sets, options),
    peaks: peaks(sets, options),
    messages: messages(sets),
    ...(error && { error }),
  }
}

/** Without the group F. */
function short(obis: string | undefined): string {
  return obis?.replace(/\.\d+$/, '') ?? ''
}

function toObject({ address, obis, values }: DataSet, options: P1Options): P1Object {
  return {
    address,
    ...(obis !== undefined && { obis }),
    values: values.map((value) => toValue(value, options)),
  }
}

function toValue({ value, unit }: DataValue, options: P1Options): P1Value {
  const time = readTime(value, options)
  if (time && unit === undefined) return { text: value, time }
  const number = numberOf(value)
  if (number === undefined) return { text: value, ...(unit !== undefined && { unit }) }
  if (unit === undefined) return { text: value, number }
  const reading = readValue(`${value}*${unit}`, 'en')
  return {
    text: value,
    unit,
    number,
    ...(reading.scaled !== undefined && { scaled: reading.scaled }),
    ...(reading.unit !== undefined && { baseUnit: reading.unit }),
  }
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^[-+]?\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined
}

/** `YYMMDDhhmmss`, with `S` (summer) or `W` (winter) behind it from DSMR 3 on. Impossible dates give undefined. */
export function readTime(text: string, options: P1Options = {}): P1Time | undefined {
  const match = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)([SW]?)$/.exec(text)
  if (!match) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const utc = Date.UTC(2000 + year, month - 1, day, hour, minute, second)
  const date = new Date(utc)
  const midnight = new Date(Date.UTC(2000 + year, month - 1, day))
  const sound = midnight.getUTCMonth() === month - 1 && midnight.getUTCDate() === day
  // Some close a day at 24:00:00.
  if (!sound || hour * 3600 + minute * 60 + second > 86_400 || minute > 59 || second > 59) return undefined
  const local = date.toISOString().slice(0, 19)
  const season = match[7] === 'S' ? 'summer' : match[7] === 'W' ? 'winter' : undefined
  const { winter, summer } = options.offsets ?? { winter: 60, summer: 120 }
  const offset = season === 'summer' ? summer : season === 'winter' ? winter : options.zone?.(local)
  return {
    text,
    local,
    ...(season && { season }),
    ...(offset !== undefined && { instant: utc - offset * 60_000 }),
  }
}

/** Identifications and messages travel as hexadecimal of their characters; others stay as they are. */
function hexText(text: string): string {
  if (text.length === 0 || text.length % 2 || !/^[0-9A-F]+$/i.test(text)) return text
  let decoded = ''
  for (let at = 0; at < text.length; at += 2) {
    const octet = Number.parseInt(text.slice(at, at + 2), 16)
    if (octet < 0x20 || octet > 0x7e) return text
    decoded += String.fromCharCode(octet)
  }
  return decoded
}

function channels(sets: readonly DataSet[], options: P1Options): P1Channel[] {
  const found = new Map<number, { -readonly [K in keyof P1Channel]: P1Channel[K] }>()
  for (const { obis, values } of sets) {
    const match = /^0\.([1-9]\d*)\.(24\.\d+\.\d+|96\.1\.[01])\.\d+$/.exec(obis ?? '')
    if (!match) continue
    const number = Number(match[1])
    const channel = found.get(number) ?? { channel: number }
    found.set(number, channel)
    const value = values[0]?.value ?? ''
    if (match[2] === '24.1.0') {
      const deviceType = numberOf(value)
      if (deviceType !== undefined) channel.deviceType = deviceType
    } else if (match[2] === '24.4.0') {
      const valve = numberOf(value)
      if (valve !== undefined) channel.valve = valve
    } else if (match[2]?.startsWith('96.1.')) channel.equipmentId = hexText(value)
    else {
      const reading = match[2] === '24.3.0' ? hourly(values, options) : plain(values, options)
      if (reading) channel.reading = reading
    }
  }
  return [...found.values()]
}

/** (time)(value*unit), DSMR 4 and later. */
function plain(values: readonly DataValue[], options: P1Options): P1Channel['reading'] {
  const time = readTime(values[0]?.value ?? '', options)
  const value = numberOf(values[1]?.value)
  const unit = values[1]?.unit
  return time && value !== undefined ? { value, time, ...(unit !== undefined && { unit }) } : undefined
}

/** (time)(status)(period)(count)(id)(unit)(value), DSMR 2.2 and 3: one value, the last. */
function hourly(values: readonly DataValue[], options: P1Options): P1Channel['reading'] {
  const time = readTime(values[0]?.value ?? '', options)
  const periodMinutes = numberOf(values[2]?.value)
  const value = numberOf(values[6]?.value)
  const unit = values[5]?.value
  if (!time || value === undefined) return undefined
  return { value, time, ...(unit && { unit }), ...(periodMinutes !== undefined && { periodMinutes }) }
}

/** (count)(0-0:96.7.19)(end)(duration*s)(end)(duration*s)…, DSMR 5.0.2 6.12. */
function failures(sets: readonly DataSet[], options: P1Options): P1Telegram['powerFailures'] {
  const values = sets.find(({ obis }) => short(obis) === '1.0.99.97.0')?.values ?? []
  const found: { end: P1Time; seconds: number }[] = []
  for (let at = 2; at + 1 < values.length; at += 2) {
    const end = readTime(values[at]?.value ?? '', options)
    const seconds = numberOf(values[at + 1]?.value)
    if (end && seconds !== undefined) found.push({ end, seconds })
  }
  return found
}

/** (count)(1-0:1.6.0)(1-0:1.6.0)(month)(time)(value*kW)…, e-MUCS P1 1.7.1. */
function peaks(sets: readonly DataSet[], options: P1Options): P1Telegram['peaks'] {
  const values = sets.find(({ obis }) => short(obis) === '0.0.98.1.0')?.values ?? []
  const found: P1Telegram['peaks'][number][] = []
  for (let at = 3; at + 2 < values.length; at += 3) {
    const month = readTime(values[at]?.value ?? '', options)
    const time = readTime(values[at + 1]?.value ?? '', options)
    const value = numberOf(values[at + 2]?.value)
    const unit = values[at + 2]?.unit
    if (month && time && value !== undefined) {
      found.push({ month, time, value, ...(unit !== undefined && { unit }) })
    }
  }
  return found
}

function messages(sets: readonly DataSet[]): Record<string, string> {
  return Object.fromEntries(
    sets
      .filter(({ obis }) => obis?.startsWith('0.0.96.13.'))
      .map(({ obis, values }) => [obis as string, hexText(values[0]?.value ?? '')]),
  )
}
