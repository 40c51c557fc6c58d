// From a header to what each column means, and from a row to values of quarter-hours.
import { type Channel, locate, quality, slotsInDay } from '@contor/intervals'
import { ContorError } from '../../../platform/index.ts'
import { type Cell, type Meaning, meaningOf, readMarks, readState } from '../table/columns.ts'
import { readDay, readEnergy, readInstant, slotOfClock } from '../table/values.ts'

export type Layout = 'wide' | 'channels' | 'tall'

/** Where a row's values go. The caller has resolved the metering point. */
export interface RowSink {
  value(channel: Channel, day: string, slot: number, value: number, quality: number): void
  reject(field: string, value: string, reason: string): void
}

export interface Mapping {
  readonly layout: Layout
  /** Position of the column with the code of the point. */
  readonly pod: number
  readonly apply: (cells: readonly Cell[], sink: RowSink) => void
}

const remedy =
  'Headers: pod, start (or end), A+ [Wh], A+ quality, … | pod, channel, start, value [Wh], quality | pod, day, channel, q1 … q100; the guide for integrators shows each.'

const states: Readonly<Record<string, number>> = {
  measured: quality.measured,
  estimated: quality.estimated,
  edited: quality.edited,
}

/**
 * Reads the header of a file. Unknown columns are ignored.
 * @throws ContorError 'invalid-request' naming what is missing
 */
export function mapHeader(header: readonly string[], decimal: ',' | '.'): Mapping {
  const meanings = header.map((name) => meaningOf(name))
  const at = (kind: Meaning['kind']) => meanings.findIndex((meaning) => meaning?.kind === kind)
  const pod = at('pod')
  if (pod < 0) throw missing('a column with the code of the metering point (pod)', header)
  if (at('slot') >= 0 || at('clock') >= 0)
    return { layout: 'wide', pod, apply: wide(header, meanings, decimal) }
  if (at('start') < 0 && at('end') < 0)
    throw missing('a column with the start or the end of the interval', header)
  if (at('energy') >= 0) return { layout: 'channels', pod, apply: byChannels(header, meanings, decimal) }
  if (at('value') < 0) throw missing('a column with energy', header)
  return { layout: 'tall', pod, apply: tall(header, meanings, decimal) }
}

function missing(what: string, header: readonly string[]): ContorError {
  return new ContorError('invalid-request', `The file has no ${what}`, {
    field: 'header',
    value: header.join(' | ').slice(0, 500),
    remedy,
  })
}

const shown = (cell: Cell): string =>
  (cell instanceof Date ? cell.toISOString() : `${cell ?? ''}`).slice(0, 200)

/** The quarter-hour of a row, or undefined after a rejection. */
function slotReader(header: readonly string[], meanings: readonly (Meaning | undefined)[]) {
  const at = (kind: Meaning['kind']) => meanings.findIndex((meaning) => meaning?.kind === kind)
  const [start, end, offset] = [at('start'), at('end'), at('offset')]
  const length = 900_000
  return (cells: readonly Cell[], sink: RowSink): { day: string; slot: number } | undefined => {
    const hasStart = start >= 0 && (end < 0 || !isEmpty(cells[start]))
    const main = hasStart ? start : end
    const zone = offset >= 0 ? (cells[offset] ?? '') : undefined
    const read = readInstant(cells[main] ?? null, zone)
    const fail = (column: number, reason: string) => {
      sink.reject(header[column], shown(cells[column] ?? null), reason)
      return undefined
    }
    if (typeof read === 'string') return fail(main, read)
    const from = hasStart ? read : read - length
    if (from % length !== 0) return fail(main, 'not on a quarter-hour')
    if (hasStart && end >= 0 && !isEmpty(cells[end])) {
      const until = readInstant(cells[end], offset >= 0 ? undefined : zone)
      // With an offset of the start in its own column, a civil end may stand in the other offset: only the length counts.
      if (typeof until === 'number' && until - from !== length && offset < 0)
        return fail(end, `an interval of ${(until - from) / 60_000} minutes; quarter-hours are taken`)
      if (typeof until === 'string' && offset < 0) return fail(end, until)
    }
    try {
      return locate(from)
    } catch {
      return fail(main, 'outside the years 2000 … 2099')
    }
  }
}

/** The quality byte of a cell of a state and one of marks, or undefined after a rejection; −1 for a column that is not there. */
function readQuality(
  cells: readonly Cell[],
  stateAt: number,
  marksAt: number,
  header: readonly string[],
  sink: RowSink,
): number | undefined {
  const refuse = (at: number, reason: string) => {
    sink.reject(header[at], shown(cells[at] ?? null), reason)
    return undefined
  }
  const state = stateAt < 0 ? 'measured' : readState(shown(cells[stateAt] ?? null))
  const byte = state === undefined ? undefined : states[state]
  if (byte === undefined)
    return refuse(stateAt, 'not a quality that can be stored: measured, estimated, edited')
  const marks = marksAt < 0 ? 0 : readMarks(shown(cells[marksAt] ?? null))
  if (marks === undefined)
    return refuse(marksAt, 'not marks: suspect, clock-deviated, power-down, meter-error, late')
  return byte | marks
}

const isEmpty = (cell: Cell | undefined) => cell === null || cell === undefined || cell === ''

