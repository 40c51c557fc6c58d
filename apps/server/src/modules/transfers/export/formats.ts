// The formats that readings are exported in.

import { writeMeterReadings } from '../cim/meterReadings.ts'
import { writeEspi } from '../espi/feed.ts'
import { writeParquet } from './parquet.ts'
import type { ExportRequest, Slice } from './slices.ts'
import { writeCsv, writeFixed, writeJson, writeJsonLines } from './text.ts'
import { writeXlsx } from './xlsx.ts'
import { writeXml } from './xml.ts'

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
  xml: { contentType: 'application/xml; charset=utf-8', write: writeXml },
  'cim.xml': { contentType: 'application/xml; charset=utf-8', write: writeMeterReadings },
  'espi.xml': { contentType: 'application/atom+xml; charset=utf-8', write: writeEspi },
  xlsx: {
    contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    write: writeXlsx,
  },
  parquet: { contentType: 'application/vnd.apache.parquet', write: writeParquet },
} satisfies Record<string, Format>

export type FormatName = keyof typeof formats
export const formatNames = Object.keys(formats) as [FormatName, ...FormatName[]]
