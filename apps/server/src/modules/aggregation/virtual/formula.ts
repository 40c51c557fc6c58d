// What a virtual meter counts, as a line of text: `RO1:A+ + 0.5*RO2:A+ - @street`. A term is a channel of a point or
// another virtual meter, with a factor before it; a POD with other characters than letters, digits, `_` and `.` stands
// in double quotes.

import { type Channel, channels } from '@contor/intervals'
import { ContorError } from '../../../platform/index.ts'

/** A decimal: units × 10^-scale. */
export type Factor = { readonly units: bigint; readonly scale: number }
export type Term = { readonly factor: Factor } & (
  | { readonly pod: string; readonly channel: Channel }
  | { readonly meter: string }
)

const mostLength = 20_000
/** Decimals of a factor. */
const mostScale = 6
const token = /\s*(?:(\d+(?:[.,]\d+)?)\s*\*|([+-])|@([A-Za-z0-9][\w.]*)|"([^"]+)"|([A-Za-z0-9][\w.]*)|(\S))/y
// The longest first: A+ must not be taken for A.
const names = [...channels].sort((a, b) => b.length - a.length)

/**
 * Reads a formula.
 * @throws ContorError 'invalid-request' that names the position, counted from 1
 */
export function parseFormula(formula: string): Term[] {
  if (formula.length > mostLength)
    throw wrong(formula, mostLength, `it is longer than ${mostLength} characters`)
  const terms: Term[] = []
  let at = 0
  while (formula.slice(at).trim() !== '') {
    let sign = 1n
    let factor: Factor | undefined
    let signed = terms.length === 0
    for (;;) {
      token.lastIndex = at
      const found = token.exec(formula)
      if (!found) throw wrong(formula, formula.length, 'a term is missing at the end')
      const [whole, number, operator, meter, quoted, plain, other] = found
      const begins = at + whole.length - whole.trimStart().length
      if (operator !== undefined) {
        if (factor) throw wrong(formula, begins, 'a sign stands after a factor')
        if (operator === '-') sign = -sign
        signed = true
        at += whole.length
        continue
      }
      if (!signed) throw wrong(formula, begins, 'a + or − must stand between two terms')
      if (number !== undefined) {
        if (factor) throw wrong(formula, begins, 'a term has one factor')
        factor = factorOf(formula, number, begins)
        at += whole.length
        continue
      }
      if (other !== undefined) throw wrong(formula, begins, `"${other}" is not known here`)
      at += whole.length
      const used = { units: sign * (factor?.units ?? 1n), scale: factor?.scale ?? 0 }
      const pod = quoted ?? plain
      if (meter !== undefined) terms.push({ factor: used, meter })
      else if (pod !== undefined) {
        const channel = names.find((name) => formula.startsWith(`:${name}`, at))
        if (!channel)
          throw wrong(formula, at, `the channel is missing: write ${pod}:A+, one of ${channels.join(' ')}`)
        at += channel.length + 1
        terms.push({ factor: used, pod, channel })
      }
      break
    }
  }
  if (terms.length === 0) throw wrong(formula, 0, 'it has no term')
  return terms
}

function factorOf(formula: string, number: string, at: number): Factor {
  const [whole, decimals = ''] = number.replace(',', '.').split('.')
  if (decimals.length > mostScale) throw wrong(formula, at, `a factor has at most ${mostScale} decimals`)
  return { units: BigInt(whole + decimals), scale: decimals.length }
}

/**
 * The product of two factors, without zeros at its end.
 * @throws ContorError 'invalid-request' where it has more than six decimals
 */
export function multiply(one: Factor, other: Factor): Factor {
  let units = one.units * other.units
  let scale = one.scale + other.scale
  while (scale > 0 && units % 10n === 0n) {
    units /= 10n
    scale--
  }
  if (scale > mostScale)
    throw new ContorError(
      'invalid-request',
      `Factors of nested virtual meters give more than ${mostScale} decimals`,
      {
        field: 'formula',
        remedy: 'Use factors with fewer decimals.',
      },
    )
  return { units, scale }
}

function wrong(formula: string, at: number, what: string): ContorError {
  return new ContorError('invalid-request', `The formula cannot be read at position ${at + 1}: ${what}`, {
    field: 'formula',
    value: formula.slice(Math.max(0, at - 20), at + 20),
    remedy: 'Write terms such as RO1:A+ - 0.5*RO2:A+ + @other; quote PODs with signs in them.',
  })
}
