// Typed handles of one COSEM object. An attribute handle is an attribute descriptor that also knows the shape
// of its value; a method handle makes the ACTION request. Neither holds a session.

import type { Data } from '../axdr/data.ts'
import type { ActionRequest, SetRequest } from '../session/types.ts'
import type { AttributeDescriptor, DataResult, MethodDescriptor, SelectiveAccess } from '../xdlms/apdu.ts'
import type { DataAccessResult } from '../xdlms/results.ts'
import type {
  Attribute,
  AttributeDeclaration,
  AttributeSpecs,
  ClassDeclaration,
  Method,
  MethodDeclaration,
  MethodSpecs,
} from './declare.ts'
import { type Obis, obisToBytes } from './obis.ts'
import { type Decoded, decodeAs, type Schema, type SchemaError } from './schema/index.ts'

/** Pass it to `session.get` as it is; `decode` types what comes back. */
export interface AttributeHandle<T> extends AttributeDescriptor {
  /** 'Clock.time' */
  readonly name: string
  readonly schema: Schema<T>
  /** Value of the attribute's data, or where the data differs from the declaration. Never throws. */
  decode(value: Data): Decoded<T>
  /** Data of a value; throws DlmsError 'out-of-range' when the wire type cannot hold it. */
  encode(value: T): Data
  /** The SET request that writes it. Throws like `encode`. */
  write(value: T): SetRequest
  /** The same attribute read with another shape: for CHOICE attributes and for meters that deviate. */
  as<U>(schema: Schema<U>): AttributeHandle<U>
  /** The same attribute with selective access. */
  select(selection: SelectiveAccess): AttributeHandle<T>
}

/** Call it for the ACTION request; parameters as declared, none where the method needs none. */
export interface MethodHandle<P> extends MethodDescriptor {
  (...parameters: undefined extends P ? [parameters?: P] : [parameters: P]): ActionRequest
  /** 'Disconnect control.remote_disconnect' */
  readonly title: string
  readonly parameters: Schema<P>
}

type SchemaType<S> = S extends Attribute<infer T> ? T : S extends Schema<infer T> ? T : never
type ParameterType<S> = S extends Method<infer P> ? P : S extends Schema<infer P> ? P : never

export type CosemObject<A extends AttributeSpecs, M extends MethodSpecs> = {
  readonly obis: Obis
  readonly declaration: ClassDeclaration
  readonly logicalName: AttributeHandle<Obis>
} & { readonly [K in keyof A]: AttributeHandle<SchemaType<A[K]>> } & {
  readonly [K in keyof M]: MethodHandle<ParameterType<M[K]>>
}

/** Handles of the object `obis` of a class. Throws 'invalid-argument' when `obis` is none. */
export function objectOf<A extends AttributeSpecs, M extends MethodSpecs>(
  declaration: ClassDeclaration,
  obis: Obis,
): CosemObject<A, M> {
  obisToBytes(obis)
  const object: Record<string, unknown> = { obis, declaration }
  for (const attribute of declaration.attributes) {
    object[attribute.key] = attributeHandle(declaration, obis, attribute)
  }
  for (const method of declaration.methods) object[method.key] = methodHandle(declaration, obis, method)
  return object as CosemObject<A, M>
}

/** Handle of any declared attribute, for code that works from the declarations. */
export function attributeHandle(
  declaration: ClassDeclaration,
  obis: Obis,
  { index, name, schema }: AttributeDeclaration,
): AttributeHandle<unknown> {
  const descriptor = { classId: declaration.id, obis, attribute: index }
  return handleOf(descriptor, `${declaration.name}.${name}`, schema)
}

function handleOf<T>(descriptor: AttributeDescriptor, name: string, schema: Schema<T>): AttributeHandle<T> {
  return {
    ...descriptor,
    name,
    schema,
    decode: (value) => decodeAs(schema, value),
    encode: (value) => schema.write(value),
    write: (value) => ({ attribute: descriptor, data: schema.write(value) }),
    as: (other) => handleOf(descriptor, name, other),
    select: (selection) => handleOf({ ...descriptor, selection }, name, schema),
  }
}

/** Handle of any declared method. */
export function methodHandle(
  declaration: ClassDeclaration,
  obis: Obis,
  { index, name, parameters }: MethodDeclaration,
): MethodHandle<unknown> {
  const descriptor = { classId: declaration.id, obis, method: index }
  const invoke = (value?: unknown): ActionRequest => ({ method: descriptor, data: parameters.write(value) })
  return Object.assign(invoke, descriptor, { title: `${declaration.name}.${name}`, parameters })
}

/** What reading one attribute gives: its value, the meter's refusal, or data of another shape than declared. */
export type ReadOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false
      readonly reason: 'access'
      readonly result: DataAccessResult
      readonly code: number
      readonly message: string
    }
  | { readonly ok: false; readonly reason: 'shape'; readonly error: SchemaError; readonly message: string }

/** Typed value of one GET result. Never throws on what a meter sent. */
export function readResult<T>(handle: AttributeHandle<T>, result: DataResult): ReadOutcome<T> {
  if (!result.ok) {
    const { code, result: name } = result
    return { ok: false, reason: 'access', result: name, code, message: `${handle.name}: ${name}` }
  }
  const decoded = handle.decode(result.data)
  if (decoded.ok) return decoded
  const { path, expected, found } = decoded.error
  const where = path === '' ? handle.name : `${handle.name}, ${path}`
  return {
    ok: false,
    reason: 'shape',
    error: decoded.error,
    message: `${where}: ${expected} expected, ${found} found`,
  }
}

type Outcomes<H extends readonly AttributeHandle<unknown>[]> = {
  readonly [K in keyof H]: H[K] extends AttributeHandle<infer T> ? ReadOutcome<T> : never
}

/**
 * Typed values of a session's GET response, one per handle, in the order they were asked for:
 * `const [time, zone] = readResults([clock(o).time, clock(o).timeZone], event.results)`. A result that is
 * missing reads as 'other-reason'.
 */
export function readResults<const H extends readonly AttributeHandle<unknown>[]>(
  handles: H,
  results: readonly DataResult[],
): Outcomes<H> {
  const missing: DataResult = { ok: false, result: 'other-reason', code: 250 }
  return handles.map((handle, i) => readResult(handle, results[i] ?? missing)) as unknown as Outcomes<H>
}
