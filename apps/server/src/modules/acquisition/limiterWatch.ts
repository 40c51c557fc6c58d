// What sessions see of a meter's limiter and relay, kept for whoever follows them up: one row for each meter.

import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import type { SwitchState } from '../commands/index.ts'
import type { MeterRef } from '../network/index.ts'

/**
 * Notes what was read; a threshold that is not as approved is to be looked at. Nothing for a meter without a limiter.
 * @param exchangeId the frames that brought it
 */
export async function noteLimiter(
  trx: Trx,
  { meteringPointId, meterId }: MeterRef,
  seen: SwitchState,
  exchangeId: number | null,
): Promise<void> {
  if (seen.limiterThresholdW === undefined) return
  await sql`
    insert into contor.limiter_watch as w (metering_point_id, meter_id, checked_at, threshold_w, over_s, under_s, watches, exchange_id, matched_at, look)
    select ${meteringPointId}::bigint, ${meterId}::bigint, clock_timestamp(), ${seen.limiterThresholdW}::int, ${seen.limiterOverS ?? null}::int,
           ${seen.limiterUnderS ?? null}::int, ${seen.limiterWatches ?? null}::text, ${exchangeId}::bigint,
           case when p.approved_power_w = ${seen.limiterThresholdW} then clock_timestamp() end, true
      from contor.metering_point p where p.id = ${meteringPointId} and p.kind <> 'balance'
    on conflict (metering_point_id, meter_id) do update
       set checked_at = excluded.checked_at, threshold_w = excluded.threshold_w, over_s = excluded.over_s, under_s = excluded.under_s,
           watches = excluded.watches, exchange_id = excluded.exchange_id, matched_at = coalesce(excluded.matched_at, w.matched_at),
           look = w.look or excluded.matched_at is null`.execute(trx)
}

/** Says that the relay or its log brought something new. */
export async function lookAtRelay(trx: Trx, { meteringPointId, meterId }: MeterRef): Promise<void> {
  await sql`update contor.limiter_watch set look = true
             where metering_point_id = ${meteringPointId} and meter_id = ${meterId}`.execute(trx)
  await sql`update contor.meter set relay_news_at = clock_timestamp()
             where metering_point_id = ${meteringPointId} and id = ${meterId}`.execute(trx)
}
