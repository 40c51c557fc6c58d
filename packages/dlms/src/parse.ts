// The three outcomes of a parse. Corruption must never look like waiting, so "more" and "malformed" are told apart.

/** Why bytes are not what they should be; `offset` counts from the start of the given array. */
export type Malformed = { readonly code: string; readonly message: string; readonly offset: number }

/**
 * Outcome of a parse: a value and the offset behind it; at least `need` more bytes are needed (a lower
 * bound, ≥ 1); or the bytes are malformed and no further byte will help.
 */
export type Parse<T> =
  | { readonly kind: 'ok'; readonly value: T; readonly next: number }
  | { readonly kind: 'more'; readonly need: number }
  | { readonly kind: 'malformed'; readonly error: Malformed }

/** Closed list of what this package throws or reports. */
export type DlmsErrorCode =
  /** The bytes end before the value does. */
  | 'truncated'
  /** The bytes break the encoding rules. */
  | 'malformed'
  /** A tag, choice or enumerated value that the standard does not define here. */
  | 'unknown-tag'
  /** A length that does not fit what surrounds it. */
  | 'length'
  /** A bound of `Limits` was passed. */
  | 'too-deep'
  | 'too-many-elements'
  | 'too-large'
  /** A value that cannot be encoded (programming error of the caller). */
  | 'out-of-range'
  /** A call that makes no sense in the present state, or with these options (programming error). */
  | 'usage'
  | 'invalid-argument'
  /** Defined by the standard, not implemented here. */
  | 'unsupported'
  /** Authentication tag or key is wrong. */
  | 'decryption-failed'

/** The one error class of this package. Public decode functions return `Parse`; encoders and Reader throw. */
export class DlmsError extends Error {
  readonly code: DlmsErrorCode
  /** Offset of the offending byte, where there is one. */
  readonly offset?: number
  /** For 'truncated': how many bytes are missing at least. */
  readonly need?: number

  constructor(
    code: DlmsErrorCode,
    message: string,
    details: { offset?: number; need?: number; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'DlmsError'
    this.code = code
    this.offset = details.offset
    this.need = details.need
  }
}

/** What one parse may cost. */
export interface Limits {
  /** Longest PDU or reassembled value, bytes. */
  readonly maxPdu: number
  /** Deepest nesting of arrays and structures. */
  readonly maxDepth: number
  /** Most data elements in one parse, all nesting levels together. */
  readonly maxElements: number
}

/** 1 MiB reassembled, 16 levels, 100,000 elements (45 days of a 15-minute profile with 6 columns are 30,240). */
export const defaultLimits: Limits = { maxPdu: 1_048_576, maxDepth: 16, maxElements: 100_000 }

export function ok<T>(value: T, next: number): Parse<T> {
  return { kind: 'ok', value, next }
}

export function more<T>(need: number): Parse<T> {
  return { kind: 'more', need: Math.max(1, need) }
}

export function malformed<T>(code: string, message: string, offset: number): Parse<T> {
  return { kind: 'malformed', error: { code, message, offset } }
}

/** Runs a throwing decoder and turns its DlmsError into a `Parse`; any other exception passes through. */
export function parsed<T>(read: () => { value: T; next: number }, offset: number): Parse<T> {
  try {
    const { value, next } = read()
    return { kind: 'ok', value, next }
  } catch (error) {
    return faultOf(error, offset)
  }
}

/** What an exception of a throwing decoder means as a `Parse`; anything but a DlmsError is thrown again. */
export function faultOf<T>(error: unknown, offset: number): Parse<T> {
  if (!(error instanceof DlmsError)) throw error
  if (error.code === 'truncated') return more(error.need ?? 1)
  return malformed(error.code, error.message, error.offset ?? offset)
}
