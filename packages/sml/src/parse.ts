// The three outcomes of a parse, and the one error class of this package.

/** Why octets are not what they should be; `offset` counts from the start of the given array. */
export type Fault = { readonly code: SmlErrorCode; readonly message: string; readonly offset: number }

/**
 * Outcome of a parse: a value and the offset behind it; at least `need` more octets are needed (a lower bound,
 * ≥ 1); or the octets are malformed and no further octet will help.
 */
export type Parse<T> =
  | { readonly kind: 'ok'; readonly value: T; readonly next: number }
  | { readonly kind: 'more'; readonly need: number }
  | { readonly kind: 'malformed'; readonly error: Fault }

export type SmlErrorCode =
  /** The octets end before the value does. */
  | 'truncated'
  /** The octets break the encoding rules. */
  | 'malformed'
  /** An element of another type than the message has at this place. */
  | 'type'
  /** A list with another number of elements than the message has. */
  | 'list-length'
  /** A choice that the specification does not define. */
  | 'choice'
  /** A check sequence that does not match. */
  | 'crc'
  /** An escape sequence of the transport that means nothing. */
  | 'escape'
  /** Transport version 2 (block transfer) and other things defined but not read here. */
  | 'unsupported'
  /** A bound of `SmlLimits` was passed. */
  | 'too-large'
  | 'too-deep'
  | 'too-many-elements'
  /** A value that cannot be encoded (programming error of the caller). */
  | 'out-of-range'

/** Thrown by encoders; public decoders return it as a `Fault`. */
export class SmlError extends Error {
  override readonly name = 'SmlError'
  readonly code: SmlErrorCode
  readonly offset: number
  /** For 'truncated': how many octets are missing at least. */
  readonly need: number

  constructor(code: SmlErrorCode, message: string, offset = 0, need = 1) {
    super(message)
    this.code = code
    this.offset = offset
    this.need = need
  }
}

/** What one file may cost. */
export type SmlLimits = {
  /** Longest file (the content of one transport frame), octets. */
  readonly maxFile: number
  /** Deepest nesting of lists. */
  readonly maxDepth: number
  /** Most elements in one file. */
  readonly maxElements: number
}

/** 256 KiB, 24 levels, 100,000 elements. */
export const defaultSmlLimits: SmlLimits = { maxFile: 262_144, maxDepth: 24, maxElements: 100_000 }

export function faultOf(error: SmlError): Fault {
  return { code: error.code, message: error.message, offset: error.offset }
}
