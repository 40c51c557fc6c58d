// Who receives deliveries, how and when; passwords and keys are wrapped by the installation's key ring.
import { sql } from 'kysely'
import { z } from 'zod'
import {
  asSystem,
  ContorError,
  type Db,
  isSafeAddress,
  type KeyRing,
  notFound,
} from '../../../platform/index.ts'
import { type FormatName, formatNames } from '../export/formats.ts'

const sftp = z.object({
  kind: z.literal('sftp'),
  host: z.string().min(1),
  port: z.number().int().min(1).max(65_535).default(22),
  user: z.string().min(1),
  folder: z.string().default('.'),
  /** SHA-256 of the server's host key, base64 without padding, as `ssh-keygen -lf` prints it. */
  hostKey: z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}$/, 'the SHA-256 of the host key in base64, without SHA256: and ='),
})
const https = z.object({ kind: z.literal('https'), url: z.url() })
const email = z.object({
  kind: z.literal('email'),
  to: z.email(),
  from: z.email(),
  host: z.string().min(1),
  port: z.number().int().min(1).max(65_535).default(587),
  /** Account at the mail server; its password is the secret. */
  user: z.string().optional(),
  /** Refuse to send over a connection that is not encrypted. */
  requireTls: z.boolean().default(true),
})
export const addressSchema = z.discriminatedUnion('kind', [sftp, https, email])
export type Address = z.infer<typeof addressSchema>

export const recipientSchema = z.object({
  supplier: z.string().min(1).max(100),
  name: z.string().min(1).max(100),
  address: addressSchema,
  /** Password, private key (PEM), HMAC key; never shown again. */
  secret: z.string().max(20_000).optional(),
  format: z.enum(formatNames),
  channels: z
    .array(z.enum(['A+', 'A-', 'Q1', 'Q2', 'Q3', 'Q4', 'R+', 'R-']))
    .min(1)
    .default(['A+']),
  locale: z.enum(['ro', 'en']).default('ro'),
  /** Civil time of day at which the readings of the day before are sent. */
  sendAt: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time HH:MM'),
  active: z.boolean().default(true),
})
export type RecipientInput = z.infer<typeof recipientSchema>

export interface Recipient {
  readonly id: string
  readonly supplier: string
  readonly name: string
  readonly address: Address
  readonly format: FormatName
  readonly options: Pick<RecipientInput, 'channels' | 'locale'>
  readonly sendAt: string
  readonly active: boolean
  readonly hasSecret: boolean
}

const context = (name: string) => `delivery:${name}`

/** @throws ContorError 'invalid-request' for an address that would send in clear over the network */
export async function saveRecipient(db: Db, keys: KeyRing, input: RecipientInput): Promise<string> {
  if (input.address.kind === 'https' && !isSafeAddress(input.address.url))
    throw new ContorError('invalid-request', 'Readings travel over https only', {
      field: 'address.url',
      value: input.address.url,
      remedy: 'Write an address that begins with https://.',
    })
  const { kind, ...address } = input.address
  const wrapped =
    input.secret === undefined ? null : keys.wrap(Buffer.from(input.secret), context(input.name))
  return asSystem(db, async (trx) => {
    const { rows } = await sql<{ id: string }>`
      insert into contor.delivery_recipient (supplier, name, kind, address, wrapped, format, options, send_at, active)
      values (${input.supplier}, ${input.name}, ${kind}, ${JSON.stringify(address)}, ${wrapped}, ${input.format},
              ${JSON.stringify({ channels: input.channels, locale: input.locale })}, ${input.sendAt}::time, ${input.active})
      on conflict (name) do update set supplier = excluded.supplier, kind = excluded.kind, address = excluded.address,
        wrapped = coalesce(excluded.wrapped, contor.delivery_recipient.wrapped), format = excluded.format,
        options = excluded.options, send_at = excluded.send_at, active = excluded.active
      returning id`.execute(trx)
    return rows[0].id
  })
}

export async function listRecipients(db: Db, id?: string): Promise<Recipient[]> {
  const { rows } = await asSystem(db, (trx) =>
    sql<Omit<Recipient, 'address'> & { kind: Address['kind']; place: object }>`
      select id, supplier, name, kind, address as place, format, options, to_char(send_at, 'HH24:MI') as "sendAt", active,
             wrapped is not null as "hasSecret"
        from contor.delivery_recipient where (${id === undefined} or id = ${id ?? '0'}::bigint) order by name`.execute(
      trx,
    ),
  )
  return rows.map(({ kind, place, ...row }) => ({ ...row, address: { kind, ...place } as Address }))
}

export async function findRecipient(db: Db, id: string): Promise<Recipient> {
  const [found] = await listRecipients(db, id)
  if (!found) throw notFound('recipient', id)
  return found
}

/** The recipient's password or key in clear, or undefined when it has none. */
export async function secretOf(db: Db, keys: KeyRing, recipient: Recipient): Promise<string | undefined> {
  const { rows } = await asSystem(db, (trx) =>
    sql<{
      wrapped: Buffer | null
    }>`select wrapped from contor.delivery_recipient where id = ${recipient.id}`.execute(trx),
  )
  const wrapped = rows[0]?.wrapped
  return wrapped ? keys.unwrap(wrapped, context(recipient.name)).toString() : undefined
}

export async function removeRecipient(db: Db, id: string): Promise<void> {
  await findRecipient(db, id)
  await asSystem(db, (trx) => sql`delete from contor.delivery_recipient where id = ${id}`.execute(trx))
}
