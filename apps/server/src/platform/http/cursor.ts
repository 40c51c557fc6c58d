import { ContorError } from '../errors.ts'

/** A keyset cursor is opaque to callers: base64url of the JSON of the last row's keys. */
export function encodeCursor(keys: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url')
}

/** @returns the keys, as many as `count`; undefined without a cursor. @throws ContorError 'invalid-request' */
export function decodeCursor(cursor: string | undefined, count: number): (string | number)[] | undefined {
  if (cursor === undefined) return undefined
  try {
    const keys: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (
      Array.isArray(keys) &&
      keys.length === count &&
      keys.every((key) => typeof key === 'string' || typeof key === 'number')
    )
      return keys
  } catch {
    // The same answer as for a cursor of another shape.
  }
  throw new ContorError('invalid-request', 'The cursor is not one that this list gave', {
    field: 'cursor',
    value: cursor,
    remedy: 'Pass nextCursor of the previous page unchanged, or leave cursor out to start again.',
  })
}
