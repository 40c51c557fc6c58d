// What an access mode allows (Blue Book 4.4.3 and 4.4.4, access_mode): a list of cases up to version 2 of
// Association LN (3 of SN), bits from version 3 (4) on.

export interface AttributeAccess {
  readonly read: boolean
  readonly write: boolean
  readonly request: readonly Protection[]
  readonly response: readonly Protection[]
}
export interface MethodAccess {
  readonly invoke: boolean
  readonly request: readonly Protection[]
  readonly response: readonly Protection[]
}
/** How a message must be protected for the access. */
export type Protection = 'authenticated' | 'encrypted' | 'signed'

const protections: readonly Protection[] = ['authenticated', 'encrypted', 'signed']
const fromBits = (mode: number, first: number) =>
  protections.filter((_, i) => (mode & (1 << (first + i))) !== 0)

/** The class and version of the association whose object list has the mode. */
export interface AssociationVersion {
  readonly classId: 12 | 15
  readonly version: number
}

function isBits({ classId, version }: AssociationVersion): boolean {
  return version >= (classId === 15 ? 3 : 4)
}

/** Meaning of an attribute's access mode. Modes that the book does not have allow nothing. */
export function attributeAccess(mode: number, association: AssociationVersion): AttributeAccess {
  if (isBits(association)) {
    return {
      read: (mode & 1) !== 0,
      write: (mode & 2) !== 0,
      request: fromBits(mode, 2),
      response: fromBits(mode, 5),
    }
  }
  // 0 no_access, 1 read_only, 2 write_only, 3 read_and_write; 4, 5, 6: the same three, authenticated.
  const rights = mode >= 4 && mode <= 6 ? mode - 3 : mode <= 3 ? mode : 0
  const request: readonly Protection[] = mode >= 4 && mode <= 6 ? ['authenticated'] : []
  return { read: (rights & 1) !== 0, write: (rights & 2) !== 0, request, response: request }
}

/** Meaning of a method's access mode. */
export function methodAccess(mode: number, association: AssociationVersion): MethodAccess {
  if (isBits(association)) {
    return { invoke: (mode & 1) !== 0, request: fromBits(mode, 2), response: fromBits(mode, 5) }
  }
  // 0 no_access, 1 access, 2 authenticated_access
  const request: readonly Protection[] = mode === 2 ? ['authenticated'] : []
  return { invoke: mode === 1 || mode === 2, request, response: request }
}
