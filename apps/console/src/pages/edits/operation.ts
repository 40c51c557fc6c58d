import type { EditOperation, EditRequest, TotalShape } from './types.ts'

/** What the form holds: numbers as typed, in kWh, kvarh or as a factor. */
export type Draft = { kind: EditOperation; amount: string; shape: TotalShape; day: string; values: string[] }

const amountOf = (text: string): number | undefined => {
  const clean = text.trim().replace(',', '.')
  return /^\d+(\.\d+)?$/.test(clean) ? Number(clean) : undefined
}

/** What one slot shows until somebody types: its value in kWh without grouping, nothing where it is missing. */
export const typedOf = (wh: number | null, comma: boolean): string =>
  wh === null ? '' : String(wh / 1_000).replace('.', comma ? ',' : '.')

/** Values pasted as a column or a row of a sheet, in order. */
export const pasted = (text: string): string[] =>
  text
    .split(/[\s;]+/)
    .map((each) => each.trim())
    .filter((each) => each !== '')

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
    case 'set': {
      const values = draft.values.map(amountOf)
      if (values.length === 0 || values.some((value) => value === undefined)) return undefined
      return { kind, values: values.map((value) => Math.round((value ?? 0) * 1_000)) }
    }
    case 'fill':
      return wh === undefined ? undefined : { kind, value: wh }
    case 'total':
      if (wh === undefined || (shape === 'day' && day === '')) return undefined
      return { kind, total: wh, shape, ...(shape === 'day' ? { day } : {}) }
  }
}
