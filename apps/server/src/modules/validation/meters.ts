// What several meters, their constants and their records mean for the days of one point.

import {
  type ChainedIndex,
  type Channel,
  chainIndexes,
  civilDayOf,
  type DayBlock,
  dayEnd,
  dayStart,
  energyBetween,
  type Fitting,
  isPresent,
  locate,
  quality,
  replaceSlots,
  type ShownIndex,
  scaleSlots,
  seriesOf,
  slotStart,
} from '@contor/intervals'
import type { MidnightIndexes } from '@contor/vee'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { type IncomingDay, loadDays, replaceDay } from '../readings/index.ts'

const quarterMs = 900_000

/** The one meter of a point at which nothing was ever exchanged. */
export function soleFitting(meterId: string): Fitting {
  return {
    meter: meterId,
    from: Number.NEGATIVE_INFINITY,
    to: Number.POSITIVE_INFINITY,
    ratio: { numerator: 1, denominator: 1 },
    start: new Map(),
    end: new Map(),
  }
}

/**
 * What of a meter's intervals belongs to the point: whole quarter-hours between its installation and its removal,
 * times its constant. A quarter-hour in which meters or constants changed is nobody's: `settleExchanges` makes it.
 */
export function ownIntervals(
  fittings: readonly Fitting[],
  meterId: string,
  days: readonly IncomingDay[],
): readonly IncomingDay[] {
  if (fittings.length === 0) return days
  const own = fittings.filter((fitting) => fitting.meter === meterId)
  return days.map((incoming) => {
    const { day, block, sources } = incoming
    const start = dayStart(day)
    const fittingOf = (slot: number) => {
      const from = start + slot * quarterMs
      return own.find((fitting) => fitting.from <= from && from + quarterMs <= fitting.to)
    }
    const slots = sources.map((_, slot) => fittingOf(slot))
    const channels = block.channels.map((series) => {
      const values = new Int32Array(series.values.length)
      const marks = series.quality.map((byte, slot) => (slots[slot] ? byte : 0))
      for (const fitting of new Set(slots)) {
        if (!fitting) continue
        const held = (slot: number) => slots[slot] === fitting && isPresent(marks[slot])
        const scaled = scaleSlots(series.values, held, fitting.ratio)
        for (let slot = 0; slot < values.length; slot++) values[slot] += scaled[slot]
      }
      return { channel: series.channel, values, quality: marks }
    })
    return {
      day,
      block: { ...block, channels },
      sources: sources.map((source, slot) => (slots[slot] ? source : undefined)),
    }
  })
}

/** The daily indexes of a point's meters between two instants, every meter's or one's. */
export async function loadShown(
  trx: Trx,
  meteringPointId: string,
  fittings: readonly Fitting[],
  from: number,
  to: number,
): Promise<ShownIndex[]> {
  const { rows } = await sql<{ meter: string; register: string; at: Date; value: string }>`
    select meter_id as meter, obis as register, at, value_wh as value from contor.index_reading
     where metering_point_id = ${meteringPointId} and meter_id = any(${[...new Set(fittings.map((f) => f.meter))]}::bigint[])
       and kind = 'daily' and at between ${new Date(from)} and ${new Date(to)}`.execute(trx)
  return rows.map((row) => ({ ...row, at: row.at.getTime(), value: Number(row.value) }))
}

/** What is believed of a register whose index fell. */
export type RollOver = { readonly capacity: number; readonly mostW: number }

export type Registers = {
  readonly fittings: readonly Fitting[]
  readonly shown: readonly ShownIndex[]
  readonly chains: ReadonlyMap<string, readonly ChainedIndex[]>
}

/** Strings the registers together; a meter whose digits nobody recorded has those of the rule. */
export function stringRegisters(
  fittings: readonly Fitting[],
  shown: readonly ShownIndex[],
  { capacity, mostW }: RollOver,
): Registers {
  const whole = fittings.map((fitting) => ({
    ...fitting,
    capacity: fitting.capacity ?? capacity,
    ...(mostW > 0 ? { mostPerHour: mostW } : {}),
  }))
  return { fittings: whole, shown, chains: chainIndexes(whole, shown) }
}

/** Indexes at the two midnights of a day. */
export type Midnights = { readonly start: MidnightIndexes; readonly end: MidnightIndexes }

/**
 * The energy of each register over a day, as indexes that begin at 0: over exchanges, constants and roll-overs. A
 * register that ran back without an explanation keeps what the meter showed.
 */
