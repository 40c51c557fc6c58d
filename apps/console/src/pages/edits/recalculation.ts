import type { RecalculationRequest } from './types.ts'

export type RecalculationDraft = {
  kind: RecalculationRequest['method']['kind']
  foundOn: string
  lastDay: string
  knownStart: string
  lastCheck: string
  errorPercent: string
  allowedErrorPercent: string
  certificate: string
  from: string
  to: string
  factor: string
  agreement: string
  reason: string
}

/** A number as people type it, with a comma or a point; undefined for anything else. */
const decimal = (text: string): number | undefined =>
  /^\s*-?\d+([.,]\d+)?\s*$/.test(text) ? Number(text.replace(',', '.')) : undefined

/** What the server is asked; undefined while something that it needs is missing. */
export function recalculationOf(
  draft: RecalculationDraft,
  meteringPointId: string,
  channel: string,
): RecalculationRequest | undefined {
  const { foundOn, lastDay, knownStart, lastCheck, reason } = draft
  const method = methodOf(draft)
  if (!method || foundOn === '' || lastDay === '' || reason.trim().length < 3) return undefined
  return {
    meteringPointId,
    channel,
    foundOn,
    lastDay,
    ...(knownStart !== '' && { knownStart }),
    ...(lastCheck !== '' && { lastCheck }),
    reason: reason.trim(),
    method,
  }
}

function methodOf(draft: RecalculationDraft): RecalculationRequest['method'] | undefined {
  if (draft.kind === 'coefficient') {
    const errorPercent = decimal(draft.errorPercent)
    const allowedErrorPercent = decimal(draft.allowedErrorPercent)
    const certificate = draft.certificate.trim()
    if (errorPercent === undefined || allowedErrorPercent === undefined || certificate === '')
      return undefined
    return { kind: 'coefficient', errorPercent, allowedErrorPercent, certificate }
  }
  const factor = decimal(draft.factor)
  const { from, to } = draft
  const agreement = draft.agreement.trim()
  if (factor === undefined || from === '' || to === '') return undefined
  return { kind: 'following-period', from, to, factor, ...(agreement !== '' && { agreement }) }
}
