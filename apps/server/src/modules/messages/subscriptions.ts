// Where messages are sent, and with which key.

import { sql } from 'kysely'
import { z } from 'zod'
import {
  asSystem,
  ContorError,
  type Db,
  isSafeAddress,
  type KeyRing,
  notFound,
} from '../../platform/index.ts'

const webhook = z.object({ channel: z.literal('webhook'), url: z.url() })
const email = z.object({
  channel: z.literal('email'),
  /** Not needed where messages go to customers: each has an address of his own. */
  to: z.email().optional(),
  from: z.email(),
  host: z.string().min(1),
  port: z.number().int().min(1).max(65_535).default(587),
  user: z.string().optional(),
  /** Refuse to send over a connection that is not encrypted. */
  requireTls: z.boolean().default(true),
})
export const addressSchema = z.discriminatedUnion('channel', [webhook, email])
export type MessageAddress = z.infer<typeof addressSchema>

export const subscriptionSchema = z.object({
  name: z.string().trim().min(1).max(100),
  /** One supplier, the operator, or whatever talks to all customers. */
  recipient: z
    .string()
    .regex(/^(supplier:.{1,100}|operator|customer:\*)$/, 'supplier:NAME, operator or customer:*'),
  address: addressSchema,
  /** HMAC key of a webhook, password of a mail account; never shown again. */
  secret: z.string().min(16).max(500).optional(),
  format: z.enum(['json', 'cim', 'text']),
  /** Only these kinds; empty: all. */
  kinds: z.array(z.string().min(1).max(60)).max(50).default([]),
  active: z.boolean().default(true),
})
export type SubscriptionInput = z.infer<typeof subscriptionSchema>

export interface Subscription extends Omit<SubscriptionInput, 'secret'> {
  readonly id: string
  readonly hasSecret: boolean
}

const context = (name: string) => `message:${name}`

/** Adds one, or changes the one of this name. @throws ContorError 'invalid-request' for what would travel in clear or unsigned */
export async function saveSubscription(db: Db, keys: KeyRing, input: SubscriptionInput): Promise<string> {
  check(input)
  const { channel, ...address } = input.address
  const wrapped =
    input.secret === undefined ? null : keys.wrap(Buffer.from(input.secret), context(input.name))
  return asSystem(db, async (trx) => {
    const { rows } = await sql<{ id: string; wrapped: Buffer | null }>`
      insert into contor.message_subscription (name, recipient, channel, address, wrapped, format, kinds, active)
      values (${input.name}, ${input.recipient}, ${channel}, ${JSON.stringify(address)}::jsonb, ${wrapped}, ${input.format},
              ${[...input.kinds]}::text[], ${input.active})
      on conflict (name) do update set recipient = excluded.recipient, channel = excluded.channel, address = excluded.address,
        wrapped = coalesce(excluded.wrapped, contor.message_subscription.wrapped), format = excluded.format,
        kinds = excluded.kinds, active = excluded.active
      returning id, wrapped`.execute(trx)
    const saved = rows[0]
    if (!saved) throw new Error('the subscription that was written is not there')
    if (channel === 'webhook' && saved.wrapped === null)
      throw new ContorError(
        'invalid-request',
        'A webhook needs a key: its receiver must be able to tell who speaks',
        {
          field: 'secret',
          remedy: 'Give a secret of at least 16 characters; it signs each message (HMAC-SHA-256).',
        },
      )
    return saved.id
  })
}

function check({ address, format, recipient }: SubscriptionInput): void {
  if (address.channel === 'webhook' && !isSafeAddress(address.url))
    throw new ContorError('invalid-request', 'Messages travel over https only', {
      field: 'address.url',
      value: address.url,
      remedy: 'Write an address that begins with https://.',
    })
  if (address.channel === 'webhook' && format === 'text')
    throw new ContorError('invalid-request', 'A webhook takes json or cim', {
      field: 'format',
      value: format,
      remedy: 'Choose json (with the texts in it) or cim (EndDeviceEvents of IEC 61968-9).',
    })
  if (address.channel === 'email' && format !== 'text')
    throw new ContorError('invalid-request', 'A letter is text', {
      field: 'format',
      value: format,
      remedy: 'Choose text for e-mail; json and cim go to a webhook.',
    })
  if (address.channel === 'email' && address.to === undefined && recipient !== 'customer:*')
    throw new ContorError('invalid-request', 'To whom?', {
      field: 'address.to',
      remedy: 'Give an e-mail address.',
    })
}

export async function listSubscriptions(db: Db, ids?: readonly string[]): Promise<Subscription[]> {
  const { rows } = await asSystem(db, (trx) =>
    sql<Omit<Subscription, 'address'> & { channel: string; place: object }>`
      select id, name, recipient, channel, address as place, format, kinds, active, wrapped is not null as "hasSecret"
        from contor.message_subscription
       where ${ids ? sql`id = any(${[...ids]}::bigint[])` : sql`true`} order by name`.execute(trx),
  )
  return rows.map(({ channel, place, ...row }) => ({
    ...row,
    address: { channel, ...place } as MessageAddress,
  }))
}

/** In clear, for the moment of sending. */
export async function secretOf(
  db: Db,
  keys: KeyRing,
  { id, name }: Subscription,
): Promise<string | undefined> {
  const { rows } = await asSystem(db, (trx) =>
    sql<{ wrapped: Buffer | null }>`select wrapped from contor.message_subscription where id = ${id}`.execute(
      trx,
    ),
  )
  const wrapped = rows[0]?.wrapped
  return wrapped ? keys.unwrap(wrapped, context(name)).toString() : undefined
}

/** What is under way to it is given up. */
export async function removeSubscription(db: Db, id: string): Promise<void> {
  await asSystem(db, async (trx) => {
    await sql`update contor.message_delivery set state = 'failed', error_text = 'the subscription was removed'
               where subscription_id = ${id} and state = 'due'`.execute(trx)
    const gone = await sql`delete from contor.message_subscription where id = ${id}`.execute(trx)
    if (gone.numAffectedRows === 0n) throw notFound('subscription', id)
  })
}
