import { addDays, civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { decodeCursor, encodeCursor, type Trx } from '../../platform/index.ts'

export interface MeteringPointFilter {
  /** Words of POD, name, address or serial, in any order, without regard to case and diacritics. */
  readonly query?: string | undefined
  readonly station?: string | undefined
  readonly state?: 'installed' | 'commissioned' | 'refused' | 'retired' | 'none' | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

export interface MeteringPointRow {
  id: string
  pod: string
  name: string
  address: string
  kind: string
  prosumer: boolean
  phases: number
  approvedPowerW: number
  readingMode: string
  supplier: string | null
  stationId: string
  meterId: string | null
  serial: string | null
  meterState: string | null
  relayState: 'connected' | 'disconnected' | 'ready' | null
  lastSeenAt: string | null
  /** Share of yesterday's quarter-hours that are there, 0…1; null without a meter. */
  yesterdayRate: number | null
  openExceptions: number
}

const MAX_WORDS = 8

/** Points by POD. Day blocks and exceptions are read by plain join: a list of 500 points is one query. */
export async function listMeteringPoints(
  trx: Trx,
  filter: MeteringPointFilter,
): Promise<{ items: MeteringPointRow[]; nextCursor: string | null }> {
  const after = decodeCursor(filter.cursor, 1)
  const rows = await selectPoints(trx)
    .$if(after !== undefined, (query) => query.where('point.pod', '>', String(after?.[0])))
    .$if(filter.station !== undefined, (query) => query.where('point.station_id', '=', filter.station!))
    .$if(filter.state === 'none', (query) => query.where('meter.id', 'is', null))
    .$if(filter.state !== undefined && filter.state !== 'none', (query) =>
      query.where('meter.state', '=', filter.state as 'installed'),
    )
    .$if(Boolean(filter.query?.trim()), (query) =>
      query.where((where) =>
        where.and(
          words(filter.query!).map((word) => {
            const pattern = `%${word.replace(/[\\%_]/g, '\\$&')}%`
            return sql<boolean>`(point.search like contor.fold(${pattern}) or lower(meter.serial) like lower(${pattern}))`
          }),
        ),
      ),
    )
    .orderBy('point.pod')
    .limit(filter.limit + 1)
    .execute()
  const items = rows.slice(0, filter.limit).map(toRow)
  const last = items.at(-1)
  return { items, nextCursor: rows.length > filter.limit && last ? encodeCursor([last.pod]) : null }
}

/** @returns undefined when there is none, or none that the actor may see */
export async function findMeteringPoint(trx: Trx, id: string): Promise<MeteringPointRow | undefined> {
  const row = await selectPoints(trx).where('point.id', '=', id).executeTakeFirst()
  return row && toRow(row)
}

function words(query: string): string[] {
  return query.trim().split(/\s+/).slice(0, MAX_WORDS)
}

function selectPoints(trx: Trx) {
  const yesterday = addDays(civilDayOf(Date.now()), -1)
  return trx
    .selectFrom('metering_point as point')
    .leftJoin('meter', (join) =>
      join.onRef('meter.metering_point_id', '=', 'point.id').on('meter.removed_at', 'is', null),
    )
    .leftJoin('day_block as block', (join) =>
      join.onRef('block.metering_point_id', '=', 'point.id').on('block.day', '=', yesterday),
    )
    .select([
      'point.id',
      'point.pod',
      'point.name',
      'point.address',
      'point.kind',
      'point.prosumer',
      'point.phases',
      'point.approved_power_w',
      'point.reading_mode',
      'point.supplier',
      'point.station_id',
      'meter.id as meter_id',
      'meter.serial',
      'meter.state',
      'meter.relay_control',
      'meter.last_seen_at',
      'block.present',
      'block.slots',
    ])
    .select((select) =>
      select
        .selectFrom('validation_exception as open')
        .select(({ fn }) => fn.countAll<string>().as('count'))
        .whereRef('open.metering_point_id', '=', 'point.id')
        .where('open.status', '=', 'open')
        .as('open_exceptions'),
    )
}

type Selected = Awaited<ReturnType<ReturnType<typeof selectPoints>['execute']>>[number]

// control_state of class 70 (Blue Book 4.5.8)
const relayStates = ['disconnected', 'connected', 'ready'] as const

function toRow(row: Selected): MeteringPointRow {
  return {
    id: row.id,
    pod: row.pod,
    name: row.name,
    address: row.address,
    kind: row.kind,
    prosumer: row.prosumer,
    phases: row.phases,
    approvedPowerW: row.approved_power_w,
    readingMode: row.reading_mode,
    supplier: row.supplier,
    stationId: row.station_id,
    meterId: row.meter_id,
    serial: row.serial,
    meterState: row.state,
    relayState: row.relay_control === null ? null : (relayStates[row.relay_control] ?? null),
    lastSeenAt: row.last_seen_at?.toISOString() ?? null,
    yesterdayRate: row.meter_id === null ? null : row.slots ? (row.present ?? 0) / row.slots : 0,
    openExceptions: Number(row.open_exceptions ?? 0),
  }
}
