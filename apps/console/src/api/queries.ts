import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { ExplainAsked } from '../app/search.ts'
import { addDays, today } from '../format/zone.ts'
import { api, query } from './client.ts'
import type {
  BalanceRow,
  CollectionDay,
  CollectionSummary,
  DayChange,
  DemoAccount,
  Exception,
  ExceptionGroup,
  Explanation,
  GapRow,
  Indexes,
  IntervalColumns,
  LineRow,
  Me,
  MeterEvent,
  MissingPoint,
  Page,
  Person,
  Point,
  PointRow,
  ReadRequest,
  Resolution,
  SessionRow,
  Station,
  TokenRow,
  Trace,
  WorkException,
} from './types.ts'

const minute = 60_000

function pages<T>(key: readonly unknown[], path: (cursor: string | undefined) => string) {
  return infiniteQueryOptions({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => api<Page<T>>(path(pageParam), { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  })
}

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: () => api<Me>('/me'),
  staleTime: 10 * minute,
  retry: false,
})
/** Answers only in a demo installation; any refusal means that there are no demo accounts to offer. */
export const demoQuery = queryOptions({
  queryKey: ['demo'],
  queryFn: () => api<{ accounts: DemoAccount[] }>('/demo').catch(() => ({ accounts: [] as DemoAccount[] })),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
})

export const summaryQuery = (live: boolean) =>
  queryOptions({
    queryKey: ['collection', 'summary'],
    queryFn: ({ signal }) => api<CollectionSummary>('/collection/summary', { signal }),
    // The stream pushes; ask every 5 s only while it is down.
    refetchInterval: live ? false : 5_000,
  })
export const daysQuery = queryOptions({
  queryKey: ['collection', 'days'],
  queryFn: ({ signal }) => api<Page<CollectionDay>>('/collection/days?days=45', { signal }),
  refetchInterval: 20_000,
})
export const missingQuery = (day: string) =>
  pages<MissingPoint>(['collection', 'missing', day], (cursor) => {
    return `/collection/missing${query({ day, limit: 100, cursor })}`
  })
export const sessionsQuery = (live: boolean) =>
  queryOptions({
    queryKey: ['collection', 'sessions'],
    queryFn: ({ signal }) => api<Page<SessionRow>>('/collection/sessions?limit=40', { signal }),
    refetchInterval: live ? 15_000 : 5_000,
  })
export const linesQuery = queryOptions({
  queryKey: ['collection', 'lines'],
  queryFn: ({ signal }) => api<Page<LineRow>>('/collection/lines', { signal }),
  refetchInterval: 10_000,
})
export const gapsQuery = (state: string) =>
  pages<GapRow>(['gaps', state], (cursor) => `/collection/gaps${query({ state, limit: 200, cursor })}`)

export const stationsQuery = queryOptions({
  queryKey: ['stations'],
  queryFn: ({ signal }) => api<Page<Station>>('/stations', { signal }),
  staleTime: minute,
})
export const stationQuery = (id: string) =>
  queryOptions({
    queryKey: ['stations', id],
    queryFn: ({ signal }) => api<Station>(`/stations/${id}`, { signal }),
    staleTime: minute,
  })
export const balanceQuery = (id: string, from: string, to: string, resolution: '1d' | '15m') =>
  queryOptions({
    queryKey: ['stations', id, 'balance', from, to, resolution],
    queryFn: ({ signal }) =>
      api<Page<BalanceRow>>(`/stations/${id}/balance${query({ from, to, resolution })}`, { signal }),
    staleTime: minute,
    placeholderData: keepPreviousData,
  })
export const pointsQuery = (filter: { query?: string; station?: string; state?: string }) =>
  pages<PointRow>(
    ['points', filter],
    (cursor) => `/metering-points${query({ ...filter, limit: 200, cursor })}`,
  )
export const searchQuery = (text: string) =>
  queryOptions({
    queryKey: ['points', 'search', text],
    queryFn: ({ signal }) =>
      api<Page<PointRow>>(`/metering-points${query({ query: text, limit: 8 })}`, { signal }),
    staleTime: minute,
    placeholderData: keepPreviousData,
  })

