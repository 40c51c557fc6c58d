// What the figures of a balance allow to say.

/**
 * 'within': what the meters can tell leaves nothing to explain · 'more': more is gone than meters and network explain
 * · 'less': more was measured behind than in front · 'no-technical': a loss that nobody has said the network's part
 * of · 'unknown': points without data or without a balance meter.
 */
export const verdicts = ['within', 'more', 'less', 'no-technical', 'unknown'] as const
export type Verdict = (typeof verdicts)[number]

/** What makes a balance uncertain. */
export const sources = [
  'balance-meter',
  'points',
  'transformer',
  'lines',
  'estimated',
  'missing',
  'clock',
] as const
export type Source = (typeof sources)[number]
/** Standard uncertainties, Wh. */
export type Uncertainties = Readonly<Record<Source, number>>

/** A meter, a transformer and a k that err today err the same way tomorrow: over days they add up as they are. */
const lasting: ReadonlySet<Source> = new Set(['balance-meter', 'points', 'transformer', 'lines'])

/**
 * The uncertainties of several days together. What lasts adds up linearly, which is never too little; gaps, estimates
 * and clocks of different days know nothing of each other and add up as squares.
 */
export function addDays(days: readonly Uncertainties[]): Uncertainties {
  return each((source) =>
    lasting.has(source)
      ? days.reduce((all, day) => all + day[source], 0)
      : Math.hypot(...days.map((day) => day[source])),
  )
}

/** All causes together, Wh. */
export function combined(uncertainties: Uncertainties): number {
  return Math.hypot(...sources.map((source) => uncertainties[source]))
}

export function each(of: (source: Source) => number): Uncertainties {
  return Object.fromEntries(sources.map((source) => [source, of(source)])) as Uncertainties
}

export type Question = {
  /** Loss with what the missing quarter-hours likely add to it, Wh. */
  readonly likelyLossWh: number
  /** What the network takes by its nature, Wh; undefined when nobody said how it is built. */
  readonly technicalWh: number | undefined
  readonly uncertainties: Uncertainties
  readonly metered: boolean
  readonly unknownPoints: number
  /** Coverage factor: how many standard uncertainties are within what meters can tell. */
  readonly coverage: number
}

export type Answer = {
  /** Loss that neither network nor missing data explains, Wh. */
  readonly unexplainedWh: number
  /** Standard uncertainty of it, Wh. */
  readonly uncertaintyWh: number
  /** The one over the other; null when nothing at all was measured. */
  readonly z: number | null
  readonly verdict: Verdict
}

export function answer(question: Question): Answer {
  const { likelyLossWh, technicalWh, coverage } = question
  const unexplainedWh = likelyLossWh - (technicalWh ?? 0)
  const uncertaintyWh = combined(question.uncertainties)
  const z = uncertaintyWh > 0 ? unexplainedWh / uncertaintyWh : null
  const verdict = (): Verdict => {
    if (!question.metered || question.unknownPoints > 0 || z === null) return 'unknown'
    if (Math.abs(z) <= coverage) return 'within'
    if (z < 0) return 'less'
    return technicalWh === undefined ? 'no-technical' : 'more'
  }
  return { unexplainedWh, uncertaintyWh, z, verdict: verdict() }
}
