import type { Trx } from '../../platform/index.ts'

export interface StationRow {
  id: string
  code: string
  name: string
  zone: string
  ratedKva: number
  latitude: number | null
  longitude: number | null
  points: number
  meters: number
  commissioned: number
}

/** Stations that the actor sees; the counts are of the points that it sees. */
export async function listStations(trx: Trx, id?: string): Promise<StationRow[]> {
  const rows = await trx
    .selectFrom('station')
    .leftJoin('metering_point as point', 'point.station_id', 'station.id')
    .leftJoin('meter', (join) =>
      join.onRef('meter.metering_point_id', '=', 'point.id').on('meter.removed_at', 'is', null),
    )
    .select([
      'station.id',
      'station.code',
      'station.name',
      'station.zone',
      'station.rated_kva as ratedKva',
      'station.latitude',
      'station.longitude',
    ])
    .select(({ fn }) => [
      fn.count<string>('point.id').as('points'),
      fn.count<string>('meter.id').as('meters'),
      fn.count<string>('meter.id').filterWhere('meter.state', '=', 'commissioned').as('commissioned'),
    ])
    .$if(id !== undefined, (query) => query.where('station.id', '=', id!))
    .groupBy('station.id')
    .orderBy('station.code')
    .limit(1_000)
    .execute()
  return rows.map((row) => ({
    ...row,
    points: Number(row.points),
    meters: Number(row.meters),
    commissioned: Number(row.commissioned),
  }))
}
