import { betterAuth } from 'better-auth'
import type { Kysely } from 'kysely'
import type { Actor, Database, Db, Role } from '../../platform/index.ts'
import { hashPassword, verifyPassword } from './passwords.ts'
import { scopeOf } from './permissions.ts'

export interface IdentityOptions {
  /** Pool whose connections have contor.scope 'all'. */
  readonly authDb: Db
  /** Signs cookies. */
  readonly secret: string
  readonly baseUrl: string
}

const stamps = { createdAt: 'created_at', updatedAt: 'updated_at' }

/** Sign-in with e-mail and password; sessions live in PostgreSQL. People are made by administrators only. */
export function createIdentity(options: IdentityOptions) {
  const db: Kysely<Database> = options.authDb.kysely
  return betterAuth({
    database: { db, type: 'postgres' },
    secret: options.secret,
    baseURL: options.baseUrl,
    basePath: '/api/auth',
    // The console is served from here: only pages of the address that was called may sign in.
    trustedOrigins: (request) => {
      const host = request?.headers.get('host')
      return host ? [`http://${host}`, `https://${host}`] : []
    },
    telemetry: { enabled: false },
    logger: { disabled: true },
    rateLimit: { enabled: false }, // access/signInLimit.ts counts per address and per account
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 10,
      password: { hash: hashPassword, verify: verifyPassword },
    },
    user: {
      modelName: 'auth_user',
      fields: { emailVerified: 'email_verified', ...stamps },
      additionalFields: {
        role: { type: 'string', required: true, input: false },
        subject: { type: 'string', required: false, input: false },
        locale: { type: 'string', required: false, input: false },
      },
    },
    session: {
      modelName: 'auth_session',
      fields: {
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        userId: 'user_id',
        ...stamps,
      },
      expiresIn: 12 * 3_600,
      updateAge: 3_600,
    },
    account: {
      modelName: 'auth_account',
      fields: {
        accountId: 'account_id',
        providerId: 'provider_id',
        userId: 'user_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        ...stamps,
      },
    },
    verification: { modelName: 'auth_verification', fields: { expiresAt: 'expires_at', ...stamps } },
    advanced: { cookiePrefix: 'contor', useSecureCookies: options.baseUrl.startsWith('https:') },
  })
}

export type Identity = ReturnType<typeof createIdentity>

/** The actor of the session cookie; undefined without a living session. */
export async function findSessionActor(identity: Identity, headers: Headers): Promise<Actor | undefined> {
  const found = await identity.api.getSession({ headers })
  if (!found) return undefined
  const role = found.user.role as Role
  return {
    subject: found.user.subject ?? `user:${found.user.id}`,
    role,
    scope: scopeOf(role),
    name: found.user.name,
    locale: found.user.locale === 'en' ? 'en' : 'ro',
  }
}
