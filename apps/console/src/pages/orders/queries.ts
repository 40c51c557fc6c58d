import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, query } from '../../api/client.ts'
import type { Page } from '../../api/types.ts'
import type { OrdersSearch } from '../../app/search.ts'
import type { Cause, Guard, OrderDetail, OrderRow } from './types.ts'

const liveMs = 3_000

export const ordersQuery = ({ q, state, type }: OrdersSearch) => {
  const filter = {
    limit: 100,
    search: q,
    type,
    ...(state === 'all'
      ? {}
      : state === 'letter'
        ? { toJustify: 'true' }
        : state === undefined
          ? { open: 'true' }
          : { state }),
  }
  return infiniteQueryOptions({
    queryKey: ['orders', 'list', filter],
    queryFn: ({ pageParam, signal }) =>
      api<Page<OrderRow>>(`/orders${query({ ...filter, cursor: pageParam })}`, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: liveMs,
  })
}
export const orderQuery = (id: string) =>
  queryOptions({
    queryKey: ['orders', 'one', id],
    queryFn: ({ signal }) => api<OrderDetail>(`/orders/${id}`, { signal }),
    refetchInterval: ({ state }) => (state.data?.endedAt ? false : liveMs),
  })
export const guardQuery = queryOptions({
  queryKey: ['orders', 'guard'],
  queryFn: ({ signal }) => api<Guard>('/guard', { signal }),
  refetchInterval: liveMs,
})
/** The calendar that orders live by: in the demonstration it may be days ahead of the world. */
export const orderNowQuery = queryOptions({
  queryKey: ['orders', 'now'],
  queryFn: ({ signal }) => api<{ now: string }>('/orders/now', { signal }),
  refetchInterval: 10_000,
})
export const causesQuery = queryOptions({
  queryKey: ['orders', 'causes'],
  queryFn: ({ signal }) => api<Page<Cause>>('/orders/causes', { signal }),
  staleTime: 600_000,
})
