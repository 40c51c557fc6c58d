// Parquet tables, one row group at a time.
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import type { Cell } from '../table/columns.ts'
import type { Opener, RowBatch } from './tables.ts'

const batchRows = 20_000

export const openParquet: Opener = async (path, _options, from) => {
  const file = await asyncBufferFromFile(path)
  const metadata = await parquetMetadataAsync(file)
  const header = parquetSchema(metadata).children.map((child) => child.element.name)
  const total = Number(metadata.num_rows)
  async function* rows(): AsyncGenerator<RowBatch> {
    // Row n of the file is line n + 1, as if the header were the first line.
    for (let start = from.rows; start < total; start += batchRows) {
      const end = Math.min(total, start + batchRows)
      const objects = await parquetReadObjects({ file, metadata, compressors, rowStart: start, rowEnd: end })
      yield {
        cells: objects.map((object) => header.map((name) => cellOf(object[name]))),
        lines: objects.map((_object, i) => start + i + 2),
      }
    }
  }
  return { header, decimal: '.', rows: rows(), skipped: from.rows }
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'number' || value instanceof Date) return value
  return typeof value === 'bigint' ? Number(value) : String(value)
}
