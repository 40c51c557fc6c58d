// The command of an order, and the effect that it proves.

import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import type { Step } from './step.ts'
import { applyEvent, type EventInput, type Order } from './store.ts'

export interface CommandRow {
  readonly id: string
  readonly kind: string
  readonly state: string
  readonly outcome: string | null
  readonly error_code: string | null
  readonly error_text: string | null
}

export async function commandOf(trx: Trx, order: Order): Promise<CommandRow | undefined> {
  const { rows } = await sql<CommandRow>`
    select id, kind, state, outcome, error_code, error_text from contor.relay_command
     where metering_point_id = ${order.meteringPointId} and id = ${order.commandId}`.execute(trx)
  return rows[0]
}

/** What follows from the effect is done in the next round, which begins at once. */
export const confirm = ({ trx, now }: Step, order: Order, input: EventInput): Promise<Order> =>
  applyEvent(trx, order, 'confirm', input, { nextAt: new Date(now) })
