// The book of commands in the database: which is next for a meter, what is written down, how one ends.

import { sql } from 'kysely'
import { asSystem, type Db, type Trx } from '../../platform/index.ts'
import type { MeterRef } from '../network/index.ts'
import type { Command, CommandRef } from './command.ts'
import type { CommandDesk, CommandEnd, FailureCode, SwitchState } from './execute.ts'
import { type Door, releaseCommand, settleMs } from './release.ts'

const columns = sql`
  c.metering_point_id as "meteringPointId", c.id, c.meter_id as "meterId", c.kind, c.parameters, c.order_id as "orderId",
  c.requested_by as "requestedBy", c.approved_by as "approvedBy", c.supplier, c.urgent, c.created_at as "createdAt",
  c.not_before as "notBefore", c.expires_at as "expiresAt", c.signature, c.state, c.contacts, c.releases,
  c.released_at as "releasedAt", c.settles_at as "settlesAt", c.cancel_requested_at as "cancelRequestedAt"`

/** Announces that a command came to its end; the payload is its id. */
export const finishedChannel = 'contor_command_done'

/** Looked at beyond what is asked for: commands that wait behind another one of their meter are passed over. */
const frontSlack = 200

/**
 * Meters with a command that is due and that no session holds; one that several wait for may come several times.
 * A meter's commands run one after another in the order in which they were written.
 * @param among lines to look at, and meters to leave out: those held, so that a queue's front is not all theirs
 */
export async function findCommanded(
  trx: Trx,
  among: { readonly lines: readonly string[]; readonly except: readonly string[] },
  limit: number,
  urgent: boolean,
): Promise<(MeterRef & { readonly lineId: string })[]> {
  // Of however many that wait, only the front of the queue is asked who holds its meter. The line is asked for each row
  // in the order of the queue: as a join, with few meters or old statistics, every command is held against every meter.
  const { rows } = await sql<MeterRef & { lineId: string }>`
    with front as materialized (
      select c.metering_point_id, c.meter_id, c.id, c.created_at, c.next_at
        from contor.relay_command c
       where c.state in ('queued', 'released') and c.urgent = ${urgent} and c.next_at <= now()
         and not c.meter_id = any(${[...among.except]}::bigint[])
         and (select m.line_id from contor.meter m
               where m.metering_point_id = c.metering_point_id and m.id = c.meter_id) = any(${[...among.lines]}::bigint[])
       order by c.urgent desc, c.next_at limit ${frontSlack + limit})
    select c.metering_point_id as "meteringPointId", c.meter_id as "meterId", m.line_id as "lineId"
      from front c
      join contor.meter m on m.metering_point_id = c.metering_point_id and m.id = c.meter_id
      join contor.meter_task t on t.metering_point_id = c.metering_point_id and t.meter_id = c.meter_id
     where (t.leased_until is null or t.leased_until <= now())
       and not exists (select 1 from contor.relay_command o
                        where o.metering_point_id = c.metering_point_id and o.meter_id = c.meter_id and o.state in ('queued', 'released')
                          and (o.created_at, o.id) < (c.created_at, c.id) and o.next_at > clock_timestamp())
     order by c.next_at limit ${limit}`.execute(trx)
  return rows
}

/** The oldest unfinished command of a meter, when it is due. */
export async function nextCommand(db: Db, meter: MeterRef): Promise<Command | undefined> {
  return asSystem(db, async (trx) => {
    const { rows } = await sql<Command & { due: boolean }>`
      select ${columns}, c.next_at <= clock_timestamp() as due from contor.relay_command c
       where c.metering_point_id = ${meter.meteringPointId} and c.meter_id = ${meter.meterId} and c.state in ('queued', 'released')
       order by c.created_at, c.id limit 1`.execute(trx)
    return rows[0]?.due ? rows[0] : undefined
  })
}

