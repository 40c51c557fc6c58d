// Profiles in versions.

import { sql } from 'kysely'
import { type Actor, notFound, type Trx } from '../../../platform/index.ts'
import { writeAudit } from '../../access/index.ts'
import type { Basis } from './compute.ts'
import type { Weights } from './weights.ts'

export type ProfileKind = 'specific' | 'residual'
export type ProfileHead = {
  readonly code: string
  readonly version: number
  readonly kind: ProfileKind
  readonly name: string
  /** What it was computed from, or the version that a person edited. */
  readonly definition: Basis | { readonly editedFrom: number }
  readonly actor: string
  readonly reason: string
  readonly recordedAt: Date
}
export type Profile = ProfileHead & { readonly weights: Weights }

const head = sql`code, version, kind, name, definition, actor, reason, recorded_at as "recordedAt"`

/** Every version, newest first; with `code` of one profile. */
export async function listProfiles(trx: Trx, code?: string): Promise<ProfileHead[]> {
  const { rows } = await sql<ProfileHead>`
    select ${head} from contor.consumption_profile
     where ${code ?? null}::text is null or code = ${code ?? null} order by code, version desc`.execute(trx)
  return rows
}

/** @param version default: the newest @throws ContorError 'not-found' */
export async function loadProfile(trx: Trx, code: string, version?: number): Promise<Profile> {
  const { rows } = await sql<Profile>`
    select ${head}, weights from contor.consumption_profile
     where code = ${code} and (${version ?? null}::int is null or version = ${version ?? null})
     order by version desc limit 1`.execute(trx)
  if (!rows[0]) throw notFound('profile', version === undefined ? code : `${code}, version ${version}`)
  return rows[0]
}

/** Records a version. @returns its number */
export async function recordProfile(
  trx: Trx,
  actor: Actor,
  profile: Omit<Profile, 'version' | 'actor' | 'recordedAt'>,
): Promise<number> {
  const { code, kind, name, definition, weights, reason } = profile
  await sql`select pg_advisory_xact_lock(hashtextextended(${`profile ${code}`}, 0))`.execute(trx)
  const { rows } = await sql<{ version: number }>`
    insert into contor.consumption_profile (code, version, kind, name, definition, weights, actor, reason)
    select ${code}, coalesce(max(version), 0) + 1, ${kind}, ${name}, ${JSON.stringify(definition)}::jsonb,
           ${JSON.stringify(weights)}::jsonb, ${actor.subject}, ${reason}
      from contor.consumption_profile where code = ${code} returning version`.execute(trx)
  const { version } = rows[0]
  await writeAudit(trx, actor, 'profile.record', `profile:${code}`, { version, kind, definition, reason })
  return version
}
