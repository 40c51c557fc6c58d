import { queryOptions } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import type { Member, Rehearsal, Run, RunReport, Tranche } from './types.ts'

const liveMs = 3_000

export const tranchesQuery = queryOptions({
  queryKey: ['tranches', 'list'],
  queryFn: ({ signal }) => api<{ items: (Tranche & { members: number })[] }>('/tranches', { signal }),
  refetchInterval: liveMs * 5,
})
export const runsQuery = queryOptions({
  queryKey: ['tranches', 'runs'],
  queryFn: ({ signal }) => api<{ items: Run[] }>('/limitation-runs', { signal }),
  refetchInterval: liveMs,
})
export const trancheQuery = (code: string, version: number | undefined) =>
  queryOptions({
    queryKey: ['tranches', 'one', code, version],
    queryFn: ({ signal }) =>
      api<{ tranche: Tranche; members: Member[]; runs: Run[] }>(
        `/tranches/${encodeURIComponent(code)}${version === undefined ? '' : `?version=${version}`}`,
        { signal },
      ),
    refetchInterval: liveMs * 5,
  })
export const rehearsalQuery = (code: string) =>
  queryOptions({
    queryKey: ['tranches', 'rehearsal', code],
    queryFn: ({ signal }) => api<Rehearsal>(`/tranches/${encodeURIComponent(code)}/rehearsal`, { signal }),
    refetchInterval: liveMs * 5,
  })
export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['tranches', 'run', id],
    queryFn: ({ signal }) => api<RunReport>(`/limitation-runs/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: liveMs,
  })