/** The book of one command. `flush` stores the frames of the session so far, so that evidence can be opened at once. */
export function createDesk(db: Db, command: Command, door: Door, flush: () => Promise<void>): CommandDesk {
  const inTrx = <T>(fn: (trx: Trx) => Promise<T>) => asSystem(db, fn)
  return {
    async release() {
      const release = await inTrx(async (trx) => {
        const answer = await releaseCommand(trx, command, door)
        // The guard may be locked until this is committed: nothing is asked that is not needed.
        if (answer === 'go') {
          await addStep(trx, command, 'released', {})
          return answer
        }
        const { rows } = await sql<{ held: string | null; error_text: string | null }>`
          select held, error_text from contor.relay_command
           where metering_point_id = ${command.meteringPointId} and id = ${command.id}`.execute(trx)
        if (answer === 'held') await addStep(trx, command, 'held', { why: rows[0]?.held ?? '' })
        if (answer === 'over') await addStep(trx, command, 'ended', { why: rows[0]?.error_text ?? '' })
        return answer
      })
      if (release === 'over') await announce(db, command)
      return release
    },
    async note(step, details, exchangeId) {
      if (exchangeId !== undefined) await flush()
      await inTrx((trx) => addStep(trx, command, step, details, exchangeId))
    },
    async finish(end) {
      await inTrx((trx) => finishCommand(trx, command, end))
      await announce(db, command)
    },
    async settleLater() {
      await inTrx((trx) =>
        sql`
          update contor.relay_command
             set next_at = greatest(clock_timestamp() + interval '1 second', settles_at,
                                    clock_timestamp() + ${`${Math.round(settleMs / 3)} milliseconds`}::interval)
           where metering_point_id = ${command.meteringPointId} and id = ${command.id} and state = 'released'`.execute(
          trx,
        ),
      )
    },
  }
}

async function addStep(
  trx: Trx,
  ref: CommandRef,
  step: string,
  details: object,
  exchangeId?: number,
): Promise<void> {
  // A session holds the meter's lease, so that nobody else counts here.
  await sql`
    insert into contor.command_step (metering_point_id, command_id, seq, step, details, exchange_id)
    select ${ref.meteringPointId}::bigint, ${ref.id}::uuid, coalesce(max(seq), 0) + 1, ${step}, ${JSON.stringify(details)}::jsonb, ${exchangeId ?? null}::bigint
      from contor.command_step where metering_point_id = ${ref.meteringPointId} and command_id = ${ref.id}`.execute(
    trx,
  )
}

async function finishCommand(trx: Trx, command: Command, end: CommandEnd): Promise<void> {
  const { numAffectedRows } = await sql`
    update contor.relay_command
       set state = ${end.state}, outcome = ${end.state === 'done' ? end.outcome : end.state === 'cancelled' ? 'not-acted' : null},
           error_code = ${end.state === 'failed' ? end.code : null}, error_text = ${end.state === 'failed' ? end.text : null},
           finished_at = clock_timestamp()
     where metering_point_id = ${command.meteringPointId} and id = ${command.id} and state in ('queued', 'released')`.execute(
    trx,
  )
  if (numAffectedRows !== 1n) return
  await addStep(trx, command, 'ended', {
    state: end.state,
    ...(end.state === 'done' ? { outcome: end.outcome } : {}),
    ...(end.state === 'failed' ? { code: end.code, text: end.text } : {}),
  })
  if (end.seen) await noteSwitch(trx, command, end.seen)
}

/** The register remembers what a switch was last seen like. */
async function noteSwitch(
  trx: Trx,
  { meteringPointId, meterId }: MeterRef,
  seen: SwitchState,
): Promise<void> {
  await sql`
    update contor.meter set relay_output = coalesce(${seen.relayOutput ?? null}::boolean, relay_output),
           relay_control = coalesce(${seen.relayControl ?? null}::smallint, relay_control),
           limiter_threshold_w = coalesce(${seen.limiterThresholdW ?? null}::integer, limiter_threshold_w)
     where metering_point_id = ${meteringPointId} and id = ${meterId}`.execute(trx)
}

