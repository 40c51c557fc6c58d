import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, query } from '../../api/client.ts'
import type { Me, Page } from '../../api/types.ts'
import type { Edit, EditDetail, EditPreview } from './types.ts'

/** The newest hundred edits of a point. */
export const editsQuery = (meteringPointId: string) =>
  queryOptions({
    queryKey: ['points', meteringPointId, 'edits'],
    queryFn: ({ signal }) => api<Page<Edit>>(`/edits${query({ meteringPointId, limit: 100 })}`, { signal }),
  })

/** Edits of every point that this person sees, newest first. */
export const allEditsQuery = (state: Edit['state']) =>
  infiniteQueryOptions({
    queryKey: ['edits', state],
    queryFn: ({ pageParam, signal }) =>
      api<Page<Edit>>(`/edits${query({ state, limit: 50, cursor: pageParam })}`, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  })

export const editQuery = (id: string) =>
  queryOptions({
    queryKey: ['edit', id],
    queryFn: ({ signal }) => api<EditDetail>(`/edits/${id}`, { signal }),
  })

/** What a waiting edit would do now. */
export const editEffectQuery = (id: string) =>
  queryOptions({
    queryKey: ['edit', id, 'effect'],
    queryFn: ({ signal }) => api<EditPreview>(`/edits/${id}/effect`, { signal }),
    retry: false,
  })

/** Whether the server will let this person edit, or decide on the edits of others. */
export const mayChange = (me: Me | undefined, permission: 'edit' | 'approve-edit'): boolean =>
  ((me?.permissions ?? []) as readonly string[]).includes(permission)
