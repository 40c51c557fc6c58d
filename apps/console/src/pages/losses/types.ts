import type { Tone } from '../../ui/Status.tsx'

export const verdicts = ['more', 'no-technical', 'less', 'within', 'unknown'] as const
export type Verdict = (typeof verdicts)[number]

export const verdictTones: Record<Verdict, Tone> = {
  within: 'ok',
  more: 'bad',
  less: 'bad',
  'no-technical': 'warn',
  unknown: 'idle',
}

/** A station, or one of its feeders, over some days; energies in Wh. */
export type RankedBalance = {
  stationId: string
  code: string
  name: string
  zone: string
  /** '' for the whole station. */
  feeder: string
  days: number
  completeDays: number
  presentShare: number | null
  enteredWh: number
  lossWh: number
  lossPercent: number | null
  likelyLossWh: number
  technicalWh: number | null
  unexplainedWh: number
  /** A standard uncertainty. */
  uncertaintyWh: number
  z: number | null
  verdict: Verdict
}

export type RankingPage = {
  items: RankedBalance[]
  nextCursor: string | null
  coverage: number
  counts: Partial<Record<Verdict, number>>
  waitingDays: number
  withoutBalance: number
}
