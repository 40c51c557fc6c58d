import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, query } from '../../api/client.ts'
import type { Page } from '../../api/types.ts'
import type { Message, MessageFilter, Subscription } from './types.ts'

export const messagesQuery = (filter: MessageFilter) =>
  infiniteQueryOptions({
    queryKey: ['messages', filter],
    queryFn: ({ signal, pageParam }) =>
      api<Page<Message>>(
        `/messages${query({
          limit: 50,
          cursor: pageParam,
          ...(filter === 'waiting' && { acknowledged: 'false' }),
          ...(filter === 'failed' && { failed: 'true' }),
        })}`,
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    refetchInterval: 15_000,
  })

export const subscriptionsQuery = queryOptions({
  queryKey: ['message-subscriptions'],
  queryFn: ({ signal }) => api<Page<Subscription>>('/message-subscriptions', { signal }),
})
