import { queryOptions } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import type { Page } from '../../api/types.ts'
import { addDays, today } from '../../format/zone.ts'
import type { AppliedRule, GroupChoices, RuleVersion, Trial, TrialRequest } from './types.ts'

export const rulesQuery = queryOptions({
  queryKey: ['rules'],
  queryFn: ({ signal }) => api<Page<RuleVersion>>('/validation/rules', { signal }),
  staleTime: 15_000,
})

/** What a rule may be for, as the network has it. */
export const groupChoicesQuery = queryOptions({
  queryKey: ['rules', 'groups'],
  queryFn: ({ signal }) => api<GroupChoices>('/validation/groups', { signal }),
  staleTime: 300_000,
})

export const pointRulesQuery = (id: string) =>
  queryOptions({
    queryKey: ['rules', 'point', id],
    queryFn: ({ signal }) => api<Page<AppliedRule>>(`/metering-points/${id}/rules`, { signal }),
    staleTime: 60_000,
  })

export const tryRule = (request: TrialRequest, signal?: AbortSignal) =>
  api<Trial>('/validation/rules:trial', {
    method: 'POST',
    body: request,
    ...(signal ? { signal } : {}),
  })

/** The two weeks that a trial looks at when nobody says otherwise. */
export const usualTrial = () => ({ from: addDays(today(), -14), to: addDays(today(), -1) })
