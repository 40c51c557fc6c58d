// Opens a received file as a table: a header and batches of rows, from its beginning or from a checkpoint.
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { ContorError } from '../../../platform/index.ts'
import type { Cell } from '../table/columns.ts'
import { guessSeparator, readRecords } from '../table/lines.ts'

export interface RowBatch {
  readonly cells: readonly (readonly Cell[])[]
  /** Line (or row) of the file, from 1. */
  readonly lines: readonly number[]
  /** Byte after each row, for files of lines. */
  readonly ends?: readonly number[]
}

export interface Table {
  readonly header: readonly string[]
  readonly rows: AsyncIterable<RowBatch>
  /** Rows before the first one of `rows`, of a format that can begin in mid-file. */
  readonly skipped?: number
  /** Separator of decimals that the file uses. */
  readonly decimal: ',' | '.'
}

export interface TableOptions {
  readonly separator?: string | undefined
  readonly decimal?: ',' | '.' | undefined
}

export interface Checkpoint {
  /** Rows taken in. */
  readonly rows: number
  readonly line: number
  readonly byte: number
}

export type Opener = (path: string, options: TableOptions, from: Checkpoint) => Promise<Table>

const headBytes = 64 * 1024
const chunkBytes = 256 * 1024

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** CSV and tabulated text. Decimals are commas when the separator is a semicolon, unless told otherwise. */
export const openLines: Opener = async (path, options, from) => {
  const head = await readHead(path)
  const mark = head.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? 3 : 0
  const firstBreak = head.indexOf(10)
  if (head.length === 0 || (firstBreak < 0 && head.length === headBytes))
    throw new ContorError('invalid-request', 'The file has no header line', { field: 'file' })
  const headerEnd = firstBreak < 0 ? head.length : firstBreak + 1
  const text = head.toString('utf8', mark, headerEnd)
  const separator = options.separator ?? guessSeparator(text)
  let header: readonly string[] = []
  for await (const batch of readRecords(single(head.subarray(mark, headerEnd)), separator))
    [header] = batch.cells
  const begin = from.byte > 0 ? from : { byte: headerEnd, line: 1 }
  return {
    header,
    skipped: from.rows,
    decimal: options.decimal ?? (separator === ';' ? ',' : '.'),
    rows: readRecords(createReadStream(path, { start: begin.byte, highWaterMark: chunkBytes }), separator, {
      byte: begin.byte,
      line: begin.line + 1,
    }),
  }
}

async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
