import type { CommissioningCheck, Trx } from '../../platform/index.ts'

export const transportKinds = {
  wrapper: 'tcp-wrapper',
  hdlc: 'tcp-hdlc',
  'udp-wrapper': 'udp-wrapper',
} as const
type TransportKind = (typeof transportKinds)[keyof typeof transportKinds]

export interface MeterDetails {
  id: string
  serial: string
  manufacturer: string
  model: string
  firmware: string | null
  /** Hexadecimal, 8 bytes. */
  systemTitle: string
  state: string
  transport: {
    kind: TransportKind
    host: string
    port: number
    line: string
    lineKind: string
    clientAddress: number
    serverAddress: number
    /** Lower HDLC address. */
    physicalAddress: number | null
  } | null
  clock: { deviationSeconds: number | null; checkedAt: string | null }
  relay: { output: boolean | null; control: number | null }
  limiterThresholdW: number | null
  installedAt: string
  commissionedAt: string | null
  lastSeenAt: string | null
  commissioning: CommissioningCheck[]
}

/** The meter that stands at a point. Its address is shown to those who see the network. */
export async function findMeterOfPoint(trx: Trx, meteringPointId: string): Promise<MeterDetails | null> {
  const row = await trx
    .selectFrom('meter')
    .leftJoin('line', 'line.id', 'meter.line_id')
    .selectAll('meter')
    .select(['line.code as line', 'line.kind as line_kind'])
    .where('meter.metering_point_id', '=', meteringPointId)
    .where('meter.removed_at', 'is', null)
    .orderBy('meter.id', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!row) return null
  return {
    id: row.id,
    serial: row.serial,
    manufacturer: row.manufacturer,
    model: row.model,
    firmware: row.firmware,
    systemTitle: row.system_title.toString('hex'),
    state: row.state,
    transport:
      row.line === null || row.line_kind === null
        ? null
        : {
            kind: transportKinds[row.transport],
            host: row.host,
            port: row.port,
            line: row.line,
            lineKind: row.line_kind,
            clientAddress: row.client_address,
            serverAddress: row.server_address,
            physicalAddress: row.physical_address,
          },
    clock: {
      deviationSeconds: row.clock_deviation_s,
      checkedAt: row.clock_checked_at?.toISOString() ?? null,
    },
    relay: { output: row.relay_output, control: row.relay_control },
    limiterThresholdW: row.limiter_threshold_w,
    installedAt: row.installed_at.toISOString(),
    commissionedAt: row.commissioned_at?.toISOString() ?? null,
    lastSeenAt: row.last_seen_at?.toISOString() ?? null,
    commissioning: row.commissioning ?? [],
  }
}
