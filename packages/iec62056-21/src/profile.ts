// Load profiles and event logs of the programming mode: `R5` or `R6` with `P.01(start;end)` (VDEW-Lastenheft 2.1,
// as German, Austrian and Swiss meters answer it). A header begins a run of rows; whatever changes the status or
// the time begins another.

import { type DataValue, readDataSets, splitValue } from './dataSets.ts'
import { defaultIecLimits, IecError, type IecFault, type IecLimits } from './parse.ts'

/** Local time of a meter: `season` is the leading digit, where it is sent. */
export type LocalTime = {
  /** `YYYY-MM-DDThh:mm:ss` */
  readonly local: string
  readonly season?: 'winter' | 'summer' | 'utc'
}

/** Minutes to take off local time for UTC, or undefined when the local time does not exist. */
export type Zone = (time: LocalTime) => number | undefined

export type ProfileChannel = { readonly id: string; readonly unit?: string }

export type ProfileRow = LocalTime & {
  /** End of the period, epoch ms; undefined when the zone knows none. */
  readonly instant?: number
  readonly status: number
  /** Names of the bits set, of a status word of the common coding. */
  readonly flags: readonly string[]
  /** Is this the first row behind a header? Its status tells what happened; the rows behind it repeat none. */
  readonly first: boolean
  readonly values: readonly (DataValue & { readonly number?: number })[]
}

export type LoadProfile = {
  readonly address: string
  readonly channels: readonly ProfileChannel[]
  /** Minutes; of the first header. */
  readonly periodMinutes: number
  readonly rows: readonly ProfileRow[]
  readonly error?: IecFault
}

/** Bits of the status word that profile and log share. */
export const statusBits: Readonly<Record<number, string>> = {
  0: 'fatal-device-error',
  1: 'clock-reserve-exhausted',
  2: 'measured-value-disturbed',
  3: 'season-change',
  4: 'demand-reset',
  5: 'clock-adjusted',
  6: 'power-up',
  7: 'power-down',
  13: 'event-log-cleared',
  14: 'load-profile-cleared',
  15: 'before-last-clock-adjustment',
}

/** Offsets of a zone with summer time, for meters that send the season digit; without it there is no instant. */
export function seasonZone(winterMinutes: number): Zone {
  return ({ season }) =>
    season === 'utc'
      ? 0
      : season === 'summer'
        ? winterMinutes + 60
        : season === 'winter'
          ? winterMinutes
          : undefined
}

/**
 * Argument of `R5`/`R6`: `P.01(start;end)`. An empty bound is the oldest or the youngest row.
 * @param from, to as the meter writes times, `YYMMDDhhmm` with or without season digit
 */
export function profileRequest(address: string, from = '', to = ''): string {
  if (!/^\d{0,13}$/.test(from) || !/^\d{0,13}$/.test(to))
    throw new IecError('usage', 'a bound has digits alone')
  return `${address}(${from};${to})`
}

