/** Shapes of /api/field, and what the phone keeps of its own. */
export type Titled = { titleRo: string; titleEn: string; source: string }
export type Facts = {
  checks: (Titled & { code: string; required: boolean })[]
  steps: (Titled & { action: Action; seq: number })[]
  results: (Titled & {
    code: string
    effect: 'done' | 'postponed' | 'impossible'
    needsChecklist: boolean
    needsReadings: boolean
    needsPhoto: boolean
    needsNote: boolean
  })[]
}
export type Action = 'disconnect' | 'reconnect' | 'exchange'
export type Visit = {
  id: string
  task: 'order' | 'exchange'
  orderNumber: string
  orderType: string | null
  action: Action
  visitOn: string
  why: string
  state: 'open' | 'done' | 'postponed' | 'impossible' | 'withdrawn' | 'conflict'
  dueBy: string | null
  cause: { ro: string; en: string; source: string }
  pod: string
  pointName: string
  address: string
  approvedPowerW: number
  phases: number
  station: string
  stationName: string
  feeder: string | null
  serial: string | null
  model: string | null
  recordNumber: string | null
}
export type Route = { subject: string; fetchedAt: string; items: Visit[]; facts: Facts }

export type Strokes = [number, number][][]
export type Seal = { action: 'removed' | 'applied'; number: string; place: string }
export type DraftExchange = {
  oldSerial: string
  newSerial: string
  newModel: string
  reason: string
  /** The old meter shows nothing any more. */
  unreadable: boolean
}
/** A form as it stands; readings as they were typed, kWh. */
export type Draft = {
  visitId: string
  subject: string
  recordId: string
  state: 'draft' | 'ready' | 'sent' | 'refused'
  startedAt: string
  finishedAt: string | null
  result: string
  actedAt: string | null
  nextVisit: string
  note: string
  checked: string[]
  steps: number[]
  before: string
  after: string
  /** The meter gave way to another: readings before are the old one's, after the new one's. */
  exchange?: DraftExchange | undefined
  seals: Seal[]
  crewName: string
  crewStrokes: Strokes
  customerName: string
  customerStrokes: Strokes
  absent: string
  answer?: Answer
  error?: string
}
export type Photo = {
  id: string
  visitId: string
  blob: Blob
  sha256: string
  takenAt: string
  sent: boolean
}
export type Answer = {
  number: string
  effect: 'executed' | 'postponed' | 'failed' | 'conflict' | 'none'
  conflict: {
    event: string
    at: string
    actedAt: string | null
    dark: boolean
    reconnectOrder: string | null
  } | null
}
