import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, query } from '../../api/client.ts'
import type { Page } from '../../api/types.ts'
import type { Availability, Delivery, DeliveryWindow, Recipient } from './types.ts'

const liveMs = 15_000

export const recipientsQuery = queryOptions({
  queryKey: ['deliveries', 'recipients'],
  queryFn: ({ signal }) => api<Page<Recipient>>('/deliveries/recipients', { signal }),
  staleTime: 15_000,
})
export const deliveriesQuery = (from: string, to: string) =>
  queryOptions({
    queryKey: ['deliveries', 'list', from, to],
    queryFn: ({ signal }) => api<Page<Delivery>>(`/deliveries${query({ from, to })}`, { signal }),
    refetchInterval: ({ state }) =>
      state.data?.items.some((one) => one.state === 'due' || one.state === 'sending') ? 3_000 : liveMs,
    placeholderData: keepPreviousData,
  })
export const availabilityQuery = (from: string, to: string) =>
  queryOptions({
    queryKey: ['deliveries', 'availability', from, to],
    queryFn: ({ signal }) =>
      api<Page<Availability>>(`/deliveries/availability${query({ from, to })}`, { signal }),
    refetchInterval: liveMs * 4,
    placeholderData: keepPreviousData,
  })
export const windowQuery = (day: string) =>
  queryOptions({
    queryKey: ['deliveries', 'window', day],
    queryFn: ({ signal }) => api<DeliveryWindow>(`/deliveries/window${query({ day })}`, { signal }),
    refetchInterval: liveMs * 2,
    placeholderData: keepPreviousData,
  })
