import type { EditOperation, EditRequest, TotalShape } from './types.ts'

/** What the form holds: numbers as typed, in kWh, kvarh or as a factor. */
export type Draft = { kind: EditOperation; amount: string; shape: TotalShape; day: string }

const amountOf = (text: string): number | undefined => {
  const clean = text.trim().replace(',', '.')
  return /^\d+(\.\d+)?$/.test(clean) ? Number(clean) : undefined
}

/** @returns the operation for the server (energies as whole Wh), undefined while the form is incomplete */
export function operationOf(draft: Draft): EditRequest['operation'] | undefined {
  const { kind, shape, day } = draft
  const amount = amountOf(draft.amount)
  const wh = amount === undefined ? undefined : Math.round(amount * 1_000)
  switch (kind) {
    case 'clear':
    case 'accept':
      return { kind }
    case 'copy':
      return day === '' ? undefined : { kind, day }
    case 'factor':
      return amount === undefined ? undefined : { kind, factor: amount }
    case 'fill':
      return wh === undefined ? undefined : { kind, value: wh }
    case 'total':
      if (wh === undefined || (shape === 'day' && day === '')) return undefined
      return { kind, total: wh, shape, ...(shape === 'day' ? { day } : {}) }
  }
}
