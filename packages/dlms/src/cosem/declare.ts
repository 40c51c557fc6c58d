// How an interface class is declared (Blue Book 4): its attributes and methods in the book's order, each with
// the shape of its data, from which the static types of typed reads follow.

import type { DataType } from '../axdr/data.ts'
import { data } from '../axdr/data.ts'
import type { Obis } from './obis.ts'
import { type CosemObject, objectOf } from './objects.ts'
import { logicalName, type Schema } from './schema/index.ts'

/** 'any' is CHOICE that depends on the instance; otherwise the wire type the book gives (the first accepted one). */
export type AttributeType = DataType | 'any'

export interface AttributeDeclaration {
  readonly index: number
  /** As in the book: 'capture_objects'. */
  readonly name: string
  /** As in the program: 'captureObjects'. */
  readonly key: string
  readonly type: AttributeType
  readonly schema: Schema<unknown>
  /** The book's '(dyn.)': the meter changes it by itself. */
  readonly dynamic: boolean
  /** Offset from the base name of short-name referencing: 8 · (index − 1). */
  readonly shortName: number
}

export interface MethodDeclaration {
  readonly index: number
  readonly name: string
  readonly key: string
  /** Shape of the invocation parameters. */
  readonly parameters: Schema<unknown>
  /** Offset from the base name; undefined where the book gives none. */
  readonly shortName?: number
}

export interface ClassDeclaration {
  readonly id: number
  readonly version: number
  readonly name: string
  readonly attributes: readonly AttributeDeclaration[]
  readonly methods: readonly MethodDeclaration[]
}

/** A schema with what the book says beside it. */
export interface Attribute<T> {
  readonly schema: Schema<T>
  readonly dynamic?: boolean
  readonly bookName?: string
}
export interface Method<P> {
  readonly parameters: Schema<P>
  readonly bookName?: string
}

export type AttributeSpecs = Readonly<Record<string, Schema<unknown> | Attribute<unknown>>>
export type MethodSpecs = Readonly<Record<string, Schema<unknown> | Method<unknown>>>

/** Marks an attribute that the meter changes by itself. */
export function dyn<T>(schema: Schema<T>, bookName?: string): Attribute<T> {
  return { schema, dynamic: true, bookName }
}
/** Gives a static attribute the book's spelling where snake_case of its key is another. */
export function named<T>(bookName: string, schema: Schema<T>): Attribute<T> {
  return { schema, bookName }
}
/** The same for a method. */
export function namedMethod<P>(bookName: string, parameters: Schema<P>): Method<P> {
  return { parameters, bookName }
}

/** Parameter of the methods that need none: integer (0) on the wire. */
export const trigger: Schema<void> = {
  name: 'integer (0)',
  types: ['integer'],
  read: () => undefined,
  write: () => data.i8(0),
}

/** A declared class: call it with a logical name for typed handles of one object. */
export interface CosemClass<A extends AttributeSpecs, M extends MethodSpecs> {
  (obis: Obis): CosemObject<A, M>
  readonly declaration: ClassDeclaration
}

export interface ClassSpec<A extends AttributeSpecs, M extends MethodSpecs> {
  readonly id: number
  readonly version: number
  readonly name: string
  /** Attributes 2, 3, … in the book's order; attribute 1 is always logical_name. */
  readonly attributes: A
  /** Methods 1, 2, … in the book's order. */
  readonly methods?: M
  /** Short-name offset of method 1; each further one is 8 higher. */
  readonly methodsAt?: number
}

/** Declares a class and gives the maker of its typed handles. */
export function cosemClass<
  const A extends AttributeSpecs,
  const M extends MethodSpecs = Record<never, never>,
>(spec: ClassSpec<A, M>): CosemClass<A, M> {
  const { id, version, name, methodsAt } = spec
  const attributes: AttributeDeclaration[] = Object.entries(spec.attributes).map(([key, given], i) =>
    attributeOf(i + 2, key, 'schema' in given ? given : { schema: given }),
  )
  const methods: MethodDeclaration[] = Object.entries(spec.methods ?? {}).map(([key, given], i) => {
    const method = 'parameters' in given ? given : { parameters: given }
    return {
      index: i + 1,
      name: method.bookName ?? snakeCase(key),
      key,
      parameters: method.parameters,
      shortName: methodsAt === undefined ? undefined : methodsAt + 8 * i,
    }
  })
  const first = attributeOf(1, 'logicalName', { schema: logicalName })
  const declaration: ClassDeclaration = { id, version, name, attributes: [first, ...attributes], methods }
  const make = (obis: Obis) => objectOf<A, M>(declaration, obis)
  return Object.assign(make, { declaration })
}

function attributeOf(index: number, key: string, given: Attribute<unknown>): AttributeDeclaration {
  return {
    index,
    name: given.bookName ?? snakeCase(key),
    key,
    type: given.schema.types[0] ?? 'any',
    schema: given.schema,
    dynamic: given.dynamic ?? false,
    shortName: 8 * (index - 1),
  }
}

/** 'captureObjects' → 'capture_objects'. */
function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
