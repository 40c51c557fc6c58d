// Moves cases of power on, in the process that holds the signing key: sessions say what they saw, this follows it up.

import { setTimeout as sleep } from 'node:timers/promises'
import { civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, type Db, type Log, type Trx } from '../../platform/index.ts'
import type { Signer } from '../commands/index.ts'
import type { MeterRef } from '../network/index.ts'
import { applyApproved } from './approved.ts'
import { followLimitations } from './limited.ts'
import { advanceOverPower, judgeTrips } from './overPower.ts'
import { lockWatched } from './point.ts'
import { type CaseRef, changeCase, closeCase, lockCase, openCasesOf } from './store.ts'
import { advanceThreshold, judgeThreshold } from './threshold.ts'

export interface PowerContext {
  readonly db: Db
  readonly signer: Signer
  readonly log: Log
}

const pauseMs = 500
const roundSize = 200
const afterFaultMs = 5 * 60_000

/** Works beside the caller until it is stopped. */
export function startPowerEngine(context: PowerContext): { stop(): Promise<void> } {
  const ending = new AbortController()
  const running = run(context, ending.signal)
  return {
    async stop() {
      ending.abort()
      await running
    },
  }
}

async function run(context: PowerContext, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let moved = 0
    try {
      moved = await advancePower(context)
    } catch (err) {
      if (!signal.aborted) context.log.error({ err }, 'power: a round failed')
    }
    if (moved === 0) await sleep(pauseMs, undefined, { signal }).catch(() => {})
  }
}

/** One round over what is due. @returns meters and cases that were looked at without fault */
export async function advancePower(context: PowerContext): Promise<number> {
  const { db, signer } = context
  let moved = await asSystem(db, (trx) => applyApproved(trx, signer.verifier, civilDayOf(Date.now())))
  moved += await asSystem(db, followLimitations)
  const meters = await asSystem(db, async (trx) => {
    const { rows } = await sql<MeterRef>`
      select metering_point_id as "meteringPointId", meter_id as "meterId" from contor.limiter_watch
       where look order by checked_at limit ${roundSize}`.execute(trx)
    return rows
  })
  for (const meter of meters)
    moved += await attempt(context, meter.meteringPointId, () =>
      asSystem(db, (trx) => lookAt(trx, signer, meter)),
    )
  const due = await asSystem(db, async (trx) => {
    const { rows } = await sql<CaseRef>`
      (select c.metering_point_id as "meteringPointId", c.id from contor.power_case c
        where c.state <> 'closed' and c.next_at <= clock_timestamp() order by c.next_at limit ${roundSize})
      union
      (select c.metering_point_id, c.id from contor.power_case c
         join contor.relay_command r on r.metering_point_id = c.metering_point_id and r.id = c.command_id
        where c.state <> 'closed' and r.state not in ('queued', 'released') limit ${roundSize})`.execute(trx)
    return rows
  })
  for (const ref of due)
    moved += await attempt(
      context,
      ref.meteringPointId,
      () => asSystem(db, (trx) => advanceCase(trx, signer, ref)),
      () =>
        asSystem(db, async (trx) => {
          const found = await lockCase(trx, ref)
          if (found) await changeCase(trx, found, { nextAt: new Date(Date.now() + afterFaultMs) })
        }),
    )
  return moved
}

async function attempt(
  { log }: PowerContext,
  point: string,
  work: () => Promise<unknown>,
  otherwise: () => Promise<unknown> = async () => undefined,
): Promise<number> {
  try {
    await work()
    return 1
  } catch (err) {
    log.error({ err, point }, 'power: a case could not be moved on')
    await otherwise()
    return 0
  }
}

async function lookAt(trx: Trx, signer: Signer, ref: MeterRef): Promise<void> {
  const meter = await lockWatched(trx, ref)
  // Whoever sees something afterwards says so again.
  await sql`update contor.limiter_watch set look = false
             where metering_point_id = ${ref.meteringPointId} and meter_id = ${ref.meterId}`.execute(trx)
  if (!meter) return
  const open = await openCasesOf(trx, ref.meteringPointId, ref.meterId)
  await judgeThreshold(trx, signer, meter, open)
  await judgeTrips(trx, meter, meter.registerW)
}

async function advanceCase(trx: Trx, signer: Signer, ref: CaseRef): Promise<void> {
  const found = await lockCase(trx, ref)
  if (!found || found.state === 'closed') return
  const meter = await lockWatched(trx, found)
  if (!meter) {
    await closeCase(trx, found, 'meter-removed', Date.now(), { actor: 'power' })
    return
  }
  if (found.kind === 'threshold') await advanceThreshold(trx, signer, found, meter)
  else if (found.kind === 'over-power') await advanceOverPower(trx, signer, found, meter)
  else await changeCase(trx, found, { nextAt: null })
}
