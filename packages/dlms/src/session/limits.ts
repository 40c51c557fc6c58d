// What one peer can make a session hold.

/** Bounds of a session: what one peer can make us hold. */
export type SessionLimits = {
  /** Longest single APDU accepted, bytes. Default 65,535. */
  readonly maxApduBytes: number
  /** Longest value reassembled out of blocks, bytes. Default 1 MiB. */
  readonly maxReassembledBytes: number
  /** Most blocks of one transfer. Default 10,000. */
  readonly maxBlocks: number
  /** Most requests waiting behind the one in flight (client). Default 64. */
  readonly maxQueuedRequests: number
  /** Most descriptors of one with-list request. Default 64. */
  readonly maxListItems: number
  /** Most frames an event carries; of a longer exchange the first and the last ones are kept. Default 2,048. */
  readonly maxFramesPerEvent: number
  /** Most stale, unexpected APDUs ignored while one request waits; the next one fails the session. Default 32. */
  readonly maxStrayApdus: number
}

export const defaultSessionLimits: SessionLimits = {
  maxApduBytes: 65_535,
  maxReassembledBytes: 1_048_576,
  maxBlocks: 10_000,
  maxQueuedRequests: 64,
  maxListItems: 64,
  maxFramesPerEvent: 2_048,
  maxStrayApdus: 32,
}
