// Stands values in for missing slots: the first way of a configured order that can gives the curve, and the
// registers, where they are known, give the energy, to the watt-hour.

import { quality } from '@contor/intervals'
import { distribute } from './distribute.ts'
import type { Declined, Made, MethodContext, MethodName, MethodSetting, Outage, Piece } from './method.ts'
import { methods } from './methods/index.ts'
import { type RegisterOptions, type RegisterReading, type Segment, segmentsOf } from './registers.ts'
import { type TariffCalendar, tariffsOf } from './tariffs.ts'
import { runsOfMask, slotMs } from './timeline.ts'

export type EstimationInput = MethodContext & {
  readonly readings: readonly RegisterReading[]
  readonly calendar: TariffCalendar | undefined
  readonly outages: readonly Outage[]
  readonly registers: RegisterOptions
}

/** Slots in a row that one way has filled. */
export type EstimatedRun = {
  readonly from: number
  readonly count: number
  readonly method: MethodName
  readonly reason: string
  /** 0…1. */
  readonly confidence: number
  /** The sums of registers that the run helps to meet; undefined without registers. */
  readonly segment: Segment | undefined
  readonly facts: Readonly<Record<string, number | string>>
  /** Ways that came before it and could not. */
  readonly declined: readonly Declined[]
}

/** Slots in a row that nobody could fill. */
export type UnfilledRun = {
  readonly from: number
  readonly count: number
  readonly declined: readonly Declined[]
}

export type EstimationResult = {
  /** One per slot of the timeline; those that are not made are as they were. Wh or varh. */
  readonly values: Int32Array
  readonly quality: Uint8Array
  readonly estimated: readonly EstimatedRun[]
  readonly unfilled: readonly UnfilledRun[]
  readonly segments: readonly Segment[]
}

type Filled = {
  readonly piece: Piece
  readonly setting: MethodSetting
  readonly made: Made
  readonly declined: readonly Declined[]
}

/**
 * Makes values for the free slots of a timeline.
 *
 * Between two readings the free slots of each tariff add up to exactly what its register moved less what was
 * measured there; where the tariffs cannot be followed the total is met instead. A register that moved less than
 * what was measured fills nothing: that is for a person to judge.
 * @param order ways to try, first to last
 * @returns never a value below 0; the same input gives the same output
 */
export function estimateSlots(input: EstimationInput, order: readonly MethodSetting[]): EstimationResult {
  const { timeline } = input
  const free = input.free.slice()
  const values = timeline.values.slice()
  const states = timeline.quality.slice()
  for (let slot = 0; slot < free.length; slot++) {
    if (free[slot] === 0) continue
    values[slot] = 0
    states[slot] = quality.missing
  }
  const tariffs = input.calendar && tariffsOf(input.calendar, timeline)
  const cut = () => segmentsOf({ ...timeline, values }, input.readings, tariffs, free, input.registers)
  const estimated = settleOutages(input, order, free, cut())
  const segments = cut()
  const unfilled: UnfilledRun[] = []
  const ofSlot = segmentOfSlot(segments, free.length)
  const filled: (Filled | UnfilledRun)[] = piecesOf(free, ofSlot).map((piece) => {
    const segment = segments[ofSlot[piece.from]]
    return segment && isContradicted(segment)
      ? refused(piece, segment)
      : fill({ ...input, timeline: { ...timeline, values }, free }, piece, order)
  })
  for (const [index, group] of Map.groupBy(
    filled,
    (each) => ofSlot['piece' in each ? each.piece.from : each.from],
  )) {
    const segment = segments[index]
    const open = group.filter((each): each is UnfilledRun => !('piece' in each))
    // Slots that stay empty would leave their share of the registers' energy to the others.
    const whole = segment === undefined || open.length === 0
    const given = whole ? group.filter((each): each is Filled => 'piece' in each) : []
    unfilled.push(...(whole ? open : group.map((each) => ('piece' in each ? withheld(each) : each))))
    if (segment) meet(segment, given, tariffs, values)
    else for (const one of given) atOwnLevel(one, values)
    for (const { piece, setting, made, declined } of given) {
      states.fill(quality.estimated, piece.from, piece.from + piece.count)
      const confidence = setting.confidence[segment ? 'scaled' : 'unscaled']
      const { from, count } = piece
      const { reason, facts } = made
      estimated.push({ from, count, method: setting.method, reason, confidence, segment, facts, declined })
    }
  }
  for (const run of estimated) states.fill(quality.estimated, run.from, run.from + run.count)
  restoreUnfilled(input, unfilled, values, states)
  const bySlot = (a: { from: number }, b: { from: number }) => a.from - b.from
  return {
    values,
    quality: states,
    estimated: estimated.sort(bySlot),
    unfilled: unfilled.sort(bySlot),
    segments,
  }
}

// What could not be made keeps what it had: an estimate that cannot be spread again stays.
function restoreUnfilled(
  { timeline }: EstimationInput,
  unfilled: readonly UnfilledRun[],
  values: Int32Array,
  states: Uint8Array,
): void {
  for (const { from, count } of unfilled) {
    values.set(timeline.values.subarray(from, from + count), from)
    states.set(timeline.quality.subarray(from, from + count), from)
  }
}

const isContradicted = (segment: Segment) => segment.sums.some((sum) => sum.remainder < 0)

function refused(piece: Piece, segment: Segment): UnfilledRun {
  const short = segment.sums.reduce((all, sum) => all + Math.min(0, sum.remainder), 0)
  const reason = `the register moved ${-short} less than what was measured`
  return { from: piece.from, count: piece.count, declined: [{ method: 'flat', reason }] }
}

