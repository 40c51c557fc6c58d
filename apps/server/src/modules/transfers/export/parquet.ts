// Parquet: row groups of some ten thousand rows, instants as UTC timestamps, energies as INT32.
import type { SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { columnsOf, rowsOf, type TableCell } from './rows.ts'
import type { ExportRequest, Slice } from './slices.ts'

const groupRows = 50_000

/** Energies are whole Wh or varh, or exact decimal text in kWh. */
export async function* writeParquet(
  slices: AsyncIterable<Slice>,
  asked: ExportRequest,
): AsyncGenerator<Uint8Array> {
  const request: ExportRequest = { ...asked, unit: 'Wh' }
  const columns = columnsOf(request)
  const schema: SchemaElement[] = [
    { name: 'root', num_children: columns.length },
    ...columns.map(({ name, type }): SchemaElement => {
      if (type === 'energy') return { name, type: 'INT32', repetition_type: 'OPTIONAL' }
      if (type === 'time')
        return {
          name,
          type: 'INT64',
          repetition_type: 'REQUIRED',
          converted_type: 'TIMESTAMP_MILLIS',
          logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
        }
      return {
        name,
        type: 'BYTE_ARRAY',
        repetition_type: 'REQUIRED',
        converted_type: 'UTF8',
        logical_type: { type: 'STRING' },
      }
    }),
  ]
  const bytes = new ByteWriter()
  const writer = new ParquetWriter({ writer: bytes, schema, createdBy: 'Contor' })
  // What is written leaves the buffer; the writer's own offsets go on counting.
  const drain = () => {
    const chunk = new Uint8Array(bytes.buffer.slice(0, bytes.index))
    bytes.index = 0
    return chunk
  }
  let held: TableCell[][] = []
  const write = () => {
    if (held.length === 0) return
    writer.write({
      columnData: columns.map(({ name, type }, i) => ({
        name,
        data: held.map((row) => (type === 'time' ? new Date(Number(row[i])) : row[i])),
      })),
      rowGroupSize: held.length,
    })
    held = []
  }
  for await (const slice of slices) {
    for (const row of rowsOf(slice, request)) held.push(row)
    if (held.length < groupRows) continue
    write()
    yield drain()
  }
  write()
  writer.finish()
  yield drain()
}
