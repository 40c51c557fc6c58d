import { ApiError, query, toApiError } from '../../api/client.ts'
import type { ImportFile } from './types.ts'

export type UploadOptions = { format: string; separator: string; decimal: string }

/**
 * Sends a file as the body of a request and tells how much has left.
 * @param onProgress share of the file, 0 … 1
 * @throws ApiError always and only
 */
export function uploadFile(
  file: File,
  options: UploadOptions,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<ImportFile> {
  return new Promise((resolve, reject) => {
    // fetch tells nothing of an upload while it runs.
    const request = new XMLHttpRequest()
    request.open('POST', `/api/imports${query({ name: file.name, ...options })}`)
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total)
    })
    request.addEventListener('load', () => {
      const body = parse(request.responseText)
      if (request.status === 202 && body !== undefined) resolve(body as ImportFile)
      else reject(toApiError(request.status, body))
    })
    for (const event of ['error', 'timeout', 'abort'] as const)
      request.addEventListener(event, () => reject(new ApiError(0, 'unreachable', event)))
    signal.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
