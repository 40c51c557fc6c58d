import { queryOptions } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import type { Page } from '../../api/types.ts'
import type { ProfileCurve, ProfileVersion, SumCurve, VirtualVersion } from './types.ts'

/** Path of a sum below /api; also what a program would ask. */
export function sumPath(
  question: Readonly<Record<string, string | undefined>>,
  form: 'curve' | 'curve.csv',
): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(question)) if (value) query.set(name, value)
  return `/aggregates/${form}?${query}`
}

export const sumQuery = (path: string | undefined) =>
  queryOptions({
    queryKey: ['sum', path],
    queryFn: ({ signal }) => api<SumCurve>(path ?? '', { signal }),
    enabled: path !== undefined,
    retry: false,
  })

export const virtualMetersQuery = queryOptions({
  queryKey: ['virtual-meters'],
  queryFn: ({ signal }) => api<Page<VirtualVersion>>('/virtual-meters', { signal }),
})

export const profilesQuery = queryOptions({
  queryKey: ['profiles'],
  queryFn: ({ signal }) => api<Page<ProfileVersion>>('/profiles', { signal }),
})

export const profileCurveQuery = (code: string, version: number, from: string, to: string) =>
  queryOptions({
    queryKey: ['profile-curve', code, version, from, to],
    queryFn: ({ signal }) =>
      api<ProfileCurve>(`/profiles/${code}/curve?version=${version}&from=${from}&to=${to}`, { signal }),
  })
