// Commands come to be here and end here when somebody takes them back.

import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { type CommandRef, commandBytes, type SignedCommand } from './command.ts'
import type { Signer } from './signing.ts'

/** Announces that a command waits; the payload is its metering point. */
export const commandChannel = 'contor_command'

export type NewCommand = Omit<SignedCommand, 'id' | 'createdAt' | 'notBefore' | 'expiresAt'> & {
  /** Not before this; default now. */
  readonly notBefore?: Date
  /** Never leaves after this; default two days. */
  readonly expiresAt?: Date
}

const expiryMs = 2 * 86_400_000

/** Writes a signed command. It leaves when the collector reaches the meter and the guard lets it. */
export async function requestCommand(trx: Trx, signer: Signer, input: NewCommand): Promise<CommandRef> {
  const createdAt = new Date()
  const command: SignedCommand = {
    ...input,
    id: randomUUID(),
    createdAt,
    notBefore: input.notBefore ?? createdAt,
    expiresAt: input.expiresAt ?? new Date(createdAt.getTime() + expiryMs),
  }
  await sql`
    insert into contor.relay_command (metering_point_id, id, meter_id, kind, parameters, order_id, requested_by, approved_by,
           supplier, urgent, created_at, not_before, expires_at, signature, next_at)
    values (${command.meteringPointId}, ${command.id}, ${command.meterId}, ${command.kind},
            ${JSON.stringify(command.parameters)}::jsonb, ${command.orderId}, ${command.requestedBy}, ${command.approvedBy},
            ${command.supplier}, ${command.urgent}, ${createdAt}, ${command.notBefore}, ${command.expiresAt},
            ${signer.sign(commandBytes(command))}, ${command.notBefore})`.execute(trx)
  await sql`select pg_notify(${commandChannel}, ${command.meteringPointId})`.execute(trx)
  return { meteringPointId: command.meteringPointId, id: command.id }
}

/**
 * Takes a command back.
 * - `cancelled`: nothing has left and nothing will
 * - `too-late`: it has left; what became of it is read back first. When the relay did not move it ends cancelled,
 *   when it moved it ends done.
 * - `over`: it had ended before
 */
export async function cancelCommand(
  trx: Trx,
  ref: CommandRef,
  by: string,
): Promise<'cancelled' | 'too-late' | 'over'> {
  // The row's lock decides the race with release(): whoever has it first is first.
  const { rows } = await sql<{ state: string }>`
    update contor.relay_command
       set cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()), cancel_requested_by = coalesce(cancel_requested_by, ${by}),
           state = case state when 'queued' then 'cancelled' else state end,
           finished_at = case state when 'queued' then clock_timestamp() else finished_at end,
           outcome = case state when 'queued' then 'not-acted' else outcome end
     where metering_point_id = ${ref.meteringPointId} and id = ${ref.id} and state in ('queued', 'released')
    returning state`.execute(trx)
  const state = rows[0]?.state
  return state === undefined ? 'over' : state === 'cancelled' ? 'cancelled' : 'too-late'
}
