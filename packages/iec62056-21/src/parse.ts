// Outcomes of a parse, and the error class of this package.

export type IecErrorCode =
  /** The octets break the syntax. */
  | 'malformed'
  /** The block check character or the CRC does not match. */
  | 'check'
  /** An octet came with the wrong parity. */
  | 'parity'
  /** A bound of `IecLimits` was passed. */
  | 'too-large'
  /** The other side did not answer in time, after all repeats. */
  | 'timeout'
  /** The other side refused the message as often as it may be repeated. */
  | 'repeats'
  /** The device ended the session. */
  | 'break'
  /** The device answered with an error message instead of data. */
  | 'refused'
  /** The device does not offer what was asked for. */
  | 'unsupported'
  /** A call that makes no sense in the present state (programming error). */
  | 'usage'

export type IecFault = { readonly code: IecErrorCode; readonly message: string; readonly offset?: number }

/** Thrown for programming errors alone; what comes over the wire is reported as a value. */
export class IecError extends Error {
  override readonly name = 'IecError'
  readonly code: IecErrorCode
  constructor(code: IecErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

export type IecLimits = {
  /** Longest message or telegram, octets. */
  readonly maxMessage: number
  /** Longest answer made of partial blocks, octets. */
  readonly maxAnswer: number
  /** Most data sets of one message. */
  readonly maxDataSets: number
}

/** 256 KiB a message, 4 MiB an answer in partial blocks, 50,000 data sets. */
export const defaultIecLimits: IecLimits = {
  maxMessage: 262_144,
  maxAnswer: 4_194_304,
  maxDataSets: 50_000,
}

/** One character for each octet. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff)
}

export function textOf(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return text
}
