// What a value of COSEM looks like on the wire and in the program, declared once: `Schema<T>` decodes `Data` to
// T and encodes T to `Data`. Pure; decoding reports, encoding of an impossible value throws (caller's error).

import type { Data, DataType } from '../../axdr/data.ts'
import { DlmsError } from '../../parse.ts'

/** Where and how a value differs from its declaration. */
export type SchemaError = {
  /** 'capture_objects[2].attribute'; '' for the value as a whole. */
  readonly path: string
  readonly expected: string
  readonly found: string
}

export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: SchemaError }

export interface Schema<T> {
  /** 'long-unsigned', 'date-time', 'structure {…}': what a message calls it. */
  readonly name: string
  /** Wire types it accepts; empty = any. The first one is what it writes. */
  readonly types: readonly DataType[]
  /** Shape of the parts, for documentation and drafts: fields of a structure, element of an array. */
  readonly fields?: Readonly<Record<string, Schema<unknown>>>
  readonly element?: Schema<unknown>
  /** Throws `Mismatch`; call `decodeAs` from outside. */
  read(value: Data, path: string): T
  /** Throws DlmsError 'out-of-range' on a value that the wire type cannot hold. */
  write(value: T): Data
}

/** Static type of a schema's values. */
export type ValueOf<S> = S extends Schema<infer T> ? T : never

/** Internal signal of a schema's `read`; never leaves `decodeAs`. */
export class Mismatch extends Error {
  readonly error: SchemaError
  constructor(path: string, expected: string, found: string) {
    super(`${path}: ${expected} expected, ${found} found`)
    this.error = { path, expected, found }
  }
}

/** Value of `data` by its schema, or where it differs. Never throws on wire data. */
export function decodeAs<T>(schema: Schema<T>, data: Data, path = ''): Decoded<T> {
  try {
    return { ok: true, value: schema.read(data, path) }
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error
    return { ok: false, error: error.error }
  }
}

/** `Data` of a value. Throws DlmsError 'out-of-range' when the wire type cannot hold it. */
export function encodeAs<T>(schema: Schema<T>, value: T): Data {
  return schema.write(value)
}

/** How a message calls a value that came instead. */
export function foundText(value: Data): string {
  if (value.type === 'structure' || value.type === 'array') return `${value.type} of ${value.value.length}`
  if (value.type === 'octet-string') return `octet-string of ${value.value.length}`
  return value.type
}

export function outOfRange(name: string, value: unknown): never {
  throw new DlmsError('out-of-range', `${String(value)} is no ${name}`)
}
