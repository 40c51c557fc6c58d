// The energy that registers tell over meters that follow each other, over their roll-over and their transformer
// constants. Integers throughout: an index is Wh or varh as the meter shows it, energy is that times the constant.

/** A transformer constant as a fraction in whole numbers, > 0: 1/1 for a meter that is connected directly. */
export type Ratio = { readonly numerator: number; readonly denominator: number }

/** A meter at a point between two instants, with one constant. */
export type Fitting = {
  readonly meter: string
  /** [from, to], epoch ms; −Infinity and Infinity where nothing else is known. */
  readonly from: number
  readonly to: number
  readonly ratio: Ratio
  /** Index at which a register begins again at 0; without it a falling index breaks the chain. */
  readonly capacity?: number
  /** The most energy of an hour that is believed over a roll-over; default half of the capacity in all. */
  readonly mostPerHour?: number
  /** Indexes of the record (proces-verbal) by register at `from` and at `to`. */
  readonly start: ReadonlyMap<string, number>
  readonly end: ReadonlyMap<string, number>
}

/** An index that a meter showed; `at` epoch ms. */
export type ShownIndex = {
  readonly meter: string
  readonly register: string
  readonly at: number
  readonly value: number
}

/** Energy of a register since the beginning of its chain. Only instants of the same chain can be compared. */
export type ChainedIndex = {
  readonly register: string
  readonly meter: string
  readonly at: number
  /** Rises by one where a meter followed without indexes in its record, or an index fell without a roll-over. */
  readonly chain: number
  /** Wh or varh, with the constant. */
  readonly energy: number
  /** The index passed its capacity since the one before. */
  readonly rolledOver: boolean
}

/**
 * Energy of an index difference: value × ratio, half a unit rounded up. Applied to a running total, so that what is
 * lost in one difference is in the next and sums are exact.
 */
export function scaleEnergy(value: number, { numerator, denominator }: Ratio): number {
  if (numerator === denominator) return value
  const product = value * numerator
  if (Number.isSafeInteger(2 * product + denominator))
    return Math.floor((2 * product + denominator) / (2 * denominator))
  const exact = 2n * BigInt(value) * BigInt(numerator) + BigInt(denominator)
  const by = 2n * BigInt(denominator)
  const quotient = exact / by
  return Number(exact % by < 0n ? quotient - 1n : quotient)
}

/**
 * The energies of a series with a constant; the remainder of one slot is carried into the next that holds a value,
 * so that the sum is that of the meter times the constant within half a unit.
 * @param held whether a slot holds a value; the others stay 0
 */
export function scaleSlots(values: Int32Array, held: (slot: number) => boolean, ratio: Ratio): Int32Array {
  const scaled = new Int32Array(values.length)
  let shown = 0
  let given = 0
  for (let slot = 0; slot < values.length; slot++) {
    if (!held(slot)) continue
    shown += values[slot]
    const due = scaleEnergy(shown, ratio)
    scaled[slot] = due - given
    given = due
  }
  return scaled
}

/**
 * Strings the indexes of meters that followed each other into running energies: what the old meter counted to its
 * removal, and from there what the new one counted since its record.
 * @param fittings in any order, not overlapping
 * @returns by register and time; of several indexes of one meter at one instant the first
 */
export function chainIndexes(
  fittings: readonly Fitting[],
  shown: readonly ShownIndex[],
): Map<string, ChainedIndex[]> {
  const ordered = [...fittings].sort((a, b) => a.from - b.from)
  const registers = new Set(shown.map((index) => index.register))
  for (const fitting of ordered)
    for (const map of [fitting.start, fitting.end]) for (const register of map.keys()) registers.add(register)
  const byRegister = Map.groupBy(shown, (index) => index.register)
  return new Map(
    [...registers]
      .sort()
      .map((register) => [register, chainOf(register, ordered, byRegister.get(register) ?? [])]),
  )
}

function chainOf(
  register: string,
  fittings: readonly Fitting[],
  shown: readonly ShownIndex[],
): ChainedIndex[] {
  const out: ChainedIndex[] = []
  let chain = 0
  let base = 0
  let before: Fitting | undefined
  for (const fitting of fittings) {
    const joins =
      before?.to === fitting.from && before.end.has(register) && fitting.start.has(register) && out.length > 0
    if (!joins) {
      if (out.length > 0) chain++
      base = 0
    }
    before = fitting
    let moved = 0
    let last: { at: number; value: number } | undefined
    for (const point of pointsOf(register, fitting, shown)) {
      let rolledOver = false
      if (last) {
        const step = stepBetween(fitting, last, point)
        rolledOver = step.rolledOver
        if (step.moved === undefined) {
          chain++
          base = 0
          moved = 0
        } else moved += step.moved
      }
      const energy = base + scaleEnergy(moved, fitting.ratio)
      // Where it joins, the end of the meter before stands for this instant already.
      if (last || !joins)
        out.push({ register, meter: fitting.meter, at: point.at, chain, energy, rolledOver })
      last = point
    }
    if (last) base = out[out.length - 1].energy
  }
  return out
}

function pointsOf(
  register: string,
  fitting: Fitting,
  shown: readonly ShownIndex[],
): { at: number; value: number }[] {
  const points = new Map<number, number>()
  const start = fitting.start.get(register)
  const end = fitting.end.get(register)
  // The record was written by people who stood before the meter: at its instants it goes before what was read.
  if (start !== undefined && Number.isFinite(fitting.from)) points.set(fitting.from, start)
  if (end !== undefined && Number.isFinite(fitting.to)) points.set(fitting.to, end)
  for (const { meter, at, value } of shown)
    if (meter === fitting.meter && at >= fitting.from && at <= fitting.to && !points.has(at))
      points.set(at, value)
  return [...points].map(([at, value]) => ({ at, value })).sort((a, b) => a.at - b.at)
}

function stepBetween(
  { capacity, mostPerHour, ratio }: Fitting,
  from: { at: number; value: number },
  to: { at: number; value: number },
): { readonly moved: number | undefined; readonly rolledOver: boolean } {
  const step = to.value - from.value
  if (step >= 0) return { moved: step, rolledOver: false }
  if (capacity === undefined || from.value >= capacity) return { moved: undefined, rolledOver: false }
  const over = step + capacity
  const most =
    mostPerHour === undefined
      ? scaleEnergy(capacity, ratio) / 2
      : (mostPerHour * (to.at - from.at)) / 3_600_000
  return scaleEnergy(over, ratio) <= most
    ? { moved: over, rolledOver: true }
    : { moved: undefined, rolledOver: false }
}

/**
 * Energy between two instants at which the chain is known; undefined when it is not known at one of them, or broke in
 * between.
 */
export function energyBetween(
  chained: readonly ChainedIndex[],
  from: number,
  to: number,
): number | undefined {
  // At an instant where a chain ends and another begins, the later one goes on.
  const start = chained.findLast((index) => index.at === from)
  const end = chained.find((index) => index.at === to && index.chain === start?.chain)
  return start && end ? end.energy - start.energy : undefined
}
