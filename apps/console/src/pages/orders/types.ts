// Answers of the orders API (apps/server/src/modules/orders/routes.ts).

import type { OrdersSearch } from '../../app/search.ts'

export const orderTypes = [
  'DECO_R',
  'RECO_R',
  'DECO_C',
  'RECO_C',
  'ACTIV_FURNIZARE',
  'REZ_CONTR',
  'REZ_NEPLATA',
  'REZ_FURNIZOR',
] as const
export type OrderType = (typeof orderTypes)[number]
export type OrderState = Exclude<NonNullable<OrdersSearch['state']>, 'all' | 'letter'>

export type OrderRow = {
  id: string
  number: string
  type: OrderType
  cause: string
  meteringPointId: string
  requester: string
  requesterReference: string
  requestedBy: string
  supplier: string | null
  batchId: string | null
  reason: string | null
  state: OrderState
  route: 'remote' | 'field' | null
  runsAt: string | null
  dueBy: string | null
  justifyBy: string | null
  justifiedAt: string | null
  costBearer: 'operator' | 'user'
  approvedBy: string | null
  follows: string | null
  createdAt: string
  endedAt: string | null
  pod: string
  pointName: string
  address: string
  stationId: string
  station: string
}
export type Condition = { key: string; ok: boolean; params: Record<string, unknown>; source: string }
export type Gate = {
  verdict?: 'run' | 'wait' | 'approval' | 'cured'
  conditions: Condition[]
  runsAt: string | null
}
export type CommandStep = { at: string; step: string; details: Record<string, unknown>; trace: string | null }
export type OrderDetail = OrderRow & {
  names: Record<string, string>
  before: { id: string; number: string } | null
  after: { id: string; number: string } | null
  causeTitle: { ro: string; en: string; source: string }
  gate: Gate
  facts: Record<string, unknown>
  timeline: {
    at: string
    event: string
    from: string | null
    to: OrderState
    actor: string
    evidence: Record<string, unknown>
  }[]
  commands: {
    id: string
    kind: string
    state: string
    outcome: string | null
    held: string | null
    errorCode: string | null
    errorText: string | null
    createdAt: string
    finishedAt: string | null
    steps: CommandStep[]
  }[]
  messages: {
    id: string
    recipient: string
    kind: string
    body: Record<string, unknown>
    createdAt: string
    state: string
  }[]
}
export type Cause = {
  code: string
  category: string
  types: OrderType[]
  cures: string[]
  debtDays: number
  noticeDays: number
  noticeUnit: string
  titleRo: string
  titleEn: string
  source: string
}
export type GuardEvent = {
  id: string
  at: string
  kind: string
  actor: string
  reason: string
  until: string | null
}
export type Guard = {
  stopped: GuardEvent | null
  frozen: GuardEvent | null
  breakGlass: GuardEvent | null
  released: { hour: number; day: number }
  held: number
  names: Record<string, string>
  proposals: { id: string; at: string; kind: string; proposedBy: string; reason: string }[]
}
export type DryRun = {
  items: {
    ok: boolean
    error?: { message: string; remedy?: string }
    pod?: string
    name?: string
    address?: string
    route?: 'remote' | 'field'
    gate?: Gate
    dark: boolean
  }[]
  dark: {
    points: number
    powerW: number
    protected: number
    stations: { code: string; points: number; customers: number; powerW: number; totalPowerW: number }[]
  }
}
