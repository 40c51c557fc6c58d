import { randomBytes, randomUUID } from 'node:crypto'
import type { Role, Trx } from '../../platform/index.ts'
import { hashPassword } from './passwords.ts'

export interface NewUser {
  readonly email: string
  readonly name: string
  readonly password: string
  readonly role: Exclude<Role, 'third-party'>
  /** Subject of its grants, for suppliers and customers. */
  readonly subject?: string | undefined
  readonly locale?: 'ro' | 'en'
}

/** Creates a person who signs in by password. Needs scope 'all'. @returns false when the address is taken */
export async function createUser(trx: Trx, user: NewUser): Promise<boolean> {
  const id = randomUUID()
  const inserted = await trx
    .insertInto('auth_user')
    .values({
      id,
      email: user.email.toLowerCase(),
      name: user.name,
      email_verified: true,
      role: user.role,
      subject: user.subject ?? null,
      locale: user.locale ?? 'ro',
    })
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!inserted) return false
  await trx
    .insertInto('auth_account')
    .values({
      id: randomUUID(),
      account_id: id,
      provider_id: 'credential',
      user_id: id,
      password: await hashPassword(user.password),
    })
    .execute()
  return true
}

/** Names of persons by their subject, as far as the transaction's actor may know them; others are left out. */
export async function namesOf(
  trx: Trx,
  subjects: readonly (string | null)[],
): Promise<Record<string, string>> {
  const wanted = [...new Set(subjects.filter((subject) => subject?.startsWith('user:')))] as string[]
  if (wanted.length === 0) return {}
  const rows = await trx
    .selectFrom('auth_user')
    .select(['id', 'name'])
    .where(
      'id',
      'in',
      wanted.map((subject) => subject.slice('user:'.length)),
    )
    .execute()
  return Object.fromEntries(rows.map(({ id, name }) => [`user:${id}`, name]))
}

export interface FirstAdmin {
  readonly email: string
  readonly password: string
}

/** On an installation without any person: makes the administrator, with a password that is shown once. */
export async function ensureFirstAdmin(trx: Trx): Promise<FirstAdmin | undefined> {
  const anyone = await trx.selectFrom('auth_user').select('id').limit(1).executeTakeFirst()
  if (anyone) return undefined
  const admin = { email: 'admin@contor.local', password: randomBytes(15).toString('base64url') }
  await createUser(trx, { ...admin, name: 'Administrator', role: 'admin' })
  return admin
}
