/** What the edit routes tell; energies in Wh or varh, instants in ISO 8601. */
export const editOperations = ['fill', 'total', 'copy', 'clear', 'accept', 'factor'] as const
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
}
