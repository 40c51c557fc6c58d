// Moves runs on, in the process that holds the signing key: warning, application, end. Each step is one transaction, so
// that a process that dies repeats none of it and leaves none half done.

import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { asSystem, type Db, type Log, type Trx } from '../../platform/index.ts'
import { recordLimitation, type Signer, tighten } from '../commands/index.ts'
import {
  cancelRun,
  liftRun,
  lockRun,
  noteRun,
  type Run,
  type RunMember,
  runHolds,
  runMembers,
  tellMembers,
} from './run.ts'

export interface TrancheContext {
  readonly db: Db
  readonly signer: Signer
  readonly log: Log
  /** The calendar that runs live by, epoch ms. */
  now(): Promise<number>
}

const pauseMs = 1_000
const minuteMs = 60_000
const engine = { subject: 'plan' }

/** Works beside the caller until it is stopped. */
export function startTrancheEngine(context: TrancheContext): { stop(): Promise<void> } {
  const ending = new AbortController()
  const running = (async () => {
    while (!ending.signal.aborted) {
      await advanceTranches(context).catch((err: unknown) => {
        if (!ending.signal.aborted) context.log.error({ err }, 'tranches: a round failed')
      })
      await sleep(pauseMs, undefined, { signal: ending.signal }).catch(() => {})
    }
  })()
  return {
    async stop() {
      ending.abort()
      await running
    },
  }
}

/** One round over runs that are under way. @returns runs that moved */
export async function advanceTranches(context: TrancheContext): Promise<number> {
  const { db, signer, log } = context
  const now = await context.now()
  const { rows } = await asSystem(db, (trx) =>
    sql<{ id: string }>`
      select id from contor.limitation_run where state not in ('lifted', 'cancelled') order by starts_at, id`.execute(
      trx,
    ),
  )
  let moved = 0
  for (const { id } of rows)
    try {
      if (await asSystem(db, (trx) => advance(trx, signer, id, now))) moved++
    } catch (err) {
      log.error({ err, run: id }, 'tranches: a run could not be moved on')
    }
  return moved
}

async function advance(trx: Trx, signer: Signer, id: string, now: number): Promise<boolean> {
  const run = await lockRun(trx, id)
  const over = now >= run.endsAt.getTime()
  if (run.state === 'applied') {
    if (over) await liftRun(trx, engine, id, 'its time was over', now)
    return over
  }
  if (run.state !== 'proposed' && run.state !== 'announced' && run.state !== 'warned') return false
  if (over) {
    await cancelRun(trx, engine, id, 'its time was over before it was applied', now)
    return true
  }
  if (run.state === 'proposed' || now < dueAt(run)) return false
  const members = await runMembers(trx, id)
  if (!runHolds(signer.verifier, run, members)) {
    await tighten(trx, 'alarm', 'tranches', 'a limitation was refused: its seal is not of this house', {
      run: run.number,
    })
    await cancelRun(trx, engine, id, 'its seal is not of this house', now)
    return true
  }
  if (run.state === 'announced') await warn(trx, run, now)
  else await apply(trx, signer, run, members, now)
  return true
}

/** When the next step of a run is due; in an emergency at once. */
function dueAt(run: Run): number {
  if (run.emergency !== null) return 0
  const warningMs = run.warningMinutes * minuteMs
  if (run.state === 'announced') return run.startsAt.getTime() - warningMs
  // Whoever was warned late has his whole warning all the same.
  return Math.max(run.startsAt.getTime(), (run.warnedAt?.getTime() ?? Number.POSITIVE_INFINITY) + warningMs)
}

async function warn(trx: Trx, run: Run, now: number): Promise<void> {
  if (run.emergency !== null) {
    // There is no time for one: the announcement named the emergency.
    await sql`update contor.limitation_run set state = 'warned' where id = ${run.id}`.execute(trx)
    return
  }
  const told = await tellMembers(trx, run, 'limitation-warning', now)
  await sql`update contor.limitation_run set state = 'warned', warned_at = ${new Date(now)} where id = ${run.id}`.execute(
    trx,
  )
  await noteRun(trx, run, 'warned', engine.subject, now, { messages: told })
}

async function apply(
  trx: Trx,
  signer: Signer,
  run: Run,
  members: readonly RunMember[],
  now: number,
): Promise<void> {
  const limited = members.filter(({ excluded }) => excluded === null)
  // The limiters' keeper lives by the world's clock.
  const from = Date.now()
  for (const member of limited) {
    const limitation = await recordLimitation(trx, signer, {
      meteringPointId: member.meteringPointId,
      watts: member.limitW,
      startsAt: new Date(from),
      endsAt: new Date(from + run.endsAt.getTime() - now),
      cause: run.number,
      actor: run.proposedBy,
      approvedBy: run.approvedBy ?? run.proposedBy,
    })
    await sql`update contor.limitation_run_member set limitation_id = ${limitation.id}
               where metering_point_id = ${member.meteringPointId} and run_id = ${run.id}`.execute(trx)
  }
  await sql`update contor.limitation_run set state = 'applied', applied_at = ${new Date(now)} where id = ${run.id}`.execute(
    trx,
  )
  await noteRun(trx, run, 'applied', engine.subject, now, { limited: limited.length })
}
