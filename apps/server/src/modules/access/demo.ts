import { sql } from 'kysely'
import type { Trx } from '../../platform/index.ts'
import { createUser, type NewUser } from './users.ts'

const names: Record<NewUser['role'], string> = {
  operator: 'Ioana Oprea',
  analyst: 'Andrei Năstase',
  supplier: 'Sorina Furtună',
  customer: 'Călin Costea',
  crew: 'Cornel Radu',
  admin: 'Adina Munteanu',
}

export interface DemoAccount {
  readonly role: NewUser['role']
  readonly email: string
  readonly password: string
}

/** The demo's accounts, public on purpose: the data behind them are invented. */
export const demoAccounts: readonly DemoAccount[] = (
  ['operator', 'analyst', 'supplier', 'customer', 'crew', 'admin'] as const
).map((role) => ({ role, email: `${role}@contor.example`, password: `contor-${role}` }))

/** Creates the accounts that are missing; supplier and customer get the subject with most points in the network. */
export async function ensureDemoAccounts(trx: Trx): Promise<void> {
  const existing = await trx
    .selectFrom('auth_user')
    .select('email')
    .where(
      'email',
      'in',
      demoAccounts.map((account) => account.email),
    )
    .execute()
  const known = new Set(existing.map((row) => row.email))
  for (const account of demoAccounts) {
    if (known.has(account.email)) continue
    const subject =
      account.role === 'supplier' || account.role === 'customer'
        ? ((await largestSubject(trx, account.role)) ?? `${account.role}:demo`)
        : undefined
    await createUser(trx, { ...account, name: names[account.role], subject })
  }
}

/** The subject 'supplier:…' or 'customer:…' that most points are granted to. */
export async function largestSubject(trx: Trx, role: 'supplier' | 'customer'): Promise<string | undefined> {
  const row = await trx
    .selectFrom('access_grant')
    .select('subject')
    .where('subject', 'like', `${role}:%`)
    .groupBy('subject')
    .orderBy(sql`count(*)`, 'desc')
    .orderBy('subject')
    .limit(1)
    .executeTakeFirst()
  return row?.subject
}
