import type { Actor, Permission, Role } from '../../platform/index.ts'

/** What each role may do. Which points it sees is the database's business (row-level security). */
export const permissionsOf: Readonly<Record<Role, readonly Permission[]>> = {
  operator: [
    'read',
    'power',
    'import',
    'read-now',
    'collection',
    'network',
    'aggregates',
    'trace',
    'tokens',
    'exceptions',
    'rules',
    'edit',
    'approve-edit',
    'installations',
    'orders',
    'order',
    'approve-order',
    'guard',
    'messages',
    'field',
    'metrics',
  ],
  analyst: ['read', 'collection', 'network', 'aggregates', 'trace', 'metrics', 'exceptions', 'orders'],
  supplier: ['read', 'aggregates', 'orders', 'order'],
  customer: ['read', 'trace', 'tokens', 'orders', 'order'],
  crew: ['read', 'field', 'installations'],
  admin: [
    'read',
    'power',
    'import',
    'read-now',
    'collection',
    'network',
    'aggregates',
    'trace',
    'tokens',
    'audit',
    'exceptions',
    'rules',
    'edit',
    'approve-edit',
    'installations',
    'orders',
    'order',
    'approve-order',
    'guard',
    'messages',
    'field',
    'metrics',
  ],
  'third-party': ['read', 'aggregates'],
}

/** Roles that see every metering point. A crew sees the points of its visits. */
const seesAll: ReadonlySet<Role> = new Set(['operator', 'analyst', 'admin'])

export function scopeOf(role: Role): Actor['scope'] {
  return seesAll.has(role) ? 'all' : 'granted'
}

export function isPermitted(actor: Actor, permission: Permission): boolean {
  return actor.role !== 'system' && permissionsOf[actor.role].includes(permission)
}
