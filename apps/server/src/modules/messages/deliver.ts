// Messages go out: first to whom, then until each has taken it or the attempts are used up. Any number of these may run.
// A receiver may see a message twice (it took it, and its answer was lost): the id tells.

import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { asSystem, type Db, type KeyRing, type Log, type Trx } from '../../platform/index.ts'
import { findContact } from './contacts.ts'
import { endDeviceEvents, eventTypeOf } from './endDeviceEvents.ts'
import { postWebhook, sendLetter } from './send.ts'
import { listSubscriptions, type Subscription, secretOf } from './subscriptions.ts'
import { textOf } from './texts.ts'

const maxAttempts = 15
const firstPauseMs = 5_000
const longestPauseMs = 2 * 3_600_000
const leaseMs = 120_000
/** Sixteen at once, each within its 20 s: a batch ends before its lease. */
const batch = 48
const atOnce = 16

export interface DeliveryContext {
  readonly db: Db
  readonly keys: KeyRing
  readonly log: Log
}

/** Runs until the signal aborts. */
export async function runMessageDelivery(context: DeliveryContext, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let worked = 0
    try {
      worked = (await routeMessages(context.db)) + (await deliverMessages(context))
    } catch (err) {
      if (!signal.aborted) context.log.error({ err }, 'messages: a round failed')
    }
    if (worked === 0) await sleep(1_000, undefined, { signal }).catch(() => {})
  }
}

interface Message {
  readonly meteringPointId: string
  readonly id: string
  readonly recipient: string
  readonly kind: string
  readonly body: Record<string, unknown>
  readonly createdAt: Date
}

/** Finds out to whom new messages go. Instants of orders may lie ahead of the world's: a new message is due at once. @returns how many */
export async function routeMessages(db: Db): Promise<number> {
  const subscriptions = (await listSubscriptions(db)).filter(({ active }) => active)
  return asSystem(db, async (trx) => {
    const { rows } = await sql<Message>`
      select metering_point_id as "meteringPointId", id, recipient, kind, body, created_at as "createdAt" from contor.message
       where state = 'new' order by created_at limit ${batch} for update skip locked`.execute(trx)
    for (const message of rows) {
      const to = []
      for (const subscription of subscriptions)
        if (await concerns(trx, subscription, message)) to.push(subscription.id)
      await sql`insert into contor.message_delivery (metering_point_id, message_id, subscription_id, next_at)
                select ${message.meteringPointId}::bigint, ${message.id}::uuid, unnest(${to}::bigint[]), now()`.execute(
        trx,
      )
      await sql`update contor.message set state = ${to.length > 0 ? 'sent' : 'kept'}, next_at = null
                 where metering_point_id = ${message.meteringPointId} and id = ${message.id}`.execute(trx)
    }
    return rows.length
  })
}

async function concerns(trx: Trx, subscription: Subscription, message: Message): Promise<boolean> {
  const { recipient, kinds, format, address } = subscription
  const everyCustomer = recipient === 'customer:*' && message.recipient.startsWith('customer:')
  if (recipient !== message.recipient && !everyCustomer) return false
  if (kinds.length > 0 && !kinds.includes(message.kind)) return false
  if (format === 'cim') return eventTypeOf(message) !== undefined
  if (address.channel === 'email' && everyCustomer)
    return Boolean((await findContact(trx, message.recipient))?.email)
  return true
}

interface Due extends Message {
  readonly subscriptionId: string
  readonly attempts: number
}