const announce = (db: Db, { id }: CommandRef) =>
  asSystem(db, (trx) => sql`select pg_notify(${finishedChannel}, ${id})`.execute(trx))

/** Sessions begun in vain before a command that never left goes to the field, and one that did counts as unknown. */
const maxContacts = { queued: 6, released: 20 } as const
/** Seconds to the next try, by contacts in vain. */
const contactBackoffS = [10, 20, 60, 120, 300, 600] as const

/** The meter could not be spoken to: what waits for it tries again, a bounded number of times. */
export async function contactFailed(db: Db, meter: MeterRef, why: string): Promise<void> {
  const ended = await asSystem(db, async (trx) => {
    const { rows } = await sql<{ id: string; state: 'queued' | 'released'; contacts: number }>`
      select id, state, contacts from contor.relay_command
       where metering_point_id = ${meter.meteringPointId} and meter_id = ${meter.meterId} and state in ('queued', 'released')
         and next_at <= clock_timestamp() order by created_at, id limit 1 for update`.execute(trx)
    const command = rows[0]
    if (!command) return undefined
    const ref = { meteringPointId: meter.meteringPointId, id: command.id }
    const contacts = command.contacts + 1
    await addStep(trx, ref, 'no-contact', { why, contacts })
    if (contacts >= maxContacts[command.state]) {
      const code: FailureCode = command.state === 'queued' ? 'unreachable' : 'unknown'
      await sql`
        update contor.relay_command set state = 'failed', contacts = ${contacts}, error_code = ${code}, error_text = ${why}, finished_at = clock_timestamp()
         where metering_point_id = ${ref.meteringPointId} and id = ${ref.id}`.execute(trx)
      await addStep(trx, ref, 'ended', { state: 'failed', code, text: why })
      return ref
    }
    const waitS = contactBackoffS[Math.min(contacts, contactBackoffS.length) - 1] ?? 600
    await sql`
      update contor.relay_command set contacts = ${contacts}, next_at = clock_timestamp() + ${`${waitS} seconds`}::interval
       where metering_point_id = ${ref.meteringPointId} and id = ${ref.id}`.execute(trx)
    return undefined
  })
  if (ended) await announce(db, ended)
}

export interface CommandView {
  readonly id: string
  readonly kind: string
  readonly state: string
  readonly outcome: string | null
  readonly held: string | null
  readonly errorCode: string | null
  readonly errorText: string | null
  readonly createdAt: Date
  readonly releasedAt: Date | null
  readonly finishedAt: Date | null
  readonly nextAt: Date
  readonly steps: readonly {
    readonly at: Date
    readonly step: string
    readonly details: Record<string, unknown>
    /** `{exchange}.0` of the trace that proves it. */
    readonly trace: string | null
  }[]
}

/** Commands of an order with their evidence, oldest first. */
export async function commandsOf(trx: Trx, meteringPointId: string, orderId: string): Promise<CommandView[]> {
  const { rows } = await sql<CommandView>`
    select c.id, c.kind, c.state, c.outcome, c.held, c.error_code as "errorCode", c.error_text as "errorText",
           c.created_at as "createdAt", c.released_at as "releasedAt", c.finished_at as "finishedAt", c.next_at as "nextAt",
           coalesce((select jsonb_agg(jsonb_build_object('at', s.at, 'step', s.step, 'details', s.details,
                            'trace', s.exchange_id::text || '.0') order by s.seq)
                       from contor.command_step s where s.metering_point_id = c.metering_point_id and s.command_id = c.id), '[]') as steps
      from contor.relay_command c
     where c.metering_point_id = ${meteringPointId} and c.order_id = ${orderId} order by c.created_at, c.id`.execute(
    trx,
  )
  return rows.map((row) => ({ ...row, steps: row.steps.map((step) => ({ ...step, at: new Date(step.at) })) }))
}
