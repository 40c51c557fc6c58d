// Which ways, which calendar: the versions in force for a point.

import type { MethodSetting } from '@contor/vee'
import { sql } from 'kysely'
import { notFound, type Trx } from '../../platform/index.ts'

/** A point as estimation sees it. */
export type EstimationPoint = {
  readonly id: string
  readonly pod: string
  readonly name: string
  readonly address: string
  readonly kind: 'household' | 'business' | 'public' | 'balance'
  readonly prosumer: boolean
  readonly approvedPowerW: number
  readonly stationId: string
  readonly readingMode: string
  readonly modelId: string | null
}

/** @throws ContorError 'not-found' also for a point that the actor may not see */
export async function loadPoint(trx: Trx, id: string): Promise<EstimationPoint> {
  const { rows } = await sql<EstimationPoint>`
    select p.id, p.pod, p.name, p.address, p.kind, p.prosumer, p.approved_power_w as "approvedPowerW",
           p.station_id as "stationId", p.reading_mode as "readingMode",
           (select m.model_id from contor.meter m where m.metering_point_id = p.id order by m.installed_at desc, m.id desc limit 1) as "modelId"
      from contor.metering_point p where p.id = ${id}`.execute(trx)
  const [point] = rows
  if (!point) throw notFound('metering point', id)
  return point
}

/** Ways in the order in which they are tried, with their version. */
export type EstimationOrder = {
  readonly version: number
  readonly ways: readonly MethodSetting[]
  readonly parameters: { readonly toleranceWh: number; readonly capacityWh: number | null }
}

type Grouped = { readonly applies_to: Readonly<Record<string, string>> }

// The group that names most things wins; rows come newest first.
function mostSpecific<T extends Grouped>(rows: readonly T[], point: EstimationPoint): T | undefined {
  const facts: Readonly<Record<string, string | null>> = {
    segment: point.kind,
    modelId: point.modelId,
    readingMode: point.readingMode,
    stationId: point.stationId,
  }
  let best: T | undefined
  for (const row of rows) {
    const named = Object.entries(row.applies_to)
    if (!named.every(([key, value]) => facts[key] === value)) continue
    if (!best || named.length > Object.keys(best.applies_to).length) best = row
  }
  return best
}

export async function loadOrder(trx: Trx, point: EstimationPoint): Promise<EstimationOrder> {
  const { rows } = await sql<EstimationOrder & Grouped>`
    select version, applies_to, ways, parameters from contor.estimation_order
     where valid_from <= now() order by version desc`.execute(trx)
  const found = mostSpecific(rows, point)
  if (!found) throw new Error('no order of estimation applies to every point')
  return { version: found.version, ways: found.ways, parameters: found.parameters }
}