export function energyOfDay({ chains, fittings, shown }: Registers, day: string): Midnights | undefined {
  const start = new Map<string, number>()
  const end = new Map<string, number>()
  const raw = shownMidnights({ chains, fittings, shown }, day)
  for (const [obis, chain] of chains) {
    let moved = energyBetween(chain, dayStart(day), dayEnd(day))
    const [from, to] = [raw?.midnights.start.get(obis), raw?.midnights.end.get(obis)]
    if (moved === undefined && from !== undefined && to !== undefined) moved = to - from
    if (moved === undefined) continue
    start.set(obis, 0)
    end.set(obis, moved)
  }
  return start.size > 0 ? { start, end } : undefined
}

/** What the meter itself showed at the midnights of a day through which it stood with one constant. */
export function shownMidnights(
  { fittings, shown }: Registers,
  day: string,
): { readonly midnights: Midnights; readonly fitting: Fitting } | undefined {
  const [from, to] = [dayStart(day), dayEnd(day)]
  const fitting = fittings.find((each) => each.from <= from && to <= each.to)
  if (!fitting) return undefined
  const at = (instant: number) =>
    new Map(
      shown
        .filter((index) => index.meter === fitting.meter && index.at === instant)
        .map((index) => [index.register, index.value]),
    )
  return { midnights: { start: at(from), end: at(to) }, fitting }
}

/** The first index of each register that a newly installed meter told, with the record that it must follow. */
export type FirstReading = {
  readonly recorded: MidnightIndexes
  readonly first: MidnightIndexes
  readonly hours: number
  readonly ratio: number
}

/** @returns one entry for each meter that was put on during the day and has been read since */
export async function firstReadings(
  trx: Trx,
  meteringPointId: string,
  fittings: readonly Fitting[],
  day: string,
): Promise<FirstReading[]> {
  const found: FirstReading[] = []
  for (const { meter, from, start, ratio } of fittings) {
    if (start.size === 0 || !Number.isFinite(from) || civilDayOf(from) !== day) continue
    const { rows } = await sql<{ obis: string; at: Date; value: string }>`
      select distinct on (obis) obis, at, value_wh as value from contor.index_reading
       where metering_point_id = ${meteringPointId} and meter_id = ${meter} and at >= ${new Date(from)}
       order by obis, at`.execute(trx)
    if (rows.length === 0) continue
    found.push({
      recorded: start,
      first: new Map(rows.map((row) => [row.obis, Number(row.value)])),
      hours: (Math.max(...rows.map((row) => row.at.getTime())) - from) / 3_600_000,
      ratio: ratio.numerator / ratio.denominator,
    })
  }
  return found
}

const totals: readonly (readonly [Channel, string])[] = [
  ['A+', '1.0.1.8.0.255'],
  ['A-', '1.0.2.8.0.255'],
]

/**
 * Makes the quarter-hour in which a meter or a constant changed: what the registers of both counted that day, less
 * the other quarter-hours. Nothing is made while one of those is missing.
 * @returns the days that were changed
 */
export async function settleExchanges(
  trx: Trx,
  meteringPointId: string,
  registers: Registers,
  days: readonly string[],
): Promise<string[]> {
  const changed: string[] = []
  for (const { from } of registers.fittings) {
    if (!Number.isFinite(from) || from % quarterMs === 0) continue
    const { day, slot } = locate(from)
    if (!days.includes(day)) continue
    const [stored] = await loadDays(trx, meteringPointId, day, day)
    const block = stored && settled(stored.block, slot, registers, day)
    if (!block) continue
    await replaceDay(trx, meteringPointId, block, stored.sources, {
      kind: 'estimate',
      rule: 'exchange-slot',
      ruleVersion: 1,
      actor: 'system:validation',
      reason: 'energy of the quarter-hour of an exchange, from the registers of both meters',
      details: { at: new Date(from).toISOString(), slotStart: new Date(slotStart(day, slot)).toISOString() },
    })
    changed.push(day)
  }
  return changed
}

function settled(block: DayBlock, slot: number, registers: Registers, day: string): DayBlock | undefined {
  const values = totals.flatMap(([channel, obis]) => {
    const series = seriesOf(block, channel)
    const moved = energyBetween(registers.chains.get(obis) ?? [], dayStart(day), dayEnd(day))
    if (!series || moved === undefined || isPresent(series.quality[slot])) return []
    let others = 0
    for (let i = 0; i < series.values.length; i++) {
      if (i !== slot && !isPresent(series.quality[i])) return []
      if (i !== slot) others += series.values[i]
    }
    const value = moved - others
    return value < 0 ? [] : [{ channel, slot, value, quality: quality.estimated }]
  })
  return values.length > 0 ? replaceSlots(block, values) : undefined
}
