// A meter with a limiter and its point, as cases see them.

import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import type { MeterRef } from '../network/index.ts'

export interface WatchedMeter extends MeterRef {
  readonly pod: string
  readonly kind: string
  readonly customer: string | null
  readonly readingMode: 'smart' | 'amr' | 'manual'
  readonly registerW: number
  readonly state: string
  readonly relayOutput: boolean | null
  readonly relayControl: number | null
  readonly checkedAt: Date
  readonly thresholdW: number
  readonly matchedAt: Date | null
  readonly eventsThrough: Date | null
  readonly exchangeId: string | null
}

/** Locks the watch of a meter that is installed. */
export async function lockWatched(
  trx: Trx,
  { meteringPointId, meterId }: MeterRef,
): Promise<WatchedMeter | undefined> {
  const { rows } = await sql<WatchedMeter>`
    select w.metering_point_id as "meteringPointId", w.meter_id as "meterId", p.pod, p.kind, p.customer,
           p.reading_mode as "readingMode", p.approved_power_w as "registerW", m.state, m.relay_output as "relayOutput",
           m.relay_control as "relayControl", w.checked_at as "checkedAt", w.threshold_w as "thresholdW",
           w.matched_at as "matchedAt", w.events_through as "eventsThrough", w.exchange_id as "exchangeId"
      from contor.limiter_watch w
      join contor.meter m on m.metering_point_id = w.metering_point_id and m.id = w.meter_id
      join contor.metering_point p on p.id = w.metering_point_id
     where w.metering_point_id = ${meteringPointId} and w.meter_id = ${meterId} and m.state = 'commissioned' and m.removed_at is null
       for update of w`.execute(trx)
  return rows[0]
}
