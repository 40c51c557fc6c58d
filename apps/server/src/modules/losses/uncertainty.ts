// How far a balance may be from the truth because of its meters, by the rules of the GUM (JCGM 100:2008): every
// cause has a standard uncertainty in Wh; causes that know nothing of each other add up as squares.

import { type ChannelSeries, type DayBlock, flag, quality, seriesOf } from '@contor/intervals'

/** What is known of the meter of a point on a day. */
export type MeterFacts = {
  /** Relative limits of its errors as fractions: the meter's class and those of its transformers. */
  readonly limits: readonly number[]
  /** Deviation of its clock, seconds; 0 when it was never found off. */
  readonly clockS: number
  /** Confidence 0…1 of estimated stretches of the day. */
  readonly estimates: readonly {
    readonly fromSlot: number
    readonly count: number
    readonly confidence: number
  }[]
}

export type Practice = {
  /** Confidence of an estimate that has none on record, 0…1. */
  readonly estimateConfidence: number
  /** Deviation taken for a quarter-hour whose clock the meter itself flags, seconds. */
  readonly flaggedClockS: number
}

/** Standard uncertainties of one point's share in a balance, Wh. */
export type PointUncertainty = { readonly meter: number; readonly estimated: number; readonly clock: number }

const channelsOf = ['A+', 'A-'] as const
/** A limit says nothing of where within it the error lies: a rectangular distribution (GUM 4.3.7). */
const rectangular = Math.sqrt(3)

/**
 * The uncertainty of what a point measured on a day, over slots `from` to `to` (excluded).
 * Meter: E · limit / √3 per direction, limits of meter and transformers as squares. Estimates: what their
 * confidence leaves open of each stretch. Clock: what a shift by the deviation moves over the two borders.
 */
export function pointUncertainty(
  block: DayBlock | undefined,
  facts: MeterFacts,
  practice: Practice,
  from = 0,
  to = Number.POSITIVE_INFINITY,
): PointUncertainty {
  let meter = 0
  let estimated = 0
  let clock = 0
  const relative = Math.hypot(...facts.limits) / rectangular
  for (const channel of channelsOf) {
    const series = block && seriesOf(block, channel)
    if (!series) continue
    const end = Math.min(to, series.values.length)
    let energy = 0
    for (let slot = from; slot < end; slot++) energy += series.values[slot]
    meter += (energy * relative) ** 2
    estimated += estimatedSquares(series, facts, practice, from, end)
    clock += clockSquares(series, facts, practice, from, end)
  }
  return { meter: Math.sqrt(meter), estimated: Math.sqrt(estimated), clock: Math.sqrt(clock) }
}

/** Each stretch of one confidence is off as a whole; stretches know nothing of each other. */
function estimatedSquares(
  { values, quality: marks }: ChannelSeries,
  { estimates }: MeterFacts,
  practice: Practice,
  from: number,
  end: number,
): number {
  const confidenceAt = (slot: number) =>
    estimates.find((run) => run.fromSlot <= slot && slot < run.fromSlot + run.count)?.confidence ??
    practice.estimateConfidence
  let squares = 0
  for (let slot = from; slot < end; ) {
    if (!isStandIn(marks[slot])) {
      slot++
      continue
    }
    const confidence = confidenceAt(slot)
    let energy = 0
    for (; slot < end && isStandIn(marks[slot]) && confidenceAt(slot) === confidence; slot++)
      energy += values[slot]
    squares += ((energy * (1 - confidence)) / rectangular) ** 2
  }
  return squares
}

function clockSquares(
  { values, quality: marks }: ChannelSeries,
  { clockS }: MeterFacts,
  practice: Practice,
  from: number,
  end: number,
): number {
  if (end <= from) return 0
  const shifted = (slot: number) => {
    const flagged = (marks[slot] & flag.clockDeviated) !== 0 ? practice.flaggedClockS : 0
    return (values[slot] * Math.min(1, Math.max(Math.abs(clockS), flagged) / slotSeconds)) / rectangular
  }
  return shifted(from) ** 2 + shifted(end - 1) ** 2
}

const slotSeconds = 900
const isStandIn = (mark: number) => (mark & 7) === quality.estimated || (mark & 7) === quality.edited