/** `YYMMDDhhmm` or `YYMMDDhhmmss`, with a season digit before it (0 winter, 1 summer, 2 UTC) or without. */
export function readLocalTime(text: string): LocalTime | undefined {
  const match = /^([0-2]?)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?$/.exec(text)
  if (!match) return undefined
  const [year, month, day, hour, minute, second] = match.slice(2).map((digits) => Number(digits ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const civil = new Date(Date.UTC(2000 + year, month - 1, day))
  if (civil.getUTCMonth() !== month - 1 || civil.getUTCDate() !== day) return undefined
  if (hour * 3600 + minute * 60 + second > 86_400 || minute > 59 || second > 59) return undefined
  const local = new Date(Date.UTC(2000 + year, month - 1, day, hour, minute, second))
  const season = (['winter', 'summer', 'utc'] as const)[match[1] === '' ? 3 : Number(match[1])]
  return { local: local.toISOString().slice(0, 19), ...(season && { season }) }
}

type Header = { time: LocalTime; status: number; period: number; channels: ProfileChannel[] }

/** (time)(status)(period)(count)(id)(unit)(id)(unit)…; some send another number between status and period. */
function readHeader(values: readonly DataValue[]): Header | undefined {
  const time = readLocalTime(values[0]?.value ?? '')
  const statusText = values[1]?.value ?? ''
  if (!time || !/^[0-9A-Fa-f]{1,8}$/.test(statusText)) return undefined
  const period = Number(values[2]?.value)
  const count = Number(values[3]?.value)
  const pairs = values.slice(4)
  if (!Number.isInteger(period) || period < 0 || period > 44_640 || !Number.isInteger(count)) return undefined
  if (count < 1 || pairs.length !== 2 * count) return undefined
  const channels = Array.from({ length: count }, (_, index) => {
    const unit = pairs[2 * index + 1]?.value ?? ''
    return { id: pairs[2 * index]?.value ?? '', ...(unit !== '' && { unit }) }
  })
  return { time, status: Number.parseInt(statusText, 16), period, channels }
}

/** The local time some minutes later, in the season of the header: a change of season brings a header of its own. */
function later(local: string, minutes: number): string {
  return new Date(Date.parse(`${local}Z`) + minutes * 60_000).toISOString().slice(0, 19)
}

export function instantOf(time: LocalTime, zone: Zone): number | undefined {
  const offset = time.season === 'utc' ? 0 : zone(time)
  return offset === undefined ? undefined : Date.parse(`${time.local}Z`) - offset * 60_000
}

function flagsOf(status: number): string[] {
  return Object.entries(statusBits)
    .filter(([bit]) => (status >>> Number(bit)) & 1)
    .map(([, name]) => name)
}

/**
 * Reads the answer to a profile command: every header with its rows. The time of a header is the end of the first
 * period behind it.
 * @param text between STX and ETX, all partial blocks put together
 * @returns what was read before a fault, with the fault
 */
export function readLoadProfile(text: string, zone: Zone, limits: IecLimits = defaultIecLimits): LoadProfile {
  const rows: ProfileRow[] = []
  let address = ''
  let channels: ProfileChannel[] = []
  let periodMinutes = 0
  const result = (error?: IecFault): LoadProfile => ({
    address,
    channels,
    periodMinutes,
    rows,
    ...(error && { error }),
  })
  const { sets, error } = readDataSets(text, limits)
  for (const set of sets) {
    // Rows follow a header on lines of their own and have no address: they are values of the same data set.
    const cells = set.values
    const count = Number(cells[3]?.value)
    const width = 4 + 2 * (Number.isInteger(count) && count > 0 ? count : 0)
    const header = readHeader(cells.slice(0, width))
    if (!header) return result({ code: 'malformed', message: 'a header that cannot be read' })
    if (rows.length > 0 && header.channels.length !== channels.length) {
      return result({ code: 'malformed', message: 'the channels change within one answer' })
    }
    address ||= set.address
    channels = channels.length === 0 ? header.channels : channels
    periodMinutes ||= header.period
    const body = cells.slice(width)
    if (body.length % header.channels.length !== 0) {
      return result({ code: 'malformed', message: 'a row with fewer values than channels' })
    }
    const start = instantOf(header.time, zone)
    for (let index = 0; index * header.channels.length < body.length; index++) {
      const values = body.slice(index * header.channels.length, (index + 1) * header.channels.length)
      rows.push({
        ...header.time,
        local: later(header.time.local, index * header.period),
        ...(start !== undefined && { instant: start + index * header.period * 60_000 }),
        status: header.status,
        flags: flagsOf(header.status),
        first: index === 0,
        values: values.map(toNumber),
      })
    }
  }
  return result(error)
}

function toNumber(value: DataValue): DataValue & { readonly number?: number } {
  const split = value.unit === undefined ? splitValue(value.value) : value
  return /^[-+]?\d{1,15}(\.\d{1,9})?$/.test(split.value) ? { ...split, number: Number(split.value) } : split
}

/** One header with its rows, as a device sends it. `time` is the end of the first period, as the device writes it. */
export type ProfileRun = {
  readonly address: string
  readonly time: string
  readonly status: number
  readonly periodMinutes: number
  readonly channels: readonly ProfileChannel[]
  /** As they are to stand between the parentheses. */
  readonly rows: readonly (readonly string[])[]
}

export function writeLoadProfile(runs: readonly ProfileRun[]): string {
  return runs
    .map(({ address, time, status, periodMinutes, channels, rows }) => {
      const head = [time, hex(status), String(periodMinutes), String(channels.length)]
      const cells = [...head, ...channels.flatMap(({ id, unit = '' }) => [id, unit])]
      const line = (values: readonly string[]) => `${values.map((value) => `(${value})`).join('')}\r\n`
      return `${address}${line(cells)}${rows.map(line).join('')}`
    })
    .join('')
}

function hex(status: number): string {
  return (status >>> 0).toString(16).toUpperCase().padStart(8, '0')
}

export type LogEntry = LocalTime & {
  readonly instant?: number
  readonly status: number
  readonly flags: readonly string[]
  /** Further elements by the name that the header gives them, such as the old and new time. */
  readonly elements: readonly (ProfileChannel & { readonly value?: string })[]
}

/** Reads an event log, `P.98`: each entry is a header (period 0 or empty) with the values of one row or none. */
export function readEventLog(
  text: string,
  zone: Zone,
  limits: IecLimits = defaultIecLimits,
): { readonly entries: readonly LogEntry[]; readonly error?: IecFault } {
  const entries: LogEntry[] = []
  const { sets, error } = readDataSets(text, limits)
  for (const { values } of sets) {
    const time = readLocalTime(values[0]?.value ?? '')
    const statusText = values[1]?.value ?? ''
    if (!time || !/^[0-9A-Fa-f]{1,8}$/.test(statusText)) {
      return { entries, error: { code: 'malformed', message: 'a log entry that cannot be read' } }
    }
    const status = Number.parseInt(statusText, 16)
    const instant = instantOf(time, zone)
    // `()` stands where a log has no period; the count of elements follows.
    const count = Math.max(0, Math.trunc(Number(values[3]?.value)) || 0)
    const elements = Array.from({ length: Math.min(count, values.length) }, (_, index) => {
      const unit = values[5 + 2 * index]?.value ?? ''
      const value = values[4 + 2 * count + index]?.value
      return {
        id: values[4 + 2 * index]?.value ?? '',
        ...(unit !== '' && { unit }),
        ...(value !== undefined && { value }),
      }
    })
    entries.push({
      ...time,
      ...(instant !== undefined && { instant }),
      status,
      flags: flagsOf(status),
      elements,
    })
  }
  return error ? { entries, error } : { entries }
}
