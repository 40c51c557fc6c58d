import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, query } from '../../api/client.ts'
import type { Page } from '../../api/types.ts'
import type { PowerSearch } from '../../app/search.ts'
import type { PointPower, PowerCase, PowerCaseDetail } from './types.ts'

const liveMs = 3_000

export const casesQuery = ({ q, state, kind }: PowerSearch) => {
  const filter = {
    limit: 100,
    search: q,
    kind,
    ...(state === 'all' ? {} : state === undefined ? { open: 'true' } : { state }),
  }
  return infiniteQueryOptions({
    queryKey: ['power', 'list', filter],
    queryFn: ({ pageParam, signal }) =>
      api<Page<PowerCase>>(`/power-cases${query({ ...filter, cursor: pageParam })}`, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: liveMs,
  })
}
export const caseQuery = (id: string) =>
  queryOptions({
    queryKey: ['power', 'one', id],
    queryFn: ({ signal }) => api<PowerCaseDetail>(`/power-cases/${id}`, { signal }),
    refetchInterval: ({ state }) => (state.data?.closedAt ? false : liveMs),
  })
export const pointPowerQuery = (pod: string) =>
  queryOptions({
    queryKey: ['power', 'point', pod],
    queryFn: ({ signal }) => api<PointPower>(`/points/${encodeURIComponent(pod)}/power`, { signal }),
    refetchInterval: liveMs * 5,
  })
