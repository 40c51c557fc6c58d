export type ApiErrorCode = 'unreachable' | 'bad-answer' | (string & {})

/** Every failed call of the API: `status` 0 means that no answer came. */
export class ApiError extends Error {
  readonly status: number
  readonly code: ApiErrorCode
  readonly field?: string
  readonly remedy?: string
  constructor(
    status: number,
    code: ApiErrorCode,
    message: string,
    more?: { field?: string; remedy?: string },
  ) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.field = more?.field
    this.remedy = more?.remedy
  }
}

let onSignedOut: () => void = () => {}
/** Called on every 401 except from the sign-in call itself. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler
}

type Options = { method?: 'GET' | 'POST' | 'PUT' | 'DELETE'; body?: unknown; signal?: AbortSignal }

/**
 * One call of /api with the session cookie.
 * @throws ApiError always and only
 */
export async function api<T>(path: string, options: Options = {}): Promise<T> {
  const { method = 'GET', body, signal } = options
  let response: Response
  try {
    response = await fetch(`/api${path}`, {
      method,
      signal,
      credentials: 'same-origin',
      headers: body === undefined ? { accept: 'application/json' } : jsonHeaders,
      body: body === undefined ? undefined : JSON.stringify(body),
    })
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new ApiError(0, 'unreachable', String(cause))
  }
  if (response.status === 204) return undefined as T
  const text = await response.text()
  const parsed = parseJson(text)
  if (!response.ok) {
    if (response.status === 401 && !path.startsWith('/auth/')) onSignedOut()
    throw toApiError(response.status, parsed)
  }
  if (parsed === undefined && text !== '')
    throw new ApiError(response.status, 'bad-answer', text.slice(0, 120))
  return parsed as T
}

const jsonHeaders = { accept: 'application/json', 'content-type': 'application/json' }

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Our own routes answer {error:{…}}; the identity library answers {code, message}. */
export function toApiError(status: number, body: unknown): ApiError {
  const outer = (body ?? {}) as { error?: Record<string, string>; code?: string; message?: string }
  const inner = typeof outer.error === 'object' ? outer.error : outer
  const code =
    inner.code ?? (status === 401 ? 'unauthenticated' : status >= 500 ? 'server' : `http-${status}`)
  return new ApiError(status, code, inner.message ?? '', {
    field: (inner as Record<string, string>).field,
    remedy: (inner as Record<string, string>).remedy,
  })
}

/** Query string of the defined, non-empty values, with a leading '?'. */
export function query(values: Record<string, string | number | boolean | undefined | null>): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined && value !== null && value !== '') params.set(key, String(value))
  }
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}
