// Schemas of arrays, structures and choices.

import { type Data, data } from '../../axdr/data.ts'
import { decodeAs, foundText, Mismatch, outOfRange, type Schema, type ValueOf } from './schema.ts'

/** array (or compact-array on the wire) of equal elements. */
export function array<T>(element: Schema<T>): Schema<readonly T[]> {
  return {
    name: `array of ${element.name}`,
    types: ['array', 'compact-array'],
    element,
    read(value, path) {
      if (value.type !== 'array' && value.type !== 'compact-array') {
        throw new Mismatch(path, 'array', foundText(value))
      }
      return value.value.map((item, i) => element.read(item, `${path}[${i}]`))
    },
    write: (value) => data.array(...value.map((item) => element.write(item))),
  }
}

type Fields = Readonly<Record<string, Schema<unknown>>>
type StructureValue<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> }

/** structure with named fields, in this order; exactly as many as declared. */
export function structure<const F extends Fields>(fields: F): Schema<StructureValue<F>> {
  const entries = Object.entries(fields)
  const name = `structure of ${entries.length}`
  return {
    name,
    types: ['structure'],
    fields,
    read(value, path) {
      if (value.type !== 'structure' || value.value.length !== entries.length) {
        throw new Mismatch(path, name, foundText(value))
      }
      const prefix = path === '' ? '' : `${path}.`
      const out: Record<string, unknown> = {}
      for (let i = 0; i < entries.length; i++) {
        out[entries[i][0]] = entries[i][1].read(value.value[i], prefix + entries[i][0])
      }
      return out as StructureValue<F>
    },
    write(value) {
      if (typeof value !== 'object' || value === null) outOfRange(name, value)
      const record = value as Readonly<Record<string, unknown>>
      return data.structure(...entries.map(([key, schema]) => schema.write(record[key])))
    },
  }
}

/** `schema`, or undefined for null-data. */
export function nullable<T>(schema: Schema<T>): Schema<T | undefined> {
  return {
    name: `${schema.name} or null-data`,
    types: ['null-data', ...schema.types],
    read: (value, path) => (value.type === 'null-data' ? undefined : schema.read(value, path)),
    write: (value) => (value === undefined ? data.nul() : schema.write(value)),
  }
}

/**
 * One of several shapes, told apart by the data itself: the first declared shape that fits. Values are written
 * by the first shape that holds them and reads them back the same way, so shapes must not overlap in values.
 */
export function oneOf<const S extends readonly Schema<unknown>[]>(...shapes: S): Schema<ValueOf<S[number]>> {
  const name = shapes.map((shape) => shape.name).join(' | ')
  const read = (value: Data, path: string) => {
    for (const shape of shapes) {
      const result = decodeAs(shape, value, path)
      if (result.ok) return result.value as ValueOf<S[number]>
    }
    throw new Mismatch(path, name, foundText(value))
  }
  return {
    name,
    types: shapes.flatMap((shape) => shape.types),
    read,
    write(value) {
      for (const shape of shapes) {
        try {
          return shape.write(value)
        } catch {
          // the next shape may hold it
        }
      }
      return outOfRange(name, JSON.stringify(value))
    },
  }
}
