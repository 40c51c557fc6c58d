// What a session needs to know of its meter, and how it connects.

import type { ClientSessionOptions } from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import { sql } from 'kysely'
import type { KeyRing, Trx } from '../../platform/index.ts'
import { getMeterKeys, type MeterKeys } from '../network/index.ts'
import type { CounterSource } from './counters.ts'

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
  readonly state: 'installed' | 'commissioned' | 'refused' | 'retired'
  readonly approvedPowerW: number
  readonly kind: string
  readonly failures: number
  readonly serverFloor: number
  readonly keys: MeterKeys | undefined
}

export async function loadSessionMeter(
  trx: Trx,
  ring: KeyRing,
  meterId: string,
): Promise<SessionMeter | undefined> {
  const { rows } = await sql<Omit<SessionMeter, 'keys' | 'serverFloor'> & { serverFloor: string | null }>`
    select m.id as "meterId", m.metering_point_id as "meteringPointId", m.line_id as "lineId", m.serial, m.manufacturer,
           m.system_title as "systemTitle", m.host, m.port, m.client_address as "clientAddress",
           m.server_address as "serverAddress", m.state, p.approved_power_w as "approvedPowerW", p.kind,
           coalesce(t.failures, 0) as failures, c.server_floor as "serverFloor"
      from contor.meter m join contor.metering_point p on p.id = m.metering_point_id
      left join contor.meter_task t on t.meter_id = m.id left join contor.invocation_counter c on c.meter_id = m.id
     where m.id = ${meterId}`.execute(trx)
  const row = rows[0]
  if (!row) return undefined
  return { ...row, serverFloor: Number(row.serverFloor ?? -1), keys: await getMeterKeys(trx, ring, meterId) }
}

/** The head-end's own system title: letters of the installation, then zeros and 1. */
export const headEndTitle = Uint8Array.of(0x43, 0x4e, 0x54, 0, 0, 0, 0, 1)

const requestTimeoutMs = 12_000
/** What a modest line carries in one go; longer answers come in blocks. */
const maxPduSize = 4_096

/** The reading association: HLS-GMAC, everything authenticated and encrypted. */
export function securedSession(
  meter: Pick<SessionMeter, 'clientAddress' | 'serverAddress' | 'serverFloor'>,
  keys: MeterKeys,
  counters: CounterSource,
  onServerCounter: (counter: number) => void,
): ClientSessionOptions {
  return {
    transport: 'wrapper',
    clientAddress: meter.clientAddress,
    serverAddress: meter.serverAddress,
    authentication: { mechanism: 'gmac' },
    security: {
      systemTitle: headEndTitle,
      encryptionKey: keys.encryption,
      authenticationKey: keys.authentication,
      policy: 'authenticated-encrypted',
      nextInvocationCounter: () => counters.next(),
      ...(meter.serverFloor >= 0 ? { serverCounterFloor: meter.serverFloor } : {}),
      onServerCounter,
    },
    crypto: nodeCrypto,
    timeoutMs: requestTimeoutMs,
    maxPduSize,
  }
}

/** The public association: no security; shows clock, names and the invocation counter. */
export function publicSession(meter: Pick<SessionMeter, 'serverAddress'>): ClientSessionOptions {
  return {
    transport: 'wrapper',
    clientAddress: 16,
    serverAddress: meter.serverAddress,
    authentication: { mechanism: 'none' },
    crypto: nodeCrypto,
    timeoutMs: requestTimeoutMs,
    maxPduSize,
  }
}
