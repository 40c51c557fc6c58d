/**
 * Why a call was refused.
 * - `malformed`: bytes that are no day block
 * - `invalid-day`: text that is no civil day between 2000 and 2099
 * - `invalid-slot`: a slot outside the day
 * - `invalid-block`: a day block whose arrays do not fit its day, or a value outside −2³¹…2³¹−1
 * - `mismatch`: two blocks of different days or interval lengths
 */
export type IntervalErrorCode = 'malformed' | 'invalid-day' | 'invalid-slot' | 'invalid-block' | 'mismatch'

/** The only error class this package throws. */
export class IntervalError extends Error {
  readonly code: IntervalErrorCode

  constructor(code: IntervalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'IntervalError'
    this.code = code
  }
}
