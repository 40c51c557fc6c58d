import { createRoleToken, demoAccounts, largestSubject } from '../modules/access/index.ts'
import { type Role, systemActor } from '../platform/actor.ts'
import type { Config } from '../platform/config.ts'
import { asSystem } from '../platform/db/pool.ts'
import { ContorError } from '../platform/errors.ts'
import { migrateDatabase, openDatabase } from './database.ts'

const DAY_MS = 86_400_000

export interface TokenOptions {
  readonly role: string
  readonly subject?: string
  readonly label?: string
  readonly days: number
  readonly json?: boolean
}

/** `contor token`: makes a bearer token for scripts. Works beside a running server and without one. */
export async function token(config: Config, options: TokenOptions): Promise<void> {
  const role = demoAccounts.find((account) => account.role === options.role)?.role
  if (!role)
    throw new ContorError('bad-configuration', `There is no role ${options.role}`, {
      field: '--role',
      value: options.role,
      remedy: `Roles: ${demoAccounts.map((account) => account.role).join(', ')}.`,
    })
  const open = await openDatabase(config, { mode: 'join', applicationName: 'contor token', poolSize: 1 })
  try {
    await migrateDatabase(open)
    const expiresAt = new Date(Date.now() + options.days * DAY_MS)
    const made = await asSystem(open.db, async (trx) => {
      const subject =
        options.subject ??
        (role === 'supplier' || role === 'customer' ? await largestSubject(trx, role) : undefined)
      return createRoleToken(trx, systemActor, {
        role: role as Role,
        label: options.label ?? `contor token --role ${role}`,
        expiresAt,
        ...(subject === undefined ? {} : { subject }),
      })
    })
    process.stdout.write(
      options.json
        ? `${JSON.stringify({ ...made, role, expiresAt: expiresAt.toISOString() })}\n`
        : `${made.token}\n`,
    )
  } finally {
    await open.close()
  }
}
