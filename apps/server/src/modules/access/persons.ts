// Who could be given a piece of work: names and roles only, never an address or a password.

import { sql } from 'kysely'
import { type Permission, type Role, roles, type Trx } from '../../platform/index.ts'
import { permissionsOf } from './permissions.ts'

export interface Person {
  readonly subject: string
  readonly name: string
  readonly role: Role
}

/** Persons whose role holds a permission, by name, at most 1,000. The transaction's actor must see all. */
export async function personsWith(trx: Trx, permission: Permission): Promise<Person[]> {
  const able = roles.filter((role) => permissionsOf[role].includes(permission))
  const { rows } = await sql<Person>`
    select coalesce(subject, 'user:' || id) as subject, name, role from contor.auth_user
     where role = any(${able}::text[]) order by name, id limit 1000`.execute(trx)
  return rows
}

/** The person that an address or subject names, if the role holds the permission. */
export async function findPersonWith(
  trx: Trx,
  permission: Permission,
  addressOrSubject: string,
): Promise<Person | undefined> {
  const able = roles.filter((role) => permissionsOf[role].includes(permission))
  const { rows } = await sql<Person>`
    select coalesce(subject, 'user:' || id) as subject, name, role from contor.auth_user
     where role = any(${able}::text[])
       and (email = lower(${addressOrSubject}) or coalesce(subject, 'user:' || id) = ${addressOrSubject})
     order by id limit 1`.execute(trx)
  return rows[0]
}
