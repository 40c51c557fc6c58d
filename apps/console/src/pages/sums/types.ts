export const sumResolutions = ['15m', '1h', '1d', '1mo'] as const
export type SumResolution = (typeof sumResolutions)[number]

/** Columns of one element per step. */
export type SumCurve = {
  members: number
  from: string
  to: string
  channel: string
  resolution: SumResolution
  unit: 'Wh' | 'varh'
  end: string
  starts: string[]
  values: number[]
  expected: number[]
  present: number[]
  notMeasured: number[]
}

export type VirtualVersion = {
  code: string
  version: number
  name: string
  formula: string | null
  validFrom: string
  validTo: string | null
  actor: string
  actorName: string | null
  reason: string
  recordedAt: string
}

export type ProfileVersion = {
  code: string
  version: number
  kind: 'specific' | 'residual'
  name: string
  definition: {
    set?: Record<string, string | boolean>
    from?: string
    to?: string
    members?: number
    borrowed?: Record<string, string>
    lossPercent?: number
    filledHours?: number
    clippedHours?: number
    editedFrom?: number
  }
  actor: string
  actorName: string | null
  reason: string
  recordedAt: string
}

export type ProfileCurve = { profile: ProfileVersion; starts: string[]; weights: number[] }