function byChannels(
  header: readonly string[],
  meanings: readonly (Meaning | undefined)[],
  decimal: ',' | '.',
): Mapping['apply'] {
  const slotOf = slotReader(header, meanings)
  const energies = meanings.flatMap((meaning, column) =>
    meaning?.kind === 'energy'
      ? [
          {
            ...meaning,
            column,
            state: meanings.findIndex((m) => m?.kind === 'state' && m.channel === meaning.channel),
            marks: meanings.findIndex((m) => m?.kind === 'marks' && m.channel === meaning.channel),
          },
        ]
      : [],
  )
  const common = meanings.findIndex((meaning) => meaning?.kind === 'quality')
  const commonMarks = meanings.findIndex((meaning) => meaning?.kind === 'flags')
  return (cells, sink) => {
    const place = slotOf(cells, sink)
    if (!place) return
    for (const { channel, factor, column, state, marks } of energies) {
      const value = readEnergy(cells[column] ?? null, factor, decimal)
      if (value === undefined) continue
      if (typeof value === 'string') {
        sink.reject(header[column], shown(cells[column]), value)
        continue
      }
      const byte = readQuality(
        cells,
        state >= 0 ? state : common,
        marks >= 0 ? marks : commonMarks,
        header,
        sink,
      )
      if (byte !== undefined) sink.value(channel, place.day, place.slot, value, byte)
    }
  }
}

function tall(
  header: readonly string[],
  meanings: readonly (Meaning | undefined)[],
  decimal: ',' | '.',
): Mapping['apply'] {
  const slotOf = slotReader(header, meanings)
  const at = (kind: Meaning['kind']) => meanings.findIndex((meaning) => meaning?.kind === kind)
  const [channelAt, valueAt, stateAt] = [at('channel'), at('value'), at('quality')]
  const marksAt = at('flags')
  const headerFactor = meanings[valueAt]
  const factor = headerFactor && 'factor' in headerFactor ? (headerFactor.factor ?? 1) : 1
  return (cells, sink) => {
    const of = readChannel(
      channelAt < 0 ? 'A+' : (cells[channelAt] ?? null),
      header[channelAt] ?? 'channel',
      sink,
    )
    if (!of) return
    const place = slotOf(cells, sink)
    if (!place) return
    const value = readEnergy(cells[valueAt] ?? null, of.named ? of.factor : factor, decimal)
    if (value === undefined) return
    if (typeof value === 'string') return sink.reject(header[valueAt], shown(cells[valueAt]), value)
    const byte = readQuality(cells, stateAt, marksAt, header, sink)
    if (byte !== undefined) sink.value(of.channel, place.day, place.slot, value, byte)
  }
}

const knownChannels = new Map<string, { channel: Channel; factor: number; named: boolean }>()

/** `A+` or `A+ [kWh]`. */
function readChannel(cell: Cell, field: string, sink: RowSink) {
  const text = shown(cell)
  const known = knownChannels.get(text)
  if (known) return known
  const meaning = meaningOf(text)
  if (meaning?.kind !== 'energy') {
    sink.reject(field, text, 'not a channel: A+, A-, Q1 … Q4, R+, R-')
    return undefined
  }
  const found = {
    channel: meaning.channel,
    factor: meaning.factor,
    named: text.includes('[') || text.includes('('),
  }
  if (knownChannels.size < 1_000) knownChannels.set(text, found)
  return found
}

function wide(
  header: readonly string[],
  meanings: readonly (Meaning | undefined)[],
  decimal: ',' | '.',
): Mapping['apply'] {
  const at = (kind: Meaning['kind']) => meanings.findIndex((meaning) => meaning?.kind === kind)
  const [dayAt, channelAt, stateAt, startAt] = [at('day'), at('channel'), at('quality'), at('start')]
  const dayColumn = dayAt >= 0 ? dayAt : startAt
  const marksAt = at('flags')
  if (dayColumn < 0) throw missing('a column with the day', header)
  const slots = meanings.flatMap((meaning, column) =>
    meaning?.kind === 'slot' || meaning?.kind === 'clock' ? [{ meaning, column }] : [],
  )
  return (cells, sink) => {
    const day = readDay(cells[dayColumn] ?? null)
    if (day === undefined)
      return sink.reject(header[dayColumn], shown(cells[dayColumn] ?? null), 'not a day: write 2026-11-20')
    const of = readChannel(
      channelAt < 0 ? 'A+' : (cells[channelAt] ?? null),
      header[channelAt] ?? 'channel',
      sink,
    )
    if (!of) return
    if (slots.every(({ column }) => isEmpty(cells[column]))) return
    const byte = readQuality(cells, stateAt, marksAt, header, sink)
    if (byte === undefined) return
    const last = slotsInDay(day)
    for (const { meaning, column } of slots) {
      const cell = cells[column] ?? null
      if (isEmpty(cell)) continue
      const slot = meaning.kind === 'slot' ? meaning.slot : slotOfClock(day, meaning.minute, meaning.again)
      if (slot === undefined || slot >= last) {
        sink.reject(header[column], shown(cell), `${day} has ${last} quarter-hours, this is none of them`)
        continue
      }
      const value = readEnergy(cell, of.factor, decimal)
      if (typeof value === 'string') sink.reject(header[column], shown(cell), value)
      else if (value !== undefined) sink.value(of.channel, day, slot, value, byte)
    }
  }
}
