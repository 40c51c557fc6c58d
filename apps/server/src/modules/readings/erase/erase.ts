// A person asks to be forgotten (GDPR art. 17). The link between person and point goes at once; readings go as far
// as no law wants them kept (art. 17 (3) b), and leave their energy behind as totals that name nobody.

import { type CivilDay, civilDayOf } from '@contor/intervals'
import { sql } from 'kysely'
import { type Actor, asSystem, ContorError, type Db, notFound, type Trx } from '../../../platform/index.ts'
import { writeAudit } from '../../access/index.ts'
import { legalRule } from '../../legal/index.ts'
import { judgeServerClock } from '../retention/clock.ts'
import { expireAll, monthsBefore } from '../retention/expire.ts'

export type Erasure = {
  /** Number of the customer: what stands behind 'customer:' in its subject. */
  readonly customer: string
  /** Last civil day of the contract. */
  readonly contractEnded: CivilDay
  readonly reason: string
}

/** What a law keeps, until when, and which. */
export type Kept = {
  readonly what: 'detailed readings' | 'bills and their readings'
  readonly until: CivilDay
  readonly rule: string
  readonly source: string
}

export type Erased = {
  readonly points: number
  readonly grants: number
  readonly tokens: number
  readonly users: number
  /** Days of detailed readings that no law keeps any more. */
  readonly days: number
  readonly kept: readonly Kept[]
}

/**
 * Erases a person. May be called again: what was kept goes when its time has come.
 * @param now epoch ms
 * @throws ContorError 'not-found' for a customer without a trace here; 'conflict' with every reason while a contract
 * runs, an order is open, a bill is to be corrected, or the clock cannot be believed
 */
export async function erasePerson(db: Db, actor: Actor, erasure: Erasure, now = Date.now()): Promise<Erased> {
  const { customer, contractEnded } = erasure
  const points = await asSystem(db, (trx) => pointsOf(trx, customer))
  const obstacles = await asSystem(db, (trx) => obstaclesOf(trx, customer, points, contractEnded, now))
  if (obstacles.length > 0)
    throw new ContorError('conflict', `Customer ${customer} cannot be erased yet: ${obstacles.join('; ')}`, {
      field: 'customer',
      value: customer,
      remedy: 'Settle what is open, then ask again.',
    })
  // Readings first: a crash in between leaves the link, by which the next call finds them again.
  const { kept, days } = await expireReadings(db, points, contractEnded, now)
  return asSystem(db, async (trx) => {
    const gone = await severLink(trx, customer, points)
    const erased = { points: points.length, ...gone, days, kept }
    // The record says that it was done and to how much, not to whom.
    await writeAudit(trx, actor, 'person.erase', 'customer', { ...erased, reason: erasure.reason })
    return erased
  })
}

async function pointsOf(trx: Trx, customer: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from contor.metering_point where customer = ${customer}
    union select metering_point_id from contor.access_grant where subject = ${`customer:${customer}`} order by 1`.execute(
    trx,
  )
  const known = await sql`
    select 1 from contor.auth_user where subject = ${`customer:${customer}`}
    union all select 1 from contor.api_token where subject = ${`customer:${customer}`} limit 1`.execute(trx)
  if (rows.length === 0 && known.rows.length === 0) throw notFound('customer', customer)
  return rows.map((row) => row.id)
}

async function obstaclesOf(
  trx: Trx,
  customer: string,
  points: readonly string[],
  contractEnded: CivilDay,
  now: number,
): Promise<string[]> {
  const found: string[] = []
  if (contractEnded >= civilDayOf(now)) found.push(`its contract runs until ${contractEnded}`)
  const clock = await judgeServerClock(trx, now)
  if (!clock.believed) found.push(clock.reason)
  const orders = await sql<{ number: string }>`
    select number from contor.work_order where metering_point_id = any(${[...points]}::bigint[]) and ended_at is null
       and (requester = ${`customer:${customer}`} or created_at::date <= ${contractEnded}::date)`.execute(trx)
  for (const { number } of orders.rows) found.push(`order ${number} is open`)
  const bills = await sql<{ bill: string }>`
    select distinct bill_ref as bill from contor.rebill_difference
     where metering_point_id = any(${[...points]}::bigint[]) and settled_by is null and day <= ${contractEnded}`.execute(
    trx,
  )
  for (const { bill } of bills.rows) found.push(`bill ${bill} has a difference to settle`)
  return found
}

async function expireReadings(db: Db, points: readonly string[], contractEnded: CivilDay, now: number) {
  const today = civilDayOf(now)
  const { detail, bills, newest } = await asSystem(db, async (trx) => {
    const clock = await judgeServerClock(trx, now)
    return {
      detail: await leastOf(trx, 'retention.detail.months', today),
      bills: await leastOf(trx, 'retention.cumulative.months', today),
      newest: clock.believed ? clock.newest : undefined,
    }
  })
  const before = newest === undefined ? undefined : monthsBefore(newest, detail.months)
  // The next customer's days are not this person's.
  const until = before === undefined || before < contractEnded ? before : contractEnded
  const days = until === undefined ? 0 : await expireAll(db, points, until, detail.months)
  const keptUntil = (months: number) => monthsBefore(contractEnded, -months)
  const kept: Kept[] = [
    { what: 'detailed readings', until: keptUntil(detail.months), rule: detail.name, source: detail.source },
    {
      what: 'bills and their readings',
      until: keptUntil(bills.months),
      rule: bills.name,
      source: bills.source,
    },
  ]
  return { kept: kept.filter((one) => one.until > today), days }
}

/** An operator may keep longer; against a person counts what the law demands at least. */
async function leastOf(trx: Trx, name: string, day: CivilDay) {
  const { source } = await legalRule(trx, name, day)
  const { rows } = await sql<{
    least: number
  }>`select least from contor.legal_figure where name = ${name}`.execute(trx)
  return { name, source, months: rows[0].least }
}

async function severLink(trx: Trx, customer: string, points: readonly string[]) {
  const subject = `customer:${customer}`
  // The place keeps its code and address, which belong to the network; the name is the person's.
  await sql`update contor.metering_point set customer = null, name = pod
             where id = any(${[...points]}::bigint[]) and customer = ${customer}`.execute(trx)
  // What the person gave to others ends with the person.
  const given = sql`select subject from contor.api_token where created_by = ${subject} and subject like 'token:%'`
  const grants =
    await sql`delete from contor.access_grant where subject = ${subject} or subject in (${given})`.execute(
      trx,
    )
  const tokens =
    await sql`delete from contor.api_token where subject = ${subject} or created_by = ${subject}`.execute(trx)
  const users = await sql`delete from contor.auth_user where subject = ${subject}`.execute(trx)
  return {
    grants: Number(grants.numAffectedRows),
    tokens: Number(tokens.numAffectedRows),
    users: Number(users.numAffectedRows),
  }
}
