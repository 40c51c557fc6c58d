import { sql } from 'kysely'
import { ContorError, type KeyRing, type Trx } from '../../platform/index.ts'
import type { InstallationList, InstalledMeter, InstalledPoint } from './installation.ts'
import { storeMeterKey } from './keys.ts'

export interface ImportResult {
  readonly stationId: string
  readonly points: number
  readonly meters: number
}

/**
 * Brings an installation list into the network: station, lines, points, meters, wrapped keys, counters
 * and the first task of each meter. Repeatable: rows are found by code, POD and serial.
 * What meters told us (state, relay, clock) and existing keys, counters and tasks are never touched.
 * @throws ContorError 'invalid-request' when a meter names an unknown line
 */
export async function importNetwork(trx: Trx, ring: KeyRing, list: InstallationList): Promise<ImportResult> {
  const stationId = await importStation(trx, list.station)
  const lines = new Map<string, string>()
  for (const line of list.lines) {
    const row = { code: line.code, kind: line.kind, station_id: stationId, max_sessions: line.maxSessions }
    const { id } = await trx
      .insertInto('line')
      .values(row)
      .onConflict((conflict) => conflict.column('code').doUpdateSet(row))
      .returning('id')
      .executeTakeFirstOrThrow()
    lines.set(line.code, id)
  }
  let meters = 0
  for (const point of list.points) {
    const pointId = await importPoint(trx, stationId, point)
    if (!point.meter) continue
    const lineId = lines.get(point.meter.line)
    if (lineId === undefined)
      throw new ContorError('invalid-request', `Meter ${point.meter.serial} is on an unknown line`, {
        field: 'line',
        value: point.meter.line,
        remedy: 'List the line, or correct its code.',
      })
    await installMeter(trx, ring, pointId, lineId, point.meter)
    meters++
  }
  return { stationId, points: list.points.length, meters }
}

async function importStation(trx: Trx, station: InstallationList['station']): Promise<string> {
  const row = {
    code: station.code,
    name: station.name,
    zone: station.zone,
    rated_kva: station.ratedKva,
    latitude: station.latitude ?? null,
    longitude: station.longitude ?? null,
  }
  const { id } = await trx
    .insertInto('station')
    .values(row)
    .onConflict((conflict) => conflict.column('code').doUpdateSet(row))
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

async function importPoint(trx: Trx, stationId: string, point: InstalledPoint): Promise<string> {
  const row = {
    pod: point.pod,
    name: point.name,
    address: point.address,
    kind: point.kind,
    prosumer: point.prosumer,
    phases: point.phases,
    approved_power_w: point.approvedPowerW,
    station_id: stationId,
    feeder: point.feeder ?? null,
    supplier: point.supplier ?? null,
    customer: point.customer ?? null,
    reading_mode: point.readingMode,
  }
  const id = await pointOf(trx, point.pod, stationId)
  await trx
    .insertInto('metering_point')
    .values({ id, ...row })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute()
  for (const subject of [
    point.supplier && `supplier:${point.supplier}`,
    point.customer && `customer:${point.customer}`,
  ])
    if (subject)
      await trx
        .insertInto('access_grant')
        .values({ subject, metering_point_id: id })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
  return id
}

/** Brings a meter to its point with its keys, its counter and its first task. @returns its id */
export async function installMeter(
  trx: Trx,
  ring: KeyRing,
  pointId: string,
  lineId: string,
  meter: InstalledMeter,
): Promise<string> {
  const row = {
    metering_point_id: pointId,
    serial: meter.serial,
    system_title: Buffer.from(meter.systemTitle),
    manufacturer: meter.manufacturer,
    model: meter.model,
    line_id: lineId,
    host: meter.host,
    port: meter.port,
    client_address: meter.clientAddress ?? 1,
    server_address: meter.serverAddress ?? 1,
    transport: meter.transport ?? 'wrapper',
    physical_address: meter.physicalAddress ?? null,
    security_suite: meter.suite ?? 0,
    referencing: meter.referencing ?? 'logical-name',
    model_id: meter.modelId ?? 'contor-neighbourhood',
  }
  const id = await meterOf(trx, pointId, meter.serial)
  await trx
    .insertInto('meter')
    .values({ id, ...row })
    .onConflict((conflict) => conflict.columns(['metering_point_id', 'id']).doUpdateSet(row))
    .execute()
  const owner = { meter_id: id, metering_point_id: pointId }
  for (const kind of ['encryption', 'authentication', 'password'] as const) {
    const secret = meter.keys[kind]
    if (secret) await storeMeterKey(trx, ring, { meterId: id, meteringPointId: pointId, kind, secret })
  }
  for (const table of ['invocation_counter', 'meter_task'] as const)
    await trx
      .insertInto(table)
      .values(owner)
      .onConflict((conflict) => conflict.columns(['metering_point_id', 'meter_id']).doNothing())
      .execute()
  return id
}

/** The number of the point with this code; a code seen for the first time gets the next one. */
async function pointOf(trx: Trx, pod: string, stationId: string): Promise<string> {
  const station = { station_id: stationId }
  const known = () =>
    trx
      .updateTable('point_code')
      .set(station)
      .where('pod', '=', pod)
      .returning('metering_point_id as id')
      .executeTakeFirst()
  const found = await known()
  if (found) return found.id
  const { rows } = await sql<{ id: string }>`select nextval('contor.metering_point_id_seq') as id`.execute(
    trx,
  )
  await trx
    .insertInto('point_code')
    .values({ pod, metering_point_id: rows[0].id, ...station })
    .onConflict((conflict) => conflict.column('pod').doNothing())
    .execute()
  // Two imports of one code at the same time: the one that wrote it first gives the number.
  return (await known())?.id ?? rows[0].id
}

/**
 * The number of the meter with this serial.
 * @throws ContorError 'conflict' when the serial stands at another point: that is an exchange, not an import
 */
async function meterOf(trx: Trx, pointId: string, serial: string): Promise<string> {
  const known = () =>
    trx.selectFrom('meter_serial').selectAll().where('serial', '=', serial).executeTakeFirst()
  let found = await known()
  if (!found) {
    const { rows } = await sql<{ id: string }>`select nextval('contor.meter_id_seq') as id`.execute(trx)
    await trx
      .insertInto('meter_serial')
      .values({ serial, meter_id: rows[0].id, metering_point_id: pointId })
      .onConflict((conflict) => conflict.column('serial').doNothing())
      .execute()
    found = await known()
  }
  if (found?.metering_point_id !== pointId)
    throw new ContorError('conflict', `Meter ${serial} stands at another metering point`, {
      field: 'serial',
      value: serial,
      remedy: 'Correct the serial, or record the removal from the other point first.',
    })
  return found.meter_id
}
