import { query, toApiError } from '../../api/client.ts'
import type { exportFormats, exportResolutions, exportSets } from './types.ts'

export type ExportChoice = {
  set: (typeof exportSets)[number]
  /** Name of the supplier, id of the station, or codes of points. */
  of: string
  from: string
  to: string
  channels: string[]
  resolution: (typeof exportResolutions)[number]
  format: (typeof exportFormats)[number]
  layout: 'channels' | 'wide'
  unit: 'kWh' | 'Wh'
  locale: 'ro' | 'en'
}

/** The address that answers with the chosen file. */
export function exportPath(choice: ExportChoice): string {
  const { set, of, from, to, resolution, format } = choice
  const table = ['csv', 'txt', 'xlsx'].includes(format)
  const codes = of.split(/[\s,;]+/).filter((code) => code !== '')
  return `/api/readings.${format}${query({
    supplier: set === 'supplier' ? of : undefined,
    station: set === 'station' ? of : undefined,
    pods: set === 'pods' ? codes.join(',') : undefined,
    from,
    to,
    channel: choice.channels.join(','),
    resolution,
    layout: table && resolution === '15m' ? choice.layout : undefined,
    unit: table ? choice.unit : undefined,
    locale: table ? choice.locale : undefined,
  })}`
}

/**
 * Asks whether the file can be written, and of how many points; its bytes are left to the download.
 * @throws ApiError when it cannot
 */
export async function countPoints(path: string): Promise<number> {
  const stop = new AbortController()
  const response = await fetch(path, { credentials: 'same-origin', signal: stop.signal })
  if (!response.ok) throw toApiError(response.status, await response.json().catch(() => undefined))
  const points = Number(response.headers.get('x-points') ?? 0)
  stop.abort()
  return points
}
