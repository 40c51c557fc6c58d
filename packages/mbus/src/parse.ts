// The three outcomes of a parse. Corruption must never look like waiting, so "more" and "malformed" are told apart.

/** Why octets are not what they should be; `offset` counts from the start of the given array. */
export type Fault = { readonly code: string; readonly message: string; readonly offset: number }

/**
 * Outcome of a parse: a value and the offset behind it; at least `need` more octets are needed (≥ 1); or the
 * octets are malformed and no further octet will help.
 */
export type Parse<T> =
  | { readonly kind: 'ok'; readonly value: T; readonly next: number }
  | { readonly kind: 'more'; readonly need: number }
  | { readonly kind: 'malformed'; readonly error: Fault }

/** What one telegram may cost. */
export type MbusLimits = {
  /** Most data records of one telegram; 252 octets hold at most 126. */
  readonly maxRecords: number
  /** Longest frame taken, octets. */
  readonly maxFrame: number
}

export const defaultMbusLimits: MbusLimits = { maxRecords: 256, maxFrame: 512 }

export const ok = <T>(value: T, next: number): Parse<T> => ({ kind: 'ok', value, next })
export const more = <T>(need: number): Parse<T> => ({ kind: 'more', need: Math.max(1, need) })
export const malformed = <T>(code: string, message: string, offset: number): Parse<T> => ({
  kind: 'malformed',
  error: { code, message, offset },
})

/** Ends a read inside this package; public functions turn it into a `Parse`. */
export class Stop extends Error {
  readonly fault: Fault
  constructor(code: string, message: string, offset: number) {
    super(message)
    this.fault = { code, message, offset }
  }
}
