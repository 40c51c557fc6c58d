// A JSON document declared once: its static type, its check with named errors and its JSON Schema.

/** What is wrong with one field, and what to do about it. */
export interface ModelIssue {
  /** 'associations[1].clientAddress'; '' for the document. */
  readonly field: string
  /** What stands there, shortened. */
  readonly value: string
  readonly problem: string
  readonly remedy: string
}

export type JsonSchema = { readonly [key: string]: unknown }

export interface Spec<T> {
  readonly optional?: boolean
  check(value: unknown, field: string, report: (issue: ModelIssue) => void): value is T
  jsonSchema(): JsonSchema
}

export type From<S> = S extends Spec<infer T> ? T : never

/** Most issues that one check lists. */
export const maxIssues = 100

/** A value as a message shows it: at most 60 characters. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

type Report = (issue: ModelIssue) => void
function wrong(report: Report, field: string, value: unknown, problem: string, remedy: string): false {
  report({ field, value: shown(value), problem, remedy })
  return false
}

/** Text; with `pattern`, of that form, which `remedy` says in words. */
export function text(pattern?: RegExp, remedy = 'write a text of 1 to 500 characters'): Spec<string> {
  return {
    check(value, field, report): value is string {
      if (typeof value !== 'string' || value.length === 0 || value.length > 500) {
        return wrong(report, field, value, 'is no text', remedy)
      }
      if (pattern && !pattern.test(value)) return wrong(report, field, value, 'has another form', remedy)
      return true
    },
    jsonSchema: () => ({ type: 'string', ...(pattern && { pattern: pattern.source }) }),
  }
}

export function integer(min: number, max: number): Spec<number> {
  return {
    check(value, field, report): value is number {
      if (Number.isInteger(value) && Number(value) >= min && Number(value) <= max) return true
      return wrong(report, field, value, 'is out of range', `write a whole number from ${min} to ${max}`)
    },
    jsonSchema: () => ({ type: 'integer', minimum: min, maximum: max }),
  }
}

export const yesNo: Spec<boolean> = {
  check(value, field, report): value is boolean {
    return typeof value === 'boolean' || wrong(report, field, value, 'is no yes or no', 'write true or false')
  },
  jsonSchema: () => ({ type: 'boolean' }),
}

/** One of the given words or numbers. */
export function choice<const C extends readonly (string | number)[]>(...choices: C): Spec<C[number]> {
  return {
    check(value, field, report): value is C[number] {
      if (choices.some((known) => known === value)) return true
      return wrong(report, field, value, 'is not known here', `write one of ${choices.join(', ')}`)
    },
    jsonSchema: () => ({ enum: [...choices] }),
  }
}

export function list<T>(element: Spec<T>, max = 1_000): Spec<readonly T[]> {
  return {
    check(value, field, report): value is readonly T[] {
      if (!Array.isArray(value)) return wrong(report, field, value, 'is no list', 'write a list […]')
      if (value.length > max) {
        return wrong(report, field, value.length, 'is too long', `keep at most ${max} entries`)
      }
      return value.map((item, i) => element.check(item, `${field}[${i}]`, report)).every(Boolean)
    },
    jsonSchema: () => ({ type: 'array', maxItems: max, items: element.jsonSchema() }),
  }
}

export function optional<T>(spec: Spec<T>): Spec<T | undefined> & { readonly optional: true } {
  return {
    optional: true,
    check: (value, field, report): value is T | undefined =>
      value === undefined || spec.check(value, field, report),
    jsonSchema: () => spec.jsonSchema(),
  }
}

type Members = Readonly<Record<string, Spec<unknown>>>
type OptionalKeys<M extends Members> = {
  [K in keyof M]: M[K] extends { readonly optional: true } ? K : never
}[keyof M]
type RecordOf<M extends Members> = {
  readonly [K in Exclude<keyof M, OptionalKeys<M>>]: From<M[K]>
} & { readonly [K in OptionalKeys<M>]?: From<M[K]> }

/** Object with these members and no others. */
export function record<const M extends Members>(members: M): Spec<RecordOf<M>> {
  const names = Object.keys(members)
  return {
    check(value, field, report): value is RecordOf<M> {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        return wrong(report, field, value, 'is no object', `write {…} with ${names.join(', ')}`)
      }
      const given = value as Readonly<Record<string, unknown>>
      const prefix = field === '' ? '' : `${field}.`
      let good = true
      for (const key of Object.keys(given)) {
        if (Object.hasOwn(members, key) || key === '$schema') continue
        good = wrong(
          report,
          prefix + key,
          given[key],
          'is not known here',
          `remove it; known: ${names.join(', ')}`,
        )
      }
      for (const [key, spec] of Object.entries(members)) {
        const member = Object.hasOwn(given, key) ? given[key] : undefined
        if (member === undefined && !spec.optional) {
          good = wrong(report, prefix + key, undefined, 'is missing', `add "${key}"`)
        } else if (!spec.check(member, prefix + key, report)) good = false
      }
      return good
    },
    jsonSchema: () => ({
      type: 'object',
      additionalProperties: false,
      required: names.filter((name) => !members[name].optional),
      properties: Object.fromEntries(names.map((name) => [name, members[name].jsonSchema()])),
    }),
  }
}
