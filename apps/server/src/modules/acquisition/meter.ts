// What a session needs to know of its meter, and where it is.

import { sql } from 'kysely'
import type { KeyRing, Trx } from '../../platform/index.ts'
import { getMeterKeys, type MeterKeys, type MeterRef } from '../network/index.ts'
import type { Target } from './drivers/transport.ts'

export type SessionMeter = {
  readonly meterId: string
  readonly meteringPointId: string
  readonly lineId: string
  readonly serial: string
  readonly manufacturer: string
  readonly systemTitle: Buffer
  readonly host: string
  readonly port: number
  readonly clientAddress: number
  readonly serverAddress: number
  readonly transport: 'wrapper' | 'hdlc' | 'udp-wrapper'
  readonly physicalAddress: number | null
  readonly suite: 0 | 1 | 2
  readonly referencing: 'logical-name' | 'short-name'
  readonly modelId: string
  readonly state: 'installed' | 'commissioned' | 'refused' | 'retired'
  readonly approvedPowerW: number
  readonly phases: 1 | 3
  readonly kind: string
  readonly producer: boolean
  readonly readingMode: string
  readonly stationId: string
  /** As last seen. */
  readonly relayOutput: boolean | null
  readonly limiterThresholdW: number | null
  readonly failures: number
  readonly serverFloor: number
  readonly keys: MeterKeys
}

export async function loadSessionMeter(
  trx: Trx,
  ring: KeyRing,
  of: MeterRef,
): Promise<SessionMeter | undefined> {
  const { rows } = await sql<Omit<SessionMeter, 'keys' | 'serverFloor'> & { serverFloor: string | null }>`
    select m.id as "meterId", m.metering_point_id as "meteringPointId", m.line_id as "lineId", m.serial, m.manufacturer,
           m.system_title as "systemTitle", m.host, m.port, m.client_address as "clientAddress",
           m.server_address as "serverAddress", m.transport, m.physical_address as "physicalAddress",
           m.security_suite as suite, m.referencing, m.model_id as "modelId", m.state, p.approved_power_w as "approvedPowerW", p.phases, p.kind,
           p.prosumer or p.kind = 'balance' as producer, p.reading_mode as "readingMode", p.station_id as "stationId",
           m.relay_output as "relayOutput", m.limiter_threshold_w as "limiterThresholdW",
           coalesce(t.failures, 0) as failures, c.server_floor as "serverFloor"
      from contor.meter m join contor.metering_point p on p.id = m.metering_point_id
      left join contor.meter_task t on t.metering_point_id = m.metering_point_id and t.meter_id = m.id
      left join contor.invocation_counter c on c.metering_point_id = m.metering_point_id and c.meter_id = m.id
     where m.metering_point_id = ${of.meteringPointId} and m.id = ${of.meterId}`.execute(trx)
  const row = rows[0]
  if (!row) return undefined
  return { ...row, serverFloor: Number(row.serverFloor ?? -1), keys: await getMeterKeys(trx, ring, of) }
}

export function targetOf(meter: Pick<SessionMeter, 'transport' | 'host' | 'port'>): Target {
  return { kind: meter.transport === 'udp-wrapper' ? 'udp' : 'tcp', host: meter.host, port: meter.port }
}
