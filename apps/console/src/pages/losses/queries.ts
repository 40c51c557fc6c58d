import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query'
import { api, query } from '../../api/client.ts'
import type { LossesSearch } from '../../app/search.ts'
import { addDays, today } from '../../format/zone.ts'
import type { RankingPage } from './types.ts'

/** Today is not over, so a period ends with yesterday unless somebody asks otherwise. */
export function periodOf({ from, to }: LossesSearch): { from: string; to: string } {
  const last = to ?? addDays(today(), -1)
  return { from: from ?? addDays(last, -6), to: last }
}

const filterOf = (search: LossesSearch) => ({
  ...periodOf(search),
  level: search.level,
  verdict: search.verdict,
  search: search.q,
  sort: search.sort ?? 'z',
  order: search.asc ? 'asc' : 'desc',
})

export const rankingQuery = (search: LossesSearch) => {
  const filter = filterOf(search)
  return infiniteQueryOptions({
    queryKey: ['balances', filter],
    queryFn: ({ pageParam, signal }) =>
      api<RankingPage>(`/balances${query({ ...filter, limit: 100, cursor: pageParam })}`, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })
}

/** The address of the whole list as a file. */
export const rankingFile = (search: LossesSearch) => `/api/balances.csv${query(filterOf(search))}`
