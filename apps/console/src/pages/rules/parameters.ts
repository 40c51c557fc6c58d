/** How a parameter of a rule is shown and typed: by the kind of the value that the shipped version has. */
export type ParameterKind = 'number' | 'numbers' | 'marks' | 'pairs'

export function kindOf(value: unknown): ParameterKind {
  if (!Array.isArray(value)) return 'number'
  if (Array.isArray(value[0])) return 'pairs'
  return typeof value[0] === 'string' ? 'marks' : 'numbers'
}

/** What the meter may say of an interval that a rule can listen to. */
export const knownMarks = ['powerDown', 'clockDeviated', 'meterError', 'suspect'] as const

/** The unit in the end of a parameter's name, '' for a bare number. */
export function unitOf(name: string): string {
  if (name === 'days' || name === 'shortestMemory') return 'd'
  if (/percent$/i.test(name)) return '%'
  return /(Wh|S|A)$/.exec(name)?.[1].replace('S', 's') ?? ''
}

/**
 * A number as people write it in either language: `1.234,5`, `1,234.5`, `0.3`, `-2`.
 * @param comma the decimal sign of the language is the comma
 * @returns undefined for anything else
 */
export function readNumber(text: string, comma: boolean): number | undefined {
  const clean = text.trim().replaceAll(/\s/g, '').replace('−', '-')
  const [group, point] = comma ? ['.', ','] : [',', '.']
  const grouped = new RegExp(`^-?\\d{1,3}(\\${group}\\d{3})+(\\${point}\\d+)?$`).test(clean)
  const plain = grouped ? clean.replaceAll(group, '') : clean
  const normal = plain.replace(',', '.')
  return /^-?\d+(\.\d+)?$/.test(normal) ? Number(normal) : undefined
}

const number = (value: number, comma: boolean) => (comma ? String(value).replace('.', ',') : String(value))

/** A parameter as text that `readParameter` reads back. */
export function showParameter(value: unknown, comma: boolean): string {
  switch (kindOf(value)) {
    case 'number':
      return typeof value === 'number' ? number(value, comma) : ''
    case 'numbers':
      return (value as number[]).map((each) => number(each, comma)).join('; ')
    case 'marks':
      return (value as string[]).join('; ')
    case 'pairs':
      return (value as [string, number][])
        .map(([name, each]) => `${name} = ${number(each, comma)}`)
        .join('; ')
  }
}

/** What was typed as a value of the kind, undefined while it is none. */
export function readParameter(kind: ParameterKind, text: string, comma: boolean): unknown {
  if (kind === 'number') return readNumber(text, comma)
  const parts = text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (parts.length === 0) return undefined
  if (kind === 'marks') return parts
  if (kind === 'numbers') {
    const values = parts.map((part) => readNumber(part, comma))
    return values.includes(undefined) ? undefined : values
  }
  const pairs = parts.map((part) => {
    const [name, value = ''] = part.split('=').map((side) => side.trim())
    return [name, readNumber(value, comma)] as const
  })
  return pairs.some(([name, value]) => name === '' || value === undefined) ? undefined : pairs
}
