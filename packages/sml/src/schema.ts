// Messages are declared, not hand-offset: a declaration reads, writes and names every field for the inspector.

import { SmlError } from './parse.ts'
import type { Composer, Cursor, SmlElement, SmlInteger, TraceValue } from './tlv.ts'

/** How one thing stands on the wire. */
export type Type<V> = {
  read(cursor: Cursor): V
  write(composer: Composer, value: V): void
}

export type ValueOf<T> = T extends Type<infer V> ? V : never

function leaf<V extends TraceValue>(
  type: string,
  read: (cursor: Cursor) => V,
  write: Type<V>['write'],
): Type<V> {
  return {
    read(cursor) {
      const value = read(cursor)
      cursor.trace?.value(value, type)
      return value
    },
    write,
  }
}

export const octetString: Type<Uint8Array> = leaf(
  'octet-string',
  (cursor) => cursor.octets(),
  (composer, value) => composer.octets(value),
)

export const boolean: Type<boolean> = leaf(
  'boolean',
  (cursor) => cursor.boolean(),
  (composer, value) => composer.boolean(value),
)

/** A number that fits a JavaScript number; written with its whole size. */
function number(type: 'integer' | 'unsigned', octets: 1 | 2 | 4): Type<number> {
  return leaf(
    `${type}${8 * octets}`,
    (cursor) => {
      const start = cursor.offset
      const found = cursor.integer()
      if (found.type !== type || found.octets > octets) {
        throw new SmlError(
          'type',
          `${type}${8 * octets} expected, ${found.type}${8 * found.octets} found`,
          start,
        )
      }
      return Number(found.value)
    },
    (composer, value) => composer.integer({ type, octets, value: BigInt(value) }),
  )
}

export const unsigned8 = number('unsigned', 1)
export const unsigned32 = number('unsigned', 4)
export const integer8 = number('integer', 1)
export const integer16 = number('integer', 2)

/** Any size and sign, kept as it was sent. */
export const anyInteger: Type<SmlInteger> = leaf(
  'integer',
  (cursor) => cursor.integer(),
  (composer, value) => composer.integer(value),
)

/** Anything, taken as it stands. */
export const anyElement: Type<SmlElement> = leaf(
  'element',
  (cursor) => cursor.element(),
  (composer, value) => composer.element(value),
)

/** `01`, an octet string of no octets, stands for a value left out. */
export function optional<V>(type: Type<V>): Type<V | undefined> {
  return {
    read(cursor) {
      const head = cursor.peek()
      if (head.type === 'octets' && head.length === 0) {
        cursor.octets()
        cursor.trace?.value(null)
        return undefined
      }
      return type.read(cursor)
    },
    write(composer, value) {
      if (value === undefined) composer.head('octets', 0)
      else type.write(composer, value)
    },
  }
}

type Fields = Readonly<Record<string, Type<unknown>>>
type Optional<F> = { [K in keyof F]: undefined extends ValueOf<F[K]> ? K : never }[keyof F]
type Sequence<F> = { readonly [K in Exclude<keyof F, Optional<F>>]: ValueOf<F[K]> } & {
  readonly [K in Optional<F>]?: ValueOf<F[K]>
}

/** A list with one element for each field, in their order. */
export function sequence<F extends Fields>(fields: F): Type<Sequence<F>> {
  const entries = Object.entries(fields)
  return {
    read(cursor) {
      const start = cursor.offset
      const length = cursor.expect('list')
      if (length !== entries.length) {
        throw new SmlError('list-length', `a list of ${entries.length} expected, of ${length} found`, start)
      }
      return cursor.within(() => {
        const value: Record<string, unknown> = {}
        for (const [name, type] of entries) {
          cursor.trace?.enter(name, cursor.offset)
          const field = type.read(cursor)
          cursor.trace?.leave(cursor.offset)
          if (field !== undefined) value[name] = field
        }
        return value as Sequence<F>
      })
    },
    write(composer, value) {
      composer.head('list', entries.length)
      for (const [name, type] of entries) type.write(composer, (value as Record<string, unknown>)[name])
    },
  }
}

export function sequenceOf<V>(name: string, item: Type<V>): Type<readonly V[]> {
  return {
    read(cursor) {
      const length = cursor.expect('list')
      return cursor.within(() => {
        const values: V[] = []
        for (let i = 0; i < length; i++) {
          cursor.trace?.enter(`${name} ${i + 1}`, cursor.offset)
          values.push(item.read(cursor))
          cursor.trace?.leave(cursor.offset)
        }
        return values
      })
    },
    write(composer, values) {
      composer.head('list', values.length)
      for (const value of values) item.write(composer, value)
    },
  }
}

/** For what contains itself. */
export function lazy<V>(type: () => Type<V>): Type<V> {
  return { read: (cursor) => type().read(cursor), write: (composer, value) => type().write(composer, value) }
}

/** A list of a tag and what the tag says. */
export function choiceHead(cursor: Cursor): number {
  const start = cursor.offset
  const length = cursor.expect('list')
  if (length !== 2) throw new SmlError('list-length', `a choice has two elements, ${length} found`, start)
  cursor.trace?.enter('tag', cursor.offset)
  const tag = unsigned32.read(cursor)
  cursor.trace?.leave(cursor.offset)
  return tag
}
