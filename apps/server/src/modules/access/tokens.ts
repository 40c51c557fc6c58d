import { createHash, randomBytes } from 'node:crypto'
import { type Actor, ContorError, notFound, type Role, type Trx } from '../../platform/index.ts'
import { writeAudit } from './audit.ts'
import { scopeOf } from './permissions.ts'

const PREFIX = 'contor_'
const TOKEN_BYTES = 32

/** Only this is stored: tokens are random, so a plain digest cannot be searched. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

export interface NewToken {
  readonly role: Role
  readonly label: string
  /** Subject of its grants; required for suppliers and customers. */
  readonly subject?: string
  readonly expiresAt?: Date | undefined
}

/** Makes a token that acts in a role. Needs scope 'all'. @returns the token, which is not kept */
export async function createRoleToken(
  trx: Trx,
  actor: Actor,
  input: NewToken,
): Promise<{ id: string; token: string }> {
  const token = PREFIX + randomBytes(TOKEN_BYTES).toString('base64url')
  const { id } = await trx
    .insertInto('api_token')
    .values({
      hash: digest(token),
      subject: input.subject ?? `cli:${input.role}`,
      role: input.role,
      label: input.label,
      created_by: actor.subject,
      expires_at: input.expiresAt ?? null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await writeAudit(trx, actor, 'token.create', `token:${id}`, { role: input.role, label: input.label })
  return { id, token }
}

/** Makes a token that sees one metering point and nothing else. Needs scope 'all'; the caller has checked the point. */
export async function createPointToken(
  trx: Trx,
  actor: Actor,
  input: { meteringPointId: string; label: string; expiresAt?: Date | undefined },
): Promise<{ id: string; token: string }> {
  const token = PREFIX + randomBytes(TOKEN_BYTES).toString('base64url')
  const { id } = await trx
    .insertInto('api_token')
    .values({
      hash: digest(token),
      subject: 'token:new',
      role: 'third-party',
      label: input.label,
      metering_point_id: input.meteringPointId,
      created_by: actor.subject,
      expires_at: input.expiresAt ?? null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const subject = `token:${id}`
  await trx.updateTable('api_token').set({ subject }).where('id', '=', id).execute()
  await trx
    .insertInto('access_grant')
    .values({ subject, metering_point_id: input.meteringPointId, valid_to: input.expiresAt ?? null })
    .execute()
  await writeAudit(trx, actor, 'token.create', subject, {
    meteringPointId: input.meteringPointId,
    label: input.label,
  })
  return { id, token }
}

/** The actor behind a bearer token; undefined when it is unknown, expired or revoked. Needs scope 'all'. */
export async function findTokenActor(trx: Trx, token: string): Promise<Actor | undefined> {
  if (!token.startsWith(PREFIX)) return undefined
  const row = await trx
    .selectFrom('api_token')
    .select(['subject', 'role', 'label', 'expires_at', 'revoked_at'])
    .where('hash', '=', digest(token))
    .executeTakeFirst()
  if (!row || row.revoked_at || (row.expires_at && row.expires_at.getTime() <= Date.now())) return undefined
  return { subject: row.subject, role: row.role, scope: scopeOf(row.role), name: row.label, locale: 'ro' }
}

/** Ends a token and its grant at once. Admins and operators may end every token, others their own. */
export async function revokeToken(trx: Trx, actor: Actor, id: string): Promise<void> {
  const row = await trx
    .selectFrom('api_token')
    .select(['created_by', 'subject', 'revoked_at'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row || (actor.scope !== 'all' && row.created_by !== actor.subject)) throw notFound('token', id)
  if (row.revoked_at)
    throw new ContorError('conflict', `Token ${id} is revoked already`, { field: 'id', value: id })
  await trx.updateTable('api_token').set({ revoked_at: new Date() }).where('id', '=', id).execute()
  if (row.subject === `token:${id}`)
    await trx
      .updateTable('access_grant')
      .set({ valid_to: new Date() })
      .where('subject', '=', row.subject)
      .execute()
  await writeAudit(trx, actor, 'token.revoke', `token:${id}`)
}
