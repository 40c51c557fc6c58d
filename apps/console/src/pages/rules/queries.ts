import { queryOptions } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import type { Page } from '../../api/types.ts'
import { addDays, today } from '../../format/zone.ts'
import type { RuleVersion, Trial, TrialRequest } from './types.ts'

export const rulesQuery = queryOptions({
  queryKey: ['rules'],
  queryFn: ({ signal }) => api<Page<RuleVersion>>('/validation/rules', { signal }),
  staleTime: 15_000,
})

export const tryRule = (request: TrialRequest, signal?: AbortSignal) =>
  api<Trial>('/validation/rules:trial', {
    method: 'POST',
    body: request,
    ...(signal ? { signal } : {}),
  })

/** The two weeks that a trial looks at when nobody says otherwise. */
export const usualTrial = () => ({ from: addDays(today(), -14), to: addDays(today(), -1) })
