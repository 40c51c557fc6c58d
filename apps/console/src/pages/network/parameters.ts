import { queryOptions } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import type { Page } from '../../api/types.ts'

type Version = {
  validFrom: string
  revision: number
  source: string
  actor: string
  actorName: string | null
  reason: string
  recordedAt: string
}
export type MeteringVersion = Version & {
  side: 'lv' | 'mv'
  transformerClass: string | null
  noLoadW: number | null
  loadW: number | null
  ownUseW: number
  /** Fractions. */
  tolerance: number
  powerFactor: number
}
export type LineVersion = Version & { feeder: string; k: number; error: number; origin: string }
export type AccuracyVersion = Version & {
  serial: string
  meterClass: string
  ctClass: string | null
  vtClass: string | null
}
export type StationParameters = {
  metering: MeteringVersion[]
  lines: LineVersion[]
  transformerClasses: { class: string; noLoadW: number; loadW: number }[]
}
export type PointAccuracy = {
  meteringPointId: string
  pod: string
  name: string
  kind: string
  meterClass: string
  ctClass: string | null
  vtClass: string | null
  origin: 'certificate' | 'installation' | 'default'
  source: string
  /** Limit of the relative error, a fraction. */
  limit: number
}
export type StationAccuracy = {
  items: PointAccuracy[]
  classes: { meter: string[]; ct: string[]; vt: string[] }
}
export type LineFit = { fit: { k: number; error: number; days: number } | null }

export const parametersQuery = (id: string) =>
  queryOptions({
    queryKey: ['stations', id, 'loss-parameters'],
    queryFn: ({ signal }) => api<StationParameters>(`/stations/${id}/loss-parameters`, { signal }),
  })
export const accuracyQuery = (id: string) =>
  queryOptions({
    queryKey: ['stations', id, 'accuracy'],
    queryFn: ({ signal }) => api<StationAccuracy>(`/stations/${id}/accuracy`, { signal }),
  })
export const pointAccuracyQuery = (id: string) =>
  queryOptions({
    queryKey: ['points', id, 'accuracy'],
    queryFn: ({ signal }) => api<Page<AccuracyVersion>>(`/metering-points/${id}/accuracy`, { signal }),
  })

/** k is stored per Wh; people read and write it per MWh. */
export const perMwh = 1e6

/** @returns undefined for what is not a number; a comma stands for the point, as in Romanian */
export function numberOf(text: string): number | undefined {
  const value = Number(text.trim().replace(',', '.'))
  return text.trim() === '' || !Number.isFinite(value) ? undefined : value
}

export type Values = Record<string, string>
/** Field → key of what is wrong with it. */
export type Problems = Record<string, string>

const watts = (text: string, least: number) => {
  const value = numberOf(text)
  return value !== undefined && Number.isInteger(value) && value >= least && value <= 1_000_000
}

/** What a person must mend before a record can be sent. */
export function problemsOf(values: Values): Problems {
  const found: Problems = {}
  const wrong = (field: string, problem: string) => {
    found[field] = problem
  }
  if (!/^\d{4}-\d{2}-\d{2}$/.test(values['validFrom'] ?? '')) wrong('validFrom', 'day')
  for (const field of ['source', 'reason']) if ((values[field] ?? '').trim().length < 3) wrong(field, 'short')
  for (const field of ['noLoadW', 'loadW'])
    if (values[field] && !watts(values[field], 1)) wrong(field, 'watts')
  if (values['ownUseW'] && !watts(values['ownUseW'], 0)) wrong('ownUseW', 'watts')
  if (Boolean(values['noLoadW']) !== Boolean(values['loadW']))
    wrong(values['noLoadW'] ? 'loadW' : 'noLoadW', 'both')
  if (values['side'] === 'mv' && !values['transformerClass'] && !values['noLoadW'])
    wrong('transformerClass', 'transformer')
  for (const [field, least, most] of [
    ['tolerance', 0, 100],
    ['powerFactor', 0.1, 1],
    ['k', 0, 1e6],
    ['error', 0, 1e6],
  ] as const) {
    if (values[field] === undefined) continue
    const value = numberOf(values[field])
    if (value === undefined || value < least || value > most) wrong(field, field)
  }
  return found
}
