// A limiter that is not as approved: programmed by a signed command, read back, and looked at by a person when the meter
// does not keep it (IL 4.2: right after commissioning and at every change of the permit).

import { civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { type ApprovedPower, cancelCommand, requestCommand, type Signer, tighten } from '../commands/index.ts'
import { legalRule } from '../legal/index.ts'
import { approvedOn, keepFirst } from './approved.ts'
import { changedAt, intentOf } from './limited.ts'
import type { WatchedMeter } from './point.ts'
import { changeCase, closeCase, noteCase, openCase, type PowerCase } from './store.ts'
import { tell } from './tell.ts'

const hourMs = 3_600_000

/** Compares what the meter holds with what was approved. */
export async function judgeThreshold(
  trx: Trx,
  signer: Signer,
  meter: WatchedMeter,
  open: readonly PowerCase[],
): Promise<void> {
  const approved = await approvedFor(trx, signer, meter, open)
  if (!approved) return
  const intent = await intentOf(trx, signer.verifier, approved)
  const found = open.find(({ kind }) => kind === 'threshold')
  if (meter.thresholdW === intent.watts) {
    // A command under way tells its own end.
    if (found && found.commandId === null)
      await closeCase(trx, found, 'meter', meter.checkedAt.getTime(), {
        actor: 'power',
        evidence: { thresholdW: meter.thresholdW },
        exchangeId: meter.exchangeId,
      })
    return
  }
  if (found) return
  const { limitation } = intent
  await openCase(
    trx,
    {
      meteringPointId: meter.meteringPointId,
      meterId: meter.meterId,
      kind: 'threshold',
      thresholdW: meter.thresholdW,
      approvedW: intent.watts,
      nextAt: new Date(),
    },
    {
      event: 'opened',
      actor: 'power',
      evidence: {
        why: await whyOf(trx, meter, approved, limitation !== undefined),
        thresholdW: meter.thresholdW,
        approvedW: approved.watts,
        atr: approved.atr,
        ...(limitation && { limitedW: limitation.watts, cause: limitation.cause }),
      },
      exchangeId: meter.exchangeId,
    },
  )
}

async function whyOf(
  trx: Trx,
  meter: WatchedMeter,
  approved: ApprovedPower,
  limited: boolean,
): Promise<string> {
  if (meter.matchedAt === null) return 'commissioning'
  const since = await changedAt(trx, meter.meteringPointId)
  if (since !== null && since > meter.matchedAt) return limited ? 'limitation' : 'limitation-ended'
  // What the installation list said is no change of the permit, whenever the register took it over.
  const changed =
    approved.atr !== null &&
    (approved.recordedAt > meter.matchedAt || approved.validFrom > civilDayOf(meter.matchedAt.getTime()))
  return changed ? 'atr' : 'drift'
}

/** The sealed row that holds today; a register that says otherwise is a case for a person, and nothing is programmed. */
async function approvedFor(
  trx: Trx,
  signer: Signer,
  meter: WatchedMeter,
  open: readonly PowerCase[],
): Promise<ApprovedPower | undefined> {
  const { meteringPointId } = meter
  const today = civilDayOf(Date.now())
  const approved =
    (await approvedOn(trx, signer.verifier, meteringPointId, today)) ??
    (await keepFirst(trx, signer, meteringPointId, meter.registerW))
  const found = open.find(({ kind }) => kind === 'register')
  if (approved && approved !== 'forged' && approved.atr !== null && approved.watts !== meter.registerW) {
    // A permit stands above an installation list that was read in again.
    await sql`update contor.metering_point set approved_power_w = ${approved.watts} where id = ${meteringPointId}`.execute(
      trx,
    )
  } else if (approved === 'forged' || (approved && approved.watts !== meter.registerW)) {
    if (found) return undefined
    if (approved === 'forged')
      await tighten(trx, 'alarm', 'power', 'an approved power was refused: its seal is not of this house', {
        point: meteringPointId,
      })
    const opened = await openCase(
      trx,
      {
        meteringPointId,
        meterId: meter.meterId,
        kind: 'register',
        state: 'operator',
        thresholdW: meter.thresholdW,
        approvedW: approved === 'forged' || !approved ? meter.registerW : approved.watts,
      },
      {
        event: 'opened',
        actor: 'power',
        evidence: { why: approved === 'forged' ? 'forged' : 'no-permit', registerW: meter.registerW },
      },
    )
    if (opened) await tell(trx, opened, meter, 'approved-power-differs', { registerW: meter.registerW })
    return undefined
  }
  if (found) await closeCase(trx, found, 'recorded', Date.now(), { actor: 'power' })
  return approved
}

interface Ended {
  readonly state: string
  readonly outcome: string | null
  readonly code: string | null
  readonly text: string | null
  readonly thresholdW: number | null
  readonly exchangeId: string | null
}

/** Follows the command under way, or asks for one. */
export async function advanceThreshold(
  trx: Trx,
  signer: Signer,
  found: PowerCase,
  meter: WatchedMeter,
): Promise<void> {
  if (found.commandId !== null) {
    const ended = await endOf(trx, found)
    if (!ended) {
      const { commandId } = found
      // What it would set is no longer wanted: it is taken back where it has not left.
      if (await outdated(trx, signer, found))
        await cancelCommand(trx, { meteringPointId: found.meteringPointId, id: commandId }, 'power')
      // Its end wakes the case.
      await changeCase(trx, found, { nextAt: null })
      return
    }
    await followEnd(trx, found, meter, ended)
    return
  }
  const today = civilDayOf(Date.now())
  const approved = await approvedOn(trx, signer.verifier, found.meteringPointId, today)
  if (!approved || approved === 'forged') {
    await giveToOperator(trx, found, meter, 'no-approved-power')
    return
  }
  const intent = await intentOf(trx, signer.verifier, approved)
  if (meter.thresholdW === intent.watts && meter.checkedAt > found.openedAt) {
    await closeCase(trx, found, 'meter', meter.checkedAt.getTime(), {
      actor: 'power',
      evidence: { thresholdW: meter.thresholdW },
      exchangeId: meter.exchangeId,
    })
    return
  }
  const changed = await changedAt(trx, found.meteringPointId)
  const most = (await legalRule(trx, 'limiter.programmings.week', today)).value
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from contor.relay_command
     where metering_point_id = ${found.meteringPointId} and meter_id = ${found.meterId} and kind = 'set-limiter'
       and state <> 'cancelled' and created_at > clock_timestamp() - interval '7 days' and created_at > ${approved.recordedAt}
       and created_at > coalesce(${changed}::timestamptz, '-infinity')
       and created_at > coalesce((select max(e.at) from contor.power_case_event e
                                   where e.metering_point_id = ${found.meteringPointId} and e.case_id = ${found.id} and e.event = 'retry'),
                                 '-infinity')`.execute(trx)
  if ((rows[0]?.count ?? 0) >= most) {
    await giveToOperator(trx, found, meter, 'often', { programmings: rows[0]?.count, most })
    return
  }
  const command = await requestCommand(trx, signer, {
    meteringPointId: found.meteringPointId,
    meterId: found.meterId,
    kind: 'set-limiter',
    parameters: {
      thresholdW: intent.watts,
      overS: (await legalRule(trx, 'limiter.over.seconds', today)).value,
      underS: (await legalRule(trx, 'limiter.under.seconds', today)).value,
    },
    orderId: null,
    // Budgets of persons count who recorded the permit.
    requestedBy: intent.actor,
    approvedBy: intent.limitation?.approvedBy ?? null,
    supplier: null,
    urgent: intent.limitation !== undefined,
    // What limits for a while never leaves afterwards.
    ...(intent.limitation && { expiresAt: intent.limitation.endsAt }),
  })
  await noteCase(trx, found, {
    event: 'programming',
    actor: 'power',
    evidence: {
      command: command.id,
      approvedW: approved.watts,
      atr: approved.atr,
      ...(intent.limitation && { limitedW: intent.watts, cause: intent.limitation.cause }),
    },
  })
  await changeCase(trx, found, { commandId: command.id, nextAt: null })
}

/** Whether the command under way would set something else than what is wanted by this time. */
async function outdated(trx: Trx, signer: Signer, found: PowerCase): Promise<boolean> {
  const approved = await approvedOn(trx, signer.verifier, found.meteringPointId, civilDayOf(Date.now()))
  if (!approved || approved === 'forged') return false
  const intent = await intentOf(trx, signer.verifier, approved)
  const { rows } = await sql<{ watts: number | null }>`
    select (parameters->>'thresholdW')::int as watts from contor.relay_command
     where metering_point_id = ${found.meteringPointId} and id = ${found.commandId}`.execute(trx)
  return rows[0]?.watts !== intent.watts
}

async function endOf(trx: Trx, found: PowerCase): Promise<Ended | undefined> {
  const { rows } = await sql<Ended>`
    select c.state, c.outcome, c.error_code as code, c.error_text as text, m.limiter_threshold_w as "thresholdW",
           (select s.exchange_id from contor.command_step s
             where s.metering_point_id = c.metering_point_id and s.command_id = c.id and s.exchange_id is not null
             order by s.seq desc limit 1) as "exchangeId"
      from contor.relay_command c
      join contor.meter m on m.metering_point_id = c.metering_point_id and m.id = c.meter_id
     where c.metering_point_id = ${found.meteringPointId} and c.id = ${found.commandId}
       and c.state not in ('queued', 'released')`.execute(trx)
  return rows[0]
}

/** Hopeless at once: another try finds the same meter. */
const lasting: ReadonlySet<string> = new Set(['refused-by-meter', 'no-limiter', 'not-authentic'])

async function followEnd(trx: Trx, found: PowerCase, meter: WatchedMeter, ended: Ended): Promise<void> {
  const idle = await changeCase(trx, found, { commandId: null })
  const evidence = {
    command: found.commandId,
    state: ended.state,
    outcome: ended.outcome,
    code: ended.code,
    text: ended.text,
    thresholdW: ended.thresholdW,
  }
  if (ended.state === 'done' && ended.thresholdW !== null) {
    await sql`
      update contor.limiter_watch set threshold_w = ${ended.thresholdW}, checked_at = clock_timestamp(), matched_at = clock_timestamp(),
             exchange_id = coalesce(${ended.exchangeId}::bigint, exchange_id), look = true
       where metering_point_id = ${found.meteringPointId} and meter_id = ${found.meterId}`.execute(trx)
    await closeCase(trx, idle, 'programmed', Date.now(), {
      actor: 'power',
      evidence,
      exchangeId: ended.exchangeId,
    })
    return
  }
  await noteCase(trx, idle, {
    event: 'not-programmed',
    actor: 'power',
    evidence,
    exchangeId: ended.exchangeId,
  })
  if (ended.code !== null && lasting.has(ended.code))
    await giveToOperator(trx, idle, meter, ended.code, { text: ended.text })
  else {
    const atOnce = ended.state === 'cancelled' || ended.state === 'expired'
    await changeCase(trx, idle, { nextAt: new Date(Date.now() + (atOnce ? 0 : hourMs)) })
  }
}

async function giveToOperator(
  trx: Trx,
  found: PowerCase,
  meter: WatchedMeter,
  why: string,
  more: object = {},
): Promise<void> {
  const given = await changeCase(trx, found, { state: 'operator', nextAt: null })
  await noteCase(trx, given, { event: 'operator', actor: 'power', evidence: { why, ...more } })
  await tell(trx, given, meter, 'limiter-not-kept', { why })
}