export const pointQuery = (id: string) =>
  queryOptions({
    queryKey: ['points', id],
    queryFn: ({ signal }) => api<Point>(`/metering-points/${id}`, { signal }),
    staleTime: 15_000,
  })
export const intervalsQuery = (
  id: string,
  channel: string,
  from: string,
  to: string,
  resolution: Resolution,
  knownAt?: string,
) =>
  queryOptions({
    queryKey: ['points', id, 'intervals', channel, from, to, resolution, knownAt],
    queryFn: ({ signal }) =>
      api<IntervalColumns>(
        `/metering-points/${id}/intervals${query({ channel, from, to, resolution, format: 'columns', knownAt })}`,
        { signal },
      ),
    staleTime: minute,
    placeholderData: keepPreviousData,
  })
export const indexesQuery = (id: string) =>
  queryOptions({
    queryKey: ['points', id, 'indexes'],
    queryFn: ({ signal }) =>
      api<Indexes>(`/metering-points/${id}/indexes${query({ from: addDays(today(), -45), to: today() })}`, {
        signal,
      }),
    staleTime: minute,
  })
export const eventsQuery = (id: string) =>
  queryOptions({
    queryKey: ['points', id, 'events'],
    queryFn: ({ signal }) => api<Page<MeterEvent>>(`/metering-points/${id}/events`, { signal }),
    staleTime: minute,
  })
export const exceptionsQuery = (id: string) =>
  queryOptions({
    queryKey: ['points', id, 'exceptions'],
    queryFn: ({ signal }) => api<Page<Exception>>(`/metering-points/${id}/exceptions`, { signal }),
    staleTime: minute,
  })
export const traceQuery = (ref: string, language: string) =>
  queryOptions({
    queryKey: ['trace', ref, language],
    queryFn: ({ signal }) =>
      api<Trace>(`/traces/${encodeURIComponent(ref)}${query({ language })}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
/** The state of a read; asked beside the stream because a stream that ended says nothing more. */
export const readQuery = (id: string | null, running: boolean) =>
  queryOptions({
    queryKey: ['reads', id],
    queryFn: ({ signal }) => api<ReadRequest>(`/reads/${id}`, { signal }),
    enabled: id !== null,
    refetchInterval: running ? 1_500 : false,
  })
export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: ({ signal }) => api<Page<TokenRow>>('/tokens', { signal }),
})
/** Why a span of values is what it is; never kept long: a late value changes it. */
export const explainQuery = ({ pointId, channel, from, to }: ExplainAsked) =>
  queryOptions({
    queryKey: ['points', pointId, 'explain', channel, from, to],
    queryFn: ({ signal }) =>
      api<Explanation>(
        `/metering-points/${pointId}/explain${query({
          channel,
          from: new Date(from).toISOString(),
          to: new Date(to).toISOString(),
        })}`,
        { signal },
      ),
    staleTime: 15_000,
  })

/** The changes of a civil day of a point, oldest first. */
export const versionsQuery = (pointId: string, day: string, channel: string) =>
  queryOptions({
    queryKey: ['points', pointId, 'versions', day, channel],
    queryFn: ({ signal }) =>
      api<Page<DayChange>>(`/metering-points/${pointId}/days/${day}/versions${query({ channel })}`, {
        signal,
      }),
    staleTime: 15_000,
  })

export const exceptionGroupsQuery = (by: string, status: string, assignedTo: string | undefined) =>
  queryOptions({
    queryKey: ['work', 'groups', by, status, assignedTo],
    queryFn: ({ signal }) =>
      api<Page<ExceptionGroup>>(`/exceptions/groups${query({ by, status, assignedTo })}`, { signal }),
    staleTime: 15_000,
    placeholderData: keepPreviousData,
  })
/** Persons that may work on exceptions. */
export const personsQuery = queryOptions({
  queryKey: ['persons'],
  queryFn: ({ signal }) => api<Page<Person>>('/persons', { signal }),
  staleTime: 10 * minute,
})
export const exceptionWorkQuery = (filter: Record<string, string>) =>
  pages<WorkException>(
    ['work', 'list', filter],
    (cursor) => `/exceptions${query({ ...filter, limit: 200, cursor })}`,
  )
