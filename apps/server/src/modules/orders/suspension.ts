// A suspension that the customer asked for ends on a day: supply comes back without asking (Gazette 129/1999, small
// consumers art. 40, large consumers art. 45 (3)).

import { dayStart } from '@contor/intervals'
import { sql } from 'kysely'
import { asSystem, ContorError, type Trx } from '../../platform/index.ts'
import type { Signer } from '../commands/index.ts'
import { type OrderDesk, reconnectSuspended } from './create.ts'
import { sealHolds } from './seal.ts'
import { lookAgain, type Order } from './store.ts'

const hourMs = 3_600_000

/** The instant from which an executed suspension is over; undefined for every other order. */
export const resumptionOf = ({ cause, facts }: Pick<Order, 'cause' | 'facts'>): number | undefined =>
  cause === 'SUSPEND' && facts.until !== undefined ? dayStart(facts.until) : undefined

/**
 * Whether an ended order is a suspension whose day has come and that still holds: nothing was done at the point since.
 * @returns the order that supply is to be given back for
 */
export async function suspensionOver(
  trx: Trx,
  signer: Signer,
  order: Order,
  now: number,
): Promise<Order | undefined> {
  const at = order.state === 'closed' ? resumptionOf(order) : undefined
  if (at !== undefined && at > now) {
    await lookAgain(trx, order, at)
    return undefined
  }
  const due = at !== undefined && sealHolds(signer.verifier, order) && !(await laterAct(trx, order))
  if (!due) await lookAgain(trx, order, null)
  return due ? order : undefined
}

/** Given back before on request, or ended for good: either takes the suspension's place. */
async function laterAct(trx: Trx, order: Order): Promise<boolean> {
  const { rows } = await sql`
    select 1 from contor.work_order o
     where o.metering_point_id = ${order.meteringPointId} and o.created_at > ${order.createdAt} and o.state in ('executed', 'closed') limit 1`.execute(
    trx,
  )
  return rows.length > 0
}

/** Makes the order that connects again; while another one is under way at the point it is tried again by the hour. */
export async function resumeSupply(desk: OrderDesk, order: Order, now: number): Promise<void> {
  let nextAt: number | null = null
  try {
    await reconnectSuspended(desk, order, now)
  } catch (error) {
    if (!(error instanceof ContorError) || error.code !== 'conflict') throw error
    nextAt = now + hourMs
  }
  await asSystem(desk.db, (trx) => lookAgain(trx, order, nextAt))
}
