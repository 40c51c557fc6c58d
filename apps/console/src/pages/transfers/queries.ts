import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, query } from '../../api/client.ts'
import type { Page } from '../../api/types.ts'
import { type ImportFile, isRunning, type Job, type Reject } from './types.ts'

export const importsQuery = queryOptions({
  queryKey: ['imports', 'list'],
  queryFn: ({ signal }) => api<Page<ImportFile>>('/imports', { signal }),
  refetchInterval: ({ state }) => (state.data?.items.some(isRunning) ? 1_500 : 15_000),
})
export const importQuery = (id: string) =>
  queryOptions({
    queryKey: ['imports', 'one', id],
    queryFn: ({ signal }) => api<ImportFile>(`/imports/${id}`, { signal }),
    refetchInterval: ({ state }) => (isRunning(state.data) ? 1_000 : false),
  })
export const jobQuery = (id: string | null, running: boolean) =>
  queryOptions({
    queryKey: ['imports', 'job', id],
    queryFn: ({ signal }) => api<Job>(`/jobs/${id}`, { signal }),
    enabled: id !== null && running,
    refetchInterval: running ? 1_000 : false,
  })
/** Rejected lines in the order of the file; asked anew as their number grows. */
export const rejectsQuery = (id: string, rejected: number) =>
  infiniteQueryOptions({
    queryKey: ['imports', 'rejects', id, rejected],
    queryFn: ({ pageParam, signal }) =>
      api<Page<Reject>>(`/imports/${id}/rejects${query({ limit: 200, cursor: pageParam })}`, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    enabled: rejected > 0,
  })
export const suppliersQuery = queryOptions({
  queryKey: ['suppliers'],
  queryFn: ({ signal }) => api<Page<{ supplier: string; points: number }>>('/suppliers', { signal }),
  staleTime: 60_000,
})
