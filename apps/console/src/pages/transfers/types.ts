export type ImportState = 'received' | 'running' | 'done' | 'failed' | 'cancelled'
export type ImportFile = {
  id: string
  name: string
  format: string
  layout: 'unknown' | 'wide' | 'channels' | 'tall'
  state: ImportState
  error: string | null
  bytes: number
  line: number
  rows: number
  added: number
  repeated: number
  rejected: number
  requestedBy: string
  requestedByName: string | null
  requestedAt: string
  endedAt: string | null
  jobId: string | null
}
export type Job = { id: string; state: string; done: number; total: number | null; note: string }
export type Reject = { seq: string; line: number; field: string; value: string; reason: string }

export const importFormats = ['csv', 'txt', 'xlsx', 'xml', 'json', 'jsonl', 'parquet'] as const
export const exportFormats = [
  'csv',
  'xlsx',
  'txt',
  'json',
  'jsonl',
  'xml',
  'cim.xml',
  'espi.xml',
  'parquet',
] as const
export const exportSets = ['all', 'supplier', 'station', 'pods'] as const
export const exportResolutions = ['15m', '1h', '1d', '1mo'] as const

export const isRunning = (one: { state: ImportState } | undefined) =>
  one?.state === 'received' || one?.state === 'running'
