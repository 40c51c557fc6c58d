/** Closed list; each code has one HTTP status. */
export const errorStatus = {
  'invalid-request': 400,
  'not-signed-in': 401,
  'not-allowed': 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  'too-many-requests': 429,
  internal: 500,
  'data-corrupt': 500,
  'not-ready': 503,
  // Start-up and command line
  'bad-configuration': 500,
  'port-in-use': 500,
  'data-in-use': 500,
  'database-failed': 503,
  'migration-failed': 500,
  'secrets-failed': 500,
  'build-failed': 500,
} as const

export type ErrorCode = keyof typeof errorStatus

export interface ErrorDetails {
  /** The request field or setting at fault. */
  readonly field?: string
  /** Its value as received. */
  readonly value?: unknown
  /** What the caller can do about it. */
  readonly remedy?: string
  readonly cause?: unknown
}

/** Base class of every exception of the server that a person may read. */
export class ContorError extends Error {
  readonly code: ErrorCode
  readonly field: string | undefined
  readonly value: unknown
  readonly remedy: string | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'ContorError'
    this.code = code
    this.field = details.field
    this.value = details.value
    this.remedy = details.remedy
  }

  get status(): number {
    return errorStatus[this.code]
  }
}

/** Body of every error answer: `{error: {code, message, field?, value?, remedy?}}`. */
export function errorBody(error: ContorError) {
  return {
    error: {
      code: error.code,
      message: error.message,
      ...(error.field === undefined ? {} : { field: error.field }),
      ...(error.value === undefined ? {} : { value: error.value }),
      ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    },
  }
}

export function notFound(what: string, id: string): ContorError {
  return new ContorError('not-found', `No ${what} ${id}`, {
    field: 'id',
    value: id,
    remedy: `Check the id; ids come from the lists of the API. A ${what} that you may not see is not found either.`,
  })
}
