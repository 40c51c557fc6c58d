export const severities = ['info', 'warning', 'error'] as const
export type Severity = (typeof severities)[number]
export const groupFields = ['segment', 'modelId', 'readingMode', 'stationId'] as const
export type GroupField = (typeof groupFields)[number]
export type RuleGroup = Partial<Record<GroupField, string>>
export type Parameters = Record<string, unknown>

export type RuleVersion = {
  rule: string
  version: number
  severity: Severity
  parameters: Parameters
  appliesTo: RuleGroup
  state: 'draft' | 'live' | 'retired'
  validFrom: string
  decidedBy: string
  decidedByName: string | null
  reason: string
  /** Stored days are enough to try it. */
  triable: boolean
}

/** A version that judges a point, with the live ones that give way to it. */
export type AppliedRule = RuleVersion & { over: { version: number; appliesTo: RuleGroup }[] }
export type GroupChoices = Record<GroupField, { value: string; label: string; points: number }[]>

type Side = { points: number; findings: number }
export type Trial = {
  points: number
  days: number
  trial: Side
  live: Side
}
export type TrialRequest = {
  rule: string
  parameters: Parameters
  appliesTo: RuleGroup
  from: string
  to: string
}

/** `new` fails only the limits on trial, `gone` only the rule of today. */
export const trialKinds = ['new', 'gone', 'both'] as const
export type TrialKind = (typeof trialKinds)[number]
export type TrialCounts = {
  points: number
  days: number
  trialFindings: number
  liveFindings: number
} & Record<TrialKind, number>
/** A trial as a job: what it was asked, and the counts of the points judged so far. */
export type TrialRun = TrialRequest & {
  id: string
  requestedBy: string
  requestedByName: string | null
  requestedAt: string
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled'
  points: number | null
  sample: TrialCounts | null
  result: TrialCounts
}
export const isRunning = (run: TrialRun): boolean => run.state === 'queued' || run.state === 'running'
export type TrialPoint = {
  pointId: string
  pod: string
  findings: number
  first: { day: string; channel: string; fromSlot: number; count: number; details: Record<string, unknown> }
}
