// What a session asks of its line. The library moves no octet itself.

/** Characters on the wire: 7E1 in the modes A to D, 8N1 for HDLC. */
export type LineSettings = { readonly baud: number; readonly format: '7E1' | '8N1' }

/** To be done in order; a new rate holds only after everything before it has left the line. */
export type Output =
  /** `notBefore`: the reaction time of the standard keeps the line silent until then, epoch ms. */
  | { readonly kind: 'send'; readonly bytes: Uint8Array; readonly notBefore: number }
  | ({ readonly kind: 'line' } & LineSettings)

/** Limits of IEC 62056-21 6.3.14, milliseconds. */
export type Timing = {
  /** Silence before an answer, at least; devices with a small third letter need `fastReactionMs` only. */
  readonly reactionMs: number
  readonly fastReactionMs: number
  /** Longest time until an answer begins. */
  readonly answerMs: number
  /** Longest time between two characters. */
  readonly characterMs: number
  /** What the transport may add: modems and radio are slower than a cable. */
  readonly toleranceMs: number
  /** A device gives a session up after this silence. */
  readonly inactivityMs: number
}

export const defaultTiming: Timing = {
  reactionMs: 200,
  fastReactionMs: 20,
  answerMs: 1500,
  characterMs: 1500,
  toleranceMs: 500,
  inactivityMs: 60_000,
}

/** A character is ten bits in both formats. */
export function sendingMs(octets: number, baud: number): number {
  return Math.ceil((octets * 10_000) / baud)
}
