// The door: every act that leaves for a meter goes through here, in one transaction that commits before the first
// byte is sent. Nothing else in the house may send one.

import { civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { legalRule } from '../legal/index.ts'
import { type ApprovedPower, recentlyApprovedW } from './approvedPower.ts'
import { type Command, commandBytes, darkens } from './command.ts'
import type { Release } from './execute.ts'
import { guardLimits, guardState, tighten } from './guard/state.ts'
import {
  type History,
  lockGuard,
  type Place,
  recordRelease,
  refusedByLimits,
  type Sizes,
  unlikeHistory,
} from './guard/usage.ts'
import type { Verifier } from './signing.ts'

/** A held command asks again after these, s; the last one from then on. Opening the guard wakes it at once. */
const heldPausesS = [120, 300, 900, 1_800, 3_600] as const
/** After a release the effect may still come for this long; nothing is repeated before. */
export const settleMs = 30_000

export interface Door {
  /** Undefined: no key is known, and nothing leaves. */
  readonly verifier: Verifier | undefined
  readonly sizes: Sizes
  readonly history?: History
}

/**
 * Lets one act of a command leave, or not. Under row lock: a cancellation that came first wins, one that comes after
 * waits for what is read back.
 */
export async function releaseCommand(trx: Trx, asked: Command, door: Door): Promise<Release> {
  const { rows } = await sql<{
    state: string
    cancelled: boolean
    expired: boolean
    retired: boolean
    station_id: string
    feeder: string | null
    approved_power_w: number
  }>`
    select c.state, c.cancel_requested_at is not null as cancelled, c.expires_at <= clock_timestamp() as expired,
           m.state = 'retired' or m.removed_at is not null as retired, p.station_id, p.feeder, p.approved_power_w
      from contor.relay_command c
      join contor.meter m on m.metering_point_id = c.metering_point_id and m.id = c.meter_id
      join contor.metering_point p on p.id = c.metering_point_id
     where c.metering_point_id = ${asked.meteringPointId} and c.id = ${asked.id} for update of c`.execute(trx)
  const row = rows[0]
  if (!row || (row.state !== 'queued' && row.state !== 'released')) return 'over'
  if (row.cancelled) return end(trx, asked, 'cancelled', null, 'taken back before it left')
  if (!door.verifier?.verify(commandBytes(asked), asked.signature)) {
    const why = door.verifier
      ? 'its signature is not of this house'
      : 'the collector knows no key of commands'
    await tighten(trx, 'alarm', 'collector', `a command was refused: ${why}`, {
      command: asked.id,
      kind: asked.kind,
    })
    return end(trx, asked, 'failed', 'not-authentic', why)
  }
  if (row.expired) return end(trx, asked, 'expired', null, 'its time was over before it could leave')
  if (row.retired) return end(trx, asked, 'failed', 'unreachable', 'the meter is no longer installed')
  const place = { stationId: row.station_id, feeder: row.feeder, approvedPowerW: row.approved_power_w }
  if (darkens(asked, await supplyFloorW(trx, asked, row.approved_power_w, door.verifier))) {
    const held = await askGuard(trx, asked, place, door.verifier, door)
    if (held) return hold(trx, asked, held)
    await recordRelease(trx, asked, place)
  }
  await sql`
    update contor.relay_command
       set state = 'released', releases = releases + 1, released_at = coalesce(released_at, clock_timestamp()), held = null,
           settles_at = clock_timestamp() + ${`${settleMs} milliseconds`}::interval, next_at = clock_timestamp() + ${`${settleMs} milliseconds`}::interval
     where metering_point_id = ${asked.meteringPointId} and id = ${asked.id}`.execute(trx)
  return 'go'
}

/**
 * What a threshold must not be below without the guard's leave: a part of the approved power, and for a while after a
 * reduction, of the one before. Permits reduced by somebody in bulk are seen by the guard as disconnections are.
 */
async function supplyFloorW(
  trx: Trx,
  asked: Command,
  approvedPowerW: number,
  verifier: Verifier,
): Promise<number> {
  if (asked.kind !== 'set-limiter') return 0
  const today = civilDayOf(Date.now())
  const percent = (await legalRule(trx, 'limiter.floor.percent', today)).value
  const days = (await legalRule(trx, 'limiter.floor.days', today)).value
  const { rows } = await sql<ApprovedPower & { seal: Buffer }>`
    select metering_point_id as "meteringPointId", valid_from as "validFrom", revision, watts, atr, reason, actor,
           recorded_at as "recordedAt", seal
      from contor.approved_power
     where metering_point_id = ${asked.meteringPointId} and valid_from <= ${today}::date`.execute(trx)
  const recentW = recentlyApprovedW(verifier, rows, Date.now(), days)
  return (Math.max(approvedPowerW, recentW) * percent) / 100
}

async function askGuard(
  trx: Trx,
  asked: Command,
  place: Place,
  verifier: Verifier,
  { sizes, history }: Door,
): Promise<string | undefined> {
  await lockGuard(trx)
  const state = await guardState(trx, verifier, Date.now())
  if (state.stopped) return `stopped by ${state.stopped.actor}: ${state.stopped.reason}`
  if (state.breakGlass) return undefined
  if (state.frozen) return `frozen: ${state.frozen.reason}`
  const limits = await guardLimits(trx, verifier)
  const over = await refusedByLimits(trx, limits, asked, place, sizes)
  if (over) return over
  const strange = await unlikeHistory(trx, limits.rate, asked.id, history)
  if (!strange) return undefined
  await tighten(trx, 'freeze', 'guard', strange, { command: asked.id })
  return `frozen: ${strange}`
}

async function hold(trx: Trx, asked: Command, why: string): Promise<Release> {
  const { rows } = await sql<{ times: number }>`
    select count(*)::int as times from contor.command_step
     where metering_point_id = ${asked.meteringPointId} and command_id = ${asked.id} and step = 'held'`.execute(
    trx,
  )
  const pauseS = heldPausesS[Math.min(rows[0]?.times ?? 0, heldPausesS.length - 1)] ?? 3_600
  await sql`
    update contor.relay_command set held = ${why}, next_at = clock_timestamp() + ${`${pauseS} seconds`}::interval
     where metering_point_id = ${asked.meteringPointId} and id = ${asked.id}`.execute(trx)
  return 'held'
}

async function end(
  trx: Trx,
  asked: Command,
  state: string,
  code: string | null,
  text: string,
): Promise<Release> {
  await sql`
    update contor.relay_command set state = ${state}, outcome = case when releases = 0 then 'not-acted' else outcome end,
           error_code = ${code}, error_text = ${text}, finished_at = clock_timestamp()
     where metering_point_id = ${asked.meteringPointId} and id = ${asked.id}`.execute(trx)
  return 'over'
}
