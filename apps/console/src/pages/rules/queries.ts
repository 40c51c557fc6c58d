import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import type { Page } from '../../api/types.ts'
import { addDays, today } from '../../format/zone.ts'
import {
  type AppliedRule,
  type GroupChoices,
  isRunning,
  type RuleVersion,
  type Trial,
  type TrialKind,
  type TrialPoint,
  type TrialRequest,
  type TrialRun,
} from './types.ts'

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

export const beginTrial = (request: TrialRequest) =>
  api<TrialRun>('/validation/trials', { method: 'POST', body: request })

export const trialsQuery = (rule: string) =>
  queryOptions({
    queryKey: ['rules', 'trials', 'of', rule],
    queryFn: ({ signal }) =>
      api<Page<TrialRun>>(`/validation/trials?rule=${encodeURIComponent(rule)}`, { signal }),
    refetchInterval: (query) => (query.state.data?.items.some(isRunning) ? 3_000 : false),
  })
export const trialQuery = (id: string) =>
  queryOptions({
    queryKey: ['rules', 'trials', id],
    queryFn: ({ signal }) => api<TrialRun>(`/validation/trials/${id}`, { signal }),
    refetchInterval: (query) => (query.state.data && isRunning(query.state.data) ? 1_000 : false),
  })
/** @param count of the list, so that one that has grown is read again */
export const trialPointsQuery = (id: string, kind: TrialKind, count: number) =>
  infiniteQueryOptions({
    queryKey: ['rules', 'trials', id, kind, count],
    queryFn: ({ pageParam, signal }) =>
      api<Page<TrialPoint>>(
        `/validation/trials/${id}/points?kind=${kind}&limit=200${pageParam ? `&cursor=${pageParam}` : ''}`,
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  })

/** The two weeks that a trial looks at when nobody says otherwise. */
export const usualTrial = () => ({ from: addDays(today(), -14), to: addDays(today(), -1) })
