// How the tables of value information are declared.

/**
 * What a record measures. The value in `unit` is coded value × `factor` × 10^`exponent`.
 * `unit` is absent where the value is a code, a text or a plain count.
 */
export type Quantity = {
  readonly quantity: string
  readonly unit?: string
  readonly exponent?: number
  /** Seconds (or other base units) of the unit the value is coded in. */
  readonly factor?: number
  /** The octets are a point in time (types F, G, I, J). */
  readonly kind?: 'date' | 'date-time'
  /** Binary values are unsigned (type C) or flags (type D). */
  readonly unsigned?: boolean
}

export type Range = readonly [low: number, high: number, make: (n: number) => Quantity]

export const decimal =
  (quantity: string, unit: string, base: number, factor?: number) =>
  (n: number): Quantity =>
    factor === undefined
      ? { quantity, unit, exponent: n + base }
      : { quantity, unit, exponent: n + base, factor }

export const named = (quantity: string, unit?: string) => (): Quantity =>
  unit ? { quantity, unit } : { quantity }

/** Codes, versions and flags: binary data is unsigned (EN 13757-3 table 12, remark k). */
export const coded = (quantity: string) => (): Quantity => ({ quantity, unsigned: true })

const seconds = [1, 60, 3600, 86_400]
const calendar = ['h', 'd', 'month', 'year']

export const duration =
  (quantity: string, from = 0) =>
  (n: number): Quantity => ({ quantity, unit: 's', factor: seconds[n + from] as number })

/** Hours and days become seconds; months and years have no fixed length and stay. */
export const span =
  (quantity: string) =>
  (n: number): Quantity =>
    n < 2
      ? { quantity, unit: 's', factor: n === 0 ? 3600 : 86_400 }
      : { quantity, unit: calendar[n] as string }

export function findQuantity(table: readonly Range[], code: number): Quantity | undefined {
  for (const [low, high, make] of table) if (code >= low && code <= high) return make(code - low)
  return undefined
}