/** Sends what is due. @returns how many were tried */
export async function deliverMessages(context: DeliveryContext): Promise<number> {
  const { rows: due } = await asSystem(context.db, (trx) =>
    sql<Due>`
      with next as (select metering_point_id, message_id, subscription_id from contor.message_delivery
                     where state = 'due' and next_at <= now() order by next_at limit ${batch} for update skip locked),
           taken as (update contor.message_delivery d set next_at = now() + ${`${leaseMs} milliseconds`}::interval, attempts = attempts + 1
                       from next n where (d.metering_point_id, d.message_id, d.subscription_id) = (n.metering_point_id, n.message_id, n.subscription_id)
                  returning d.metering_point_id, d.message_id, d.subscription_id, d.attempts)
      select t.metering_point_id as "meteringPointId", t.message_id as id, t.subscription_id as "subscriptionId", t.attempts,
             m.recipient, m.kind, m.body, m.created_at as "createdAt"
        from taken t join contor.message m on m.metering_point_id = t.metering_point_id and m.id = t.message_id`.execute(
      trx,
    ),
  )
  if (due.length === 0) return 0
  const subscriptions = await listSubscriptions(context.db, [
    ...new Set(due.map((row) => row.subscriptionId)),
  ])
  const byId = new Map(subscriptions.map((subscription) => [subscription.id, subscription]))
  const waiting = [...due]
  const work = async () => {
    for (let row = waiting.shift(); row; row = waiting.shift())
      await attempt(context, row, byId.get(row.subscriptionId))
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return due.length
}

async function attempt(
  context: DeliveryContext,
  due: Due,
  subscription: Subscription | undefined,
): Promise<void> {
  try {
    if (!subscription) throw new Error('the subscription was removed')
    const answer = await sendOne(context, due, subscription)
    await settle(context.db, due, { state: 'delivered', answer })
  } catch (error) {
    const text =
      error instanceof Error
        ? error.cause instanceof Error
          ? error.cause.message
          : error.message
        : String(error)
    const last = due.attempts >= maxAttempts || !subscription
    if (last)
      context.log.error(
        { message: due.id, kind: due.kind, to: subscription?.name, text },
        'a message was not taken',
      )
    await settle(context.db, due, { state: last ? 'failed' : 'due', text })
  }
}

async function sendOne({ db, keys }: DeliveryContext, due: Due, subscription: Subscription): Promise<string> {
  const { address, format } = subscription
  const contact = due.recipient.startsWith('customer:')
    ? await asSystem(db, (trx) => findContact(trx, due.recipient))
    : undefined
  const secret = await secretOf(db, keys, subscription)
  if (address.channel === 'email') {
    const to = contact?.email ?? address.to
    if (!to) throw new Error(`${due.recipient} has no e-mail address on record`)
    return sendLetter(address, secret, to, {
      id: due.id,
      ...textOf(due.kind, due.body, contact?.locale ?? 'ro'),
    })
  }
  if (!secret) throw new Error('the webhook has no key')
  const eventType = format === 'cim' ? eventTypeOf(due) : undefined
  return postWebhook(address, secret, {
    id: due.id,
    kind: due.kind,
    contentType: eventType ? 'application/xml; charset=utf-8' : 'application/json',
    body: eventType
      ? endDeviceEvents(due, eventType)
      : JSON.stringify({
          id: due.id,
          kind: due.kind,
          recipient: due.recipient,
          createdAt: due.createdAt.toISOString(),
          body: due.body,
          text: { ro: textOf(due.kind, due.body, 'ro'), en: textOf(due.kind, due.body, 'en') },
          ...(contact ? { contact } : {}),
        }),
  })
}

/** The outcome of an attempt, and of the message when it was the last one that was awaited. */
async function settle(
  db: Db,
  due: Due,
  end: { readonly state: 'delivered' | 'due' | 'failed'; readonly answer?: string; readonly text?: string },
): Promise<void> {
  const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (due.attempts - 1))
  await asSystem(db, async (trx) => {
    // The message's row is the lock: the last of its deliveries sees all the others.
    await sql`select 1 from contor.message where metering_point_id = ${due.meteringPointId} and id = ${due.id} for update`.execute(
      trx,
    )
    await sql`
      update contor.message_delivery set state = ${end.state}, answer = ${end.answer ?? null}, error_text = ${end.text?.slice(0, 500) ?? null},
             delivered_at = case when ${end.state} = 'delivered' then now() end, next_at = now() + ${`${pauseMs} milliseconds`}::interval
       where metering_point_id = ${due.meteringPointId} and message_id = ${due.id} and subscription_id = ${due.subscriptionId}`.execute(
      trx,
    )
    await sql`
      update contor.message m set state = s.state, delivered_at = s.at, attempts = m.attempts + 1, error_text = ${end.text?.slice(0, 500) ?? null}
        from (select case when bool_or(d.state = 'due') then 'sent' when bool_or(d.state = 'failed') then 'failed' else 'delivered' end as state,
                     max(d.delivered_at) as at from contor.message_delivery d
               where d.metering_point_id = ${due.meteringPointId} and d.message_id = ${due.id}) s
       where m.metering_point_id = ${due.meteringPointId} and m.id = ${due.id}`.execute(trx)
  })
}
