/** What the edit routes tell; energies in Wh or varh, instants in ISO 8601. */
export const editOperations = ['fill', 'set', 'total', 'copy', 'clear', 'accept', 'factor'] as const
export type EditOperation = (typeof editOperations)[number]
export const totalShapes = ['current', 'flat', 'profile', 'day'] as const
export type TotalShape = (typeof totalShapes)[number]

export type EditRequest = {
  meteringPointId: string
  channel: string
  from: string
  to: string
  operation: Record<string, unknown> & { kind: EditOperation }
}
type Pair = { before: number; after: number; difference: number }
export type EditPreview = {
  unit: 'Wh' | 'varh'
  changedSlots: number
  period: Pair
  days: (Pair & { day: string; changedSlots: number; billed: string | null })[]
  registers: {
    tariff: number
    from: string
    to: string
    difference: number
    sumAfter: number
    agreesAfter: boolean | null
  }[]
  balance: { day: string; lossBeforeWh: number; lossAfterWh: number; complete: boolean }[]
  needsSecondPerson: boolean
}
export type Edit = {
  id: string
  meteringPointId: string
  pod: string
  kind: 'edit' | 'undo' | 'recalculation'
  state: 'pending' | 'applied' | 'refused' | 'undone'
  author: string
  at: string
  reason: string
  channel: string
  from: string
  to: string
  operation: { kind?: string }
  decidedBy: string | null
  billed: boolean
  authorName?: string | null
  decidedByName?: string | null
}
/** Value and quality byte of a quarter-hour. */
type Slot = readonly [value: number, quality: number]
export type EditDetail = Edit & {
  items: { day: string; changes: { fromSlot: number; before: Slot[]; after: Slot[] }[] }[]
}
export const editStates = ['pending', 'applied', 'refused', 'undone'] as const

export type RecalculationRequest = {
  meteringPointId: string
  channel: string
  foundOn: string
  lastDay: string
  knownStart?: string
  lastCheck?: string
  reason: string
  method:
    | { kind: 'coefficient'; errorPercent: number; allowedErrorPercent: number; certificate: string }
    | { kind: 'following-period'; from: string; to: string; factor: number; agreement?: string }
}
export type RecalculationReport = {
  period: { from: string; to: string; startBy: 'known-start' | 'month-after-last-check' | 'limit' }
  law: { mostMonths: number; source: { ro: string; en: string } }
  months: { month: string; measuredWh: number; recalculatedWh: number; differenceWh: number }[]
  total: { measuredWh: number; recalculatedWh: number; differenceWh: number }
  bills: { billRef: string; from: string; to: string; differenceWh: number }[]
}