function withheld({ piece, setting, declined }: Filled): UnfilledRun {
  const reason = 'other slots between the same readings cannot be filled'
  return {
    from: piece.from,
    count: piece.count,
    declined: [...declined, { method: setting.method, reason }],
  }
}

/** The segment of each slot, by its index; −1 outside all. */
function segmentOfSlot(segments: readonly Segment[], slots: number): Int32Array {
  const ofSlot = new Int32Array(slots).fill(-1)
  for (const [index, segment] of segments.entries()) ofSlot.fill(index, segment.from, segment.to)
  return ofSlot
}

/** Free slots in a row, cut where a segment begins or ends. */
function piecesOf(free: Uint8Array, ofSlot: Int32Array): Piece[] {
  return runsOfMask(free).flatMap(({ from, count }) => {
    const pieces: Piece[] = []
    let first = from
    for (let slot = from + 1; slot <= from + count; slot++) {
      if (slot < from + count && ofSlot[slot] === ofSlot[first]) continue
      pieces.push({ from: first, count: slot - first, scaled: ofSlot[first] >= 0 })
      first = slot
    }
    return pieces
  })
}

/** Slots without supply are zeros, unless the registers say that energy flowed and nothing else is free to hold it. */
function settleOutages(
  input: EstimationInput,
  order: readonly MethodSetting[],
  free: Uint8Array,
  segments: readonly Segment[],
): EstimatedRun[] {
  const setting = order.find((each) => each.method === 'outage')
  if (!setting) return []
  const dark = new Uint8Array(free.length)
  for (const { from, to } of input.outages) {
    const first = Math.max(0, Math.ceil((from - input.timeline.start) / slotMs))
    const end = Math.min(free.length, Math.floor((to - input.timeline.start) / slotMs))
    for (let slot = first; slot < end; slot++) dark[slot] = free[slot]
  }
  for (const { from, to, sums } of segments) {
    if (sums.every((sum) => sum.remainder <= 0)) continue
    // Which tariff could hold it is asked again after the zeros: here any free slot will do.
    const lit = free.subarray(from, to).some((one, i) => one !== 0 && dark[from + i] === 0)
    if (!lit) dark.fill(0, from, to)
  }
  return runsOfMask(dark).map(({ from, count }) => {
    free.fill(0, from, from + count)
    const at = input.timeline.start + from * slotMs
    const source = input.outages.find((each) => each.from <= at && each.to > at)?.source ?? ''
    return {
      from,
      count,
      method: 'outage',
      reason: 'confirmed outage',
      confidence: setting.confidence.unscaled,
      segment: segments.find((segment) => segment.from <= from && from < segment.to),
      facts: { outage: source },
      declined: [],
    }
  })
}

function fill(context: MethodContext, piece: Piece, order: readonly MethodSetting[]): Filled | UnfilledRun {
  const declined: Declined[] = []
  for (const setting of order) {
    if (setting.method === 'outage') continue
    const made = methods[setting.method](context, piece, setting)
    const reason = typeof made === 'string' ? made : unfit(made, piece)
    if (typeof made !== 'string' && reason === undefined)
      return { piece, setting, made: { ...made, mWh: made.mWh.map((each) => Math.max(0, each)) }, declined }
    declined.push({ method: setting.method, reason: reason ?? '' })
  }
  return { from: piece.from, count: piece.count, declined }
}

/** The most that a slot of a day block can hold, mWh. */
const mostMWh = 1_000 * 0x7fffffff

function unfit({ mWh, hasLevel }: Made, { scaled }: Piece): string | undefined {
  if (!hasLevel && !scaled) return 'a shape without registers has no level'
  return mWh.every((each) => each <= mostMWh) ? undefined : 'more than a day block can hold'
}

function atOwnLevel({ piece, made }: Filled, values: Int32Array): void {
  const total = Math.round(made.mWh.reduce((all, each) => all + each, 0) / 1_000)
  values.set(distribute(total, bounded(made.mWh)), piece.from)
}

/** Gives the free slots of a segment what each of its sums has left. */
function meet(
  segment: Segment,
  filled: readonly Filled[],
  tariffs: Uint8Array | undefined,
  values: Int32Array,
): void {
  const slots = filled.reduce((all, { piece }) => all + piece.count, 0)
  const left = segment.sums.reduce((all, sum) => all + sum.remainder, 0)
  const positions: number[] = []
  const weights: number[] = []
  for (const { piece, made } of filled) {
    // A shape without a level gets the mean level of what is left, so that it stands beside others.
    const level = made.hasLevel ? made.mWh : toLevel(made.mWh, (1_000 * left * piece.count) / slots)
    for (let i = 0; i < piece.count; i++) {
      positions.push(piece.from + i)
      weights.push(level[i])
    }
  }
  for (const { tariff, remainder } of segment.sums) {
    const own = positions.map((_, i) => i).filter((i) => tariff === 0 || tariffs?.[positions[i]] === tariff)
    if (own.length === 0) continue
    const parts = distribute(remainder, bounded(Float64Array.from(own, (i) => weights[i])))
    for (const [k, i] of own.entries()) values[positions[i]] = parts[k]
  }
}

// Weights whose sum stays exact.
function bounded(weights: Float64Array): Float64Array {
  const all = weights.reduce((sum, each) => sum + each, 0)
  if (all < 2 ** 52) return weights
  const divisor = 2 ** Math.ceil(Math.log2(all / 2 ** 51))
  return weights.map((each) => Math.floor(each / divisor))
}

function toLevel(shape: Float64Array, mWh: number): Float64Array {
  const all = shape.reduce((sum, each) => sum + each, 0)
  if (all === 0) return shape.map(() => Math.round(mWh / shape.length))
  return shape.map((each) => Math.round((each * mWh) / all))
}
