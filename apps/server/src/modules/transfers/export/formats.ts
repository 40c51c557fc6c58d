// The formats that readings are exported in.
import type { ExportRequest, Slice } from './slices.ts'
import { writeCsv, writeFixed, writeJson, writeJsonLines } from './text.ts'

export interface Format {
  readonly contentType: string
  readonly write: (slices: AsyncIterable<Slice>, request: ExportRequest) => AsyncIterable<string | Uint8Array>
}

export const formats = {
  csv: { contentType: 'text/csv; charset=utf-8; header=present', write: writeCsv },
  txt: {
    contentType: 'text/plain; charset=utf-8',
    write: (slices, request) =>
      request.separator === '\t' ? writeCsv(slices, request) : writeFixed(slices, request),
  },
  json: { contentType: 'application/json; charset=utf-8', write: writeJson },
  jsonl: { contentType: 'application/x-ndjson', write: writeJsonLines },
} satisfies Record<string, Format>

export type FormatName = keyof typeof formats
export const formatNames = Object.keys(formats) as [FormatName, ...FormatName[]]
