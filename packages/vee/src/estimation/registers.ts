// What the registers say of the energy between two readings, and which slots it stands for.

import { slotMs, type Timeline } from './timeline.ts'

/** An index of one register. `tariff` 0 is the total. */
export type RegisterReading = {
  readonly meter: string
  readonly tariff: number
  /** Epoch ms; readings that do not fall on the boundary of a quarter-hour say nothing about slots. */
  readonly at: number
  /** Wh or varh, integer ≥ 0. */
  readonly value: number
}

/** A sum that slots must meet. */
export type RegisterSum = {
  /** 0: the total of all tariffs. */
  readonly tariff: number
  readonly before: number
  readonly after: number
  /** after − before, over a roll-over too; Wh or varh. */
  readonly difference: number
  /** Of the slots that are not free. */
  readonly measured: number
  /** difference − measured: what the free slots get. */
  readonly remainder: number
}

/** Slots [from, to) between two readings of the same meter, and the sums they must meet. */
export type Segment = {
  readonly meter: string
  readonly from: number
  readonly to: number
  /** One per tariff, or the total alone. */
  readonly sums: readonly RegisterSum[]
  /** Why the tariff registers could not be followed, when there are any. */
  readonly note?: 'no-calendar' | 'tariffs-contradict-total' | 'calendar-contradicts-registers'
}

export type RegisterOptions = {
  /** The value at which a register begins again at 0; without it a falling index says nothing. */
  readonly capacity?: number
  /** The most energy that one slot can hold, Wh: a larger step over the roll-over is an exchange or a reset. */
  readonly mostPerSlot?: number
  /** What registers that show whole units may differ by, Wh. */
  readonly tolerance: number
}

type Instant = { readonly slot: number; readonly values: ReadonlyMap<number, number> }

/**
 * Cuts a timeline at the readings of its registers. Meters follow each other: what a later meter says of slots
 * that an earlier one has told already is left aside.
 * @param tariffs tariff of each slot; undefined when no calendar is known
 * @param free 1 where a value is to be made
 * @returns segments by slot, not overlapping; only those with a known difference
 */
export function segmentsOf(
  timeline: Timeline,
  readings: readonly RegisterReading[],
  tariffs: Uint8Array | undefined,
  free: Uint8Array,
  options: RegisterOptions,
): Segment[] {
  const segments: Segment[] = []
  const meters = [...Map.groupBy(readings, (reading) => reading.meter)]
    .map(([meter, own]) => ({ meter, instants: instantsOf(timeline, own) }))
    .filter(({ instants }) => instants.length > 1)
    .sort((a, b) => a.instants[0].slot - b.instants[0].slot)
  let told = 0
  for (const { meter, instants } of meters) {
    for (let i = 0; i + 1 < instants.length; i++) {
      if (instants[i].slot < told) continue
      const segment = segmentBetween(timeline, meter, instants[i], instants[i + 1], tariffs, free, options)
      if (segment) segments.push(segment)
    }
    told = Math.max(told, instants[instants.length - 1].slot)
  }
  return segments
}

// Only instants at which every register of the meter was read cut the line: a reading of some of them would
// leave the others without a place.
function instantsOf(timeline: Timeline, readings: readonly RegisterReading[]): Instant[] {
  const known = new Set(readings.map((reading) => reading.tariff))
  const bySlot = new Map<number, Map<number, number>>()
  for (const { at, tariff, value } of readings) {
    const slot = (at - timeline.start) / slotMs
    if (!Number.isInteger(slot) || slot < 0 || slot > timeline.values.length) continue
    const values = bySlot.get(slot) ?? new Map<number, number>()
    if (!values.has(tariff)) values.set(tariff, value)
    bySlot.set(slot, values)
  }
  return [...bySlot]
    .filter(([, values]) => values.size === known.size)
    .map(([slot, values]) => ({ slot, values }))
    .sort((a, b) => a.slot - b.slot)
}

function segmentBetween(
  timeline: Timeline,
  meter: string,
  start: Instant,
  end: Instant,
  tariffs: Uint8Array | undefined,
  free: Uint8Array,
  options: RegisterOptions,
): Segment | undefined {
  const { slot: from } = start
  const { slot: to } = end
  const difference = (tariff: number) => moved(start, end, tariff, to - from, options)
  const names = [...start.values.keys()].filter((tariff) => tariff > 0).sort((a, b) => a - b)
  const measured = new Float64Array(9)
  const held = new Uint8Array(9)
  for (let slot = from; slot < to; slot++) {
    const tariff = tariffs ? tariffs[slot] : 0
    if (free[slot] === 0) measured[tariff] += timeline.values[slot]
    else held[tariff]++
  }
  const sumOf = (tariff: number, energy: number, own: number): RegisterSum => ({
    tariff,
    before: start.values.get(tariff) ?? 0,
    after: end.values.get(tariff) ?? 0,
    difference: energy,
    measured: own,
    remainder: energy - own,
  })
  const allMeasured = measured.reduce((all, own) => all + own, 0)
  const byTariff = names.map((tariff) => ({ tariff, energy: difference(tariff) }))
  const tariffsKnown = byTariff.length > 0 && byTariff.every(({ energy }) => energy !== undefined)
  const together = byTariff.reduce((all, { energy }) => all + (energy ?? 0), 0)
  const total = start.values.has(0) ? difference(0) : tariffsKnown ? together : undefined
  if (total === undefined) return undefined
  const whole = [sumOf(0, total, allMeasured)]
  const base = { meter, from, to }
  if (byTariff.length === 0) return { ...base, sums: whole }
  if (!tariffs) return { ...base, sums: whole, note: 'no-calendar' }
  if (!tariffsKnown || together !== total) return { ...base, sums: whole, note: 'tariffs-contradict-total' }
  const sums = byTariff.map(({ tariff, energy }) => sumOf(tariff, energy ?? 0, measured[tariff]))
  // A calendar that is not the meter's shows: a tariff has energy and no slot to hold it, or less than was measured.
  const follows =
    measured[0] === 0 &&
    held[0] === 0 &&
    sums.every(({ tariff, remainder }) => remainder >= 0 && (held[tariff] > 0 || remainder === 0))
  if (follows) return { ...base, sums }
  return { ...base, sums: whole, note: 'calendar-contradicts-registers' }
}

function moved(
  start: Instant,
  end: Instant,
  tariff: number,
  slots: number,
  { capacity, mostPerSlot }: RegisterOptions,
): number | undefined {
  const before = start.values.get(tariff)
  const after = end.values.get(tariff)
  if (before === undefined || after === undefined) return undefined
  if (after >= before) return after - before
  if (capacity === undefined || before >= capacity) return undefined
  const over = after - before + capacity
  return over <= (mostPerSlot ?? capacity / 10) * slots ? over : undefined
}
