// What a network takes by its nature: its transformer, its lines, its own meters.

import { seriesOf } from '@contor/intervals'
import { type PointDay, sumsOf } from './balance.ts'

/** How a station is measured, and what its transformer takes. */
export type StationMetering = {
  /** The side of the transformer on which the balance meter stands; its losses are in the balance only on 'mv'. */
  readonly side: 'lv' | 'mv'
  readonly ratedKva: number
  readonly noLoadW: number
  readonly loadW: number
  /** How far the losses may be from these figures, as a fraction. */
  readonly tolerance: number
  /** Taken where the balance meter counts no reactive energy. */
  readonly powerFactor: number
  /** Meters and the station itself, unmetered, W. */
  readonly ownUseW: number
}

/** Loss of a quarter-hour = k · E². Both per Wh. */
export type LineLoss = { readonly k: number; readonly error: number }

/** Energy that went through a network per quarter-hour, Wh, signed; reactive where it is known, varh. */
export type Through = { readonly activeWh: Float64Array; readonly reactiveVarh: Float64Array | undefined }

export type TransformerLoss = {
  /** Per quarter-hour, Wh. All 0 where the balance meter stands behind the transformer. */
  readonly slotsWh: Float64Array
  readonly totalWh: number
  /** Standard uncertainty, Wh. */
  readonly uncertaintyWh: number
}

/**
 * No-load loss for every quarter-hour and load loss by the square of the apparent power:
 * P = P₀ + P_k · (S / S_r)² (EN 60076-1; the same form as in Regulation (EU) 548/2014).
 */
export function transformerLoss(through: Through, metering: StationMetering): TransformerLoss {
  const slots = through.activeWh.length
  const slotsWh = new Float64Array(slots)
  if (metering.side === 'lv') return { slotsWh, totalWh: 0, uncertaintyWh: 0 }
  const { noLoadW, loadW, ratedKva, powerFactor, tolerance } = metering
  let totalWh = 0
  for (let slot = 0; slot < slots; slot++) {
    const active = through.activeWh[slot]
    const apparentSquare = through.reactiveVarh
      ? active ** 2 + through.reactiveVarh[slot] ** 2
      : (active / powerFactor) ** 2
    const load = (apparentSquare * perHour ** 2) / (ratedKva * 1_000) ** 2
    slotsWh[slot] = (noLoadW + loadW * load) / perHour
    totalWh += slotsWh[slot]
  }
  return { slotsWh, totalWh, uncertaintyWh: (totalWh * tolerance) / Math.sqrt(3) }
}

/** Loss of the lines and its standard uncertainty, Wh; `squares` is Σ E² in Wh². */
export function lineLoss(squares: number, { k, error }: LineLoss) {
  return { totalWh: k * squares, uncertaintyWh: error * squares }
}

/**
 * What went through the head of a network in each quarter-hour; where a head has no value, what the points behind
 * it took less what they gave.
 */
export function throughOf(heads: readonly PointDay[], behind: readonly PointDay[], slots: number): Through {
  const head = sumsOf(heads, slots)
  const below = sumsOf(behind, slots)
  const activeWh = Float64Array.from({ length: slots }, (_, slot) =>
    heads.length > 0 && head.present[slot] === heads.length
      ? head.imported[slot] - head.exported[slot]
      : below.imported[slot] - below.exported[slot],
  )
  const reactive = heads.map(reactiveOf)
  const known = reactive.length > 0 && reactive.every((one) => one !== undefined)
  return {
    activeWh,
    reactiveVarh: known
      ? Float64Array.from({ length: slots }, (_, slot) =>
          reactive.reduce((all, one) => all + (one?.[slot] ?? 0), 0),
        )
      : undefined,
  }
}

function reactiveOf({ block }: PointDay): Float64Array | undefined {
  const of = (channel: 'R+' | 'R-' | 'Q1' | 'Q2' | 'Q3' | 'Q4') => block && seriesOf(block, channel)?.values
  const [plus, minus] = [of('R+'), of('R-')]
  if (plus) return Float64Array.from(plus, (value, slot) => value - (minus?.[slot] ?? 0))
  const [q1, q2, q3, q4] = [of('Q1'), of('Q2'), of('Q3'), of('Q4')]
  if (!q1) return undefined
  return Float64Array.from(
    q1,
    (value, slot) => value + (q2?.[slot] ?? 0) - (q3?.[slot] ?? 0) - (q4?.[slot] ?? 0),
  )
}

/** Quarter-hours of an hour: W from Wh of a slot. */
const perHour = 4
