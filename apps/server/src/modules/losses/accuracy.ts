// How well the meters of a station measure: what the certificate of a meter says, from a day on.

import { sql } from 'kysely'
import { type Actor, ContorError, notFound, type Trx } from '../../platform/index.ts'
import { writeAudit } from '../access/index.ts'
import { loadClasses, type MeterClass } from './facts.ts'
import { lock, markStale, type Why } from './parameters.ts'

export type AccuracyChange = Why & {
  readonly meterClass: string
  /** Absent: connected directly. */
  readonly ctClass?: string | undefined
  readonly vtClass?: string | undefined
}

type Device = 'meter' | 'ct' | 'vt'
const fields: readonly [keyof AccuracyChange, Device][] = [
  ['meterClass', 'meter'],
  ['ctClass', 'ct'],
  ['vtClass', 'vt'],
]

/** Classes that have a limit of error on a day, by device. */
export async function knownClasses(trx: Trx, day: string): Promise<Record<Device, string[]>> {
  const { rows } = await sql<{ device: Device; class: string }>`
    select distinct device, class from contor.accuracy_class where valid_from <= ${day} order by device, class`.execute(
    trx,
  )
  const of = (device: Device) => rows.filter((row) => row.device === device).map((row) => row.class)
  return { meter: of('meter'), ct: of('ct'), vt: of('vt') }
}

/**
 * Records the certificate of the meter that stands at a point on its first day; the balances of the point's station
 * become stale from then on.
 * @throws ContorError 'not-found' for a point; 'invalid-request' for a day without a meter or a class without a limit
 */
export async function recordAccuracy(
  trx: Trx,
  actor: Actor,
  pointId: string,
  change: AccuracyChange,
): Promise<void> {
  const classes = await knownClasses(trx, change.validFrom)
  for (const [field, device] of fields) {
    const value = change[field]
    if (value !== undefined && !classes[device].includes(value))
      throw new ContorError('invalid-request', `Class ${value} has no limit of error`, {
        field,
        value,
        remedy: `Give one of ${classes[device].join(', ')}.`,
      })
  }
  const { rows } = await sql<{ stationId: string | null; meterId: string | null }>`
    select p.station_id::text as "stationId", m.id::text as "meterId" from contor.metering_point p
      left join lateral (
        select m.id from contor.meter m
         where m.metering_point_id = p.id and (m.removed_at is null or m.removed_at >= ${change.validFrom}::date)
         order by (m.removed_at is null), m.id limit 1) m on true
     where p.id = ${pointId}`.execute(trx)
  const [point] = rows
  if (!point) throw notFound('metering point', pointId)
  if (point.meterId === null)
    throw new ContorError('invalid-request', 'No meter stands at the point on that day', {
      field: 'validFrom',
      value: change.validFrom,
      remedy: 'Record the installation of the meter first, or give a day on which it stood there.',
    })
  await lock(trx)
  await sql`
    insert into contor.meter_accuracy (metering_point_id, meter_id, valid_from, revision, meter_class, ct_class, vt_class,
      source, actor, reason)
    select ${pointId}::bigint, ${point.meterId}::bigint, ${change.validFrom}::date, coalesce(max(revision), 0) + 1,
           ${change.meterClass}, ${change.ctClass ?? null}, ${change.vtClass ?? null}, ${change.source}, ${actor.subject}, ${change.reason}
      from contor.meter_accuracy
     where metering_point_id = ${pointId} and meter_id = ${point.meterId} and valid_from = ${change.validFrom}::date`.execute(
    trx,
  )
  await writeAudit(trx, actor, 'losses.accuracy', `point/${pointId}`, { ...change })
  if (point.stationId !== null) await markStale(trx, point.stationId, change.validFrom)
}

/** What counts for a meter on a day, with the name of its point; limits as fractions. */
export type PointAccuracy = Pick<
  MeterClass,
  'meteringPointId' | 'meterClass' | 'ctClass' | 'vtClass' | 'origin' | 'source'
> & {
  readonly pod: string
  readonly name: string
  readonly kind: string
  readonly limit: number
}

/** The meters of a station on a day, its balance meters first. */
export async function accuracyOf(trx: Trx, stationId: string, day: string): Promise<PointAccuracy[]> {
  const { rows } = await sql<{ id: string; pod: string; name: string; kind: string }>`
    select p.id::text as id, p.pod, p.name, p.kind from contor.metering_point p where p.station_id = ${stationId}
     order by p.kind <> 'balance', p.pod`.execute(trx)
  const classes = new Map((await loadClasses(trx, stationId, day)).map((row) => [row.meteringPointId, row]))
  return rows.flatMap(({ id, pod, name, kind }) => {
    const found = classes.get(id)
    if (!found) return []
    const { meteringPointId, meterClass, ctClass, vtClass, origin, source, limitsBp } = found
    const limit = Math.hypot(...limitsBp) / 10_000
    return [{ meteringPointId, pod, name, kind, meterClass, ctClass, vtClass, origin, source, limit }]
  })
}

export type AccuracyVersion = {
  readonly serial: string
  readonly validFrom: string
  readonly revision: number
  readonly meterClass: string
  readonly ctClass: string | null
  readonly vtClass: string | null
  readonly source: string
  readonly actor: string
  readonly reason: string
  readonly recordedAt: string
}

/** Certificates that were recorded for the meters of a point, the newest first. */
export async function accuracyHistory(trx: Trx, pointId: string): Promise<AccuracyVersion[]> {
  const { rows } = await sql<Omit<AccuracyVersion, 'recordedAt'> & { recordedAt: Date }>`
    select m.serial, a.valid_from as "validFrom", a.revision, a.meter_class as "meterClass", a.ct_class as "ctClass",
           a.vt_class as "vtClass", a.source, a.actor, a.reason, a.recorded_at as "recordedAt"
      from contor.meter_accuracy a
      join contor.meter m on m.metering_point_id = a.metering_point_id and m.id = a.meter_id
     where a.metering_point_id = ${pointId} order by a.valid_from desc, a.revision desc`.execute(trx)
  return rows.map((row) => ({ ...row, recordedAt: row.recordedAt.toISOString() }))
}
