// What a session needs to know of its meter, and how it connects.

import type { ClientSessionOptions, MeterModel } from '@contor/dlms'
import { nodeCrypto } from '@contor/dlms/node'
import { sql } from 'kysely'
import type { KeyRing, Trx } from '../../platform/index.ts'
import { getMeterKeys, type MeterKeys, type MeterRef } from '../network/index.ts'
import type { CounterSource } from './counters.ts'
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
  readonly kind: string
  readonly failures: number
  readonly serverFloor: number
  readonly keys: MeterKeys | undefined
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
           m.security_suite as suite, m.referencing, m.model_id as "modelId", m.state, p.approved_power_w as "approvedPowerW", p.kind,
           coalesce(t.failures, 0) as failures, c.server_floor as "serverFloor"
      from contor.meter m join contor.metering_point p on p.id = m.metering_point_id
      left join contor.meter_task t on t.metering_point_id = m.metering_point_id and t.meter_id = m.id
      left join contor.invocation_counter c on c.metering_point_id = m.metering_point_id and c.meter_id = m.id
     where m.metering_point_id = ${of.meteringPointId} and m.id = ${of.meterId}`.execute(trx)
  const row = rows[0]
  if (!row) return undefined
  return { ...row, serverFloor: Number(row.serverFloor ?? -1), keys: await getMeterKeys(trx, ring, of) }
}

/** The head-end's own system title: letters of the installation, then zeros and 1. */
export const headEndTitle = Uint8Array.of(0x43, 0x4e, 0x54, 0, 0, 0, 0, 1)

const requestTimeoutMs = 12_000
/** What a modest line carries in one go; longer answers come in blocks. */
const maxPduSize = 4_096

/** What says where a meter is and how it is spoken to. */
export type Reached = Pick<
  SessionMeter,
  'host' | 'port' | 'clientAddress' | 'serverAddress' | 'transport' | 'physicalAddress' | 'referencing'
>

export function targetOf(meter: Reached): Target {
  return { kind: meter.transport === 'udp-wrapper' ? 'udp' : 'tcp', host: meter.host, port: meter.port }
}

/** The reading association: HLS-GMAC, everything authenticated and encrypted. */
export function securedSession(
  meter: Reached & Pick<SessionMeter, 'suite' | 'serverFloor'>,
  model: MeterModel,
  keys: MeterKeys,
  counters: CounterSource,
  onServerCounter: (counter: number) => void,
): ClientSessionOptions {
  return {
    ...common(meter, model),
    clientAddress: meter.clientAddress,
    authentication: { mechanism: 'gmac' },
    security: {
      suite: meter.suite,
      systemTitle: headEndTitle,
      encryptionKey: keys.encryption,
      authenticationKey: keys.authentication,
      policy: 'authenticated-encrypted',
      nextInvocationCounter: () => counters.next(),
      ...(meter.serverFloor >= 0 ? { serverCounterFloor: meter.serverFloor } : {}),
      onServerCounter,
    },
  }
}

const publicClient = 16

/** The public association: no security; shows clock, names and the invocation counter. */
export function publicSession(meter: Reached, model: MeterModel): ClientSessionOptions {
  const association = model.associations.find(({ purpose }) => purpose === 'public')
  return {
    ...common(meter, model),
    clientAddress: association?.clientAddress ?? publicClient,
    authentication: { mechanism: 'none' },
  }
}

/** Both sides settle on the lesser of what each can do: the model says what is worth proposing. */
function common(meter: Reached, model: MeterModel) {
  const link = model.transports.find(({ kind }) => kind.startsWith('hdlc'))
  const window = link?.windowSize ?? 1
  const maxInfo = link?.maxInfoLength ?? 128
  return {
    transport: meter.transport,
    ...(meter.transport === 'hdlc' && {
      hdlc: {
        ...(meter.physicalAddress !== null && { physicalAddress: meter.physicalAddress }),
        ...(link?.serverAddressSize !== undefined && { addressSize: link.serverAddressSize }),
        windowTransmit: window,
        windowReceive: window,
        maxInfoTransmit: maxInfo,
        maxInfoReceive: maxInfo,
      },
    }),
    serverAddress: meter.serverAddress,
    referencing: meter.referencing,
    crypto: nodeCrypto,
    timeoutMs: requestTimeoutMs,
    maxPduSize,
  } as const
}
