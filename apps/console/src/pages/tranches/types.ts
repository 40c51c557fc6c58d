export const trancheKinds = ['NL', 'DM', 'DASF', 'DASU'] as const
export type Tranche = {
  code: string
  version: number
  kind: (typeof trancheKinds)[number]
  number: number
  title: string
  plannedW: number
  state: 'proposed' | 'approved' | 'replaced' | 'refused'
  reason: string
  proposedBy: string
  proposedAt: string
  decidedBy: string | null
  decidedAt: string | null
}
export type Member = {
  meteringPointId: string
  pod: string
  name: string
  normalW: number
  reduceW: number
  technologicalW: number
  safetyW: number
  by: 'hand' | 'rule'
}
export type Excluded = 'protected' | 'no-limiter' | 'lower-already' | null
export type RehearsedMember = Member & {
  approvedPowerW: number
  thresholdW: number | null
  limitW: number
  excluded: Excluded
  loadW: number | null
  reliefW: number
}
export type Rehearsal = {
  tranche: Tranche
  members: RehearsedMember[]
  limited: number
  excluded: number
  reliefW: number
  guard: { stopped: string | null; frozen: string | null; leave: number; held: number; why: string | null }
}
export type RunState = 'proposed' | 'announced' | 'warned' | 'applied' | 'lifted' | 'cancelled'
export type Run = {
  id: string
  number: string
  code: string
  version: number
  state: RunState
  startsAt: string
  endsAt: string
  emergency: string | null
  reason: string
  noticeHours: number
  warningMinutes: number
  proposedBy: string
  approvedBy: string | null
}
export type RunMember = {
  meteringPointId: string
  pod: string
  name: string
  excluded: Excluded
  normalW: number
  limitW: number
  limiter: 'none' | 'waiting' | 'held' | 'limited' | 'lifting' | 'restored' | 'not-kept'
  thresholdW: number | null
  trace: string | null
  held: string | null
  tripped: boolean
  beforeW: number | null
  duringW: number | null
  highestW: number | null
  reliefW: number | null
  verdict: 'kept' | 'not-kept' | 'not-measured' | 'excluded'
}
export type RunReport = {
  run: Run
  events: { at: string; event: string; actor: string; details: Record<string, unknown> }[]
  members: RunMember[]
  plannedW: number
  reliefW: number
  measured: number
  limited: number
  reached: boolean | null
}
