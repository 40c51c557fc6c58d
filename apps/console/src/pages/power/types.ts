export const caseKinds = ['over-power', 'threshold', 'repeated', 'register'] as const
export type CaseKind = (typeof caseKinds)[number]
export type CaseState = 'open' | 'operator' | 'closed'

/** A trip by over-power, or a limiter that is not as approved. */
export type PowerCase = {
  id: string
  meteringPointId: string
  pod: string
  name: string
  address: string
  serial: string
  readingMode: string
  kind: CaseKind
  state: CaseState
  openedAt: string
  trippedAt: string | null
  loadW: number | null
  loadSource: 'meter' | 'profile' | null
  thresholdW: number | null
  approvedW: number
  told: string[]
  relayOutput: boolean | null
  closedAt: string | null
  closedBy: string | null
}

export type PowerCaseDetail = PowerCase & {
  timeline: {
    at: string
    event: string
    actor: string
    evidence: Record<string, unknown>
    trace: string | null
  }[]
}

export type PointPower = {
  meteringPointId: string
  pod: string
  approvedW: number
  readingMode: string
  limiter: {
    serial: string
    checkedAt: string
    thresholdW: number
    overS: number | null
    underS: number | null
    trace: string | null
    relayOutput: boolean | null
  } | null
  history: {
    validFrom: string
    revision: number
    watts: number
    atr: string | null
    reason: string
    recordedAt: string
  }[]
  cases: PowerCase[]
}
