// Which reader opens which format.
import { ContorError } from '../../../platform/index.ts'
import { openObjects } from './objects.ts'
import { openParquet } from './parquet.ts'
import { type Checkpoint, type Opener, openLines, type Table, type TableOptions } from './tables.ts'
import { openXlsx } from './xlsx.ts'
import { openXml } from './xml.ts'

const openers: Readonly<Record<string, Opener>> = {
  csv: openLines,
  txt: openLines,
  json: openObjects,
  jsonl: openObjects,
  xlsx: openXlsx,
  xml: openXml,
  parquet: openParquet,
}

export const importFormats = Object.keys(openers)

/** @throws ContorError 'invalid-request' for a format or a file that cannot be read */
export function openTable(
  format: string,
  path: string,
  options: TableOptions,
  from: Checkpoint,
): Promise<Table> {
  const opener = openers[format]
  if (!opener)
    throw new ContorError('invalid-request', `Files of format ${format} cannot be imported`, {
      field: 'format',
      value: format,
      remedy: `Formats: ${importFormats.join(', ')}.`,
    })
  return opener(path, options, from)
}

/** The format that a file name promises. */
export function formatOfName(name: string): string {
  const extension = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  return { ndjson: 'jsonl', tsv: 'txt', pq: 'parquet' }[extension] ?? extension
}
